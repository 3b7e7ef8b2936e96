"""Parses what is no file: scenarios and answers that are sent to a running server, or given in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mockserver.records.budget import LIMITS, Budget
from mockserver.records.errors import Problem, ScenarioError
from mockserver.scenarios.loading import Loader
from mockserver.scenarios.matching.conditions import condition
from mockserver.scenarios.reading.file_reader import join_lines
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.sizes import check_number, count_values
from mockserver.scenarios.reading.source import Document, plain, read, read_parts
from mockserver.scenarios.scenario import ScenarioReader
from mockserver.scenarios.scripts import Extensions, Scenario


def parse(
    document: Mapping[str, Any] | str, name: str, extensions: Extensions | None = None, *, line: int = 1
) -> tuple[Scenario, ...]:
    """The scenarios of a document that is no file: YAML or JSON text, or its content as a mapping.

    The document has the form of a file, or is one scenario. Files that it names are not read.

    Args:
        document: the text, or a mapping.
        name: stands for the file in messages and counters.
        extensions: functions of other parts.
        line: where a mapping stands in that file.

    Raises:
        ScenarioError: there is at least one mistake; the error holds all of them.
    """
    loader = load_text(document, name, extensions or Extensions(), line=line)
    if loader.problems:
        raise ScenarioError(*sorted(set(loader.problems)))
    return loader.result().scenarios


def load_text(document: Mapping[str, Any] | str, name: str, extensions: Extensions, *, line: int = 1) -> Loader:
    """A loader that has read such a document, and knows its mistakes.

    Raises:
        ScenarioError: nothing can be read of it.
    """
    source, loader = _read_source(document, name, line, read_parts), Loader(extensions)
    loader.documents[Path(name)] = source
    loader.read_source(source)
    return loader


def parse_answers(
    answers: Sequence[Any] | str,
    script: str,
    name: str,
    extensions: Extensions | None = None,
    endpoints: Sequence[str] = (),
    *,
    line: int = 1,
) -> Scenario:
    """Answers for a script that there is already, as a scenario without a name that fits every request.

    Args:
        answers: YAML or JSON text that holds one answer or a list of them, or the list itself.
        script: ``calls`` or ``turns``.
        name: stands for the file in messages.
        extensions: functions of other parts.
        endpoints: those that the script names; none for messages, or any path.
        line: where a list stands in that file.

    Raises:
        ScenarioError: there is at least one mistake; the error holds all of them.
    """
    source, problems = _read_source(answers, name, line, read), list[Problem]()
    node = Node(source, source.value, (), problems)
    steps = ScenarioReader(extensions or Extensions()).read_answers(node, script, endpoints)
    if problems:
        raise ScenarioError(*sorted(problems))
    return Scenario("", source.place(()), condition({}), script, steps, values=count_values(source.value))


def _read_source(document: Any, name: str, line: int, read_text: Callable[..., Document]) -> Document:
    most, budget = LIMITS.document_values, Budget(LIMITS.document_steps)
    if isinstance(document, str):
        return read_text(join_lines(document), name, most, budget)
    check_number(count_values(document), name, most)
    return Document(name, plain(document), line=line, budget=budget)
