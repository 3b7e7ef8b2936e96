"""The requests to the control interface, right and wrong."""

from __future__ import annotations

from typing import Any

from .edges import HELLO
from .exchange import COUNT

ENDPOINTS = ("health", "scenarios", "scenarios/x", "requests", "requests/1", "verify", "explain", "reset", "settings")
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
QUERIES = (
    *(
        "",
        "status=404",
        "status=5xx",
        "status=2XX",
        "scenario=he*",
        "model=claude-opus",
        "model=claude-*",
        "path=/v1/*",
    ),
    *("unmatched=true", "unmatched=false", "since=3", "limit=2", "limit=2&after=2", "status=2xx&since=1&model=c*"),
    *(
        "limit=x",
        "unmatched=maybe",
        "unmatched=",
        "since=-1",
        "status=40",
        "status=abc",
        "sttus=404",
        "after=" + "9" * 30,
    ),
)
ONE = ("99999", "x", "01", "-1", "1", "1/2", "%31")
ORDERS: tuple[Any, ...] = ([{"user": "weather"}, {"user": "hello"}], [{"user": "snow"}], [], {}, [3])
WHENS: tuple[Any, ...] = (
    *(
        {},
        [],
        b"{broken",
        b"",
        {"wen": {}},
        {"when": 3},
        {"when": {"usr": "x"}},
        {"session": 3},
        {"session": "control"},
    ),
    *({"when": {"user": "weather"}, **count} for count in ({}, {"exactly": 1}, {"at_least": 3}, {"at_most": 1})),
    *({"when": {"user": "snow"}, **count} for count in ({}, {"exactly": 0}, {"exactly": 1, "at_most": 2})),
    *({"in_order": order} for order in ORDERS),
    *({"exactly": count} for count in (3, -1, True, "2")),
    *({"endpoint": endpoint, "exactly": 0} for endpoint in ("messages/count_tokens", "nope", ["messages"])),
    *({"when": {name: value}} for name, value in {"key": "sk-other", "model": "claude-*", "stream": True}.items()),
    {"when": {"user": "weather in Paris", "model": "claude-a", "tools": ["x"], "system": "y"}},
)
SETTINGS: tuple[Any, ...] = (
    *(
        {},
        [],
        b"nonsense",
        {"pase": "none"},
        {"pace": "fast"},
        {"pace": 3},
        {"pace": {"frist": 1}},
        {"pace": "realtime"},
    ),
    *({"pace": {"first": "300ms", "tokens_per_second": 40}}, {"pace": "none"}, {"pace": None}, {"unmatched": "maybe"}),
    *(
        {"unmatched": 3},
        {"unmatched": "error"},
        {"unmatched": None},
        {"tool_use": "once"},
        {"validation": "lax"},
        {"validation": "warn"},
    ),
    *({"validation": None}, {"faults": "disconnect"}, {"faults": {"then": "explode"}}, {"faults": []}, {"faults": 3}),
    *({"faults": {"then": "disconnect", "calls": calls}} for calls in (0, True, 2)),
    *({"faults": {"faults": ["crlf"], "then": "stall"}}, {"faults": {"faults": ["crlf", {"then": "truncate"}]}}),
    {"faults": None},
)
SCENARIOS: tuple[bytes, ...] = (
    *(b"", b"3", b"\xff\xfe", b"scenarios: [", b"[" * 5000 + b"]" * 5000, b"{name: a, reply: {txt: x}}", b"null"),
    *(b"name: a\nreply:\n  txt: x\n", b"name: one\nreply: {text: Hi}\n", b'{"name": "a b/c", "reply": {"text": "Hi"}}'),
    *(b'{"scenarios": [{"name": "two", "when": {"user": "x"}, "calls": [{"text": "once"}]}]}', b"reply: nameless"),
    b'{"name": "three", "reply": {"text": "\\ud83e\\udd8e"}}',
    *(b'{"name": "half \\ud800", "reply": {"text": "x"}}', b"name: one\nreply: {text: again}\n"),
)
EXPLAINED: tuple[Any, ...] = (
    *(
        HELLO,
        [],
        b"{",
        b"",
        {"messages": []},
        {"body": HELLO},
        {"body": {}, "heders": {}},
        {"body": {}, "headers": {"a": 1}},
    ),
    *({"body": HELLO, "headers": {"Anthropic-Beta": "x"}, "path": path} for path in ("/v1/messages", COUNT, "/x")),
    {**HELLO, "messages": [{"role": "user", "content": "Hello mock server"}]},
)
HOSTS = (
    *("127.8.8.8:8000", "localhost:1", "LOCALHOST", "a.localhost", "[::1]:8000", "0.0.0.0:80", "testserver"),
    *("evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[", "", "mock.internal:8000", "ci.example"),
)
