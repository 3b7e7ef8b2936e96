"""Thinking that came with tool uses is to be sent back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver import MockSession
from tests.testing.asking import MODEL, TOOL, Ask, complaint


def test_lost_thinking_is_told(api: MockSession, ask: Ask) -> None:
    assert "nothing to send back" in complaint(api.assert_thinking_returned)
    api.configure(validation="warn")
    api.turns([{"thinking": "Hm.", "tool_use": "get_weather"}, "Done."])
    first = ask(tools=[TOOL])
    assert complaint(api.assert_thinking_returned).startswith("no request sent back a tool use that came with thinking")
    (use,) = [block for block in first.content if block.type == "tool_use"]
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "21"}]}
    spoken = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": [use]}, result]
    ask(messages=spoken, tools=[TOOL])
    told = complaint(api.assert_thinking_returned)
    assert f"sends back tool use {use.id} without 1 of the 1 thinking block(s) that came with it" in told


def thought(number: int) -> dict[str, Any]:
    return {"thinking": f"Thought {number}."}


def use_of(message: Any) -> Any:
    (use,) = [block for block in message.content if block.type == "tool_use"]
    return use


@pytest.mark.parametrize(
    ("model", "change", "told"),
    [
        (MODEL, lambda first, second: (first, second), ""),
        (MODEL, lambda first, second: (first, second[1:]), "without 1 of the 1 thinking block(s)"),
        (MODEL, lambda first, second: ([first[1], first[0], *first[2:]], second), "came with it in another order"),
        (MODEL, lambda first, second: (first[2:], second), ""),
        (MODEL, lambda first, second: ([first[0], *first[2:]], second), ""),
        (MODEL, lambda first, second: ([first[0], second[0], first[2]], second), ""),
        (
            MODEL,
            lambda first, second: ([{**first[0].model_dump(), "thinking": "Other."}, *first[1:]], second),
            "without 1 of the 2 thinking block(s) that came with it, or with changes",
        ),
        ("claude-opus-5-5", lambda first, second: (first[1:], second), ""),
        ("claude-opus-5-5", lambda first, second: ([first[0], *first[2:]], second), "binds each to all before"),
    ],
)
def test_thinking_of_older_turns_may_be_left_out(
    api: MockSession, ask: Ask, model: str, change: Callable[[Any, Any], tuple[Any, Any]], told: str
) -> None:
    """The first tool loop is over when the second question comes; models that bind thinking keep what stands behind."""
    api.configure(validation="off")
    api.turns([{"content": [thought(3), {"tool_use": "get_weather"}]}, "Done."])
    api.when(user="first").turns([{"content": [thought(1), thought(2), {"tool_use": "get_weather"}]}, "Done."])
    first, second = (ask(text, model=model, tools=[TOOL]) for text in ("The first.", "The next."))

    def loop(question: str, message: Any, content: Any) -> list[Any]:
        result = {"type": "tool_result", "tool_use_id": use_of(message).id, "content": "21"}
        return [
            {"role": "user", "content": question},
            {"role": "assistant", "content": content},
            {"role": "user", "content": [result]},
        ]

    one, two = change(first.content, second.content)
    done = {"role": "assistant", "content": "Done."}
    ask(messages=[*loop("The first.", first, one), done, *loop("The next.", second, two)], model=model, tools=[TOOL])
    if told:
        assert told in complaint(api.assert_thinking_returned)
    else:
        api.assert_thinking_returned()
