"""What lists show of bodies and answers, which are not parsed as a whole."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver.records.call import Call
from mockserver.records.reply import Fault, StoredReply
from mockserver.store import CallRecord, Departure, Entry, JournalEntry, Thread

KEY = "sk-ant-api03-" + "k" * 40 + "-last"
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "42"}
REMINDER = "<system-reminder>Be brief.</system-reminder>"


def make_entry(body: bytes, thread: Thread | None = None, **more: Any) -> Entry:
    call = Call("POST", "/v1/messages", {"x-api-key": KEY}, body)
    return Entry(JournalEntry(1, CallRecord(call, thread or Thread(), **more), departure=Departure(first_ms=1.23456)))


def show_user(messages: Any, thread: Thread | None = None, **more: Any) -> str | None:
    found: str | None = make_entry(orjson.dumps({"messages": messages, **more}), thread).summary()["user"]
    return found


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def text(said: Any) -> dict[str, Any]:
    return {"type": "text", "text": said}


BOT = {"role": "assistant", "content": "Yes?"}


@pytest.mark.parametrize(
    ("messages", "shown"),
    [
        ([user("Hello")], "Hello"),
        ([user([text("Look:"), {"type": "image"}, text("a cat")])], "Look: a cat"),
        ([user("  Many\n\n\tlines  ")], "Many lines"),
        ([user("First"), BOT, user("Second")], "Second"),
        ([user("One"), user("turn"), BOT], "One turn"),
        ([user("Ask"), BOT, user([RESULT]), BOT, user([RESULT, text("not said anew")])], "Ask"),
        ([user("Ask"), BOT, user([{"type": "image"}])], "Ask"),
        ([user("Ask"), {"role": "system", "content": "Be kind."}], "Ask"),
        ([user([text(REMINDER), text("What is new?")])], "What is new?"),
        ([user("x" * 200)], "x" * 200),
        ([user("x" * 201)], "x" * 199 + "…"),
        ([user("é" * 201)], "é" * 199 + "…"),
        ([user("")], None),
        ([BOT], None),
        ([], None),
        ("text", None),
        (None, None),
        ([1, "two"], None),
        ([user([1, None])], None),
        ([user({"type": "text"})], None),
        ([user([text(5)])], "5"),
    ],
)
def test_last_user_text_is_shown(messages: Any, shown: str | None) -> None:
    assert show_user(messages) == shown


def test_user_text_may_stand_in_the_thread() -> None:
    thread = Thread(exchanges=(orjson.dumps([user("Ask"), BOT]),))
    assert show_user([user([RESULT])], thread) == "Ask"
    assert show_user([user("More")], thread) == "More"


SAID = [f"my key is {KEY}", "x" * 190 + f" {KEY}", f"{KEY} " * 30, f"a pass word {KEY[:30]}..."]


@pytest.mark.parametrize("said", SAID, ids=["long", "at the end", "many", "cut"])
def test_secrets_in_user_text_are_masked(said: str) -> None:
    shown = show_user([user(said)])
    assert shown is not None
    assert KEY[:20] not in shown
    assert "kkkkkkkk" not in shown
    assert KEY[:20] not in (show_user([user(said)], filler="y" * 9000) or "")


def test_secret_of_a_small_body_is_masked_in_the_user_text() -> None:
    shown = show_user([user("it is correct-horse-battery!")], metadata={"password": "correct-horse-battery"})
    assert shown is not None
    assert "correct-horse-battery" not in shown


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("correct  horse\tbattery", "it is {}!"),
        ("-----BEGIN\nhorse battery\nstaple", "it is {}!"),
        ("correct-horse-" * 7, "{} " * 20),
        ("correct-horse-" * 13, "{} " * 20),
        ("correct horse " * 11, "{} " * 20),
    ],
    ids=["spaces", "lines", "cut", "cut far in", "cut between words"],
)
def test_secret_is_masked_before_its_text_is_cut_and_joined(password: str, said: str) -> None:
    shown = show_user([user(said.format(*[password] * 20))], metadata={"password": password})
    assert shown is not None
    assert "horse" not in shown


@pytest.mark.parametrize(
    ("body", "model", "stream", "said"),
    [
        (b'{"model":"a","stream":true,"messages":[]}', "a", True, None),
        (b'{"model":7,"stream":"true"}', None, False, None),
        (b"{", None, False, None),
        (b"", None, False, None),
        (b'["model"]', None, False, None),
        (b"[" * 100_000, None, False, None),
        (b'{"model":"a","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", None, False, None),
        (b'{"model":"a","messages":[{"role":"user","content":"\\ud800"}]}', None, False, None),
        (b'{"model":"a","messages":[{"role":"user","content":"\xff"}]}', "a", False, None),
    ],
)
def test_any_body_can_be_listed(body: bytes, model: str | None, stream: bool, said: str | None) -> None:
    entry = make_entry(body)
    shown = entry.summary()
    assert (shown["model"], shown["stream"], shown["user"]) == (model, stream, said)
    assert (entry.model, entry.stream) == (model, stream)


@pytest.mark.parametrize(
    ("content", "tools"),
    [
        ([text("Hi")], []),
        ([{"type": "tool_use", "name": "look", "input": {"name": "no"}}], ["look"]),
        (
            [
                {"type": "server_tool_use", "name": "web_search"},
                {"type": "web_search_tool_result", "name": "no"},
                {"type": "mcp_tool_use", "name": "find"},
                {"type": "tool_use", "name": "web_search"},
            ],
            ["web_search", "find"],
        ),
        ([text('"tool_use"'), {"type": "tool_use"}], []),
        (["tool_use"], []),
        ([{"type": "tool_use", "name": KEY}], ["sk-ant-…last"]),
        ("tool_use", []),
    ],
)
def test_tools_called_are_listed(content: Any, tools: list[str]) -> None:
    entry = make_entry(b"{}", outcome=StoredReply(orjson.dumps({"content": content})))
    assert entry.summary()["tools"] == tools
    assert list(entry.tools) == tools


def test_figures_are_those_of_the_record() -> None:
    reply = StoredReply(b"{}", (Fault("stall"), Fault("split")))
    entry = make_entry(b"{}", outcome=reply, tokens=(1, 2, 3, 4), cost=0.5)
    shown = entry.summary()
    assert shown["tokens"] == {"input": 1, "cache_creation_input": 2, "cache_read_input": 3, "output": 4}
    assert (shown["cost"], entry.cost, shown["first_byte_ms"]) == (0.5, 0.5, 1.235)
    assert (shown["faults"], entry.faults) == (["stall", "split"], ("stall", "split"))


def test_nothing_is_told_of_what_was_not_answered() -> None:
    call = Call("GET", "/v1/models", {})
    shown = Entry(JournalEntry(1, CallRecord(call))).summary()
    assert [shown[key] for key in ("user", "tools", "faults", "tokens", "cost", "first_byte_ms")] == [
        *(None, [], [], None, None, None)
    ]
