"""Looking at requests: records, the summary, and waiting for answers."""

from __future__ import annotations

from pathlib import Path

import httpx2

from mockserver import Entry, MockServer, MockSession
from tests.testing.asking import MODEL, TOOL, Ask


def test_requests_are_records(api: MockSession, ask: Ask) -> None:
    api.when(system="pirate").reply("Arr.")
    ask("Who are you?", system="You are a pirate.")
    request = api.last_request
    assert isinstance(request, Entry)
    assert request.json["model"] == request.model == MODEL
    assert request.headers["authorization"] == "Bearer sk-…test"
    assert request.prompt is not None
    assert (request.prompt.user, request.prompt.system) == ("Who are you?", "You are a pirate.")
    assert (request.scenario, request.status, request.endpoint) == ("script 1", 200, "messages")
    assert request.answer is not None
    assert request.answer["content"][0]["text"] == "Arr."
    assert request.usage is not None
    assert Path(str(request.place).partition(":")[0]).name == Path(__file__).name
    assert repr(api) == "<MockSession without a socket with 1 requests>"


def test_summary_is_a_line_a_request(api: MockSession, ask: Ask) -> None:
    assert api.summary() == (
        "no request came with the key of this session: is ANTHROPIC_BASE_URL or OPENAI_BASE_URL read before the test "
        "begins, "
        "by a client made while a module is imported (with messages_preload = true it finds the server)?"
    )
    api.reply("Fine.", times=1)
    ask("One", max_tokens=-1)
    ask("Two")
    lines = api.summary().splitlines()
    assert lines[0].startswith(
        f"  requests[0], POST /v1/messages {MODEL} 'One', answered 400: max_tokens: must be greater than or equal to 0"
    )
    assert lines[1] == f"  requests[1], POST /v1/messages {MODEL} 'Two', answered 200 by script 1"


def test_requests_can_be_waited_for(key: str) -> None:
    with MockServer() as server:
        api = server.session(key)
        api.reply("one two three", pace={"first": "1ms"})
        httpx2.post(f"{server.url}/v1/messages", json={"model": MODEL, "max_tokens": 9, "messages": []})
        body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        httpx2.post(f"{server.url}/v1/messages", json=body, headers={"x-api-key": key})
        assert api.wait()
        assert api.last_request.finished
        api.close()
        assert api.requests == ()
        assert repr(api) == f"<MockSession {server.url} with 0 requests>"


def test_tool_results_are_read_as_in_placeholders(api: MockSession, ask: Ask) -> None:
    api.when(tools=["get_weather"]).turns([{"tool_use": "get_weather"}, "{{ prompt.tool_results[0].text }}"])
    (use,) = ask(tools=[TOOL]).content
    result = {"type": "tool_result", "tool_use_id": use.id, "content": [{"type": "text", "text": '{"temp": 21}'}]}
    spoken = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": [use]}]
    ask(messages=[*spoken, {"role": "user", "content": [result]}], tools=[TOOL])
    assert api.last_request.prompt is not None
    (found,) = api.last_request.prompt.tool_results
    assert found == {**result, "name": "get_weather"}
    assert (found.name, found.id, found.text) == ("get_weather", use.id, '{"temp": 21}')
    assert (found.value, found.is_error) == ({"temp": 21}, False)
    assert api.last_request.answer is not None
    assert api.last_request.answer["content"][0]["text"] == found.text
