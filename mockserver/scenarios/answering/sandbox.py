"""The Jinja2 environment of placeholders: no way out, and no way to eat time or memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import orjson
from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context
from msgspec import Struct
from msgspec.structs import asdict

from mockserver.scenarios.answering.bounds import (
    GROWING,
    MAX_SIZE,
    Bounds,
    Limits,
    bounding,
    counted,
    limited,
    limits_of,
    weighed,
)

__all__ = ["TemplateSyntaxError", "expression", "names", "template"]


def template(source: str) -> Callable[[Mapping[str, Any]], str]:
    """A compiled text with placeholders."""
    compiled = _environment().from_string(source)

    def fill(given: Mapping[str, Any]) -> str:
        parts, size = [], 0
        for part in compiled.generate(given, _limits=Limits()):
            size += len(part)
            if size > MAX_SIZE:
                raise SecurityError(f"it grows beyond {MAX_SIZE:,} characters")
            parts.append(part)
        return "".join(parts)

    return fill


def expression(source: str) -> Callable[[Mapping[str, Any]], Any]:
    """A compiled placeholder that gives its value, whatever the type."""
    compiled = _environment().compile_expression(source, undefined_to_none=False)

    def fill(given: Mapping[str, Any]) -> Any:
        value = compiled(given, _limits=Limits())
        if isinstance(value, Undefined):
            str(value)  # raises, and says which name is missing
        return _plain(value)

    return fill


def names(source: str) -> set[str]:
    """The names a text's placeholders use.

    Raises:
        TemplateSyntaxError: the text cannot be parsed.
    """
    tree = _environment().parse(source)
    _environment().compile(source)  # finds unknown filters and tests
    return meta.find_undeclared_variables(tree) - set(_environment().globals)


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with counted loops and calls, and keys of objects before methods."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        return super()._generate(Bounds().visit(source), name, filename, defer_init)

    def wrap_str_format(self, value: Any) -> None:
        """No wrapper for ``str.format``: it is one of the growing methods."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        grows = isinstance(obj, str | bytes | int) and attr in GROWING
        return not grows and super().is_safe_attribute(obj, attr, value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        # {{ tool_result.items }} means the key of the caller's JSON, not the method of a dict.
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        value = super().getattr(obj, attribute)
        # The order of a set differs from one run to the next.
        return sorted(value) if isinstance(value, frozenset) else value

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        limits = limits_of(__context)
        limits.step(getattr(__obj, "steps", 1) if callable(__obj) else 1)
        for value in (getattr(__obj, "__self__", None), *args, *kwargs.values()):
            limits.made(value)
        made = limits.made(super().call(__context, __obj, *args, **kwargs))
        return limits.weigh(made, written=False) if isinstance(made, dict) else made

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+":
            limits_of(context).made(left), limits_of(context).made(right)
        elif not all(isinstance(value, int | float) and abs(value) < _LIMITS[operator] for value in (left, right)):
            raise SecurityError(f"{operator} is for small numbers only")
        return super().call_binop(context, operator, left, right)


_LIMITS = {"*": 1e15, "%": 1e15, "**": 1000}
# Filters that make much out of little.
_GROWING_FILTERS = (
    *("batch", "center", "filesizeformat", "format", "indent"),
    *("pprint", "slice", "urlize", "wordwrap", "xmlattr"),
)


@cache
def _environment() -> _Environment:
    environment = _Environment(undefined=StrictUndefined, finalize=_shown, keep_trailing_newline=True)
    environment.filters |= {"join": _joined, "random": _picked, "replace": _replaced, "sum": _summed, "tojson": _json}
    for name in _GROWING_FILTERS:
        del environment.filters[name]
    for name, function in environment.filters.items():
        environment.filters[name] = bounding(name, function)
    environment.filters |= {"_counted": counted, "_limited": limited, "_weighed": weighed}
    for name in ("cycler", "joiner", "lipsum"):
        del environment.globals[name]
    return environment


@pass_context
def _joined(context: Context, items: Iterable[Any], between: str = "", attribute: str | int | None = None) -> Any:
    from jinja2.filters import sync_do_join

    given = limits_of(context).weigh(list(counted(context, items)), written=True)
    if sum(len(str(item)) + len(between) for item in given) > MAX_SIZE:
        raise SecurityError(f"it grows beyond {MAX_SIZE:,} characters")
    return sync_do_join(context.eval_ctx, given, between, attribute)


@pass_context
def _picked(context: Context, items: Iterable[Any]) -> Any:
    """One of the items; by the seed, as whatever is left to chance."""
    return context.parent["fake"].random_element(list(counted(context, items)))


def _replaced(text: Any, old: str, new: str, count: int | None = None) -> str:
    given = str(text)
    if len(given) + given.count(old) * len(new) > MAX_SIZE:
        raise SecurityError(f"it grows beyond {MAX_SIZE:,} characters")
    return given.replace(old, new, -1 if count is None else count)


@pass_context
def _summed(context: Context, items: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
    from jinja2.filters import sync_do_sum

    if not isinstance(start, int | float):
        raise SecurityError("sum is for numbers only")
    return sync_do_sum(context.environment, counted(context, items), attribute, start)


def _json(value: Any) -> str:
    return orjson.dumps(_plain(value)).decode()


@pass_context
def _shown(context: Context, value: Any) -> str:
    """A value written into a text: objects, lists, booleans and null as JSON."""
    limits = limits_of(context)
    if not isinstance(value, str):
        limits.weigh(value, written=True)
        as_json = isinstance(value, dict | list | bool | Struct) or value is None
        value = orjson.dumps(value, default=_other).decode() if as_json else str(value)
    limits.spend(len(value))
    return str(value)


def _other(value: Any) -> Any:
    """What JSON does not know: a record as an object, a set as a list."""
    if isinstance(value, Struct):
        return asdict(value)
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _plain(value: Any) -> Any:
    """A value as JSON can have it."""
    return orjson.loads(orjson.dumps(value, default=_other))
