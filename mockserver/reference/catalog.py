"""The model catalogue: limits, features and prices of each model, from ``data/models.yaml``."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from msgspec import Struct

from mockserver.reference import prebuilt

# The parts that gateways add to an id: "us.anthropic.claude-x-v1:0", "anthropic/claude-x:thinking", "claude-x@2025"
_BEFORE = r"^(?:.*/)?(?:(?:[a-z]+\.)?anthropic\.)?"
_AFTER = r"(?:-v\d+)?(?::\w+)?$"
_ENDINGS = r"(?:-(?:latest|thinking|\d{8}))+$"
# Longer names are cut, so that the cache stays small.
_LONGEST = 200
_SWAPPED = r"^claude-(\d(?:-\d)?)-(haiku|sonnet|opus|fable|mythos)$"


class Prices(Struct, frozen=True):
    """US dollars for a million tokens; ``cache_read`` is the fraction of ``input`` that a cached token costs."""

    input: float
    output: float
    cache_read: float = 0.1


NO_PRICES = Prices(0, 0)


class Model(Struct, frozen=True):
    """The facts about one model. Sources: the API's model, thinking and caching pages, and recorded exchanges.

    ``context``, ``max_tokens`` (the cap of that parameter) and ``min_cache`` (shortest cached prefix) are tokens.
    Closed sets:

        lifecycle           active, deprecated, retired
        thinking            the accepted ``thinking.type`` values; ``thinking_default``: off, on, always
        display             how thoughts are shown by default: summarized, omitted
        quiet_effort        highest effort that goes with switched-off thinking; "" means any
        sampling            free; either (temperature or top_p, not both); fixed (defaults only);
                            fixed_one (defaults only, and not both)
        tokenizer           first (Claude 3 and before), old (before 4.7), new
        overflow            input plus max_tokens beyond the window: refuse, stop (ends with
                            ``model_context_window_exceeded``)
        output_details      when ``usage.output_tokens_details`` appears: always, thinking
        prefix_bound        thinking blocks bound to what came before: always, opt_in, "" (never)
        fast                ``speed: fast``: yes, standard (served at standard speed), refused, "" (no such parameter)
        preserves_thinking  whose thinking counts as input: all turns, or the last one
    """

    id: str
    known: bool = True
    aliases: tuple[str, ...] = ()
    display_name: str = ""
    line: str | None = None
    created: str = "1970-01-01T00:00:00Z"
    lifecycle: str = "active"
    deprecated_at: str | None = None
    retires_at: str | None = None
    context: int = 200_000
    max_tokens: int = 64_000
    batch_max_tokens: int = 64_000
    # A beta that raises the cap, and the cap it raises to.
    long_output: tuple[str, int] | None = None
    overflow: str = "stop"
    thinking: tuple[str, ...] = ()
    thinking_default: str = "off"
    display: str = "summarized"
    quiet_effort: str = ""
    effort: tuple[str, ...] = ()
    effort_default: str | None = None
    sampling: str = "free"
    prefill: bool = True
    forced_tools: bool = True
    system_messages: bool = False
    tokenizer: str = "old"
    min_cache: int = 1024
    # Longest edge in pixels and most visual tokens before an image is scaled down; images (or pages) a request.
    image_edge: int = 1568
    image_tokens: int = 1568
    max_images: int = 100
    # Tokens added once when tools are given: with tool_choice auto or none, and with any or tool.
    tool_base: tuple[int, int] = (0, 0)
    # Tokens beside what a request says: in each, with adaptive thinking, around an image.
    extra_tokens: int = 0
    adaptive_tokens: int = 0
    image_frame: int = 3
    inference_geo: bool = False
    output_details: str = "thinking"
    prefix_bound: str = ""
    preserves_thinking: str = "last"
    fast: str = ""
    # Whether ``speed`` exists with its beta alone.
    fast_beta: bool = True
    programmatic_tools: bool = False
    structured_outputs: bool = False
    citations: bool = True
    compaction: bool = False
    computer: tuple[str, ...] = ()
    # Models a declined request may fall back to; none: a list of them is refused.
    fallbacks: tuple[str, ...] = ()
    # Models that may be its advisor.
    advisors: tuple[str, ...] = ()
    # Globs of models whose thinking it cannot read; the only models that read its own (none: every newer one does).
    blind_to: tuple[str, ...] = ()
    read_by: tuple[str, ...] = ()
    prices: Prices = NO_PRICES

    def reads(self, producer: Model) -> bool:
        """Whether this model understands thinking blocks of ``producer``.

        "A block is readable by its producer and newer models", but for the stated exceptions.
        """
        if self.id == producer.id or not (self.known and producer.known):
            return True
        if producer.read_by:
            return self.id in producer.read_by
        if any(fnmatchcase(producer.id, glob) for glob in self.blind_to):
            return False
        return self.created >= producer.created

    def is_named(self, name: str) -> bool:
        """Whether ``name`` is the API's own id or alias of this model; gateway spellings are not."""
        return self.known and (name == self.id or name in self.aliases)


def models() -> tuple[Model, ...]:
    """Every known model, newest first; retired ones included."""
    return _read_catalogue()[0]


def lookup(name: str) -> Model:
    """The model with that name; always returns one.

    Ids and aliases of the API are found first, then gateway spellings of them ("anthropic/claude-opus-4.6:thinking").
    Any other name gives a permissive ``Model`` with ``known=False`` and the figures of the newest family.
    """
    return _find_model(name if len(name) <= _LONGEST else name[:_LONGEST])


@lru_cache(maxsize=1024)
def _find_model(name: str) -> Model:
    _, by_name, unknown = _read_catalogue()
    found = by_name.get(name) or next((by_name[form] for form in _simplify(name) if form in by_name), None)
    return found or Model(**{**unknown, "id": name, "display_name": name, "known": False})


def canonical(name: str) -> str:
    """The id an answer shows in ``model``: an alias becomes its dated id, any other name stays as it is."""
    model = lookup(name)
    return model.id if model.is_named(name) else name


def _simplify(name: str) -> list[str]:
    """Simpler forms of a gateway's name for a model, the closest first."""
    plain = re.sub(_AFTER, "", re.sub(_BEFORE, "", name.strip().lower())).replace("@", "-")
    dashed = plain.replace(".", "-")
    short = re.sub(_ENDINGS, "", dashed)
    swapped = re.sub(_SWAPPED, r"claude-\2-\1", short)
    return [plain, dashed, dashed.removesuffix("-thinking"), short, swapped]


@lru_cache(maxsize=1)
def _read_catalogue() -> tuple[tuple[Model, ...], dict[str, Model], dict[str, Any]]:
    data = prebuilt.read("models")
    known = tuple(Model(**_parse_entry(entry)) for entry in data["models"])
    by_name = {re.sub(_ENDINGS, "", model.id): model for model in reversed(known)}
    by_name |= {name: model for model in known for name in (model.id, *model.aliases)}
    return known, by_name, _parse_entry(data["unknown"])


def _parse_entry(entry: dict[str, Any]) -> dict[str, Any]:
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return {**fields, "prices": Prices(*fields["prices"])}
