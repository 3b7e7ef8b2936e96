"""The context of a call: all that composing needs besides the prompt and the answer of the script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from msgspec import Struct, field

from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.reference.catalog import Model
from mockserver.reference.signing import Signer

Generator = Callable[[Prompt, Model, Mapping[str, Any], int], Answer]


def _generate(prompt: Prompt, model: Model, options: Mapping[str, Any], seed: int) -> Answer:
    # Imported when first needed: Faker is slow to import.
    from mockserver.compose.generate import generate

    return generate(prompt, model, options, seed)


class Context(Struct, frozen=True, eq=False):
    """The context of a call, given by the journey.

    ``seed`` differs from that of any other call of the session: it determines the answer's ids. ``tick`` is the time of
    the call on the virtual clock, in milliseconds (see `mockserver.reference.ids`). ``cache`` is the session's prompt
    cache, which composing fills. ``at`` is the time of the call in seconds since 1970, by which caches expire.
    """

    model: Model
    signer: Signer
    seed: int = 0
    tick: int = 0
    cache: MutableMapping[Any, Any] = field(default_factory=dict)
    at: float = 0.0
    generate: Generator = _generate
