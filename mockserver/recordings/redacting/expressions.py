"""The expressions and JSONPaths of ``redact``, compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import Struct

from mockserver.recordings.errors import RecordingError
from mockserver.recordings.redacting.edits import Edit
from mockserver.recordings.redacting.marks import REDACTED

# Seconds of processor time that one search may take.
_LIMIT = 1.0

Location = tuple[str | int, ...]
FindExpression = Callable[[str], Iterator[Any]]
FindLocations = Callable[[Any], list[Location]]
RulesKey = tuple[tuple[FindExpression, ...], tuple[FindLocations, ...], tuple[str, ...]]


class Rules(Struct, frozen=True, eq=False):
    """What is taken out besides what is known to be secret: regular expressions, JSONPaths, and texts by themselves.

    ``secrets`` are looked for as they are and as they may be written: escaped, in an address, in Base64.
    """

    expressions: tuple[FindExpression, ...] = ()
    paths: tuple[FindLocations, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def key(self) -> RulesKey:
        """What the edits of a text depend on."""
        return self.expressions, (), self.secrets


def make_rules(patterns: Iterable[str]) -> Rules:
    """The rules of ``match.redact``: JSONPaths begin with ``$.`` or ``$[``, the others are regular expressions.

    What an expression finds becomes ``<redacted>``; where it has groups, only what these find. An expression is looked
    for in each text: strings and names of JSON, texts put together from the deltas of a stream, values of headers,
    paths and queries. A JSONPath is looked for in the bodies of requests and answers, and in the data of each event.

    Raises:
        RecordingError: one of them is no expression or JSONPath; the message names it.
    """
    listed = tuple(patterns)
    paths = tuple(_compile_path(each) for each in listed if _is_path(each))
    return Rules(tuple(_compile_expression(each) for each in listed if not _is_path(each)), paths)


def _is_path(pattern: str) -> bool:
    return pattern.startswith(("$.", "$[")) or pattern == "$"


def _compile_expression(source: str) -> FindExpression:
    import regex  # type: ignore[import-untyped]  # it has time limits; few ask for it

    try:
        pattern = regex.compile(source)
    except regex.error as error:
        raise RecordingError(f"redact: /{source}/ is no regular expression: {error}") from error

    def find(text: str) -> Iterator[Any]:
        try:
            yield from pattern.finditer(text, timeout=_LIMIT, concurrent=False)
        except TimeoutError as error:
            message = f"redact: the search for /{source}/ in a text of {len(text):,} characters takes too long"
            raise ValueError(message) from error

    return find


def _compile_path(source: str) -> FindLocations:
    import jsonpath_rfc9535  # as above

    try:
        query = jsonpath_rfc9535.compile(source)
    except jsonpath_rfc9535.JSONPathError as error:
        raise RecordingError(f"redact: {source} is no JSONPath: {str(error).splitlines()[0]}") from error
    return lambda value: [tuple(node.location) for node in query.find(value)]


def find_expressions(text: str, rules: Rules) -> Iterator[Edit]:
    """What the expressions find in a text."""
    for find in rules.expressions:
        for found in find(text):
            groups = range(1, 1 + len(found.groups()))
            spans = [found.span(group) for group in groups] if groups else [found.span()]
            yield from (Edit(start, end, REDACTED) for start, end in spans if start < end)
