"""Placeholders: sandboxed Jinja2 in the strings of an answer, compiled at load, bounded when filled in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.blocks.shorthand import as_text
from mockserver.records.budget import LIMITS, OverBudgetError, current_work
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.answering.variables import NAMES
from mockserver.scenarios.reading.file_reader import FileText
from mockserver.scenarios.reading.node import ENOUGH_PROBLEMS, Node, has_placeholder
from mockserver.scenarios.reading.source import Document

# Plain placeholders, such as {{ tool_result.temp }} or {{ fake('de_DE').city() }}, are checked without Jinja2, whose
# import takes longer than the rest of loading.
_NUMBER = r"(?:0|[1-9]\d{0,14})(?![\w.])"
_VALUE = rf"""(?:'[^'{{}}\\]*'|"[^"{{}}\\]*"|{_NUMBER})"""
_NAMED = rf"[a-z_]+ *= *{_VALUE}"
# Values, then values with names; a name given twice is found by the function below.
_ARGUMENTS = rf" *(?:{_VALUE}(?: *, *{_VALUE})*(?: *, *{_NAMED})*|{_NAMED}(?: *, *{_NAMED})*)? *"
# So many at most, since Python nests them.
_STEP = rf"(?:\.[a-zA-Z]\w*|\[{_NUMBER}\]|\({_ARGUMENTS}\))"
_END = rf"(?: *[-+] *{_NUMBER}| *\| *(?:length|lower|tojson|trim|upper)\b)? *"
_PLAIN = re.compile(rf"(?<!\{{)\{{\{{ *([a-z_]+){_STEP}{{0,20}}{_END}\}}\}}", re.ASCII)
_NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|([a-z_]+) *=|([()])")
# Characters of a text that a message about it shows.
_SHOWN = 500
# Steps to compile a template, besides one for each word and sign in it.
_COMPILING = 25
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
            raise self._fail(error) from error
        size = _measure(value)
        try:
            current_work().filled.spend(size)
        except OverBudgetError as error:
            raise self._fail(error) from error
        return as_text(value) if self.written else value

    def _fail(self, error: Exception) -> ScenarioError:
        message = str(error).splitlines()[0] if str(error) else type(error).__name__
        shown = self.source if len(self.source) <= _SHOWN else self.source[:_SHOWN] + "…"
        return ScenarioError(Problem(self.place, f"the placeholder in {shown!r} failed: {message}"))


def _measure(value: Any) -> int:
    """About how many characters a value has as JSON."""
    if isinstance(value, str):
        return len(value)
    waiting, size = [value], 0
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            size += len(each)
        elif isinstance(each, Mapping):
            size += sum(map(len, map(str, each)))
            waiting += each.values()
        elif isinstance(each, list | tuple):
            waiting += each
        size += 8
    return size


def compile_all(node: Node, *, written: bool = False) -> Any:
    """The value at a node, its strings with placeholders replaced by Templates; mistakes are noted there."""
    if isinstance(node.value, FileText):
        # Mistakes in its placeholders are told where they stand.
        node = replace(node, document=Document(node.value.file, None, budget=node.document.budget), path=())
        node = node.with_value(node.value.plain)
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
    node.document.charge(node.path, 1)
    names_used = _find_plain_names(node.value)
    if not names_used or names_used - set(NAMES):
        # Jinja tells its own names, such as none and range, from unknown ones.
        names_used = _find_names(node, template)
    for name in sorted(names_used - set(NAMES)):
        node.complain_unknown(name, NAMES, "name", where="in a placeholder, ")
        if len(node.problems) > ENOUGH_PROBLEMS:
            break
    return template


def _find_plain_names(text: str) -> set[str]:
    """The names in a text of plain placeholders, which are sure to compile; none when it has others, or many."""
    if text.count("{{") > LIMITS.text_words // 10:
        return set()
    found = list(_PLAIN.finditer(text))
    is_long = sum(len(match[0]) for match in found) > LIMITS.text_words
    if is_long or len(found) != text.count("{{") or "{%" in text or "{#" in text or any(map(_repeats_name, found)):
        return set()
    return {match[1] for match in found}


def _repeats_name(placeholder: re.Match[str]) -> bool:
    """Whether a call in a plain placeholder has two arguments of one name."""
    names: set[str] = set()
    for match in _NAMES.finditer(placeholder[0]) if "=" in placeholder[0] else ():
        if match[2]:
            names = set()
        elif match[1] in names:
            return True
        elif match[1]:
            names.add(match[1])
    return False


def _find_names(node: Node, template: Template) -> set[str]:
    """The names in a text, which is compiled now: what cannot be is the author's to mend, not the next caller's."""
    from mockserver.scenarios.answering import sandbox

    try:
        words = sandbox.count_words(node.value, LIMITS.text_words)
        if words > LIMITS.text_words:
            node.complain(f"the placeholders of one text have {LIMITS.text_words:,} words and signs at most")
            return set()
        node.document.charge(node.path, _COMPILING + words)
        names = sandbox.find_names(node.value)
        _ = template.fill
    except sandbox.TemplateSyntaxError as error:
        if not node.path:  # the text of a file, whose lines are those of the template
            node = replace(node, document=replace(node.document, line=error.lineno))
        node.complain(f"this placeholder cannot be read: {error.message} (with literal: true, braces are plain text)")
        return set()
    except sandbox.UNCOMPILABLE as error:
        node.complain(f"this placeholder cannot be compiled: {_explain(error)}")
        return set()
    return names


def _explain(error: Exception) -> str:
    if isinstance(error, RecursionError | MemoryError):
        return "it is nested too deeply"
    return str(getattr(error, "msg", None) or error).partition("\n")[0]
