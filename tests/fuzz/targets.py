"""What is attacked: a target takes a random generator, makes one case of it, and raises when the server does wrong.

Right is: an answer below 500, or the 500 of a scenario that says so; mistakes in fixtures with file and line; and no
exception.
"""

from __future__ import annotations

import gzip
import json
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import orjson
import yaml

from mockserver import MockServer
from mockserver.endpoints.parts import Parts
from mockserver.journey import answer
from mockserver.records.call import Call
from mockserver.records.errors import ScenarioError
from mockserver.records.settings import VALIDATION, Settings
from mockserver.reference import schemas
from mockserver.serving import assembly
from mockserver.serving.control_parts import build_control
from mockserver.store import Document, Entry, JournalEntry
from tests.chat_cases import REQUESTS
from tests.conftest import FIXTURES, ROOT
from tests.fuzz.mutations import ODD, mutate_bytes, mutate_json

Target = Callable[[Random], None]
DATA = ROOT / "tests" / "data"
SCRIPTED = (b"A scenario could not answer", b"scripted", b'_api_error"')
# The gateways, and what stands before the names of the schemas of their chat answers.
FORMS = {"": "", "new-api": "new_api_", "one-api": "one_api_"}
BETAS = ("", "message-threads-2026-08-12", "context-management-2025-06-27, interleaved-thinking-2025-05-14")
CALLS = [{"text": "x"}, {"error": {"status": 529}}]
PROMPT = {"model": "claude-opus-5", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]}
CHANGES = {
    "pace": {"first": "1ms"},
    "unmatched": "error",
    "tool_use": "once",
    "validation": "warn",
    "faults": {"then": "stall"},
}
CONTROL = (
    ("GET", "health", None),
    ("GET", "scenarios", None),
    ("GET", "requests?limit=3&since=0&status=200", None),
    ("GET", "requests/1", None),
    ("GET", "settings", None),
    ("DELETE", "scenarios/a", None),
    ("DELETE", "requests", None),
    ("POST", "scenarios", {"name": "a", "when": {"user": "/a+/"}, "calls": CALLS}),
    ("POST", "verify", {"when": {"user": "x", "body": {"$.messages[*].content": "a"}}, "times": {"at_least": 1}}),
    ("POST", "explain", PROMPT),
    ("POST", "reset", {"session": "s"}),
    ("PATCH", "settings", CHANGES),
)


VALUES = (
    "prompt", "prompt.user", "prompt.messages", "prompt.body", "tool_result", "tool_results", "turn", "call", "now",
    "fake", "session", "1", "-10**9", "10**8", "1.5", "'x'", "'%s'", "''", "[1, 2]", "{{'a': 1}}", "none", "true",
    "range(10**6)", "fake.name()", "fake('ja_JP').text()", "fake.pylist()", "fake.json()",
    "fake.random_int(1, 10**30)", "namespace(a=1)",
)  # fmt: skip
OPERATIONS = (
    "{0} | length", "{0} | tojson", "{0} | tojson(indent={1})", "{0} | round({1})", "{0} | center({1})",
    "{0} | indent({1})", "{0} | wordwrap({1})", "{0} | batch({1}) | list", "{0} | slice({1}) | list",
    "{0} | truncate({1})", "{0} | replace('', {1})", "{0} | join({1})", "{0} | sort", "{0} | list", "{0} | string",
    "{0} | int", "{0} | float", "{0} | upper", "{0} | reverse", "{0} | default({1})", "{0} | map('string') | join",
    "{0} | groupby({1}) | list", "{0} | sum", "{0} | unique | list", "{0} | format({1})", "{0} | xmlattr",
    "{0} | urlize", "{0} | filesizeformat", "{0} | pprint", "{0} | random", "{0} | last", "{0} * {1}", "{0} ** {1}",
    "{0} + {1}", "{0} % {1}", "{0} // {1}", "{0} ~ {1}", "{0} in {1}", "{0} < {1}", "{0}[{1}]", "{0}.{1}", "{0}({1})",
    "{0}[:{1}]", "({0}, {1})", "[{0}] * {1}", "{0} if {1} else 1", "not {0}", "{0} is {1}", "-{0}", "{0}.__class__",
    "{0}.format({1})", "{0}.split({1})", "{0}.zfill({1})", "{0}.ljust({1})", "{0}.encode()", "{0}.expandtabs({1})",
)  # fmt: skip


