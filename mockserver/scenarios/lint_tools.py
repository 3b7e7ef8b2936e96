"""Lint of the tools that scripted answers call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockserver.records.errors import Problem
from mockserver.scenarios.breaches import word_breach
from mockserver.scenarios.format.files import SCRIPTS
from mockserver.scenarios.matching.predicates import WILD
from mockserver.scenarios.reading.lines import is_within
from mockserver.scenarios.reading.node import Node, has_placeholder
from mockserver.scenarios.scenario import find_answers


def find_misused_tools(files: Sequence[Node]) -> Iterator[Problem]:
    """Calls of tools that break the tool's schema (which may stand in any of the files), or that are not offered."""
    read = [node for node in files if isinstance(node.value, dict)]
    checkers = {
        name: _compile_schema(schema)
        for node in read
        if isinstance(node.value.get("tool_schemas"), Mapping)
        for name, schema in node.at("tool_schemas").items()
    }
    for node in read:
        for scenario in _list_scenarios(node):
            _check_scenario(scenario, checkers)
        yield from (problem for problem in node.problems if not is_within(problem, node.document.unread))


def _list_scenarios(node: Node) -> Iterator[Node]:
    """The scenarios of a document; one that is sent may be a scenario itself."""
    if isinstance(node.value.get("scenarios"), list):
        yield from node.at("scenarios")
    elif not node.value.keys().isdisjoint(SCRIPTS):
        yield node


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
