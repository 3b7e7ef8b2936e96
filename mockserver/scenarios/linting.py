"""Lint: finds mistakes in fixtures, also those that do not keep them from loading."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from mockserver.recordings.cassette import Cassette
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.reference import catalog
from mockserver.reference.lifecycle import choose_day, make_notice
from mockserver.scenarios import lint_cassettes, lint_tools
from mockserver.scenarios.answering.variables import Variables
from mockserver.scenarios.cassette_files import find_below
from mockserver.scenarios.loading import Loader
from mockserver.scenarios.matching.covering import covers
from mockserver.scenarios.matching.recorded import STRICT
from mockserver.scenarios.models import models_in_use
from mockserver.scenarios.parsing import load_text
from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError, is_folder
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import Document
from mockserver.scenarios.scripts import Extensions, Scenario, Step

# Of more scenarios, or characters, that are sent to a running server, only mistakes are sought.
MOST_LINTED, MOST_LINTED_TEXT = 500, 256 * 1024


def lint(paths: Sequence[str | Path], extensions: Extensions | None = None, now: float = 0) -> list[Problem]:
    """Find every problem in fixtures, also those that do not keep them from loading. Cassettes in folders below a
    folder are looked at, too, each by itself.

    Errors: what ``load`` refuses; scenarios and answers that can never be reached; answers that break the API's
    response schema (found by ``extensions.check_answer``); tool inputs that break the tool's schema (``tool_schemas``).
    Warnings: folders without scenario files; calls of tools that ``when`` does not ask to be offered; models that
    retire within 60 days of ``now``, in seconds since 1970, or have retired since the catalogue was released; of
    cassettes, exchanges that nothing uses, words that do not hold of what was recorded, and what ``extensions`` say
    of the others.
    """
    loader = Loader(extensions or Extensions(), FileReader())
    for path in paths:
        loader.add(Path(path))
    problems = [*_find_problems(loader, now), *_find_empty_folders(paths)]
    below = [cassette for path in _list_folders(paths) for cassette in find_below(path)]
    problems += [problem for cassette in below for problem in lint([cassette], extensions, now)]
    return sorted(set(problems))


def lint_text(
    text: str, name: str, extensions: Extensions, now: float = 0
) -> tuple[tuple[Scenario, ...], list[Problem]]:
    """The scenarios of a text that is no file, and what ``lint`` would say of them.

    Of more than 500 scenarios, or 256 kB, nothing more is found than that they can be loaded: a warning says so.

    Args:
        text: YAML or JSON, in the form of a file or as one scenario.
        name: stands for the file in messages.
        extensions: functions of other parts.
        now: the time, in seconds since 1970.

    Raises:
        ScenarioError: it cannot be loaded; the error holds all mistakes.
    """
    loader = load_text(text, name, extensions)
    if loader.problems:
        raise ScenarioError(*sorted(set(loader.problems)))
    scenarios = loader.result().scenarios
    if len(scenarios) > MOST_LINTED or len(text) > MOST_LINTED_TEXT:
        told = "these are many: nothing was looked for but mistakes; mockserver check looks at files of any size"
        return scenarios, [Problem(Place(name), told, "warning")]
    return scenarios, sorted(set(_find_problems(loader, now)))


def _find_problems(loader: Loader, now: float) -> list[Problem]:
    """What is to be said of what was loaded."""
    problems = [*loader.problems, *loader.warnings]
    # A scenario with mistakes is read in part: it would seem to ask for less than it does.
    sound = {id(scenario) for scenario in loader.sound}
    problems += _find_unreachable([each for each in loader.result().scenarios if id(each) in sound])
    for scenario in loader.sound:
        problems += [*_find_unreachable_answers(scenario), *_find_broken(scenario, loader.extensions)]
        problems += _find_untrue_words(scenario)
    if not loader.problems:
        problems += _find_retiring(loader, now)
    for cassette, document in _list_cassettes(loader):
        problems += lint_cassettes.find_problems(cassette, document, loader.extensions)
    problems += lint_tools.find_misused_tools([Node(each, each.value) for each in loader.documents.values()])
    return problems


def _list_folders(paths: Sequence[str | Path]) -> Iterator[Path]:
    for path in map(Path, paths):
        with suppress(UnreadableError):  # which loading tells
            if is_folder(path):
                yield path


def _find_empty_folders(paths: Sequence[str | Path]) -> Iterator[Problem]:
    """Folders that are named, and hold no file to read: the wrong ones perhaps."""
    for path in _list_folders(paths):
        with suppress(UnreadableError):  # which loading tells
            if not FileReader().list_folder(path) and not find_below(path):
                message = "this folder holds no scenario file (.yaml, .yml or .json); those below it are not read"
                yield Problem(Place(str(path)), message, "warning")


def _find_unreachable(scenarios: Sequence[Scenario]) -> Iterator[Problem]:
    """Scenarios behind another that fits whenever they do, and never runs out."""
    endless: list[Scenario] = []
    for scenario in scenarios:
        for earlier in endless:
            if _covers(earlier, scenario) and not _may_take_over(scenario, earlier):
                reason = "asks for nothing more" if earlier.condition.source else "always fits"
                yield Problem(
                    scenario.place,
                    f'scenario "{scenario.name}" is never reached: "{earlier.name}" ({earlier.place}) {reason} '
                    "and never runs out",
                )
                break
        else:
            if scenario.length is None:
                endless.append(scenario)


def _covers(earlier: Scenario, scenario: Scenario) -> bool:
    """Whether it fits wherever another does. One that is for some endpoints leaves the others to this one.

    The numbers of recorded exchanges are those of their cassettes.
    """
    number, others = (each.condition.source.get("recorded") for each in (earlier, scenario))
    if number is not None and (number != others or earlier.place.file != scenario.place.file):
        return False
    asked = {key: value for key, value in earlier.condition.source.items() if key != "endpoint"}
    if number is not None:
        asked = {key: value for key, value in asked.items() if key == "recorded" or key in STRICT}
    within = earlier.endpoints is None or (scenario.endpoints is not None and scenario.endpoints <= earlier.endpoints)
    return within and covers(asked, scenario.condition.source)


def _may_take_over(scenario: Scenario, earlier: Scenario) -> bool:
    """Whether it may answer for a fallback model of what ``earlier`` declines."""
    return scenario.names_model and not earlier.names_model and any(map(_is_refusal, earlier.steps))


def _is_refusal(step: Step) -> bool:
    answer = _build_example(step, Prompt(EXAMPLE))
    if answer is None or answer.stop_reason is None:
        return answer is not None and answer.stop_details is not None
    return bool(answer.stop_reason == "refusal")


def _find_unreachable_answers(scenario: Scenario) -> Iterator[Problem]:
    """Answers of a script behind one that never runs out."""
    last = next((number for number, step in enumerate(scenario.steps) if step.times is None), None)
    for step in scenario.steps[last + 1 :] if last is not None else ():
        yield Problem(step.place, "this answer is never reached: one before it is given always")


def _find_untrue_words(scenario: Scenario) -> Iterator[Problem]:
    """Words beside ``recorded`` that somebody changed: they do not hold of the recorded request."""
    recorded = scenario.condition.recorded
    if recorded is None:
        return
    with suppress(ScenarioError):  # a request that is too large for them
        for check in scenario.condition.failing(recorded.prompt):
            if not (check.recorded or check.key in STRICT):
                message = (
                    f"{check.key} does not hold of the recorded request: this turn answers only one that is like it, "
                    "and of which it does. Without recorded here the words alone would decide"
                )
                yield Problem(scenario.condition.place, message, "warning")


def _find_retiring(loader: Loader, now: float) -> Iterator[Problem]:
    """Models that are named and retire soon, or have retired."""
    known, day = catalog.standard().change(loader.models.changes), choose_day(loader.models.lifecycle, now)
    recorded = (lint_cassettes.find_recorded_models(*each) for each in _list_cassettes(loader))
    for name, place in chain(models_in_use(loader.scenarios), *recorded):
        if notice := make_notice(name, known, day):
            yield Problem(place, notice, "warning")


def _list_cassettes(loader: Loader) -> list[tuple[Cassette, Document]]:
    """The cassettes, each with the document that its scenarios stand in."""
    documents = {document.file: document for document in loader.documents.values()}
    return [(cassette, documents[cassette.file]) for cassette in loader.cassettes]


EXAMPLE = {"model": "claude-sonnet-4-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "Hello"}]}


def _find_broken(scenario: Scenario, extensions: Extensions) -> Iterator[Problem]:
    """Answers that are no valid messages."""
    prompt = Prompt(EXAMPLE)
    for step in scenario.steps if extensions.check_answer else ():
        answer = _build_example(step, prompt)
        for path, message in extensions.check_answer(answer, prompt) if answer and extensions.check_answer else ():
            where = ".".join(map(str, path))
            place = step.locate(path) if step.locate else step.place
            yield Problem(place, f"the API would not answer this: {where + ': ' if where else ''}{message}")


def _build_example(step: Step, prompt: Prompt) -> Any:
    """The answer to the example; None where its placeholders need more than the example has, or a function gives it."""
    if step.is_function:
        return None
    try:
        return step.answer(Variables(prompt))
    except ScenarioError:
        return None
