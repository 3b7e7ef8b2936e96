"""Placeholders: sandboxed Jinja2 in the strings of an answer, compiled at load, bounded when filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct

from mockserver.blocks.shorthand import as_text
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.answering.variables import NAMES
from mockserver.scenarios.reading.node import Node, has_placeholder, unknown

# Plain placeholders, such as {{ tool_result.temp }} or {{ fake('de_DE').city() }}, are checked without Jinja2, whose
# import takes longer than the rest of loading.
_VALUE = r"""(?:[a-z_]+ *= *)?(?:'[^'{}\\]*'|"[^"{}\\]*"|\d+)"""
_STEP = rf"(?:\.[a-zA-Z]\w*|\[\d+\]|\((?: *{_VALUE} *(?:, *{_VALUE} *)*)?\))"
_PLAIN = re.compile(rf"\{{\{{ *([a-z_]+){_STEP}*(?: *[-+] *\d+| *\| *(?:length|lower|tojson|trim|upper))? *\}}\}}")
_ALONE = re.compile(r"\s*\{\{((?:(?!\}\}|\{\{).)+)\}\}\s*", re.DOTALL)


class Template(Struct, frozen=True, eq=False, dict=True):
    """One string with placeholders. A string that is one placeholder and nothing else keeps the value's type.

    With ``written`` the value is always a text: any other one is written as JSON.
    """

    source: str
    place: Place
    written: bool = False

    @cached_property
    def fill(self) -> Callable[[Mapping[str, Any]], Any]:
        """The compiled template."""
        from mockserver.scenarios.answering import sandbox  # Jinja2 takes long to import

        alone = _ALONE.fullmatch(self.source)
        return sandbox.compile_expression(self.source) if alone else sandbox.compile_text(self.source)

    def value(self, names: Mapping[str, Any]) -> Any:
        """The string with its placeholders filled in.

        Raises:
            ScenarioError: a placeholder failed; the error holds its place.
        """
        fill = self.fill
        try:
            value = fill(names)
        except Exception as error:
            # A template is a program: any error it raises is for the fixture's author to mend.
            message = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise ScenarioError(Problem(self.place, f"the placeholder in {self.source!r} failed: {message}")) from error
        return as_text(value) if self.written else value


def compile_all(node: Node, *, written: bool = False) -> Any:
    """The value at a node, its strings with placeholders replaced by Templates; mistakes are noted there."""
    if has_placeholder(node.value):
        return _compile(node, written)
    if isinstance(node.value, dict):
        return {key: compile_all(below, written=written) for key, below in node.items()}
    if isinstance(node.value, list):
        return [compile_all(item, written=written) for item in node]
    return node.value


def has_templates(tree: Any) -> bool:
    """Whether there is anything to fill in."""
    return any(True for _ in templates_in(tree))


def templates_in(tree: Any) -> Iterator[Template]:
    """The templates in a compiled value."""
    if isinstance(tree, Template):
        yield tree
    elif isinstance(tree, (dict, list)):
        for item in tree.values() if isinstance(tree, dict) else tree:
            yield from templates_in(item)


def fill(tree: Any, names: Mapping[str, Any]) -> Any:
    """A compiled value with every placeholder filled in."""
    if isinstance(tree, Template):
        return tree.value(names)
    if isinstance(tree, dict):
        return {key: fill(value, names) for key, value in tree.items()}
    if isinstance(tree, list):
        return [fill(item, names) for item in tree]
    return tree


def _compile(node: Node, written: bool) -> Template:
    template = Template(node.value, node.document.place(node.path), written)
    plain_names = _PLAIN.findall(node.value)
    names_used = set(plain_names) if len(plain_names) == node.value.count("{{") and "{%" not in node.value else set()
    if not names_used or names_used - set(NAMES):
        # Jinja tells its own names, such as none and range, from unknown ones.
        names_used = _find_names(node)
    for name in sorted(names_used - set(NAMES)):
        node.complain(f"in a placeholder, {unknown(name, NAMES, 'name')}")
    return template


def _find_names(node: Node) -> set[str]:
    from mockserver.scenarios.answering import sandbox

    try:
        return sandbox.find_names(node.value)
    except sandbox.TemplateSyntaxError as error:
        node.complain(f"this placeholder cannot be read: {error.message}")
        return set()
