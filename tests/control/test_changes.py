"""What changed since the request before in the conversation, and where the prompt cache could no longer be read."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.control.comparing import compare, count_common
from mockserver.testing.server import MockServer

KEY = "sk-ant-api03-planted-secret-" + "0" * 20
MARK = {"type": "ephemeral"}
LONG = "You are a careful assistant. " * 1500
TOOLS = [{"name": name, "input_schema": {"type": "object"}} for name in ("get_weather", "search")]
BODY: dict[str, Any] = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 2000,
    "system": [{"type": "text", "text": LONG}, {"type": "text", "text": "Be kind.", "cache_control": MARK}],
    "tools": TOOLS,
    "messages": [{"role": "user", "content": "hi"}],
}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    headers = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=MockServer().transport, base_url="http://localhost", headers=headers) as client:
        yield client


def ask(client: httpx.Client, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    """The changes of a request that is made now."""
    client.post("/v1/messages", json=body, headers=headers)
    (latest,) = client.get("/_mock/requests?order=newest&limit=1").json()["requests"]
    got = client.get(f"/_mock/requests/{latest['number']}/changes")
    assert got.status_code == 200, got.text
    changes: dict[str, Any] = got.json()
    return changes


def differing(changes: dict[str, Any]) -> dict[str, str]:
    return {each["path"]: each["kind"] for each in changes["changes"] if each["kind"] != "same"}


def grow(body: dict[str, Any], *texts: str, mark: bool = True) -> dict[str, Any]:
    """The body with an answer and a further user text, which has the breakpoint of the messages."""
    messages = json.loads(json.dumps(body["messages"]).replace(f', "cache_control": {json.dumps(MARK)}', ""))
    for text in texts:
        block = {"type": "text", "text": text, **({"cache_control": MARK} if mark else {})}
        messages += [{"role": "assistant", "content": "Well."}, {"role": "user", "content": [block]}]
    return {**body, "messages": messages}


def test_first_request_has_none_before_it(client: httpx.Client) -> None:
    first: dict[str, Any] = {"previous": None, "relation": None, "changes": [], "cache": None}
    assert ask(client, BODY) == first
    assert ask(client, {**BODY, "messages": [{"role": "user", "content": "something else"}]}) == first
    client.post("/v1/messages", json=BODY, headers={"x-mock-session": "other"})
    assert client.get("/_mock/requests/3/changes", headers={"x-mock-session": "other"}).json() == first
    client.post("/v1/messages/count_tokens", json={key: BODY[key] for key in ("model", "messages")})
    assert client.get("/_mock/requests/4/changes").json() == first


def test_conversation_goes_on(client: httpx.Client) -> None:
    ask(client, BODY)
    changes = ask(client, grow(BODY, "next"))
    assert (changes["previous"], changes["relation"]) == (1, "continues")
    assert differing(changes) == {"cache_control": "changed", "messages[1]": "added", "messages[2]": "added"}
    paths = [each["path"] for each in changes["changes"]]
    assert paths == [
        *("max_tokens", "model", "cache_control", "tools[0] get_weather", "tools[1] search"),
        *("system[0]", "system[1]", "messages[0]", "messages[1]", "messages[2]"),
    ]
    assert changes["changes"][-1]["after"] == {"role": "user", "content": [{"type": "text", "text": "next"}]}
    # The mark has moved on: that is no change of the message.
    changes = ask(client, grow(grow(BODY, "next"), "more"))
    assert (changes["previous"], changes["relation"]) == (2, "continues")
    assert "messages[2]" not in differing(changes)
    assert changes["cache"]["path"] is None
    assert changes["cache"]["read"] == changes["cache"]["before"] > 1000


def test_longest_common_beginning_is_found(client: httpx.Client) -> None:
    first, second = grow(BODY, "one"), grow(BODY, "two")
    for body in (BODY, first, second):
        ask(client, body)
    changes = ask(client, grow(first, "more"))
    assert (changes["previous"], changes["relation"]) == (2, "continues")
    changes = ask(client, grow(second, "more"))
    assert (changes["previous"], changes["relation"]) == (3, "continues")
    changes = ask(client, grow(first, "else"))
    assert (changes["previous"], changes["relation"]) == (4, "branches")
    changes = ask(client, second)
    assert (changes["previous"], changes["relation"], differing(changes)) == (3, "repeats", {})


def test_request_that_is_continued_whole_goes_before_a_later_one(client: httpx.Client) -> None:
    branch = copy.deepcopy(grow(BODY, "next"))
    branch["messages"][1]["content"] = "Another answer."
    for body in (BODY, branch):
        ask(client, body)
    changes = ask(client, grow(BODY, "next"))
    assert (changes["previous"], changes["relation"]) == (1, "continues")


def test_sessions_have_conversations_of_their_own(client: httpx.Client) -> None:
    for session in ("one", "two"):
        client.post("/v1/messages", json=BODY, headers={"x-mock-session": session})
    client.headers.pop("x-api-key")
    assert client.get("/_mock/requests").json()["total"] == 2
    assert client.get("/_mock/requests/2/changes").json()["previous"] is None


def test_content_as_text_or_block_is_the_same(client: httpx.Client) -> None:
    ask(client, BODY)
    body = copy.deepcopy(BODY)
    body["messages"][0]["content"] = [{"type": "text", "text": "hi"}]
    changes = ask(client, body)
    assert (changes["previous"], differing(changes)) == (1, {})


Edit = Callable[[dict[str, Any]], Any]
EDITS: dict[str, tuple[Edit, str, str]] = {
    "tool changed": (lambda body: body["tools"][1].update(description="x"), "tools[1] search", "changed"),
    "tool added": (lambda body: body["tools"].insert(0, {**TOOLS[0], "name": "new"}), "tools[0] new", "added"),
    "tool removed": (lambda body: body["tools"].pop(0), "tools[0] get_weather", "removed"),
    "tools in another order": (lambda body: body["tools"].reverse(), "tools", "changed"),
    "system changed": (lambda body: body["system"][0].update(text=LONG + "!"), "system[0]", "changed"),
    "system removed": (lambda body: body["system"].pop(0), "system[0]", "changed"),
    "message changed": (lambda body: body["messages"][2]["content"][0].update(text="?"), "messages[2]", "changed"),
    "model": (lambda body: body.update(model="claude-opus-4-5"), "model", "changed"),
    "thinking": (
        lambda body: body.update(thinking={"type": "enabled", "budget_tokens": 1024}),
        "thinking",
        "added",
    ),
    "tool choice": (lambda body: body.update(tool_choice={"type": "any"}), "tool_choice", "added"),
    "output config": (lambda body: body.update(output_config={"effort": "low"}), "output_config", "added"),
}


@pytest.mark.parametrize("name", EDITS)
def test_cache_breaks_at_what_changed(client: httpx.Client, name: str) -> None:
    edit, path, kind = EDITS[name]
    body = grow(BODY, "next")
    body["model"] = "claude-opus-4-6"
    ask(client, body)
    edited = copy.deepcopy(body)
    edit(edited)
    changes = ask(client, edited)
    assert changes["previous"] == 1
    assert differing(changes)[path] == kind
    cache = changes["cache"]
    assert cache["path"] == path
    assert cache["message"].startswith(f"{path} is not what it was: ")
    assert cache["before"] > 1000
    assert (cache["read"] > 0) == (path in ("messages[2]", "thinking", "tool_choice", "output_config"))


def test_cache_says_why_less_was_read(client: httpx.Client) -> None:
    assert ask(client, grow(BODY, "x", mark=False))["cache"] is None
    plain = copy.deepcopy(BODY)
    del plain["system"][1]["cache_control"]
    changes = ask(client, grow(plain, "x", "y", mark=False))
    assert "this request sets no breakpoint" in changes["cache"]["message"]
    assert changes["cache"]["path"] is None
    changes = ask(client, grow(plain, "x", "y", "z", mark=False))
    assert changes["cache"] is None
    changes = ask(client, grow(BODY, "x", "y", "z", "a", mark=False))
    assert changes["cache"]["message"] == "The request before had nothing in the cache: it set no breakpoint."
    client.post("/_mock/clock", json={"advance": "10m"}, headers={"x-mock-session": KEY})
    changes = ask(client, grow(BODY, "x", "y", "z", "a", "b", mark=False))
    assert "s have passed, and an entry lives 300 s" in changes["cache"]["message"]
    short = {**BODY, "system": [{"type": "text", "text": "Short.", "cache_control": MARK}]}
    short["messages"] = [{"role": "user", "content": "short"}]
    ask(client, short)
    assert "a prefix of fewer than 1,024 tokens is not cached" in ask(client, short)["cache"]["message"]


def test_cache_is_looked_for_some_blocks_back(client: httpx.Client) -> None:
    body = {**BODY, "system": "Short.", "messages": [{"role": "user", "content": LONG}]}
    first = grow(body, "one")
    ask(client, first)
    later = grow(first, *["more"] * 15, mark=False)
    later["messages"][-1]["content"][0]["cache_control"] = MARK
    changes = ask(client, later)
    assert changes["relation"] == "continues"
    assert "no breakpoint stands within 20 blocks behind its end" in changes["cache"]["message"]


def test_betas_and_version_are_compared(client: httpx.Client) -> None:
    ask(client, BODY)
    changes = ask(client, BODY | {"temperature": 0.5}, **{"anthropic-beta": "files-api-2025-04-14"})
    assert differing(changes) == {"betas": "changed", "temperature": "added"}


def test_no_secret_is_shown(client: httpx.Client) -> None:
    ask(client, {**BODY, "metadata": {"user_id": f"x {KEY}"}})
    text = json.dumps(ask(client, {**BODY, "tools": [{**TOOLS[0], "name": KEY[:60]}], "system": f"My key is {KEY}"}))
    assert "planted" not in text
    assert "removed" in text


def test_history_of_a_thread_counts(client: httpx.Client) -> None:
    beta = {"anthropic-beta": "message-threads-2026-08-12"}
    body = {"model": "claude-opus-4-6", "max_tokens": 100, "messages": [{"role": "user", "content": "hi"}]}
    client.post("/v1/messages", json={**body, "thread": {"type": "create"}}, headers=beta)
    answer = client.get("/_mock/requests/1").json()["answer"]
    assert answer["type"] == "message", answer
    more = {**body, "thread": {"type": "continue", "previous_message_id": answer["id"]}}
    changes = ask(client, {**more, "messages": [{"role": "user", "content": "more"}]}, **beta)
    assert (changes["previous"], changes["relation"]) == (1, "continues")
    assert {"messages[1]": "added", "messages[2]": "added"}.items() <= differing(changes).items()


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": 3, "tools": {}, "system": 1, "model": []},
        {"messages": [1, None, {"role": "user", "content": [3]}], "tools": [1, {"name": []}], "system": [1]},
        {"messages": [{"role": "user", "content": [{"type": "text", "cache_control": 1}]}], "cache_control": 4},
    ],
)
def test_broken_requests_are_compared_as_far_as_they_go(client: httpx.Client, body: dict[str, Any]) -> None:
    for given in (BODY, body, body, BODY):
        ask(client, given)
    assert list(compare(body, BODY))
    assert {each.kind for each in compare(body, body)} <= {"same"}
    messages = body.get("messages")
    assert not isinstance(messages, list) or count_common(messages, messages) == len(messages)


def test_what_is_very_large_is_not_shown(client: httpx.Client) -> None:
    ask(client, BODY)
    large = {**BODY, "system": "x" * 5_000_000}
    changes = ask(client, large)
    (shown,) = [each["after"] for each in changes["changes"] if each["path"] == "system[0]"]
    assert shown == "(too large to be shown: 5,000,025 bytes)"
