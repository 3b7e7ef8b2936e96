"""The tools in force after messages that add and remove some, for scenarios and generated answers."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.prompt import Prompt
from tests.generating import reply

ASK: dict[str, Any] = {"name": "ask", "input_schema": {"type": "object"}}
LOOK: dict[str, Any] = {"name": "look", "input_schema": {"type": "object"}}
HIDDEN: dict[str, Any] = {**LOOK, "defer_loading": True}
WIKI: dict[str, Any] = {"type": "mcp_toolset", "mcp_server_name": "wiki"}


def change(kind: str, **tool: Any) -> dict[str, Any]:
    return {"role": "system", "content": [{"type": f"tool_{kind}", "tool": tool}]}


def add(name: str) -> dict[str, Any]:
    return change("addition", type="tool_reference", name=name)


def remove(name: str) -> dict[str, Any]:
    return change("removal", type="tool_reference", name=name)


def define(tool: dict[str, Any]) -> dict[str, Any]:
    return change("addition", type="tool_definition", definition=tool)


def prompt(tools: list[Any], *changes: dict[str, Any], history: tuple[Any, ...] = ()) -> Prompt:
    return Prompt({"tools": tools, "messages": [{"role": "user", "content": "Hi"}, *changes]}, history=history)


@pytest.mark.parametrize(
    ("tools", "changes", "names"),
    [
        ([ASK], [], ("ask",)),
        ([ASK], [define(LOOK)], ("ask", "look")),
        ([], [define(LOOK)], ("look",)),
        ([ASK, LOOK], [remove("ask")], ("look",)),
        ([ASK], [define(LOOK), remove("look")], ("ask",)),
        ([ASK, LOOK], [remove("ask"), add("ask")], ("look", "ask")),
        ([ASK], [remove("unknown"), add("unknown")], ("ask",)),
        ([ASK], [{"role": "system", "content": "Be brief."}], ("ask",)),
    ],
)
def test_changes_count(tools: list[Any], changes: list[Any], names: tuple[str, ...]) -> None:
    assert prompt(tools, *changes).tools == names


def test_changes_of_a_continued_thread_count() -> None:
    assert prompt([ASK], history=(define(LOOK),)).tools == ("ask", "look")


def test_added_tool_is_no_longer_deferred() -> None:
    assert prompt([HIDDEN], add("look")).offered == (LOOK,)


def test_toolset_is_removed_as_a_whole_or_by_its_tools() -> None:
    whole = {"type": "mcp_toolset_reference", "server_name": "wiki"}
    part = {"type": "mcp_tool_reference", "server_name": "wiki", "name": "ask"}
    assert prompt([WIKI], change("removal", **whole)).offered == ()
    (left,) = prompt([WIKI], change("removal", **part)).offered
    assert left["configs"]["ask"]["enabled"] is False
    (back,) = prompt([WIKI], change("removal", **part), change("addition", **part)).offered
    assert back["configs"]["ask"]["enabled"] is True


def test_generated_answer_calls_what_is_in_force() -> None:
    asked = [{"role": "user", "content": "Look it over."}]
    forced: dict[str, Any] = {"tools": [ASK], "tool_choice": {"type": "any"}}
    assert reply([*asked, define(LOOK)], **forced).content[0]["name"] == "look"
    assert reply([*asked, define(LOOK), remove("look")], **forced).content[0]["name"] == "ask"
    assert reply([*asked, define(LOOK)], options={"tool_use": "look"}).content[0]["name"] == "look"