def attack_bodies(rng: Random) -> None:
    """A recorded request, mutated, to the API; its entry in the journal can be read."""
    row = rng.choice(_recorded())
    body = mutate_json(row["request"], rng)
    data = json.dumps(body).encode()
    headers = {"x-api-key": "fuzz", "anthropic-version": rng.choice(("2023-06-01", "2026-10-21", "?"))}
    headers["anthropic-beta"] = rng.choice((*BETAS, row["betas"] or ""))
    if rng.random() < 0.1:
        data, headers["content-encoding"] = mutate_bytes(gzip.compress(data, mtime=0), rng), "gzip"
    elif rng.random() < 0.1:
        data = mutate_bytes(data, rng)
    path = rng.choice(("/v1/messages", "/v1/messages/count_tokens", "/v1/models/" + str(rng.choice(ODD))))
    call = Call(rng.choice(("POST", "GET")) if "models" in path else "POST", path, headers, data, at=1.0)
    conclusion = answer(call, _parts(rng.choice(VALIDATION)))
    _check_answer(conclusion.delivery.status, b"".join(piece.data for piece in conclusion.delivery.pieces))
    orjson.dumps(Entry(JournalEntry(1, conclusion.record)).as_dict())


def attack_chat(rng: Random) -> None:
    """A chat request, mutated, with and without a gateway: what comes back is what the SDK's types say, unless the
    request was not checked.
    """
    data = json.dumps(mutate_json(rng.choice([*REQUESTS.values()]), rng)).encode()
    if rng.random() < 0.1:
        data = mutate_bytes(data, rng)
    gateway, validation = rng.choice([*FORMS]), rng.choice(VALIDATION)
    call = Call("POST", "/v1/chat/completions", {"authorization": "Bearer sk-fuzz"}, data, at=1.0)
    conclusion = answer(call, _parts(validation, gateway))
    status, body = conclusion.delivery.status, b"".join(piece.data for piece in conclusion.delivery.pieces)
    _check_answer(status, body)
    if validation == "strict":
        _check_chat(FORMS[gateway], status, body)
    orjson.dumps(Entry(JournalEntry(1, conclusion.record)).as_dict())


def attack_control(rng: Random) -> None:
    """Calls of the control interface, mutated, against one state that they all change."""
    method, path, body = rng.choice(CONTROL)
    data = b"" if body is None else json.dumps(mutate_json(body, rng)).encode()
    if rng.random() < 0.2:
        data = mutate_bytes(data, rng)
    if rng.random() < 0.2:
        path = mutate_bytes(path.encode(), rng).decode("latin-1")
    where, _, query = path.partition("?")
    headers = {"host": "127.0.0.1", "x-mock-session": rng.choice(("s", "t", "", "sk-ant-fuzz-0123456789"))}
    delivery, _ = build_control(_parts("strict")).handle(Call(method, f"/_mock/{where}", headers, data, query, at=1.0))
    _check_answer(delivery.status, b"".join(piece.data for piece in delivery.pieces))


