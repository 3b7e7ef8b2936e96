"""Thoughts: shown, omitted or redacted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.blocks import shapes
from mockserver.blocks.block import BlockType, InputCounter, OutputCounter, Unfolded
from mockserver.blocks.chunking import Grain, cut_text
from mockserver.blocks.completion import Completion, arrange
from mockserver.blocks.delta import Delta, DeltaType, join_pieces, set_fields
from mockserver.blocks.shorthand import Shorthand, as_list, as_text
from mockserver.records.reply import Block
from mockserver.records.specs import LONG, STRING, Either, Flag, Record, Text, fields, several
from mockserver.reference.catalog import Model
from mockserver.reference.signing import is_omitted
from mockserver.reference.tokens import Rates, text_tokens

ORDER = ("type", "thinking", "signature")
# The beta under which thoughts come without their text.
REDACTING = "redact-thinking-2026-02-12"
# Displays without the text of thoughts; "updates" is documented as "reasoning empty".
HIDDEN = ("omitted", "updates")
# Omitted thoughts come as a signature alone in 14 of 18 streams, behind one empty delta in 4 (source: recorded).
EMPTY_DELTA = 4 / 18 * 256
# Estimates are multiples of it.
QUANTUM = 50
# Bytes of hidden thinking a token (source: recorded, omitted display), and bytes of a signature that are no thought.
BYTES_A_TOKEN = 3.4
SIGNATURE_BYTES = 250
# Redacted thoughts of an answer, together, at least (recorded: 7 and 8, one block or two).
REDACTED = 7
# Counting reads these of any thought.
_SHAPE = dict.fromkeys(("thinking", "signature", "data"), shapes.STRING)


def choose_display(body: Mapping[str, Any], betas: frozenset[str], model: Model) -> str:
    """How an answer shows its thoughts: as the request asks, else as the model does by default.

    Under ``redact-thinking-2026-02-12`` thoughts are empty and signed, as if omitted (source: transcripts of clients
    that send it, 2026-03; a gateway's notes, 2026-09; both under 2023-06-01). That a ``display`` outweighs it is
    inferred: the client that sends either never sends both.
    """
    thinking = body.get("thinking")
    given = thinking if isinstance(thinking, Mapping) else {}
    # With between_tools "progress notes still arrive as thinking blocks with summary text".
    if given.get("type") == "between_tools":
        return "summarized"
    return given.get("display") or ("omitted" if REDACTING in betas else model.display)


_THINKING = Either(
    (Text(written=True, file="text"), Record("thinking", fields(thinking=LONG, signature=STRING), ("thinking",))),
    "a text or {thinking, signature}",
)
_REDACTED = Either((Text(written=True, file="text"), Flag()), "the data, or true")


def write_thinking(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    """``thinking: a text``, ``{thinking, signature}``, or a list of these."""
    for item in as_list(value):
        if isinstance(item, dict):
            yield {"type": "thinking", **item}
        else:
            yield {"type": "thinking", "thinking": as_text(item)}


def write_redacted(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    """``redacted_thinking: true``, or its data, which is opaque; completing makes some where it is left out."""
    for item in [item for item in as_list(value) if item is not False]:
        yield {"type": "redacted_thinking"} if item is True else {"type": "redacted_thinking", "data": as_text(item)}


def _complete(block: Block, completion: Completion) -> Block:
    if "signature" in block:
        return arrange(block, ORDER)
    thought, is_shown = block.get("thinking") or "", completion.display not in HIDDEN
    signature = completion.signer.sign(thought, completion.model.id, completion.prefix, shown=is_shown)
    return {**block, "thinking": thought if is_shown else "", "signature": signature}


def _complete_redacted(block: Block, completion: Completion) -> Block:
    if "data" in block:
        return block
    completion.count += 1
    seed, model = (completion.count, completion.seed), completion.model.id
    data = completion.signer.redacted(*seed, model=model, prefix=completion.prefix)
    return {"type": "redacted_thinking", "data": data}


def _unfold(block: Block, dice: Iterator[int], grain: Grain) -> Unfolded:
    thought = block.get("thinking")
    if not isinstance(thought, str):
        return block, []
    shell = {**block, "thinking": ""}
    deltas = [{"type": "thinking_delta", "thinking": piece} for piece in cut_text(thought, grain.thinking, dice)]
    if signature := block.get("signature"):
        shell["signature"] = ""
        if not deltas and next(dice) < EMPTY_DELTA:
            deltas.append({"type": "thinking_delta", "thinking": ""})
        deltas.append({"type": "signature_delta", "signature": signature})
    return shell, deltas


def _estimate(deltas: list[Delta], hidden: int) -> list[Delta]:
    """The deltas with estimates: null beside text; ``hidden`` tokens come as steps, then null.

    "a non-negative multiple of a fixed quantum" (source: the SDK's types; recorded: 50; nothing below that).
    """
    thought = [delta for delta in deltas if delta["type"] == "thinking_delta"]
    estimated = [{**delta, "estimated_tokens": None} for delta in thought]
    if hidden >= QUANTUM and not any(delta["thinking"] for delta in thought):
        steps = (*[QUANTUM] * (hidden // QUANTUM), None)
        estimated = [{"type": "thinking_delta", "thinking": "", "estimated_tokens": step} for step in steps]
    return estimated + deltas[len(thought) :]


def _count_thought(block: Block, rates: Rates) -> float:
    if text := block.get("thinking"):
        return text_tokens(text, rates)
    hidden = len(block.get("signature") or block.get("data") or "") * 3 // 4 - SIGNATURE_BYTES
    return max(0, hidden) / BYTES_A_TOKEN


def _count_input(block: Block, counter: InputCounter) -> float:
    """Text put into an empty field "is ignored" (source: the API's page on preserved thinking), so it costs nothing."""
    if block.get("thinking") and is_omitted(block.get("signature")):
        block = {**block, "thinking": ""}
    return _count_thought(block, counter.rates)


def _count_output(block: Block, counter: OutputCounter) -> None:
    counter.thought += _count_thought(block, counter.rates)


def _count_redacted(block: Block, counter: OutputCounter) -> None:
    counter.redacted = max(REDACTED, counter.redacted + _count_thought(block, counter.rates))


TYPES = (
    BlockType(
        type="thinking",
        shorthands={
            "thinking": Shorthand(
                write_thinking,
                several(_THINKING),
                "a thinking block: a text, or `{thinking, signature}`; or a list",
            )
        },
        complete=_complete,
        unfold=_unfold,
        estimate=_estimate,
        deltas=(
            DeltaType("thinking_delta", "thinking", {"thinking": str}, join_pieces("thinking")),
            DeltaType("signature_delta", "thinking", {}, set_fields),
        ),
        shortened_field="thinking",
        count_input=_count_input,
        count_output=_count_output,
        shape=_SHAPE,
        is_thought=True,
    ),
    BlockType(
        type="redacted_thinking",
        shorthands={
            "redacted_thinking": Shorthand(
                write_redacted,
                several(_REDACTED),
                "the data of a block, or `true` to have some made",
                is_switch=True,
            )
        },
        complete=_complete_redacted,
        count_input=_count_input,
        count_output=_count_redacted,
        shape=_SHAPE,
        is_thought=True,
        proof="data",
    ),
)
