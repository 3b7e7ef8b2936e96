"""The Jinja2 environment of placeholders: no way out, and no way to eat time or memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import orjson
from jinja2 import StrictUndefined, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context

__all__ = ["TemplateSyntaxError", "expression", "names", "template"]

# Characters one string of an answer may grow to, and loop rounds and calls it may take.
MAX_SIZE = 1_000_000
MAX_STEPS = 20_000


def template(source: str) -> Callable[[Mapping[str, Any]], str]:
    """A compiled text with placeholders."""
    compiled = _environment().from_string(source)

    def fill(given: Mapping[str, Any]) -> str:
        parts, size = [], 0
        for part in compiled.generate(given, _steps=_Steps()):
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
        value = compiled(given, _steps=_Steps())
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


class _Steps:
    """Counts what a template does, and stops it when that is too much."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def take(self, number: int = 1) -> None:
        self.left -= number
        if self.left < 0:
            raise SecurityError(f"it takes more than {MAX_STEPS:,} steps")


@pass_context
def _bounded(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    steps = context.parent["_steps"]
    for item in items:
        steps.take()
        yield item


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with counted loops and calls, and keys of objects before methods."""

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in list(tree.find_all(nodes.For)):
            loop.iter = nodes.Filter(loop.iter, "_bounded", [], [], None, None)
        for joined in list(tree.find_all(nodes.Concat)):
            joined.nodes = [nodes.Filter(node, "_limited", [], [], None, None) for node in joined.nodes]
        for block in list(tree.find_all(nodes.AssignBlock)):
            block.filter = nodes.Filter(block.filter, "_limited", [], [], None, None)
        return tree

    def wrap_str_format(self, value: Any) -> None:
        """No wrapper for ``str.format``: it is one of the growing methods."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return not (isinstance(obj, str) and attr in _GROWING) and super().is_safe_attribute(obj, attr, value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        # {{ tool_result.items }} means the key of the caller's JSON, not the method of a dict.
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        __context.parent["_steps"].take(getattr(__obj, "steps", 1) if callable(__obj) else 1)
        for value in (getattr(__obj, "__self__", None), *args):
            _limited(value)
        return super().call(__context, __obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+":
            _limited(left), _limited(right)
        elif not all(isinstance(value, int | float) and abs(value) < _LIMITS[operator] for value in (left, right)):
            raise SecurityError(f"{operator} is for small numbers only")
        return super().call_binop(context, operator, left, right)


_LIMITS = {"*": 1e15, "%": 1e15, "**": 1000}
# Methods of texts that make much out of little.
_GROWING = ("center", "expandtabs", "format", "format_map", "join", "ljust", "replace", "rjust", "translate", "zfill")
_GROWING_FILTERS = (
    *("batch", "center", "filesizeformat", "format", "indent"),
    *("pprint", "slice", "urlize", "wordwrap", "xmlattr"),
)


def _limited(value: Any) -> Any:
    if hasattr(value, "__len__") and len(value) > MAX_SIZE:
        raise SecurityError(f"it grows beyond {MAX_SIZE:,} characters")
    return value


@cache
def _environment() -> _Environment:
    environment = _Environment(undefined=StrictUndefined, finalize=_shown, keep_trailing_newline=True)
    environment.filters |= {"_bounded": _bounded, "_limited": _limited}
    environment.filters["tojson"] = lambda value: orjson.dumps(_plain(value)).decode()
    environment.filters["join"] = _joined
    environment.filters["replace"] = _replaced
    # These make much text out of little.
    for name in _GROWING_FILTERS:
        del environment.filters[name]
    for name in ("cycler", "joiner", "lipsum"):
        del environment.globals[name]
    return environment


@pass_context
def _joined(context: Context, items: Iterable[Any], between: str = "", attribute: str | int | None = None) -> Any:
    from jinja2.filters import sync_do_join

    given = list(_bounded(context, items))
    if sum(len(str(item)) + len(between) for item in given) > MAX_SIZE:
        raise SecurityError(f"it grows beyond {MAX_SIZE:,} characters")
    return sync_do_join(context.eval_ctx, given, between, attribute)


def _replaced(text: Any, old: str, new: str, count: int | None = None) -> str:
    given = str(text)
    if len(given) + given.count(old) * len(new) > MAX_SIZE:
        raise SecurityError(f"it grows beyond {MAX_SIZE:,} characters")
    return given.replace(old, new, -1 if count is None else count)


def _shown(value: Any) -> Any:
    """Objects, lists, booleans and null are written as JSON into a text."""
    return (
        orjson.dumps(value, default=str).decode() if isinstance(value, dict | list | bool) or value is None else value
    )


def _plain(value: Any) -> Any:
    """A value as JSON can have it."""
    return orjson.loads(orjson.dumps(value, default=str))
