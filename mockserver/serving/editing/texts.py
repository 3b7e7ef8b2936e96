"""Scenarios in words, as they can be sent or written: in the form of a file, with one scenario in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockserver.cassettes.emitting import emit
from mockserver.control.requests import RefusalError
from mockserver.control.services import ScenarioSource
from mockserver.endpoints.parts import Parts
from mockserver.records.errors import ScenarioError
from mockserver.scenarios import Scenario
from mockserver.scenarios.editing.cutting import cut_one, is_one, list_values, write_file
from mockserver.scenarios.editing.layout import find_layout
from mockserver.scenarios.editing.splicing import find_name
from mockserver.scenarios.reading.file_reader import UnreadableError, join_lines
from mockserver.scenarios.reading.python_file import is_python
from mockserver.scenarios.reading.source import Document, read
from mockserver.serving.editing.writing import read_known
from mockserver.store import Script
from mockserver.store.scripts import FILES, WORDS

_CASSETTE = (
    "# Recorded: {place} is part of a cassette, to be read here, not edited. Record it anew, or give\n"
    "# a scenario of your own that stands before it.\n"
)
_PROGRAM = "# {place} is given by a program, which is to be edited itself.\n"
_FUNCTION = "# A function in Python answers it: what it answers is no text.\n"
_DEFAULTS = "# The defaults of {file}, which hold for this scenario. They stay in that file as they are.\n"
_FILES = "# It takes texts or bodies from files beside {file}: only there can it be saved.\n"


def word_scenario(mock: Parts, scenario: Scenario, script: Script | None = None) -> ScenarioSource:
    """The words of a scenario.

    Args:
        mock: the parts of the server.
        scenario: what it is compiled to.
        script: how the store holds one that was added; None: it is one of a file.

    Raises:
        RefusalError: 409, its file no longer holds it.
    """
    if script is None or script.document.kind == FILES:
        return _word_file(mock, scenario)
    if script.document.kind == WORDS:
        return ScenarioSource(_word_python(scenario, json.loads(script.document.text), script))
    return ScenarioSource(_word_sent(script))


def _word_sent(script: Script) -> str:
    """A scenario that was sent as text: that text, where it holds nothing else."""
    text = script.document.text
    document = read(join_lines(text), "sent")
    values, index = list_values(document), _find_index(document, script.name)
    if script.more:
        return _emit(_append(values[index], script), document)
    if len(values) == 1 and not is_one(document) and find_layout(text).is_open:
        return text
    cut = cut_one(text, document, index, emit)
    # A text in braces is JSON that a program sent.
    if text.lstrip().startswith("{"):
        return _emit(values[index], document)
    return f"{_word_defaults(document, 'its text')}{write_file(cut, cut.comments if is_one(document) else ())}"


def _word_python(scenario: Scenario, value: Mapping[str, Any], script: Script) -> str:
    """A scenario given in Python, as words."""
    if scenario.has_functions:
        return _without_answer(scenario, _FUNCTION)
    (own,) = list_values(Document("", value)) if "scenarios" in value else [value]
    return _emit(_append(own, script) if script.more else own, Document("", value))


def _without_answer(scenario: Scenario, comment: str) -> str:
    when = {"when": dict(scenario.condition.source)} if scenario.condition.source else {}
    told = "".join(f"# {line}\n" for line in emit([{"name": scenario.name, **when}], 2).splitlines())
    return f"{comment}# scenarios:\n{told}"


def _append(value: Any, script: Script) -> dict[str, Any]:
    """The words of a scenario with the answers that were appended to it."""
    held = value[script.kind]
    answers = list(held["answers"] if isinstance(held, dict) else held)
    for document in script.more:
        more = json.loads(document.text) if document.kind == WORDS else read(join_lines(document.text), "").value
        answers += more if isinstance(more, list) else [more]
    return {**value, script.kind: {**held, "answers": answers} if isinstance(held, dict) else answers}


def _word_file(mock: Parts, scenario: Scenario) -> ScenarioSource:
    """A scenario of a file: its own lines there."""
    place = scenario.place
    if is_python(Path(place.file)):
        value = _find_loaded(mock, scenario)
        text = _without_answer(scenario, "") if value is None else _emit(value, Document("", {}))
        return ScenarioSource(_PROGRAM.format(place=f"{place.file}:{place.line}") + text)
    try:
        text, document = read_known(mock, Path(place.file))
        index = _find_index(document, scenario.name)
    except (UnreadableError, UnicodeDecodeError, ScenarioError, LookupError) as error:
        message = f"{place.file} no longer holds the scenario {scenario.name[:100]!r}, or cannot be read."
        raise RefusalError(409, message, "the file as it was loaded, or a server that loads it anew") from error
    words = write_file(cut_one(text, document, index, emit))
    if document.is_cassette:
        return ScenarioSource(_CASSETTE.format(place=f"{place.file}:{place.line}") + words)
    comment = _FILES.format(file=Path(place.file).name) if any(step.files for step in scenario.steps) else ""
    return ScenarioSource(f"{comment}{_word_defaults(document, Path(place.file).name)}{words}", place.file)


def _find_loaded(mock: Parts, scenario: Scenario) -> Any:
    """The value of a scenario of a program that was run when it was loaded; None where functions answer."""
    kept = mock.fixtures.scenarios.kept.get(scenario.place.file)
    values = list_values(kept.document) if kept is not None and not scenario.has_functions else []
    return next((value for value in values if find_name(value) == scenario.name), None)


def _find_index(document: Document, name: str) -> int:
    """Where a scenario stands in its document: by its name, which ends in its number where it has none of its own.

    Raises:
        LookupError: it is not there.
    """
    names = [find_name(value) for value in list_values(document)]
    if name in names:
        return names.index(name)
    number = re.search(r" #([0-9]{1,9})$", name)
    index = int(number[1]) - 1 if number else -1
    if not 0 <= index < len(names) or names[index] is not None:
        raise LookupError(name)
    return index


def _emit(value: Any, document: Document) -> str:
    return f"{_word_defaults(document, 'its text')}scenarios:\n{emit([value], 2)}"


def _word_defaults(document: Document, file: str) -> str:
    """The defaults that hold for a scenario: without them its words mean something else."""
    defaults = document.value.get("defaults") if isinstance(document.value, dict) and not is_one(document) else None
    if not defaults:
        return ""
    return f"{_DEFAULTS.format(file=file)}defaults:\n{emit(defaults, 2)}"
