"""The Jinja2 environment of placeholders, which bounds their access, time and memory.

Jinja's immutable sandbox keeps templates away from the process. A ``TextBudget``, which each rendering finds in its
context, bounds the rest: rounds of loops, calls, and the sizes of lists and texts.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

import orjson
from jinja2 import StrictUndefined, Template, TemplateSyntaxError, Undefined, filters, meta, nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import pass_context
from msgspec import Struct
from msgspec.structs import asdict

from mockserver.records.budget import LIMITS
from mockserver.scenarios.answering.budget import TextBudget, length_of
from mockserver.scenarios.answering.counting import Counting
from mockserver.scenarios.answering.iterating import budget_of, count_filters

__all__ = ["UNCOMPILABLE", "TemplateSyntaxError", "compile_expression", "compile_text", "count_words", "find_names"]

# What Python raises for the code that Jinja makes of a template, and Jinja itself for a deep one: nested too deeply, an
# argument given twice, a number of too many digits. Jinja also works out constant parts, which may fail as any other.
UNCOMPILABLE = (SyntaxError, RecursionError, MemoryError, ValueError, TypeError, ArithmeticError, TemplateError)

Fill = Callable[[Mapping[str, Any]], Any]


def compile_text(source: str) -> Fill:
    """A text with placeholders in it, compiled."""
    template = _compile(_environment().parse(source))

    def fill(names: Mapping[str, Any]) -> str:
        parts, size = [], 0
        for part in template.generate(names, _budget=TextBudget()):
            size += len(part)
            if size > LIMITS.size:
                raise SecurityError(f"it grows beyond {LIMITS.size:,} characters")
            parts.append(part)
        return "".join(parts)

    return fill


def compile_expression(source: str) -> Fill:
    """A text that is one placeholder and nothing else, compiled: it gives the value in its own type."""
    tree = _environment().parse(source.strip())
    (output,) = tree.find_all(nodes.Output)
    (expression,) = output.nodes
    tree.body = [nodes.Assign(nodes.Name("value", "store"), expression, lineno=1)]
    template = _compile(tree)

    def fill(names: Mapping[str, Any]) -> Any:
        value = template.make_module({**names, "_budget": TextBudget()}).value  # type: ignore[attr-defined]
        if isinstance(value, Undefined):
            str(value)  # raises an error that names the missing name
        return _as_json(value)

    return fill


def count_words(source: str, most: int) -> int:
    """The number of words and signs in a text's placeholders and tags; beyond ``most`` no more are looked at.

    Raises:
        TemplateSyntaxError: the text cannot be parsed.
    """
    kinds = (kind for _, kind, _ in _environment().lex(source) if kind not in ("data", "whitespace"))
    return sum(1 for _ in islice(kinds, most + 1))


def find_names(source: str) -> set[str]:
    """The names that a text's placeholders use.

    Raises:
        TemplateSyntaxError: the text cannot be parsed.
        UNCOMPILABLE: it cannot be compiled.
    """
    tree = _environment().parse(source)
    return meta.find_undeclared_variables(tree) - set(_environment().globals)


def _compile(tree: nodes.Template) -> Template:
    with warnings.catch_warnings():
        # Python warns of code such as 1[2], which only fails when it is run.
        warnings.simplefilter("ignore", SyntaxWarning)
        return _environment().from_string(Counting().visit(tree))


# Methods of texts, bytes and numbers whose result may be much larger than their operands.
_GROWING_METHODS = frozenset(
    (
        *("center", "expandtabs", "format", "format_map", "from_bytes", "join", "ljust", "replace", "rjust"),
        *("to_bytes", "translate", "zfill"),
    )
)
# Filters of this kind.
_GROWING_FILTERS = (
    *("batch", "center", "filesizeformat", "format", "indent"),
    *("pprint", "slice", "urlize", "wordwrap", "xmlattr"),
)
# Filters that write values of any type as a text.
_WRITING_FILTERS = (
    *("capitalize", "e", "escape", "forceescape", "lower", "safe", "string", "striptags", "title"),
    *("tojson", "trim", "truncate", "upper", "urlencode", "wordcount"),
)
# Codecs and error handlers for ``encode`` and ``decode``.
_CODECS = frozenset(("ascii", "ignore", "latin-1", "replace", "strict", "utf-16", "utf-32", "utf-8", "utf8"))
# How large the operands of an operator may be.
_LARGEST = {"*": 1e15, "%": 1e15, "**": 1000}


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, with counted calls and operators, and keys of objects before methods."""

    intercepted_binops = frozenset(("+", *_LARGEST))

    def wrap_str_format(self, value: Any) -> None:
        """No wrapper for ``str.format``: it is one of the growing methods."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        grows = isinstance(obj, str | bytes | int) and attr in _GROWING_METHODS
        return not grows and super().is_safe_attribute(obj, attr, value)

    def getattr(self, obj: Any, attribute: str) -> Any:
        # {{ tool_result.items }} means the key of the caller's JSON, not the method of a dict.
        if isinstance(obj, Mapping) and attribute in obj:
            return obj[attribute]
        value = super().getattr(obj, attribute)
        # The order of a set differs from one run to the next.
        return sorted(value) if isinstance(value, frozenset) else value

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        budget = budget_of(__context)
        _check_codec(__obj, *args, *kwargs.values())
        budget.take_steps(getattr(__obj, "steps", 1) if callable(__obj) else 1)
        for value in (getattr(__obj, "__self__", None), *args, *kwargs.values()):
            budget.admit(value)
        value = budget.admit(super().call(__context, __obj, *args, **kwargs))
        return budget.weigh(value, written=False) if isinstance(value, dict) else value

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator != "+":
            _check_operands(operator, left, right)
            return super().call_binop(context, operator, left, right)
        budget = budget_of(context)
        budget.admit(left), budget.admit(right)
        value = super().call_binop(context, operator, left, right)
        return budget.weigh(value, written=False) if isinstance(value, list | tuple) else value


def _check_codec(method: Any, *arguments: Any) -> None:
    """Refuse codecs whose time grows with the square of a text: those of host names."""
    if getattr(method, "__name__", "") in ("encode", "decode") and not _CODECS.issuperset(arguments):
        raise SecurityError(f"{method.__name__} knows {', '.join(sorted(_CODECS))} only")


def _check_operands(operator: str, *operands: Any) -> None:
    if not all(isinstance(value, int | float) and abs(value) < _LARGEST[operator] for value in operands):
        raise SecurityError(f"{operator} is for small numbers only")


@cache
def _environment() -> _Environment:
    environment = _Environment(undefined=StrictUndefined, finalize=_write, keep_trailing_newline=True)
    environment.filters |= {"tojson": _to_json, "truncate": _truncate}
    environment.filters |= {name: _bound(environment.filters[name]) for name in _WRITING_FILTERS}
    environment.filters |= count_filters(environment.filters)
    environment.filters |= {"join": _join, "random": _pick, "replace": _replace}
    environment.filters |= {"round": _round, "sum": _sum}
    environment.filters |= {"_count_rounds": _count_rounds, "_limit": _limit, "_weigh": _weigh}
    for name in _GROWING_FILTERS:
        del environment.filters[name]
    for name in ("cycler", "joiner", "lipsum"):
        del environment.globals[name]
    return environment


@pass_context
def _count_rounds(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    """The items of a loop, each a step."""
    budget = budget_of(context)
    for item in items:
        budget.take_steps()
        yield item


@pass_context
def _weigh(context: Context, value: Any) -> Any:
    """A list or mapping that a template builds."""
    return budget_of(context).weigh(value, written=False)


@pass_context
def _limit(context: Context, value: Any) -> Any:
    """A part of a text that a template joins."""
    if not isinstance(value, str):
        budget_of(context).weigh(value, written=True)
    return budget_of(context).admit(value)


def _bound(function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that writes texts, within the budget. A long prompt may stay as long as it came."""

    @pass_context
    def call(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        budget = budget_of(context)
        if not isinstance(value, str):
            budget.weigh(value, written=True)
        return budget.admit(function(value, *args, **kwargs), max(LIMITS.size, length_of(value)))

    return call


def _truncate(text: str, *args: Any, **kwargs: Any) -> str:
    return filters.do_truncate(_environment(), text, *args, **kwargs)


@pass_context
def _join(context: Context, items: Iterable[Any], between: str = "", attribute: str | int | None = None) -> Any:
    parts = budget_of(context).weigh(list(_count_rounds(context, items)), written=True)
    if sum(len(str(part)) + len(between) for part in parts) > LIMITS.size:
        raise SecurityError(f"it grows beyond {LIMITS.size:,} characters")
    return filters.sync_do_join(context.eval_ctx, parts, between, attribute)


@pass_context
def _pick(context: Context, items: Iterable[Any]) -> Any:
    """One of the items, chosen by the seed."""
    return context.parent["fake"].random_element(list(_count_rounds(context, items)))


@pass_context
def _replace(context: Context, value: Any, old: str, new: str, count: int | None = None) -> str:
    budget = budget_of(context)
    if not isinstance(value, str):
        budget.weigh(value, written=True)
    text = str(value)
    if len(text) + text.count(old) * len(new) > LIMITS.size:
        raise SecurityError(f"it grows beyond {LIMITS.size:,} characters")
    text = text.replace(old, new, -1 if count is None else count)
    budget.spend(len(text))
    return text


def _round(value: float, precision: int = 0, method: Any = "common") -> float:
    # Python works out ten to the power of the precision.
    if not isinstance(precision, int) or abs(precision) > LIMITS.digits:
        raise SecurityError(f"round takes a precision of {LIMITS.digits} digits at most")
    return filters.do_round(value, precision, method)


@pass_context
def _sum(context: Context, items: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
    if not isinstance(start, int | float):
        raise SecurityError("sum is for numbers only")
    return filters.sync_do_sum(_environment(), _count_rounds(context, items), attribute, start)


def _to_json(value: Any) -> str:
    return orjson.dumps(_as_json(value)).decode()


@pass_context
def _write(context: Context, value: Any) -> str:
    """A value written into a text: objects, lists, booleans and null as JSON."""
    budget = budget_of(context)
    if not isinstance(value, str):
        budget.weigh(value, written=True)
        is_json = isinstance(value, dict | list | bool | Struct) or value is None
        value = orjson.dumps(value, default=_convert).decode() if is_json else str(value)
    budget.spend(len(value))
    return str(value)


def _convert(value: Any) -> Any:
    """A value of a type that JSON does not have: a record as an object, a set as a list."""
    if isinstance(value, Struct):
        return asdict(value)
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _as_json(value: Any) -> Any:
    """A value in the types of JSON."""
    return orjson.loads(orjson.dumps(value, default=_convert))
