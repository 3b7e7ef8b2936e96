"""Lint: mistakes in fixtures that load all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mockserver.records.errors import Problem, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios.answering.variables import Variables
from mockserver.scenarios.format.files import SCRIPTS
from mockserver.scenarios.loading import Loader
from mockserver.scenarios.matching.covering import covers
from mockserver.scenarios.matching.predicates import WILD
from mockserver.scenarios.reading.node import Node, has_placeholder
from mockserver.scenarios.scripts import Extensions, Scenario, Step


def lint(paths: Sequence[str | Path], extensions: Extensions | None = None) -> list[Problem]:
    """Every problem in fixtures: those that keep them from loading, and those found only by a closer look.

    Errors: what ``load`` refuses; scenarios and answers that can never be reached; answers that break the API's
    response schema (asked of ``extensions.check_answer``); tool inputs that break the tool's schema (``tool_schemas``).
    Warnings: calls of tools that ``when`` does not ask to be offered.
    """
    loader = Loader(extensions or Extensions())
    for path in paths:
        loader.add(Path(path))
    problems = list(loader.problems)
    if not problems:
        # Scenarios read in part would look as if they asked for less than they do.
        problems += _unreachable(loader.result().scenarios)
        for scenario in loader.scenarios:
            problems += [*_out_of_reach(scenario), *_broken(scenario, loader.extensions)]
    problems += _misused_tools([Node(each, each.value) for each in loader.documents.values()])
    return sorted(set(problems))


def _unreachable(scenarios: Sequence[Scenario]) -> Iterator[Problem]:
    """Scenarios behind one that fits whenever they do, and never runs out."""
    endless: list[Scenario] = []
    for scenario in scenarios:
        when = scenario.condition.source
        for earlier in endless:
            asked = earlier.condition.source
            if covers(asked, when):
                reason = "asks for nothing more" if asked else "always fits"
                yield Problem(
                    scenario.place,
                    f'scenario "{scenario.name}" is never reached: "{earlier.name}" ({earlier.place}) {reason} '
                    "and never runs out",
                )
                break
        else:
            if scenario.length is None:
                endless.append(scenario)


def _out_of_reach(scenario: Scenario) -> Iterator[Problem]:
    """Answers behind one that is given always."""
    last = next((number for number, step in enumerate(scenario.steps) if step.times is None), None)
    for step in scenario.steps[last + 1 :] if last is not None else ():
        yield Problem(step.place, "this answer is never reached: one before it is given always")


EXAMPLE = {"model": "claude-sonnet-4-5", "max_tokens": 1024, "messages": [{"role": "user", "content": "Hello"}]}


def _broken(scenario: Scenario, extensions: Extensions) -> Iterator[Problem]:
    """Answers that are no valid messages."""
    prompt = Prompt(EXAMPLE)
    for step in scenario.steps if extensions.check_answer else ():
        answer = _example(step, prompt)
        for path, message in extensions.check_answer(answer, prompt) if answer and extensions.check_answer else ():
            where = ".".join(map(str, path))
            place = step.locate(path) if step.locate else step.place
            yield Problem(place, f"the API would not answer this: {where + ': ' if where else ''}{message}")


def _example(step: Step, prompt: Prompt) -> Any:
    """The answer itself, or, where placeholders need what no example has, none."""
    try:
        return step.answer(Variables(prompt))
    except ScenarioError:
        return None


def _misused_tools(files: Sequence[Node]) -> Iterator[Problem]:
    """Calls of tools that break a schema, which any of the files may hold, or that are not offered."""
    read = [node for node in files if isinstance(node.value, dict)]
    checkers = {
        name: _checker(schema)
        for node in read
        if isinstance(node.value.get("tool_schemas"), Mapping)
        for name, schema in node.at("tool_schemas").items()
    }
    for node in read:
        for scenario in node.at("scenarios") if isinstance(node.value.get("scenarios"), list) else ():
            _check_scenario(scenario, checkers)
        yield from node.problems


def _check_scenario(node: Node, checkers: Mapping[str, Any]) -> None:
    if isinstance(node.value, dict):
        offered = _offered(node.value.get("when"))
        for script in SCRIPTS:
            for used in _tool_uses(node.at(script)) if script in node.value else ():
                _check_use(used, checkers, offered)


def _checker(node: Node) -> Any:
    import jsonschema  # only lint needs it

    try:
        jsonschema.Draft202012Validator.check_schema(node.value)
    except jsonschema.SchemaError as error:
        node.complain(f"this is no JSON Schema: {error.message}")
        return None
    return jsonschema.Draft202012Validator(node.value)


def _offered(when: Any) -> set[str] | None:
    """The tools that are offered for sure; None when the condition names none, or globs."""
    tools = when.get("tools") if isinstance(when, Mapping) else None
    names = tools.get("all") if isinstance(tools, Mapping) and not tools.keys() - {"all", "none"} else tools
    named = {names} if isinstance(names, str) else set(names) if isinstance(names, list) else None
    return None if named is None or any(set(str(name)) & WILD for name in named) else named


def _tool_uses(node: Node) -> Iterator[Node]:
    """The places below an answer where a tool is called."""
    if isinstance(node.value, list):
        for item in node:
            yield from _tool_uses(item)
    elif isinstance(node.value, dict):
        if node.value.get("type") == "tool_use":
            yield node
        elif "tool_use" in node.value:
            yield from node.at("tool_use")
        if "content" in node.value:
            yield from _tool_uses(node.at("content"))


def _check_use(node: Node, checkers: Mapping[str, Any], offered: set[str] | None) -> None:
    used = {"name": node.value} if isinstance(node.value, str) else node.value
    if not isinstance(used, Mapping) or not isinstance(used.get("name"), str):
        return
    name = used["name"]
    if offered is not None and name not in offered:
        node.complain(f'the tool "{name}" is called, but when.tools does not ask for it', level="warning")
    if checkers.get(name) is None:
        return
    for error in checkers[name].iter_errors(used.get("input") or {}):
        if not has_placeholder(error.instance):
            at = node if "input" not in used else node.at("input")
            for key in error.absolute_path:
                at = at.at(key)
            at.complain(f'the input breaks the schema of the tool "{name}": {error.message}')
