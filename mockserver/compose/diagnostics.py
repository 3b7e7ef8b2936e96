"""Why the prompt cache could not be used: what changed since an earlier request of the same session.

Source of all rules: the API's page on cache diagnostics (2026-09) and the SDK's types (2.14); both API versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from msgspec import Struct, msgpack

from mockserver.blocks.counting import count_request
from mockserver.blocks.prefixes import Position, dump, find_positions
from mockserver.compose.context import Context
from mockserver.records.prompt import Prompt

# "Another prompt-affecting request parameter"; the set of active betas is one, too.
OPTIONS = ("tool_choice", "thinking", "context_management", "output_config", "output_format")
# Blocks of a request that are compared one by one; the API names no number for its "comparison horizon".
HORIZON = 1000
# Bytes of the digest of a block and all before it.
DIGEST = 8
TOOLS, SYSTEM, MESSAGES = "tools_changed", "system_changed", "messages_changed"
# The order in which a prompt is put together, and so the order of its changes: "prefixes are created in the order
# tools, system, then messages" (source: the API's caching page).
PARTS = (TOOLS, SYSTEM, MESSAGES)


class Fingerprint(Struct, frozen=True, array_like=True):
    """A request as it is kept for comparison with a later one: digests and sizes of its blocks, not their content.

    ``digests`` and ``sizes`` (bytes) are of its blocks up to the horizon, of which the first ``tools`` and the next
    ``system`` ones are no messages. ``blocks``, ``size`` and ``last`` (a digest) are of all; ``tokens`` is the input.
    """

    model: str
    options: bytes
    tools: int
    system: int
    digests: bytes
    sizes: list[int]
    blocks: int
    size: int
    last: bytes
    tokens: int

    def find_part(self, place: int) -> int:
        """The part of the prompt that holds a block, by its index in ``PARTS``."""
        return (place >= self.tools) + (place >= self.tools + self.system)


def diagnose(prompt: Prompt, message_id: str, context: Context) -> Mapping[str, Any] | None:
    """The ``diagnostics`` of the answer with that id.

    None without ``diagnostics`` in the request, when that names no earlier answer, and when nothing before the end of
    the earlier request has changed. A request is remembered only when it has ``diagnostics``: "It stores nothing for
    requests that omit the object." It is compared as it was sent, not as its fallback models get it.
    """
    asked = prompt.body.get("diagnostics")
    if asked is None or prompt.is_fallback:
        return None
    previous = asked.get("previous_message_id")
    body = {**prompt.body, "messages": prompt.messages}
    positions = list(find_positions(body, context.model.id))
    now = make_fingerprint(body, positions, prompt.betas, context)
    found = context.exchange_fingerprint(message_id, msgpack.encode(now), previous, context.at)
    if previous is None:
        return None
    if found is None:
        return {"cache_miss_reason": {"type": "previous_message_not_found"}}
    reason = compare(msgpack.decode(found, type=Fingerprint), now, positions)
    return None if reason is None else {"cache_miss_reason": reason}


def make_fingerprint(
    body: Mapping[str, Any], positions: Sequence[Position], betas: frozenset[str], context: Context
) -> Fingerprint:
    """The fingerprint of a request with its complete conversation; ``positions`` are the ends of its blocks."""
    near = positions[:HORIZON]
    options = dump([[body.get(key) for key in OPTIONS], sorted(betas)])
    return Fingerprint(
        model=f"{context.model.id} {body.get('speed') or 'standard'}",
        options=blake2b(options, digest_size=DIGEST).digest(),
        tools=sum(not each.system and not each.messages for each in positions),
        system=sum(bool(each.system) and not each.messages for each in positions),
        digests=b"".join([each.digest[:DIGEST] for each in near]),
        sizes=[each.size for each in near],
        blocks=len(positions),
        size=sum(each.size for each in positions),
        last=positions[-1].digest if positions else b"",
        tokens=count_request(body, context.model),
    )


def compare(before: Fingerprint, now: Fingerprint, positions: Sequence[Position]) -> dict[str, Any] | None:
    """The ``cache_miss_reason``: the earliest difference alone, in the order of the prompt; None when there is none.

    The model comes first, as each has its own cache. Other parameters count once tools and system match, before
    messages. The earlier request is compared, not its answer.
    """
    if before.model != now.model:
        return _name("model_changed", before, 0)
    place = _find_difference(before, positions)
    part = MESSAGES if place is None else PARTS[min(before.find_part(place), now.find_part(place))]
    if part != MESSAGES and place is not None:
        return _name(part, before, place)
    if before.options != now.options:
        return {"type": "unavailable"}
    if place is None:
        return None
    # "The divergence is beyond the comparison horizon."
    return {"type": "unavailable"} if place >= len(before.sizes) else _name(part, before, place)


def _find_difference(before: Fingerprint, positions: Sequence[Position]) -> int | None:
    """The first block of the earlier request that is another one now or missing; None when it begins the request."""
    for place in range(len(before.sizes)):
        digest = before.digests[DIGEST * place : DIGEST * (place + 1)]
        if place >= len(positions) or positions[place].digest[:DIGEST] != digest:
            return place
    end = before.blocks - 1
    is_same = end < 0 or (end < len(positions) and positions[end].digest == before.last)
    return None if is_same else len(before.sizes)


def _name(kind: str, before: Fingerprint, place: int) -> dict[str, Any]:
    """The reason, with the input tokens of the earlier request behind the difference, estimated "from byte lengths"."""
    lost = before.size - sum(before.sizes[:place])
    return {"type": kind, "cache_missed_input_tokens": -(-before.tokens * lost // max(1, before.size))}
