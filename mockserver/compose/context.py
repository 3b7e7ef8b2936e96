"""The context of a call: all that composing needs besides the prompt and the answer of the script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.reference.catalog import Model, lookup
from mockserver.reference.signing import Signer

# Looks for the first of some prefixes (by digest) that is alive at a time, then writes others with their lifetimes; see
# ``PromptCacheStore.consult``.
ConsultCache = Callable[[Sequence[bytes], Sequence[tuple[bytes, float]], float], bytes | None]
# Holds the fingerprint of a request by the id of its answer, and returns that of an earlier one; see
# ``FingerprintStore.exchange``.
ExchangeFingerprint = Callable[[str, bytes, str | None, float], bytes | None]
Generator = Callable[[Prompt, Model, Mapping[str, Any], int], Answer]


def _generate(prompt: Prompt, model: Model, options: Mapping[str, Any], seed: int) -> Answer:
    # Imported when first needed, because Faker is slow to import.
    from mockserver.compose.generate import generate

    return generate(prompt, model, options, seed)


def _consult_nothing(_: Sequence[bytes], __: Sequence[tuple[bytes, float]], ___: float) -> None:
    return None


def _exchange_nothing(_: str, __: bytes, ___: str | None, ____: float) -> None:
    return None


class Context(Struct, frozen=True, eq=False):
    """The context of a call, given by the journey.

    ``seed`` differs from that of any other call of the session: it determines the answer's ids. ``tick`` is the time of
    the call on the virtual clock, in milliseconds (see `mockserver.reference.ids`). ``consult_cache`` reads the
    session's prompt cache and fills it. ``at`` is the time of the call in seconds since 1970, by which caches expire.
    ``exchange_fingerprint`` holds the request for a later one that asks what changed. ``lookup`` finds other models.
    """

    model: Model
    signer: Signer
    seed: int = 0
    tick: int = 0
    consult_cache: ConsultCache = _consult_nothing
    at: float = 0.0
    generate: Generator = _generate
    exchange_fingerprint: ExchangeFingerprint = _exchange_nothing
    lookup: Callable[[str], Model] = lookup
