"""Sessions whose clients speak chat completions: scripts, what is seen of their requests, and claims."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import openai
import pytest

from mockserver import Answer, MockSession, Prompt, ScenarioError
from tests.testing.asking import MODEL, TOOL, Ask, complaint, text

CHAT_TOOL: Any = {"type": "function", "function": {"name": "get_weather", "parameters": TOOL["input_schema"]}}
CITY: Any = {"name": "get_weather", "input": {"city": "Oslo"}}


@pytest.fixture
def chat(api: MockSession) -> Iterator[Ask]:
    """Asks for a completion, and gives the message of its last choice or the error's class."""

    def create(*said: Any, **more: Any) -> Any:
        messages: Any = [
            {"role": "user", "content": each} if isinstance(each, str) else each for each in said or ("Hello",)
        ]
        try:
            return client.chat.completions.create(model=MODEL, messages=messages, **more).choices[-1].message
        except openai.APIError as error:
            return type(error).__name__

    http_client: Any = httpx.Client(transport=api.transport)
    with openai.OpenAI(
        base_url="http://localhost/v1", api_key=api.api_key, max_retries=0, http_client=http_client
    ) as client:
        yield create


def test_answers_are_used_up_on_both_wires(api: MockSession, ask: Ask, chat: Ask) -> None:
    api.when(user="hello").calls(["One.", "Two.", "Three."])
    assert [chat().content, text(ask()), chat(n=3).content] == ["One.", "Two.", "Three."]
    api.assert_all_used()
    assert (chat(), ask()) == ("NotFoundError", "NotFoundError")
    assert {entry.wire: entry.misses for entry in api.requests[3:]}.keys() == {"chat", "messages"}
    assert api.requests[3].misses == api.requests[4].misses
    assert "the script has run out, after 3 answers" in complaint(api.assert_no_unmatched)


def test_turns_are_those_of_the_conversation(api: MockSession, ask: Ask, chat: Ask) -> None:
    """A loop that began on one wire goes on on the other."""
    api.turns([{"text": "{{ prompt.model }}", "tool_use": CITY}, "{{ tool_result.temp }} in {{ prompt.user }}."])
    first = chat("Oslo", tools=[CHAT_TOOL])
    (call,) = first.tool_calls
    assert (first.content, call.function.arguments) == (MODEL, '{"city": "Oslo"}')
    result = {"role": "tool", "tool_call_id": call.id, "content": '{"temp": 21}'}
    assert chat("Oslo", first.model_dump(exclude_none=True), result, tools=[CHAT_TOOL]).content == "21 in Oslo."
    use = {"type": "tool_use", "id": call.id, **CITY}
    came = {"type": "tool_result", "tool_use_id": call.id, "content": '{"temp": 22}'}
    said = [
        *({"role": "user", "content": "Oslo"}, {"role": "assistant", "content": [use]}),
        {"role": "user", "content": [came]},
    ]
    assert text(ask(messages=said, tools=[TOOL])) == "22 in Oslo."
    api.assert_valid()
    api.assert_answers_fit()


def test_functions_see_the_messages_form(api: MockSession, chat: Ask) -> None:
    seen: list[Prompt] = []

    def look(prompt: Prompt) -> Answer:
        seen.append(prompt)
        return {"text": f"You said {prompt.user}"}

    api.reply(look)
    system = {"role": "developer", "content": "Be short."}
    assert chat(system, "Hi", tools=[CHAT_TOOL], tool_choice="required", max_tokens=70).content == "You said Hi"
    (prompt,) = seen
    assert (prompt.system, prompt.tools, prompt.path) == ("Be short.", ("get_weather",), "/v1/chat/completions")
    assert prompt.body["tool_choice"] == {"type": "any"}
    assert (prompt.body["max_tokens"], "tool_calls" in prompt.body) == (70, False)


def test_claims_tell_the_wires_apart(api: MockSession, ask: Ask, chat: Ask) -> None:
    api.reply("Hi.")
    for create in (chat, chat, ask):
        create()
    api.assert_called(3)
    api.assert_called(3, when={"wire": ["chat", "messages"]})
    api.assert_called(2, when={"wire": "chat"})
    api.assert_called(1, when={"wire": "messages"})
    api.assert_called(2, endpoint="chat")
    api.assert_called(0, endpoint="chat", when={"wire": "messages"})
    assert "but 2 of the 2 requests made fit" in complaint(lambda: api.assert_called(5, endpoint="chat"))


@pytest.mark.parametrize("words", [{"endpoint": "chat"}, {"endpoint": "chat/completions"}])
def test_scripts_for_chat_alone_name_the_wire(api: MockSession, words: Any) -> None:
    with pytest.raises(ScenarioError, match="for that one alone write wire: chat"):
        api.when(**words).reply("Hi.")


def test_refused_completions_are_not_valid(api: MockSession, chat: Ask) -> None:
    api.reply("Hi.")
    assert chat(n=0) == "BadRequestError"
    assert "Expected a value >= 1, but got 0 instead" in complaint(api.assert_valid)
    assert api.last_request.wire == "chat"
    assert api.last_request.findings[0].path == "n"


@pytest.mark.parametrize(
    ("answer", "request_words", "rule"),
    [
        ({"tool_use": {"name": "get_wether", "input": {}}}, {"tools": [CHAT_TOOL]}, "tool_offered"),
        ({"tool_use": {"name": "get_weather", "input": {}}}, {"tools": [CHAT_TOOL]}, "tool_input"),
        ({"text": "No."}, {"tools": [CHAT_TOOL], "tool_choice": "required"}, "tool_choice"),
        ({"text": "json"}, {"response_format": {"type": "json_object"}}, "json"),
        ({"thinking": "Hm.", "text": "Yes."}, {}, "thinking"),
    ],
)
def test_answers_are_held_against_what_was_read(
    api: MockSession, chat: Ask, answer: Any, request_words: Any, rule: str
) -> None:
    api.reply(**answer)
    chat("Say it in json", **request_words)
    assert [finding.rule for finding in api.last_request.answer_findings] == [rule]
    assert f"rule: {rule}" in complaint(api.assert_answers_fit)


def test_thinking_cannot_come_back_on_chat(api: MockSession, chat: Ask) -> None:
    api.reply(thinking="Hm.", tool_use=CITY)
    chat(tools=[CHAT_TOOL], reasoning_effort="high")
    assert complaint(api.assert_thinking_returned).startswith("no answer on the Messages wire held both")


RAW = 'data: {"choices": [{"delta": {"content": "Hi"}}]}\n\ndata: [DONE]\n\n'


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("raw", "kind", "body"),
    [
        ({"json": {"any": 1}}, "application/json", '{"any":1}'),
        ({"headers": {"content-type": "text/event-stream"}, "body": RAW}, "text/event-stream", RAW),
        ({"status": 502, "body": "<h1>no</h1>"}, "text/html", "<h1>no</h1>"),
    ],
)
def test_raw_answers_leave_as_they_are(api: MockSession, raw: Any, kind: str, body: str, stream: bool) -> None:
    api.when(wire="chat").reply(raw=raw)
    with httpx.Client(transport=api.transport, base_url="http://localhost") as client:
        asked = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
        answer = client.post("/v1/chat/completions", json=asked, headers={"x-api-key": api.api_key})
    assert (answer.status_code, answer.text) == (raw.get("status", 200), body)
    assert answer.headers["content-type"].startswith(kind)
    assert (api.last_request.message, api.last_request.composed) == (None, None)
