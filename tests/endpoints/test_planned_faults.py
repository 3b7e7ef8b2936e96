"""Faults set for the next answers wait for one that they change: a stream, a tool's input, a thought."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx2 as httpx
import pytest

from mockserver import MockSession, asgi_transport
from mockserver.wires import FAULTS
from tests.fault_cases import NEEDED, OF_MESSAGES

TOOL = {"name": "look", "input_schema": {"type": "object"}}
THINKING = {"type": "adaptive", "display": "summarized"}
RICH: dict[str, Any] = {
    "content": [{"thinking": "Let me see."}, {"text": "I look."}, {"tool_use": {"name": "look", "input": {"at": 1}}}]
}
# Answers in the order in which they come: whole and streamed, of a text alone, and with a thought and a tool's input.
ANSWERS = ("error", "whole text", "whole tool", "streamed text", "streamed tool")
# Faults of any answer, of errors too: of its bytes, its connection, its headers.
ANY = (
    *("disconnect", "stall", "truncate", "split", "slow_headers", "malformed", "html_page", "error_200"),
    *("wrong_content_type", "gzip_mislabel", "empty_body"),
)
TOOLS = ("no_signature", "tool_input_string", "end_turn_for_tools", "tools_without_text")
STREAMED_TOOLS = ("index_zero", "tool_input_at_start", "tool_input_twice", "tool_input_cut")
OPTIONS: dict[str, dict[str, Any]] = {**NEEDED, "stall": {"for": "1ms"}, "slow_headers": {"for": "1ms"}}


def find_first(name: str) -> str:
    """The first of the answers that a fault changes."""
    if name in ANY:
        return "error"
    if name in TOOLS:
        return "whole tool"
    if name in STREAMED_TOOLS:
        return "streamed tool"
    return "whole text" if FAULTS[name].whole else "streamed text"


@pytest.fixture
def api() -> MockSession:
    api = asgi_transport().session("planned")
    api.when(user="error").error("rate_limit_error")
    api.when(user="text").reply("Fine.")
    api.when(user="tool").reply(**RICH)
    return api


def ask(api: MockSession, wanted: str) -> tuple[str, ...]:
    """Ask for an answer; the names of the faults that struck it."""
    body = {
        "model": "claude-opus-4-8",
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": wanted}],
        "stream": "streamed" in wanted,
        "tools": [TOOL],
        "thinking": THINKING,
    }
    with (
        httpx.Client(transport=api.transport, base_url="http://test", timeout=0.5) as client,
        suppress(httpx.RequestError),
    ):
        client.post("/v1/messages", json=body, headers={"x-api-key": api.api_key})
    return api.requests[-1].faults


@pytest.mark.parametrize("name", OF_MESSAGES)
def test_fault_waits_for_an_answer_that_it_changes(api: MockSession, name: str) -> None:
    api.fault(name, **OPTIONS.get(name, {}))
    struck = [ask(api, wanted) for wanted in ANSWERS]
    assert {wanted: faults for wanted, faults in zip(ANSWERS, struck, strict=True) if faults} == {
        find_first(name): (name,)
    }


@pytest.mark.parametrize(
    ("event", "first"), [("usage", "whole text"), ("signature", "whole tool"), ("content_block_stop", "streamed text")]
)
def test_the_options_of_a_fault_count(api: MockSession, event: str, first: str) -> None:
    api.fault("drop_event", event=event)
    assert next(wanted for wanted in ANSWERS if ask(api, wanted)) == first


def test_each_of_so_many_answers_is_one_that_it_changes(api: MockSession) -> None:
    api.fault("error", calls=2)
    wanted = ("whole text", "streamed text", "error", "whole text", "streamed tool", "streamed text")
    assert [ask(api, each) for each in wanted] == [(), ("error",), (), (), ("error",), ()]


def test_faults_planned_together_strike_together(api: MockSession) -> None:
    with httpx.Client(transport=api.transport, base_url="http://test") as client:
        plan = {"faults": {"faults": [{"then": "split", "bytes": 5}, "crlf"], "calls": 1}}
        client.patch("/_mock/settings", json=plan, headers={"x-mock-session": api.api_key}).raise_for_status()
    assert [ask(api, each) for each in ("whole text", "streamed text", "streamed text")] == [(), ("split", "crlf"), ()]


def test_a_plan_that_waits_is_forgotten_by_a_reset(api: MockSession) -> None:
    api.fault("error")
    assert ask(api, "whole text") == ()
    api.reset()
    assert ask(api, "streamed text") == ()


def test_fault_of_a_scripted_stream_needs_no_streamed_request(api: MockSession) -> None:
    api.when(user="raw").reply(raw={"body": "data: 1\n\ndata: 2\n\n", "stream": True})
    api.fault("crlf")
    assert ask(api, "raw") == ("crlf",)


ASKING: list[tuple[Callable[[MockSession], Any], tuple[str, ...]]] = [
    (lambda api: api.when(user="text").fault("error"), ("streamed text",)),
    (lambda api: api.when(user="text").fault("zero_usage"), ("whole text",)),
    (lambda api: api.when(user="text", stream=False).fault("error"), ("whole text",)),
]


@pytest.mark.parametrize(("script", "struck"), ASKING)
def test_fault_for_some_requests_waits_for_a_stream(
    api: MockSession, script: Callable[[MockSession], Any], struck: tuple[str, ...]
) -> None:
    script(api)
    assert tuple(wanted for wanted in ("whole text", "streamed text") if ask(api, wanted)) == struck
