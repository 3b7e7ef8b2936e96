"""Lint: finds mistakes in fixtures, also those that do not keep them from loading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import Any

from mockserver.recordings.cassette import Cassette
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.reference import catalog
from mockserver.reference.lifecycle import choose_day, make_notice
from mockserver.scenarios import lint_cassettes
from mockserver.scenarios.answering.variables import Variables
from mockserver.scenarios.breaches import word_breach
from mockserver.scenarios.cassette_files import find_below
from mockserver.scenarios.format.files import SCRIPTS
from mockserver.scenarios.loading import Loader
from mockserver.scenarios.matching.covering import covers
from mockserver.scenarios.matching.predicates import WILD
from mockserver.scenarios.matching.recorded import STRICT
from mockserver.scenarios.models import models_in_use
from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError, is_folder
from mockserver.scenarios.reading.lines import is_within
from mockserver.scenarios.reading.node import Node, has_placeholder
from mockserver.scenarios.reading.source import Document
from mockserver.scenarios.scenario import find_answers
from mockserver.scenarios.scripts import Extensions, Scenario, Step


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
    problems = [*loader.problems, *loader.warnings, *_find_empty_folders(paths)]
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
    problems += _find_misused_tools([Node(each, each.value) for each in loader.documents.values()])
    below = [cassette for path in _list_folders(paths) for cassette in find_below(path)]
    problems += [problem for cassette in below for problem in lint([cassette], extensions, now)]
    return sorted(set(problems))


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


def _find_misused_tools(files: Sequence[Node]) -> Iterator[Problem]:
    """Calls of tools that break the tool's schema (which may stand in any of the files), or that are not offered."""
    read = [node for node in files if isinstance(node.value, dict)]
    checkers = {
        name: _compile_schema(schema)
        for node in read
        if isinstance(node.value.get("tool_schemas"), Mapping)
        for name, schema in node.at("tool_schemas").items()
    }
    for node in read:
        for scenario in node.at("scenarios") if isinstance(node.value.get("scenarios"), list) else ():
            _check_scenario(scenario, checkers)
        yield from (problem for problem in node.problems if not is_within(problem, node.document.unread))


def _check_scenario(node: Node, checkers: Mapping[str, Any]) -> None:
    if isinstance(node.value, dict):
        offered = _find_offered(node.value.get("when"))
        for script in SCRIPTS:
            for use in _find_tool_uses(find_answers(node.at(script))) if script in node.value else ():
                _check_use(use, checkers, offered)


def _compile_schema(node: Node) -> Any:
    import jsonschema  # only lint needs it
    from referencing import Registry

    try:
        jsonschema.Draft202012Validator.check_schema(node.value)
    except RecursionError:
        node.complain("this schema is nested too deeply")
        return None
    except jsonschema.SchemaError as error:
        node.complain(f"this is no JSON Schema: {word_breach(error, node.value)}")
        return None
    # With a registry of its own: the default one would fetch what a schema refers to.
    return jsonschema.Draft202012Validator(node.value, registry=Registry())


def _find_offered(when: Any) -> set[str] | None:
    """The tools that are offered for sure; None when the condition names none, or globs."""
    tools = when.get("tools") if isinstance(when, Mapping) else None
    names = tools.get("all") if isinstance(tools, Mapping) and not tools.keys() - {"all", "none"} else tools
    globs = {names} if isinstance(names, str) else set(names) if isinstance(names, list) else None
    return None if globs is None or any(set(str(name)) & WILD for name in globs) else globs


def _find_tool_uses(node: Node) -> Iterator[Node]:
    """The places below an answer where a tool is called."""
    if isinstance(node.value, list):
        for item in node:
            yield from _find_tool_uses(item)
    elif isinstance(node.value, dict):
        if node.value.get("type") == "tool_use":
            yield node
        elif "tool_use" in node.value:
            yield from node.at("tool_use")
        if "content" in node.value:
            yield from _find_tool_uses(node.at("content"))


def _check_use(node: Node, checkers: Mapping[str, Any], offered: set[str] | None) -> None:
    use = {"name": node.value} if isinstance(node.value, str) else node.value
    if not isinstance(use, Mapping) or not isinstance(use.get("name"), str):
        return
    name = use["name"]
    if offered is not None and name not in offered:
        node.complain(f'the tool "{name}" is called, but when.tools does not ask for it', level="warning")
    if checkers.get(name) is None:
        return
    value = use.get("input") or {}
    for error in _find_breaches(node, name, checkers[name], value):
        if not has_placeholder(error.instance):
            at = node if "input" not in use else node.at("input")
            for key in error.absolute_path:
                at = at.at(key)
            at.complain(f'the input breaks the schema of the tool "{name}": {word_breach(error, value)}')


def _find_breaches(node: Node, name: str, checker: Any, value: Any) -> list[Any]:
    """Where a tool's input breaks its schema. A schema that refers to itself without end, or to nothing, is noted."""
    from referencing.exceptions import Unresolvable

    try:
        return list(checker.iter_errors(value))
    except Unresolvable as error:
        node.complain(f'the schema of the tool "{name}" refers to what is not in it: {error.ref}')
    except RecursionError:
        node.complain(f'the schema of the tool "{name}" is nested too deeply, or refers to itself without end')
    return []