def attack_fixtures(rng: Random) -> None:
    """A fixture file, mutated: it loads, or each of its mistakes has a place; what loads answers."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fuzz.yaml"
        file.write_bytes(mutate_bytes(rng.choice(_fixtures()), rng))
        try:
            mock = assembly.build(Settings(fixtures=(str(file),)))
        except ScenarioError as error:
            _check_problems(error)
            return
    for words in ("Hi", "weather in Oslo", *(scenario.name for scenario in mock.fixtures.scenarios.scenarios[:3])):
        body = {**PROMPT, "messages": [{"role": "user", "content": words}]}
        conclusion = answer(Call("POST", "/v1/messages", {"x-api-key": "fuzz"}, orjson.dumps(body), at=1.0), mock)
        orjson.dumps(Entry(JournalEntry(1, conclusion.record)).as_dict())


def attack_schemas(rng: Random) -> None:
    """A tool whose schema is mutated, which the model must call: its input is generated."""
    schema = mutate_json(rng.choice(_schemas()), rng)
    tool = {"name": "t", "input_schema": {"type": "object", **schema} if isinstance(schema, dict) else schema}
    body = {**PROMPT, "max_tokens": 500, "tools": [tool], "tool_choice": {"type": "tool", "name": "t"}}
    call = Call("POST", "/v1/messages", {"x-api-key": "fuzz"}, json.dumps(body).encode(), at=1.0)
    conclusion = answer(call, _parts(rng.choice(VALIDATION)))
    _check_answer(conclusion.delivery.status, b"".join(piece.data for piece in conclusion.delivery.pieces))


def attack_placeholders(rng: Random) -> None:
    """An expression of names, filters and calls: it is refused when loaded, or answers, or a 500 names its place."""
    expression = rng.choice(VALUES)
    for _ in range(rng.randint(0, 4)):
        expression = rng.choice(OPERATIONS).format(expression, rng.choice(VALUES))
    text = f"name: a\nreply:\n  text: {json.dumps('{{ ' + expression + ' }}')}\n"
    mock = assembly.build(Settings())
    try:
        mock.store.scripts.add("fuzz", mock.compiler.scripts(Document("text", text, "fuzz.yaml")))
    except ScenarioError as error:
        _check_problems(error)
        return
    call = Call("POST", "/v1/messages", {"x-api-key": "fuzz"}, orjson.dumps(PROMPT), at=1.0)
    conclusion = answer(call, mock)
    _check_answer(conclusion.delivery.status, b"".join(piece.data for piece in conclusion.delivery.pieces))


def attack_wire(rng: Random, server: MockServer) -> None:
    """Bytes of HTTP, mutated, over a socket that is half closed behind them: an end comes, and the server lives."""
    row = rng.choice(_recorded())
    body = orjson.dumps(row["request"])[:2000]
    framed = rng.random() < 0.3
    length = "transfer-encoding: chunked" if framed else f"content-length: {len(body)}"
    head = f"POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: fuzz\r\n{length}\r\n\r\n".encode()
    data = head + (b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if framed else body)
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        try:
            connection.sendall(mutate_bytes(data * rng.choice((1, 1, 2, 5)), rng))
            connection.shutdown(socket.SHUT_WR)
            received = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        except ConnectionError:  # the server may have refused and closed before all was sent
            return
    assert b"HTTP/1.1 500" not in received, received


def _check_problems(error: ScenarioError) -> None:
    assert error.problems
    assert all(problem.place.file and problem.place.line >= 1 for problem in error.problems)


def _check_answer(status: int, body: bytes) -> None:
    assert 200 <= status < 500 or any(mark in body for mark in SCRIPTED), (status, body[:500])


def _check_chat(form: str, status: int, body: bytes) -> None:
    frames = [frame.removeprefix(b"data: ") for frame in body.split(b"\n\n") if frame != b"data: [DONE]"]
    name = "chat_error" if status != 200 else "chat_chunk" if body.startswith(b"data: ") else "chat_completion"
    for frame in filter(None, frames):
        errors = schemas.response_validator(form + name).iter_errors(orjson.loads(frame))
        assert not [*errors], frame[:500]


@cache
def _recorded() -> list[dict[str, Any]]:
    with gzip.open(DATA / "recordings" / "requests.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if len(line) < 8000]
    return [row for row in rows if row["endpoint"] == "messages"]


@cache
def _schemas() -> list[Any]:
    return [case["schema"] for case in yaml.safe_load((DATA / "generate" / "schemas.yaml").read_text("utf-8"))]


@cache
def _fixtures() -> list[bytes]:
    return [path.read_bytes() for path in sorted((*FIXTURES.glob("*.yaml"), *(DATA / "scenarios" / "good").iterdir()))]


@cache
def _parts(validation: str, gateway: str = "") -> Parts:
    return assembly.build(Settings(fixtures=(str(FIXTURES),), validation=validation, gateway=gateway))


TARGETS: dict[str, Target] = {
    "bodies": attack_bodies,
    "chat": attack_chat,
    "control": attack_control,
    "fixtures": attack_fixtures,
    "placeholders": attack_placeholders,
    "schemas": attack_schemas,
}


@contextmanager
def targets() -> Iterator[dict[str, Target]]:
    """All targets, with a server on a socket for those that need one."""
    with MockServer(FIXTURES) as server:
        yield {**TARGETS, "wire": lambda rng: attack_wire(rng, server)}
