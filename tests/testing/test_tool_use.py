"""The setting ``tool_use`` of a server and of a session: agents run through their loop without a script."""

from __future__ import annotations

from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import beta_tool

from mockserver import MockSession, asgi_transport
from tests.testing.asking import MODEL

Names = list[str]


@beta_tool
def get_weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: the city.
    """
    return f"sunny in {city}, 21 degrees"


def run_agent(api: MockSession, text: str = "What is the weather?") -> tuple[Names, str]:
    """The kinds of blocks that the SDK's tool runner gets, and its last text."""
    kinds: Names = []
    with anthropic.Anthropic(api_key=api.api_key, http_client=httpx2.Client(transport=api.transport)) as client:
        runner = client.beta.messages.tool_runner(
            model=MODEL, max_tokens=900, tools=[get_weather], messages=[{"role": "user", "content": text}]
        )
        last = ""
        for said in runner:
            kinds += [block.type for block in said.content]
            last = "".join(block.text for block in said.content if block.type == "text")
    return kinds, last


def test_agent_runs_by_the_setting_of_the_server() -> None:
    kinds, last = run_agent(asgi_transport(tool_use="once").session("key"))
    assert kinds == ["tool_use", "text"]
    assert "21 degrees" in last


def test_session_has_the_setting_for_itself() -> None:
    transport = asgi_transport()
    one, other = transport.session("one"), transport.session("other")
    one.configure(tool_use="once")
    assert (run_agent(one)[0], run_agent(other)[0]) == (["tool_use", "text"], ["text"])
    one.reset()
    assert run_agent(one)[0] == ["text"]


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ({"fault": "comment_keepalive"}, ["tool_use", "text"]),
        ({"generate": {"sentences": 2}}, ["tool_use", "text"]),
        ({"generate": {"tool_use": "asked"}}, ["text"]),
        ({"generate": {"tool_use": False}}, ["text"]),
        ({"text": "Scripted."}, ["text"]),
    ],
)
def test_script_goes_before_the_setting(words: Any, kinds: Names) -> None:
    api = asgi_transport(tool_use="once").session("key")
    api.reply(**words)
    assert run_agent(api)[0] == kinds


def test_script_alone_has_an_agent_run() -> None:
    api = asgi_transport().session("key")
    api.reply(generate={"tool_use": "once"})
    assert run_agent(api)[0] == ["tool_use", "text"]
    assert not api.requests[0].misses


def test_wrong_word_is_told() -> None:
    api = asgi_transport().session("key")
    with pytest.raises(ValueError, match="tool_use: expected asked or once or all or none, got 'twice'"):
        api.configure(tool_use="twice")
