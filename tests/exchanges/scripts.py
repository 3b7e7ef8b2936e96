"""Answers scripted over the control interface: every form, every place of a fault, paces, raw answers; and fixtures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .bodies import DATA, group
from .exchange import IMPATIENT, Exchange, Group, Json, both, make_headers, post, request

PAGE = Path(__file__).parent.parent.parent / "docs/faults.md"
ASKED = {"model": "claude-sonnet-4-5", "max_tokens": 1000, "messages": [{"role": "user", "content": "Tell me."}]}
FULL: Json = {"thinking": "Hm. I see.", "text": ["One two three.", "Four żółć 🦎."], "tool_use": "look"}
# The options that a fault requires, or that are worth a try.
NEEDED: dict[str, Json] = {
    "split": {"bytes": 7},
    "drop_event": {"event": "message_delta"},
    "slow_headers": {"for": "30ms"},
    "no_data": {"event": "ping"},
    "start_usage": {"input_tokens": 5},
    "delta_usage": {"input_tokens": None},
    "unknown_event": {"name": "surprise"},
    "unknown_block": {"name": "hologram"},
}
PLACES: tuple[Json, ...] = (
    {"after_events": 0},
    {"after_events": 4},
    {"after_events": 99},
    {"after_ms": 30},
    {"at_block": 0},
    {"at": "block 2"},
)
PLACED = ("disconnect", "stall", "truncate", "error", "malformed", "unknown_event", "comment_keepalive", "pings")
MORE: tuple[Any, ...] = (
    {"then": "stall", "for": "50ms"},
    {"then": "stall", "for": "50ms", "after_events": 3},
    *({"then": "drop_event", "event": event} for event in ("message_stop", "ping", "usage", "signature")),
    {"then": "error", "type": "rate_limit_error", "message": "Not now."},
    {"then": "error", "type": "rate_limit_error", "unnamed": True},
    {"then": "error", "glued": True, "after_events": 5},
    {"then": "comment_keepalive", "text": "here", "every": 3},
    {"then": "pings", "every": 3, "after_events": 1},
    {"then": "after_stop", "event": "ping"},
    {"then": "null_usage", "only": "input_tokens"},
    ["crlf", "done_marker", {"then": "split", "bytes": 11}],
    ["comment_keepalive", "no_ping", "truncate"],
    ["index_zero", "zero_usage", {"then": "disconnect", "after_events": 6}],
)
# After these no more bytes come.
HANGING = ("stall", "left_open")
RAW: tuple[Json, ...] = (
    {"status": 204},
    {"status": 204, "body": "none"},
    {"status": 304},
    {"status": 599, "body": "of no known status"},
    {"status": 200, "body": "as it is"},
    {"status": 200, "body": "the last", "headers": {"connection": "close"}},
    {"status": 200, "body": "x-y: z", "headers": {"x-content-length": "2"}},
    {"status": 200, "json": {"a": [1, None, "ż"]}, "headers": {"content-type": "application/problem+json"}},
)
PACES: tuple[Any, ...] = (
    "none",
    {"first": "20ms"},
    {"first": "10ms", "tokens_per_second": 500, "jitter": "20%"},
    {"tokens_per_second": 500, "stall": {"after": 3, "for": "50ms"}},
)
FORMS: dict[str, Json] = {
    "citations": {"text": "So.", "citations": [{"url": "https://example.com", "cited_text": "So it is."}]},
    "thoughts": {"thinking": ["One.", {"thinking": "Two.", "signature": "sig"}], "redacted_thinking": ["data", True]},
    "tools": {"tool_use": ["a", {"name": "b", "input": {"c": [1, {"d": None}]}, "id": "toolu_01"}]},
    "json": {"json": {"a": [1.5, True, None], "ż": "🦎"}},
    "search": {"web_search": {"query": "q", "results": [{"url": "https://example.com", "title": "T"}]}, "text": "x"},
    "fetch": {"web_fetch": {"url": "https://example.com", "text": "page", "title": "T"}},
    "code": {"bash_code_execution": {"command": "ls", "stdout": "a\n", "return_code": 0}, "container": "container_1"},
    "mcp": {"mcp": {"server": "wiki", "name": "search", "input": {"q": 1}, "result": "r"}},
    "upload": {"container_upload": "file_1"},
    "stop": {"text": "a.", "stop_sequence": "."},
    "paused": {"text": "a", "pause_turn": True},
    "refused": {"refusal": {"category": "bio", "explanation": "No."}},
    "usage": {"text": "a", "usage": {"output_tokens": 77, "cache_read_input_tokens": 5}, "model": "claude-haiku-4-5"},
    "headers": {"text": "a", "headers": {"x-a": "b", "request-id": "req_mine", "retry-after": "3"}},
    "empty": {"content": []},
    "long": {"text": "word ż 🦎 " * 3000},
    "echo": {"echo": True},
    "nothing": {},
    "sentences": {"generate": {"sentences": 3, "thinking": True}},
    "placeholder": {"text": "{{ prompt.user }} {{ call }} {{ session }} {{ now }} {{ fake.name() }} {{ turn }}"},
    "no such placeholder": {"text": "{{ nobody.knows }}"},
    "error": {"error": {"type": "overloaded_error", "retry_after": 0}},
    "error 413": {"error": 413},
    "error with details": {"error": {"type": "invalid_request_error", "details": {"error_code": "x"}, "status": 422}},
}


def groups() -> Iterator[Group]:
    """All groups of this module."""
    replies = {f"form {name}": reply for name, reply in FORMS.items()}
    replies |= {f"raw {number}": {"raw": raw} for number, raw in enumerate(RAW)}
    replies |= {f"pace {number}": {**FULL, "pace": pace} for number, pace in enumerate(PACES)}
    for name, reply in replies.items():
        yield make_group(f"scripts/{name}", reply)
    for number, fault in enumerate(faults()):
        yield make_group(f"faults/{number}", {**FULL, "fault": fault}, hangs=is_hanging(fault))
    yield settings()
    yield from fixtures()


def faults() -> list[Any]:
    """Every fault without a place, and those that have places at each place."""
    named = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    bare: list[Any] = [{"then": name, **NEEDED.get(name, {})} for name in named]
    return [*bare, *({**NEEDED.get(name, {}), "then": name, **place} for name in PLACED for place in PLACES), *MORE]


def is_hanging(fault: Any) -> bool:
    """Whether an answer with this fault never ends."""
    return isinstance(fault, dict) and fault["then"] in HANGING and "for" not in fault


def make_group(session: str, reply: Json, *, hangs: bool = False) -> Group:
    """A scenario that always gives this answer; requested whole and streamed, twice."""
    exchanges = [
        Exchange("scripted", post({"name": "mine", "reply": reply}, session, "/_mock/scenarios")),
        *both("first", ASKED, session),
        *both("second", ASKED, session),
    ]
    if hangs:
        exchanges = [exchanges[0], *(replace(each, patience=IMPATIENT) for each in exchanges[1:3])]
    return group(session, "relay", exchanges)


def settings() -> Group:
    """Paces and faults set for the next calls."""
    session = "settings"
    exchanges = []
    for number, change in enumerate(
        (
            {"pace": {"first": "10ms", "tokens_per_second": 2000}},
            {"pace": None},
            {"faults": {"then": "disconnect", "after_events": 4, "calls": 3}},
            {"faults": {"faults": ["crlf", {"then": "truncate"}], "calls": 1}},
            {"unmatched": "error"},
            {"validation": "warn"},
        )
    ):
        line, body = "PATCH /_mock/settings", post(change, session).partition(b"\r\n\r\n")[2]
        exchanges.append(Exchange(f"{number}/set", request(line, make_headers(session), body)))
        exchanges += [*both(f"{number}/first", ASKED, session), *both(f"{number}/second", ASKED, session)]
        exchanges += both(f"{number}/wrong", {**ASKED, "bogus": 1}, session)
    return group(session, "relay", exchanges)


def fixtures() -> Iterator[Group]:
    """The good and the bad scenario files of the tests."""
    for folder in ("good", "bad"):
        for path in sorted((DATA / "scenarios" / folder).iterdir()):
            session, text = f"fixtures/{folder}/{path.name}", path.read_bytes()
            added = Exchange("added", post(text, session, "/_mock/scenarios"))
            listed = Exchange("listed", request("GET /_mock/scenarios", make_headers(session)))
            asked = {**ASKED, "messages": [{"role": "user", "content": "hello x 42 json no 2026-11-23"}]}
            if b"pace" in text:  # it may be meant to take many seconds
                yield Group(session, "relay", (added, listed))
            else:
                yield group(session, "relay", [added, listed, *both("asked", asked, session)])
