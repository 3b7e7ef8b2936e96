"""JSON values that are valid for a JSON Schema (draft 2020-12), with sensible words in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from random import Random
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from mockserver.compose.generated import members, quantities
from mockserver.compose.generated.flattening import DEEP, UnsatisfiableError, flatten
from mockserver.compose.generated.merging import merge
from mockserver.compose.generated.strings import Hints, make_string
from mockserver.records.budget import LIMITS, Budget, OverBudgetError
from mockserver.reference.schemas.callers import compile_schema
from mockserver.reference.schemas.costs import make_budget
from mockserver.reference.schemas.pointers import References

__all__ = ["Hints", "UnsatisfiableError", "make"]

# The deepest nesting of a value; schemas that refer to themselves may have no end.
DEEPEST = 40
ATTEMPTS = 24
# The most values in one, and the number after which optional properties are left out.
MOST = 5_000
ENOUGH = 200
LONGEST = 100_000
# The share of optional properties to fill in, in turn, in the attempts after the first.
SHARES = (1.0, 0.0, 0.5)


def make(schema: Any, rng: Random, hints: Hints, *, share: float = 1.0) -> Any:
    """A value valid for ``schema``, with about ``share`` of its optional properties.

    Raises UnsatisfiableError when no attempt gives a valid one: a contradiction, a reference out of the schema, or
    nothing valid of a sensible size, found in a sensible number of steps.
    """
    compiled = compile_schema(schema)
    if compiled is None:
        raise UnsatisfiableError("this is no JSON Schema, or one that refers to others")
    budget = Budget(LIMITS.generated_steps, LIMITS.generated_characters)
    references, checks = References(schema), make_budget()
    for attempt in range(ATTEMPTS):
        wanted = share if attempt == 0 else SHARES[attempt % len(SHARES)]
        try:
            value = _Maker(references, rng, hints, wanted, attempt, budget).make_any(schema, "", 0)
        except _TooLargeError:
            raise
        except OverBudgetError as error:
            raise _TooLargeError(f"no value was found: {error}") from error
        except (ValueError, RecursionError):
            continue
        if not compiled.is_affordable(value, checks):
            raise _TooLargeError("it takes too many steps to tell whether a value is valid for the schema")
        if compiled.validator.is_valid(value):
            return value
    raise UnsatisfiableError("no valid value was found for the schema")


class _TooLargeError(UnsatisfiableError):
    """The value would be too large; another attempt would not help."""


class _Maker(Struct, eq=False, dict=True):
    """One attempt. Only the first ones use the schema's examples and default, because these may be invalid."""

    references: References
    rng: Random
    hints: Hints
    share: float
    attempt: int
    budget: Budget
    visited: list[str] = field(default_factory=list)

    @cached_property
    def user_numbers(self) -> list[float]:
        """The numbers in the user's text; each is used once."""
        return [float(each) if "." in each else int(each) for each in NUMBER.findall(self.hints.text)]

    @cached_property
    def user_words(self) -> frozenset[str]:
        return frozenset(re.findall(r"\w+", self.hints.text.lower()))

    def make_any(self, schema: Any, name: str, depth: int) -> Any:
        if depth > DEEPEST:
            raise UnsatisfiableError("the schema is endless")
        self.visited.append(name)
        if len(self.visited) > MOST:
            raise _TooLargeError(f"a valid value holds more than {MOST} others")
        self.budget.take_steps()
        plain = self.flatten(schema, name, depth)
        if "const" in plain:
            return plain["const"]
        if "enum" in plain:
            return self.choose_option(plain)
        if self.attempt < 2 and (suggested := self.list_suggestions(plain)):
            return self.rng.choice(suggested)
        return MAKERS[self.choose_type(plain, depth)](self, plain, name, depth)

    def choose_option(self, schema: Mapping[str, Any]) -> Any:
        """A value of ``enum``, preferably one that the user mentioned."""
        self.budget.take_steps(len(schema["enum"]))
        options = [each for each in schema["enum"] if _has_type(each, schema.get("type"))]
        if not options:
            raise UnsatisfiableError("no value of enum has the right type")
        named = [each for each in options if isinstance(each, str) and each.lower() in self.user_words]
        return self.rng.choice(named or [each for each in options if each is not None] or options)

    def list_suggestions(self, schema: Mapping[str, Any]) -> list[Any]:
        examples = schema.get("examples")
        if isinstance(examples, list) and examples:
            return examples
        return [schema["default"]] if schema.get("default") is not None else []

    def choose_type(self, schema: Mapping[str, Any], depth: int) -> str:
        kinds = schema.get("type")
        if kinds is None:
            return next((kind for key, kind in IMPLIED.items() if key in schema), "string")
        if isinstance(kinds, str):
            return kinds
        if not kinds:
            raise UnsatisfiableError("no type is left")
        if depth >= DEEP and "null" in kinds:
            return "null"
        return next((each for each in kinds if each != "null"), "null")

    def make_text(self, schema: Mapping[str, Any], name: str, _depth: int) -> str:
        if schema.get("minLength", 0) > LONGEST:
            raise _TooLargeError(f"a valid string is longer than {LONGEST} characters")
        text = make_string(schema, name, self.rng, self.hints, self.budget)
        self.budget.spend(len(text))
        return text

    def make_integer(self, schema: Mapping[str, Any], _name: str, _depth: int) -> int:
        return int(self.choose_quantity(quantities.choose_integer, schema))

    def make_number(self, schema: Mapping[str, Any], _name: str, _depth: int) -> float | int:
        return self.choose_quantity(quantities.choose_number, schema)

    def choose_quantity(self, choose: Callable[..., float], schema: Mapping[str, Any]) -> float:
        found = choose(schema, self.rng, self.user_numbers if self.attempt < 4 else ())
        if found in self.user_numbers:
            self.user_numbers.remove(found)
        return found

    def make_array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
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
                each = merge(each, schema["contains"], self.budget)
            self.append_item(
                items, each, name.removesuffix("s"), depth, unique=bool(schema.get("uniqueItems")), low=low
            )
        return items

    def append_item(self, items: list[Any], schema: Any, name: str, depth: int, *, unique: bool, low: int) -> None:
        for _ in range(20):
            item = self.make_any(schema, name, depth + 1)
            self.budget.take_steps(len(items) // 100 if unique else 0)
            if not unique or item not in items:
                items.append(item)
                return
        # Fewer will do when no more different ones are to be had.
        if len(items) < low:
            raise UnsatisfiableError("not enough different items")

    def make_object(self, schema: Mapping[str, Any], _name: str, depth: int) -> dict[str, Any]:
        names = self.choose_names(schema, depth)
        for trigger, wanted in (schema.get("dependentSchemas") or {}).items():
            if trigger in names:
                rest = {key: value for key, value in schema.items() if key != "dependentSchemas"}
                self.budget.take_steps(len(names))
                schema = self.flatten(merge(rest, wanted, self.budget), trigger, depth)
                names = [*names, *(each for each in self.choose_names(schema, depth) if each not in names)]
        return {each: self.make_any(members.find_schema(schema, each, self.budget), each, depth + 1) for each in names}

    def flatten(self, schema: Any, name: str, depth: int) -> Mapping[str, Any]:
        """The schema as one mapping, without references and choices."""
        plain = flatten(schema, self.references, self.rng, depth, self.budget)
        if plain is False:
            raise UnsatisfiableError(f"nothing is valid at {name!r}")
        return {} if plain is True else plain

    def choose_names(self, schema: Mapping[str, Any], depth: int) -> list[str]:
        share = self.share if depth < DEEP and len(self.visited) < ENOUGH else 0.0
        if schema.get("minProperties", 0) > MOST:
            raise _TooLargeError(f"a valid object has more than {MOST} properties")
        return members.choose_names(
            schema, self.rng, share, lambda named: str(self.make_any(named, "", DEEP)), self.budget
        )


def _has_type(value: Any, kinds: Any) -> bool:
    wanted = [kinds] if isinstance(kinds, str) else kinds
    return wanted is None or any(isinstance(value, PYTHON.get(kind, (object,))) for kind in wanted)


NUMBER = re.compile(r"(?<![\w.])-?\d{1,15}(?:\.\d{1,6})?(?![\w])")
PYTHON: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {"string": (str,), "integer": (int,), "number": (int, float), "null": (type(None),), "boolean": (bool,)}
)
MAKERS: Mapping[str, Callable[[_Maker, Mapping[str, Any], str, int], Any]] = MappingProxyType(
    {
        "string": _Maker.make_text,
        "integer": _Maker.make_integer,
        "number": _Maker.make_number,
        "boolean": lambda maker, _schema, _name, _depth: maker.rng.random() < 0.5,
        "null": lambda *_: None,
        "array": _Maker.make_array,
        "object": _Maker.make_object,
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
