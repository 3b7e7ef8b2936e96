"""Texts are found in calls and answers as they read, and secrets are not."""

from __future__ import annotations

import pytest

from mockserver.records.call import Call
from mockserver.records.reply import Failure, Raw, StoredReply, Value
from mockserver.store import CallRecord, Entry, JournalEntry
from mockserver.store.searching import has_text

KEY = "sk-ant-api03-" + "k" * 40 + "-last"
BODY = (
    b'{"messages":[{"content":"What is the \\u00c4nderung of\\n\\"X\\"?"}],'
    b'"api_key":"topsecret99","note":"plain ASCII"}'
)


def make_entry(body: bytes = BODY, **more: object) -> Entry:
    return Entry(JournalEntry(1, CallRecord(Call("POST", "/v1/messages", {"x-api-key": KEY}, body), **more)))  # type: ignore[arg-type]


def search(entry: Entry, wanted: str) -> bool:
    return has_text(*entry.reveal(), wanted)


@pytest.mark.parametrize(
    ("wanted", "is_found"),
    [
        ("what is", True),
        ("PLAIN ascii", True),
        ("Änderung", True),
        ("ÄNDERUNG", True),
        ('of\n"X"', True),
        ('"api_key"', True),
        ("topsecret99", False),
        ("nowhere", False),
        ("", True),
        ("\ud800", False),
    ],
)
def test_body_is_searched(wanted: str, is_found: bool) -> None:
    assert search(make_entry(), wanted) is is_found


@pytest.mark.parametrize(
    ("outcome", "wanted"),
    [
        (StoredReply(b'{"content":[{"text":"Sunny in Paris"}]}'), "sunny IN"),
        (Failure(529, "overloaded_error", "Overloaded"), "overloaded"),
        (Raw(502, b"<h1>Bad Gateway</h1>"), "bad gateway"),
        (Value(b'{"data":[{"id":"claude-opus-5"}]}'), "claude-opus"),
    ],
)
def test_answer_is_searched(outcome: object, wanted: str) -> None:
    assert search(make_entry(outcome=outcome), wanted)
    assert not search(make_entry(), wanted)


@pytest.mark.parametrize("body", [b"", b"\xff\\u00e9 text", b"{\\u", b"[" * 50_000 + b"\\u0041"])
def test_any_body_can_be_searched(body: bytes) -> None:
    assert search(make_entry(body), "topsecret99") is False
    assert search(make_entry(outcome=StoredReply(b'{"x":"' + KEY.encode() + b'"}')), KEY) is False
