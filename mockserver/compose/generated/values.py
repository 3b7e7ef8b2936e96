"""JSON values that are valid for a JSON Schema (draft 2020-12), with sensible words in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from random import Random
from types import MappingProxyType
from typing import Any

import orjson

from mockserver.compose.generated import patterns, quantities
from mockserver.compose.generated.flattening import DEEP, UnsatisfiableError, flatten
from mockserver.compose.generated.merging import merge
from mockserver.compose.generated.strings import WORDS, any_string

# Deeper than this, a schema that refers to itself is given up.
DEEPEST = 40
ATTEMPTS = 24
# How many of the optional properties are filled in, by attempt: as asked, then all, none and some.
SHARES = (1.0, 0.0, 0.5)


@dataclass(frozen=True)
class Hints:
    """Words to make values of: the user's text, and sentences in the user's language."""

    asked: str = ""
    prose: Callable[[], str] = lambda: "A generated value."


def make(schema: Any, rng: Random, hints: Hints, *, share: float = 1.0) -> Any:
    """A value valid for ``schema``, with about ``share`` of its optional properties.

    Raises UnsatisfiableError when no attempt gives a valid one: a contradiction, or a reference out of the schema.
    """
    for attempt in range(ATTEMPTS):
        wanted = share if attempt == 0 else SHARES[attempt % len(SHARES)]
        try:
            value = _Maker(schema, rng, hints, wanted, attempt).any(schema, "", 0)
        except (UnsatisfiableError, RecursionError):
            continue
        if is_valid(schema, value):
            return value
    raise UnsatisfiableError("no valid value was found for the schema")


def is_valid(schema: Any, value: Any) -> bool:
    """Whether ``value`` is valid for ``schema``, formats included; a schema that cannot be compiled refuses all."""
    validator = _validator(orjson.dumps(schema))
    return validator is not None and bool(validator.is_valid(value))


@lru_cache(maxsize=256)
def _validator(schema: bytes) -> Any:
    import jsonschema_rs

    try:
        return jsonschema_rs.validator_for(orjson.loads(schema), validate_formats=True, retriever=_refuse)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return None


def _refuse(uri: str) -> Any:
    raise ValueError(f"{uri} lies outside the schema")


@dataclass(frozen=True)
class _Maker:
    """One attempt. The schema's examples and default are taken in the first ones only: they may be wrong."""

    root: Any
    rng: Random
    hints: Hints
    share: float
    attempt: int

    @cached_property
    def mentioned(self) -> list[float]:
        """The numbers in the user's text; each is used once."""
        return [float(each) if "." in each else int(each) for each in NUMBER.findall(self.hints.asked)]

    def any(self, schema: Any, name: str, depth: int) -> Any:
        if depth > DEEPEST:
            raise UnsatisfiableError("the schema is endless")
        plain = flatten(schema, self.root, self.rng, depth)
        if plain is False:
            raise UnsatisfiableError(f"nothing is valid at {name!r}")
        plain = {} if plain is True else plain
        if "const" in plain:
            return plain["const"]
        if "enum" in plain:
            return self.option(plain)
        if self.attempt < 2 and (suggested := self.suggested(plain)):
            return self.rng.choice(suggested)
        return MAKERS[self.kind(plain, depth)](self, plain, name, depth)

    def option(self, schema: Mapping[str, Any]) -> Any:
        """A value of ``enum``, one that the user mentioned if there is one."""
        options = [each for each in schema["enum"] if _is_of(each, schema.get("type"))]
        if not options:
            raise UnsatisfiableError("no value of enum has the right type")
        asked = set(re.findall(r"\w+", self.hints.asked.lower()))
        named = [each for each in options if isinstance(each, str) and each.lower() in asked]
        return self.rng.choice(named or [each for each in options if each is not None] or options)

    def suggested(self, schema: Mapping[str, Any]) -> list[Any]:
        examples = schema.get("examples")
        if isinstance(examples, list) and examples:
            return examples
        return [schema["default"]] if schema.get("default") is not None else []

    def kind(self, schema: Mapping[str, Any], depth: int) -> str:
        given = schema.get("type")
        if isinstance(given, str):
            return given if given in MAKERS else "string"
        if given is not None:
            kinds = [each for each in given if each in MAKERS]
            if not kinds:
                raise UnsatisfiableError("no type is left")
            return (
                "null"
                if depth >= DEEP and "null" in kinds
                else next((each for each in kinds if each != "null"), "null")
            )
        return next((kind for key, kind in IMPLIED.items() if key in schema), "string")

    def string(self, schema: Mapping[str, Any], name: str, _depth: int) -> str:
        try:
            return any_string(schema, name, self.rng, asked=self.hints.asked, prose=self.hints.prose())
        except ValueError as error:
            raise UnsatisfiableError(str(error)) from error

    def integer(self, schema: Mapping[str, Any], _name: str, _depth: int) -> int:
        return int(self.quantity(quantities.whole, schema))

    def number(self, schema: Mapping[str, Any], _name: str, _depth: int) -> float | int:
        return self.quantity(quantities.real, schema)

    def quantity(self, choose: Callable[..., float], schema: Mapping[str, Any]) -> float:
        try:
            found = choose(schema, self.rng, self.mentioned if self.attempt < 4 else ())
        except ValueError as error:
            raise UnsatisfiableError(str(error)) from error
        if found in self.mentioned:
            self.mentioned.remove(found)
        return found

    def array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        first = schema.get("prefixItems") or []
        rest = schema.get("items", True)
        low = max(schema.get("minItems", 0), schema.get("minContains", 1) if "contains" in schema else 0)
        high = schema.get("maxItems")
        count = max(low, len(first))
        if rest is not False and not first and depth < DEEP and "items" in schema:
            count = max(low, self.rng.randint(1, 3))
        count = count if high is None else min(count, high)
        items: list[Any] = []
        for index in range(count):
            each = first[index] if index < len(first) else rest
            if "contains" in schema and index < schema.get("minContains", 1):
                each = merge(each, schema["contains"])
            self.append(items, each, name.removesuffix("s"), depth, unique=bool(schema.get("uniqueItems")), low=low)
        return items

    def append(self, items: list[Any], schema: Any, name: str, depth: int, *, unique: bool, low: int) -> None:
        for _ in range(20):
            item = self.any(schema, name, depth + 1)
            if not unique or item not in items:
                items.append(item)
                return
        # Fewer will do when no more different ones are to be had.
        if len(items) < low:
            raise UnsatisfiableError("not enough different items")

    def object(self, schema: Mapping[str, Any], _name: str, depth: int) -> dict[str, Any]:
        names = self.names(schema, depth)
        for trigger, wanted in (schema.get("dependentSchemas") or {}).items():
            if trigger in names:
                bare = {key: value for key, value in schema.items() if key != "dependentSchemas"}
                schema = flatten(merge(bare, wanted), self.root, self.rng, depth)
                names = [*names, *(each for each in self.names(schema, depth) if each not in names)]
        return {each: self.any(self.member(schema, each), each, depth + 1) for each in names}

    def names(self, schema: Mapping[str, Any], depth: int) -> list[str]:
        """The properties that the object will have, in the schema's order."""
        known = schema.get("properties") or {}
        required = list(schema.get("required") or ())
        optional = [each for each in known if each not in required and known[each] is not False]
        share = self.share if depth < DEEP else 0.0
        chosen = {*required, *(each for each in optional if self.rng.random() < share)}
        low, high = schema.get("minProperties", 0), schema.get("maxProperties")
        for each in optional:
            if len(chosen) >= low:
                break
            chosen.add(each)
        if high is not None:
            chosen = {*required, *[each for each in optional if each in chosen][: max(0, high - len(required))]}
        for each, needed in (schema.get("dependentRequired") or {}).items():
            chosen |= set(needed) if each in chosen else set()
        ordered = [*(each for each in known if each in chosen), *(each for each in required if each not in known)]
        ordered += sorted(chosen.difference(ordered))
        return [*ordered, *self.invented(schema, ordered, low)]

    def invented(self, schema: Mapping[str, Any], known: list[str], low: int) -> list[str]:
        """Names of further properties: as many as are missing, and one or two in an object used as a map."""
        more = schema.get("additionalProperties")
        is_map = not schema.get("properties") and isinstance(more, Mapping) and self.share > 0
        missing = max(low - len(known), self.rng.randint(1, 2) if is_map and not known else 0)
        found: list[str] = []
        for _ in range(20 * missing):
            if len(found) >= missing:
                break
            name = self.invent(schema)
            if name not in known and name not in found:
                found.append(name)
        return found

    def invent(self, schema: Mapping[str, Any]) -> str:
        given = next(iter(schema.get("patternProperties") or ()), None)
        if given is not None and schema.get("additionalProperties") is not True:
            return patterns.match(given, self.rng)
        if "propertyNames" in schema:
            return str(self.any(merge({"type": "string"}, schema["propertyNames"]), "", DEEP))
        return self.rng.choice(WORDS)

    def member(self, schema: Mapping[str, Any], name: str) -> Any:
        """The schema of the property ``name``: all that speak of it."""
        found = [schema["properties"][name]] if name in (schema.get("properties") or {}) else []
        for pattern, each in (schema.get("patternProperties") or {}).items():
            if re.search(pattern, name):
                found.append(each)
        if not found:
            return schema.get("additionalProperties", True)
        return found[0] if len(found) == 1 else {"allOf": found}


