"""What a request or a fixture makes the server compute ends, in an answer that says so, and lets it stop."""

from __future__ import annotations

import signal
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
import pytest

from mockserver import MockServer
from tests.cli.test_cli import environment, serving
from tests.sockets import request

__all__ = ["environment"]

HELLO: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 64}
SLOW = """
scenarios:
  - {name: pattern, when: {user: '/^(a|a)*$/'}, reply: Hi.}
  - {name: path, when: {body: {"$.messages[?search(@.content, '(b|bb)+$')]": {present: true}}}, reply: Found.}
  - {name: paths, when: {user: count, body: {"$..[?count($..*) < 3]": {present: true}}}, reply: Found.}
  - {name: fakes, when: {user: fakes}, reply: "{{ fake.csv(num_rows=10000) }}!"}
  - {name: round, when: {user: round}, reply: "{{ 1 | round(-10**9) }}"}
  - {name: loops, when: {user: loops}, reply: "{% for a in range(99999) %}{% endfor %}"}
"""
EVIL = "a" * 60 + "."
TEXT = {"type": "text", "text": "x"}
NAMES = {"patternProperties": {"^(a+)+$": {}}, "required": [EVIL], "properties": {EVIL: {}}}


def ask(text: str) -> dict[str, Any]:
    return {**HELLO, "messages": [{"role": "user", "content": text}]}


def call(schema: dict[str, Any]) -> dict[str, Any]:
    tool = {"name": "t", "input_schema": {"type": "object", **schema}}
    return {**ask("Hi"), "tools": [tool], "tool_choice": {"type": "tool", "name": "t"}}


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    tool = {"name": "t", "strict": True, "input_schema": {"type": "object", "additionalProperties": False, **schema}}
    return {**ask("Hi"), "tools": [tool]}


def offer(pattern: str, examples: list[str]) -> dict[str, Any]:
    """A tool with two hundred patterns and examples to check."""
    choices = [{"pattern": pattern.format(number)} for number in range(200)]
    schema = {"type": "object", "properties": {"a": {"anyOf": choices}}}
    return {
        **ask("Hi"),
        "tools": [{"name": "t", "input_schema": schema, "input_examples": [{"a": e} for e in examples]}],
    }


REPEATED = {f"p{n}": {"type": "string", "pattern": rf"(((\w{{10}}){{10}}){{9}}){{9}}x{n}"} for n in range(30)}
MANY_NAMES: dict[str, Any] = {rf"^\w{{200}}{n}$": {} for n in range(3_000)}
HEAVY: dict[str, tuple[dict[str, Any], int, str]] = {
    "pattern": (ask(EVIL), 500, "added-1:3:"),
    "paths": ({**ask("count"), "metadata": {"user_id": "u"}, "system": [TEXT] * 700}, 500, "steps"),
    "path": (ask("b" * 5_000 + "!"), 200, ""),
    "fakes": (ask("fakes"), 500, "added-1:6:"),
    "round": (ask("round"), 500, "round takes a precision"),
    "loops": (ask("loops"), 500, "20,000 steps"),
    "pattern of a tool": (call(NAMES), 200, EVIL),
    "properties of a tool": (call({"minProperties": 100_000}), 200, "tool_use"),
    "empty reference": (call({"properties": {"x": {"$ref": ""}}, "required": ["x"]}), 200, "tool_use"),
    "index of many digits": (
        strict({"properties": {"x": {"$ref": "#/enum/" + "9" * 5_000}}, "enum": [{}]}), 400, "non-existent definition",
    ),
    "references into a list": (
        strict({"enum": [{}] * 20_000, "$defs": {f"d{n}": {"$ref": "#/enum/9"} for n in range(5_000)}}), 200, "",
    ),
    "patterns of an example": (offer("(?=a)[ab]*c{}", ["a" * 10_000]), 200, ""),
    "patterns of a long example": (offer("[ab]{{50}}c{}", ["a" * 5_000_000]), 200, ""),
    "patterns of many examples": (offer("(?=a)[ab]*c{}", [f"ac{n % 200}" + "b" * 300 for n in range(300)]), 200, ""),
    "repetitions": (call({"required": [*REPEATED], "properties": REPEATED}), 200, "tool_use"),
    "patterns of names": (call({"patternProperties": MANY_NAMES, "required": ["a", "b"]}), 200, "tool_use"),
    "example": (
        {**ask("Hi"), "tools": [{"name": "t", "input_examples": [{"x": {}}], "input_schema": {
            "type": "object", "properties": {"x": {"$ref": "#/$defs/a0"}},
            "$defs": {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(60)} | {"a60": {}},
        }}]}, 200, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("body", "status", "said"), HEAVY.values(), ids=HEAVY)
def test_heavy_request_is_answered(running: MockServer, key: str, body: dict[str, Any], status: int, said: str) -> None:
    headers = {"x-api-key": key}
    added = httpx.post(f"{running.url}/_mock/scenarios", content=SLOW, headers=headers, timeout=60)
    assert added.status_code == 201, added.text
    got = httpx.post(f"{running.url}/v1/messages", json=body, headers=headers, timeout=60)
    assert got.status_code == status, got.text[:500]
    assert said in got.text


def test_large_document_is_refused_at_once(running: MockServer) -> None:
    many = '{"reply":{"content":[' + ",".join(['{"type":"text","text":"x"}'] * 250_000) + "]}}"
    got = httpx.post(f"{running.url}/_mock/scenarios?session=large", content=many, timeout=60)
    assert got.status_code == 400
    assert "a running server takes 60,000 at once" in got.json()["error"]["message"]


def test_server_stops_whatever_it_computes(environment: dict[str, str], tmp_path: Path) -> None:
    fixture = tmp_path / "slow.yaml"
    fixture.write_text(SLOW)
    bodies = [HEAVY[name][0] for name in ("pattern", "fakes", "properties of a tool")]
    with serving(str(fixture), environment=environment) as (process, url), ExitStack() as stack:
        host, port = url.removeprefix("http://").split(":")
        clients = [stack.enter_context(socket.create_connection((host, int(port)), timeout=60)) for _ in bodies]
        for client in clients:
            client.sendall(request("k", body=b"", line="GET /_mock/health HTTP/1.1"))
            assert client.recv(65_536).startswith(b"HTTP/1.1 200")
        for client, body in zip(clients, bodies, strict=True):
            client.sendall(request("k", body=orjson.dumps(body)))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0
