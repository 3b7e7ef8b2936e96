"""Parses YAML text into nodes, and says what in it is no YAML."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.reading.children import YamlNode
from mockserver.scenarios.reading.hints import Spot, hint
from mockserver.scenarios.reading.lines import Span, split_lines
from mockserver.scenarios.reading.parser import build_parser
from mockserver.scenarios.reading.recovering import Rest, leave_out
from mockserver.scenarios.reading.sizes import TOO_DEEP, check_depth, check_text

# So many scenarios that are no YAML are told of in one file.
_MOST_LEFT_OUT = 20


class Parsed(Struct, frozen=True):
    """The root of a text, None for an empty one; the scenarios that are no YAML were left out."""

    root: YamlNode
    problems: tuple[Problem, ...] = ()
    left_out: tuple[Span, ...] = ()


def parse(text: str, file: str, most: float) -> Parsed:
    """Parse a text.

    Args:
        text: the text.
        file: the name of its file, for messages.
        most: how many values it may hold; a few more may pass here.

    Raises:
        ScenarioError: it is no YAML outside of its scenarios, it holds too many values, or it is nested too deeply.
    """
    import yaml  # only servers with fixtures need it

    problems: list[Problem] = []
    spans: list[Span] = []
    missing = ""
    while isinstance(root := _compose(text, file, most), yaml.MarkedYAMLError):
        # An anchor that was left out with its scenario is no mistake of those who use it.
        if not _is_anchor_in(missing, root, text) and (problem := _describe_error(root, text, file)) not in problems:
            problems.append(problem)
        rest = _leave_out(root, text, file) if len(spans) < _MOST_LEFT_OUT else None
        if rest is None:
            raise ScenarioError(*problems) from root
        text, missing = rest.text, missing + rest.left_out
        spans.append(rest.span)
    return Parsed(root, tuple(problems), tuple(spans))


def _compose(text: str, file: str, most: float) -> Any:
    """The root of a text, or the first thing in it that is no YAML."""
    import yaml

    try:
        check_text(text, build_parser(), file, most)
        check_depth(text, build_parser(), file)
        return build_parser()(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        return error
    except yaml.reader.ReaderError as error:
        raise ScenarioError(_describe_character(error, text, file)) from error


def _leave_out(error: Any, text: str, file: str) -> Rest | None:
    """The text without the scenario in which a mistake stands; None when it may stand elsewhere."""
    mark, context = error.problem_mark, error.context_mark
    if mark is None or _is_too_deep(error):
        return None
    # Quotes and brackets that are not closed are noticed far behind, brackets at the next scenario sometimes.
    line = context.line if context else mark.line
    is_next = "flow" in (error.context or "") and not split_lines(text, file).line(line)[: mark.column].strip(" ")
    return leave_out(text, line - 1 if is_next and line == mark.line else line, file)


def _is_anchor_in(missing: str, error: Any, text: str) -> bool:
    """Whether a mistake is an alias of an anchor that stands in a text that was left out."""
    if "undefined alias" not in (error.problem or ""):
        return False
    mark = error.problem_mark
    name = re.match(r"\*([^\s,\]}]+)", split_lines(text, "").line(mark.line)[mark.column :])
    return name is not None and re.search(rf"&{re.escape(name[1])}(?![^\s,\]}}])", missing) is not None


def _is_too_deep(error: Any) -> bool:
    return "nesting depth" in (error.problem or "")


def _describe_character(error: Any, text: str, file: str) -> Problem:
    """The complaint about a character that YAML does not allow. Its position is counted in bytes or in characters."""
    character = chr(error.character) if isinstance(error.character, int) else str(error.character)
    place = Place(file, text.count("\n", 0, max(text.find(character), 0)) + 1)
    return Problem(place, f"this is not YAML: {character!a} cannot stand in it")


def _describe_error(error: Any, text: str, file: str) -> Problem:
    """The parser's complaint, with a hint at the solution."""
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    if _is_too_deep(error):
        # The bound of newer versions: brackets are read far ahead, so it is met before ours.
        return Problem(Place(file), TOO_DEEP)
    words = f"{error.problem} ({error.context} that began on line {context.line + 1})" if context else error.problem
    if mark is None:
        return Problem(Place(file), f"this is not YAML: {words}")
    start = (context.line, context.column) if context else (None, 0)
    help_ = hint(Spot(words, split_lines(text, file), mark.line, mark.column, *start))
    is_late = any(part in words for part in ("quoted scalar", "could not find expected ':'"))
    if context and (is_late or ("flow" in words and mark.line > context.line)):
        mark = context
    return Problem(Place(file, mark.line + 1, mark.column + 1), f"this is not YAML: {words}{help_ and ': ' + help_}")
