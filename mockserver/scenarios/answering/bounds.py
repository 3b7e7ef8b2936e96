"""What keeps placeholders from eating time and memory: their steps are counted, and what they make is weighed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import wraps
from typing import Any

from jinja2 import Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.utils import Namespace, _PassArg, pass_context
from jinja2.visitor import NodeTransformer
from msgspec import Struct
from msgspec.structs import astuple

# Characters a text may grow to, and items a value, with all that is in them.
MAX_SIZE = 1_000_000
# Loop rounds and calls of one text.
MAX_STEPS = 20_000
# Characters that all parts of one text, its filters and its calls may make together. An item is worth some.
MAX_WORK = 100_000_000
ITEM_WORK = 10

# Methods of texts, bytes and numbers that make much out of little.
GROWING = frozenset(
    (
        *("center", "expandtabs", "format", "format_map", "from_bytes", "join", "ljust", "replace", "rjust"),
        *("to_bytes", "translate", "zfill"),
    )
)
# Filters that write what they get as a text, whatever it is.
WRITING = frozenset(
    (
        *("capitalize", "e", "escape", "forceescape", "lower", "replace", "safe", "string", "striptags", "title"),
        *("tojson", "trim", "truncate", "upper", "urlencode", "wordcount"),
    )
)


class Limits:
    """Counts what one text does, and stops it when that is too much."""

    def __init__(self) -> None:
        self.steps = MAX_STEPS
        self.work = MAX_WORK

    def step(self, number: int = 1) -> None:
        """Counts loop rounds or calls."""
        self.steps -= number
        if self.steps < 0:
            raise SecurityError(f"it takes more than {MAX_STEPS:,} steps")

    def spend(self, size: int) -> None:
        """Counts what was made, in characters."""
        self.work -= size
        if self.work < 0:
            raise SecurityError(f"it makes more than {MAX_WORK:,} characters in all")

    def made(self, value: Any, most: int = MAX_SIZE) -> Any:
        """The value, when it is not too long; what is in its items was looked at before."""
        if (size := _length(value)) > most:
            raise SecurityError(f"it grows beyond {MAX_SIZE:,} characters")
        self.spend(size)
        return value

    def weigh(self, value: Any, *, written: bool) -> Any:
        """The value, when it is not too large with all that is in it; ``written`` counts the characters of texts too.

        Lists of one and the same list double with each level, and only writing or comparing them would show it.
        """
        size, rest = 0, [value]
        while rest:
            item = rest.pop()
            item = astuple(item) if isinstance(item, Struct) else item
            size += 1
            if isinstance(item, str):
                size += len(item) if written else 0
            elif isinstance(item, list | tuple):
                size += len(item)
                if size <= MAX_SIZE:
                    rest += item
            elif isinstance(item, Namespace):
                if written:
                    raise SecurityError("a namespace cannot be written, only what is in it")
            elif isinstance(item, Collection) and not isinstance(item, Undefined | bytes | range):
                size += len(item)
                if size <= MAX_SIZE:
                    rest += item
                    rest += item.values() if isinstance(item, Mapping) else ()
            if size > MAX_SIZE:
                raise SecurityError(f"it grows beyond {MAX_SIZE:,} {'characters' if written else 'items'}")
        self.spend(size * ITEM_WORK)
        return value


def _length(value: Any) -> int:
    return len(value) if isinstance(value, Collection) and not isinstance(value, Undefined) else 0


def limits_of(context: Context) -> Limits:
    """The limits of the text under way."""
    found: Limits = context.parent["_limits"]
    return found


@pass_context
def counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    """The items of a loop, each a step."""
    limits = limits_of(context)
    for item in items:
        limits.step()
        yield item


@pass_context
def weighed(context: Context, value: Any) -> Any:
    """A list or mapping that a template makes."""
    return limits_of(context).weigh(value, written=False)


@pass_context
def limited(context: Context, value: Any) -> Any:
    """A part of a text that a template joins."""
    if not isinstance(value, str):
        limits_of(context).weigh(value, written=True)
    return limits_of(context).made(value)


# What a filter wants to know besides the value.
_GIVEN: dict[_PassArg | None, Callable[[Context], tuple[Any, ...]]] = {
    None: lambda _: (),
    _PassArg.context: lambda context: (context,),
    _PassArg.eval_context: lambda context: (context.eval_ctx,),
    _PassArg.environment: lambda context: (context.environment,),
}


def bounding(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, kept from making much out of little. What came in large, such as a long prompt, may go out so."""
    given = _GIVEN[_PassArg.from_obj(function)]

    @wraps(function)
    def call(context: Context, value: Any, *args: Any, **kwargs: Any) -> Any:
        limits = limits_of(context)
        if name in WRITING and not isinstance(value, str):
            limits.weigh(value, written=True)
        return limits.made(function(*given(context), value, *args, **kwargs), max(MAX_SIZE, _length(value)))

    return pass_context(call)


class Bounds(NodeTransformer):
    """Puts the bounds into a parsed template."""

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802  the names of jinja2
        """Counts the rounds."""
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "_counted")
        return _all_counted(node)

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        """Counts what it writes, which no one sees before it is done."""
        return _all_counted(self.generic_visit(node))

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """Bounds the parts of ``a ~ b``."""
        self.generic_visit(node)
        node.nodes = [_filtered(part, "_limited") for part in node.nodes]
        return node

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802
        """Bounds the text of a ``{% set %}`` block."""
        self.generic_visit(node)
        node.filter = _filtered(node.filter, "_limited")
        return node

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        """Weighs it."""
        return _filtered(self.generic_visit(node), "_weighed")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        """Weighs it."""
        return _filtered(self.generic_visit(node), "_weighed")

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        """Weighs it, unless it is the target of an assignment."""
        return _filtered(self.generic_visit(node), "_weighed") if node.ctx == "load" else node


def _filtered(node: nodes.Node | None, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None)


def _all_counted(block: nodes.Node) -> nodes.Node:
    """The block, its plain text written as values are, so that it counts each time."""
    for output in block.find_all(nodes.Output):
        output.nodes = [
            nodes.Const(part.data) if isinstance(part, nodes.TemplateData) else part for part in output.nodes
        ]
    return block