def _is_of(value: Any, kinds: Any) -> bool:
    wanted = [kinds] if isinstance(kinds, str) else kinds
    return wanted is None or any(isinstance(value, PYTHON.get(kind, (object,))) for kind in wanted)


NUMBER = re.compile(r"(?<![\w.])-?\d{1,15}(?:\.\d{1,6})?(?![\w])")
PYTHON: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {"string": (str,), "integer": (int,), "number": (int, float), "null": (type(None),), "boolean": (bool,)}
)
MAKERS: Mapping[str, Callable[[_Maker, Mapping[str, Any], str, int], Any]] = MappingProxyType(
    {
        "string": _Maker.string,
        "integer": _Maker.integer,
        "number": _Maker.number,
        "boolean": lambda maker, _schema, _name, _depth: maker.rng.random() < 0.5,
        "null": lambda *_: None,
        "array": _Maker.array,
        "object": _Maker.object,
    }
)
# The type that a schema without one speaks of, by its keywords.
IMPLIED = MappingProxyType(
    {
        **dict.fromkeys(("properties", "required", "additionalProperties", "patternProperties"), "object"),
        **dict.fromkeys(("minProperties", "propertyNames", "dependentRequired"), "object"),
        **dict.fromkeys(("items", "prefixItems", "minItems", "contains", "uniqueItems"), "array"),
        **dict.fromkeys(("minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"), "number"),
    }
)
