"""Adding to a script that runs, in a test and through the control interface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import MockSession, MockTransport, ScenarioError, asgi_transport
from tests.testing.asking import MODEL, TOOL, Ask, complaint, text


def test_script_that_ran_out_fits_again(api: MockSession, ask: Ask) -> None:
    api.calls(["One."])
    assert [text(ask()), text(ask())] == ["One.", "NotFoundError"]
    api.append(["Two.", {"text": "Three.", "times": 2}])
    assert [text(ask()) for _ in range(4)] == ["Two.", "Three.", "Three.", "NotFoundError"]


def test_answer_comes_behind_those_that_are_left(api: MockSession, ask: Ask) -> None:
    api.calls(["One.", "Two."])
    assert text(ask()) == "One."
    api.append("Three.")
    api.append({"error": "overloaded_error"})
    assert [text(ask()) for _ in range(3)] == ["Two.", "Three.", "OverloadedError"]


def test_newest_script_of_calls_grows(api: MockSession, ask: Ask) -> None:
    api.calls(["Old."])
    api.when(user="weather").calls(["Sunny."])
    api.reply("Always.")
    api.append("Rain.")
    assert [text(ask("weather")) for _ in range(3)] == ["Sunny.", "Rain.", "Always."]
    assert text(ask("Hello")) == "Always."


def test_values_of_another_endpoint_are_appended(api: MockSession) -> None:
    api.when(endpoint="count_tokens").calls([{"input_tokens": 1}])
    api.append([{"input_tokens": 2}, lambda prompt: {"input_tokens": len(prompt.user)}])
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]}
    with httpx2.Client(transport=api.transport, base_url="http://127.0.0.1", headers={"x-api-key": api.api_key}) as to:
        counts = [to.post("/v1/messages/count_tokens", json=asked).json()["input_tokens"] for _ in range(3)]
    assert counts == [1, 2, 5]
    with pytest.raises(ScenarioError, match="a mapping of"):
        api.append("A text.")


def test_placeholders_count_on(api: MockSession, ask: Ask) -> None:
    api.calls(["{{ call }}"])
    api.append("{{ call }} {{ prompt.user }}")
    assert [text(ask()), text(ask())] == ["0", "1 Hello"]


def test_all_that_was_appended_is_to_be_used(api: MockSession, ask: Ask) -> None:
    api.calls(["One."])
    ask()
    api.assert_all_used()
    api.append("Two.")
    assert "1 of 2" in complaint(api.assert_all_used)
    ask()
    api.assert_all_used()


def test_script_of_a_file_grows_by_its_name(api: MockSession, ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "scenarios:\n- {name: loop, turns: [{tool_use: get_weather}]}\n- {name: row, when: {user: row}, calls: [x]}\n",
        "utf-8",
    )
    api.load(tmp_path / "a.yaml")
    api.append("Sunny.", name="loop")
    first = ask(tools=[TOOL])
    result = {"type": "tool_result", "tool_use_id": first.content[0].id, "content": "21"}
    asked: list[Any] = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": first.content}]
    assert text(ask(messages=[*asked, {"role": "user", "content": [result]}], tools=[TOOL])) == "Sunny."


@pytest.mark.parametrize(
    ("script", "name", "told"),
    [
        (None, None, "This session has no script of calls."),
        ({"text": "Always."}, None, "This session has no script of calls."),
        ({"text": "Always."}, "script 1", "The script 'script 1' is one of reply, not of calls."),
        (
            ["One.", {"text": "Two.", "times": "always"}],
            None,
            "The last answer of the script 'script 1' is given always",
        ),
        (["One."], "row", "This session has no script named 'row'."),
    ],
)
def test_what_cannot_grow_is_told(api: MockSession, script: Any, name: str | None, told: str) -> None:
    if isinstance(script, list):
        api.calls(script)
    elif script:
        api.reply(**script)
    with pytest.raises(ValueError, match=told.replace(".", r"\.")):
        api.append("More.", name=name)


@pytest.mark.parametrize(
    ("given", "told"), [({"txt": "x"}, '"txt" is no key'), ([], "a list of answers"), (3, "a text")]
)
def test_mistake_is_told_at_the_call(api: MockSession, given: Any, told: str) -> None:
    api.calls(["One."])
    with pytest.raises(ScenarioError, match=told) as caught:
        api.append(given)
    assert "test_appending.py" in str(caught.value)


def test_reset_forgets_it(api: MockSession, ask: Ask) -> None:
    api.calls(["One."])
    api.append("Two.")
    api.reset()
    assert ask() == "NotFoundError"
    api.calls(["One."])
    assert [text(ask()), text(ask())] == ["One.", "NotFoundError"]


def test_journal_tells_what_was_there_then(api: MockSession, ask: Ask) -> None:
    api.calls(["One."])
    ask(), ask()
    api.append("Two.")
    ask()
    answered, missed, later = api.requests
    assert (answered.position, later.position, later.scenario) == ("0", "1", "script 1")
    assert "the script has run out, after 1 answer" in str(missed.misses)


@pytest.fixture
def transport() -> MockTransport:
    return asgi_transport(unmatched="error")


def post(transport: MockTransport, path: str, body: str, session: str = "s") -> Any:
    with httpx2.Client(transport=transport.session(session).transport, base_url="http://127.0.0.1") as client:
        return client.post(path, content=body, headers={"x-api-key": session})


def say(transport: MockTransport) -> str:
    body = f'{{"model": "{MODEL}", "max_tokens": 9, "messages": [{{"role": "user", "content": "Hi"}}]}}'
    got = post(transport, "/v1/messages", body).json()
    return str(got["content"][0]["text"] if "content" in got else got["error"]["type"])


@pytest.mark.parametrize("body", ["- Two.\n- text: Three.\n", '["Two.", {"text": "Three."}]'])
def test_control_interface_appends(transport: MockTransport, body: str) -> None:
    post(transport, "/_mock/scenarios", "{name: a/b, calls: [One.]}")
    assert [say(transport), say(transport)] == ["One.", "not_found_error"]
    got = post(transport, "/_mock/scenarios/a/b/calls", body)
    assert got.status_code == 201
    assert (got.json()["scenario"]["name"], got.json()["scenario"]["used"]) == ("a/b", 1)
    assert (got.json()["appended"], got.json()["answers"]) == (2, 3)
    assert [say(transport) for _ in range(3)] == ["Two.", "Three.", "not_found_error"]


def test_answers_are_those_of_the_endpoint(api: MockSession) -> None:
    api.when(endpoint="count_tokens").calls([{"input_tokens": 1}])
    api.append([{"input_tokens": 2}, {"function": lambda prompt: {"input_tokens": len(prompt.user)}}])
    with pytest.raises(ScenarioError, match="expected a mapping of input_tokens"):
        api.append("Two.")
    asked = {"model": MODEL, "messages": [{"role": "user", "content": "Hello"}]}
    with httpx2.Client(transport=api.transport, base_url="http://mock", headers={"x-api-key": api.api_key}) as client:
        got = [client.post("/v1/messages/count_tokens", json=asked).json() for _ in range(3)]
    assert [each["input_tokens"] for each in got] == [1, 2, 5]
