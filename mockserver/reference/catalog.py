"""The model catalogue: limits, features and prices of each model, from ``data/models.yaml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.reference import prebuilt

# The parts that gateways add to an id: "us.anthropic.claude-x-v1:0", "anthropic/claude-x:thinking", "claude-x@2025"
_BEFORE = r"^(?:.*/)?(?:(?:[a-z]+\.)?anthropic\.)?"
_AFTER = r"(?:-v\d+)?(?::\w+)?$"
_ENDINGS = r"(?:-(?:latest|thinking|\d{8}))+$"
# Longer names are cut, so that the cache stays small.
_LONGEST = 200
_SWAPPED = r"^claude-(\d(?:-\d)?)-(haiku|sonnet|opus|fable|mythos)$"


class Prices(Struct, frozen=True):
    """US dollars for a million tokens; ``cache_read`` is the fraction of ``input`` that a cached token costs.

    ``fast`` are those of input and output under ``speed: fast``; None: not known. ``long`` are those of a whole request
    whose prompt has more tokens than its first number.
    """

    input: float
    output: float
    cache_read: float = 0.1
    fast: tuple[float, float] | None = None
    long: tuple[int, float, float] | None = None


class Model(Struct, frozen=True):
    """The facts about one model. Sources: the API's model, thinking and caching pages, and recorded exchanges.

    ``context``, ``max_tokens`` (the cap of that parameter) and ``min_cache`` (shortest cached prefix) are tokens.
    ``lifecycle`` is that of the day on which the catalogue was released; ``deprecated_at`` and ``retires_at`` are the
    days of its changes (see ``mockserver.reference.lifecycle``). Closed sets:

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

    ``redacts_on_demand``: whether the API's test string for redacted thinking works.
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
    # The day of which the SDK warns, where the API names none.
    sdk_retires_at: str | None = None
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
    redacts_on_demand: bool = True
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
    # None: not known.
    prices: Prices | None = None

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

    @property
    def can_think(self) -> bool:
        """Whether it supports extended thinking."""
        return any(kind != "disabled" for kind in self.thinking)

    def is_named(self, name: str) -> bool:
        """Whether ``name`` is the API's own id or alias of this model; gateway spellings are not."""
        return self.known and (name == self.id or name in self.aliases)


class Catalogue:
    """Models, newest first; retired ones included.

    Args:
        models: the models.
        unknown: the facts about a model of any other name.
        released: the day on which the facts were true: ``2026-11-26``.
    """

    def __init__(self, models: Iterable[Model], unknown: Mapping[str, Any], released: str) -> None:
        self.models = tuple(sorted(models, key=lambda model: model.created, reverse=True))
        self.released = released
        self._unknown = unknown
        self._by_name = {re.sub(_ENDINGS, "", model.id): model for model in reversed(self.models)}
        self._by_name |= {name: model for model in self.models for name in (model.id, *model.aliases)}
        self._find = lru_cache(maxsize=1024)(self._find_model)

    def lookup(self, name: str) -> Model:
        """The model with that name; always returns one.

        Ids and aliases of the API are found first, then gateway spellings of them
        ("anthropic/claude-opus-4.6:thinking"). Any other name gives a permissive ``Model`` with ``known=False`` and the
        figures of the newest family.
        """
        return self._find(name if len(name) <= _LONGEST else name[:_LONGEST])

    def change(self, changes: Mapping[str, Mapping[str, Any]]) -> Catalogue:
        """A catalogue with other facts.

        Args:
            changes: fields of ``Model`` by the id or alias of a model that is here, or by a new id. A new model has the
                facts of the model that ``like`` names, else those of an unknown one.
        """
        known = {model.id: model for model in self.models}
        for name, fields in changes.items():
            found = Catalogue(known.values(), self._unknown, self.released).lookup(name)
            model = found if found.is_named(name) else self._make_new(name, fields, known)
            known[model.id] = replace(model, **{key: value for key, value in fields.items() if key != "like"})
        return Catalogue(known.values(), self._unknown, self.released)

    def with_lifecycles(self, lifecycles: Mapping[str, str]) -> Catalogue:
        """The same models, some in another stage of their lives: ``{"claude-opus-5": "retired"}``."""
        models = [replace(each, lifecycle=lifecycles.get(each.id, each.lifecycle)) for each in self.models]
        return Catalogue(models, self._unknown, self.released)

    def _make_new(self, name: str, fields: Mapping[str, Any], known: Mapping[str, Model]) -> Model:
        base = Catalogue(known.values(), self._unknown, self.released).lookup(str(fields.get("like", "")))
        own = {"id": name, "display_name": name, "aliases": (), "known": True, "lifecycle": "active"}
        created = base.created if base.known else f"{self.released}T00:00:00Z"
        return replace(base, **own, created=created, deprecated_at=None, retires_at=None)

    def _find_model(self, name: str) -> Model:
        by_name = self._by_name
        found = by_name.get(name) or next((by_name[form] for form in _simplify(name) if form in by_name), None)
        return found or Model(**{**self._unknown, "id": name, "display_name": name, "known": False})


@lru_cache(maxsize=1)
def standard() -> Catalogue:
    """The catalogue of this package."""
    data = prebuilt.read("models")
    models = [Model(**_parse_entry(entry)) for entry in data["models"]]
    return Catalogue(models, _parse_entry(data["unknown"]), data["released"])


def models() -> tuple[Model, ...]:
    """Every model of this package's catalogue, newest first; retired ones included."""
    return standard().models


def lookup(name: str) -> Model:
    """The model with that name in this package's catalogue; always returns one (``Catalogue.lookup``)."""
    return standard().lookup(name)


def _simplify(name: str) -> list[str]:
    """Simpler forms of a gateway's name for a model, the closest first."""
    plain = re.sub(_AFTER, "", re.sub(_BEFORE, "", name.strip().lower())).replace("@", "-")
    dashed = plain.replace(".", "-")
    short = re.sub(_ENDINGS, "", dashed)
    swapped = re.sub(_SWAPPED, r"claude-\2-\1", short)
    return [plain, dashed, dashed.removesuffix("-thinking"), short, swapped]


def _parse_entry(entry: dict[str, Any]) -> dict[str, Any]:
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    prices = fields["prices"]
    return {**fields, "prices": None if prices is None else _parse_prices(*prices)}


def _parse_prices(*values: Any) -> Prices:
    # Lists of JSON become the tuples of the record.
    parsed: Any = [tuple(value) if isinstance(value, list) else value for value in values]
    return Prices(*parsed)
