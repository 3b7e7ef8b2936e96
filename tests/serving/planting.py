"""Requests with a secret in each position a request has, and everything that shows something of a request."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

import orjson

from mockserver.cli.reporting import make_json_report, make_junit_report
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.depth import is_too_deep
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.serving.sending import Sent
from mockserver.serving.service import Service
from mockserver.testing import MockSession
from mockserver.testing.sources import ServerSource

MODEL = "claude-opus-4-5"
OWN_KEY = "correct-horse-battery-staple"
BODY: dict[str, Any] = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hello"}]}

# Secrets that are recognised by what they look like, wherever they stand.
LOOKS = {
    "anthropic": "sk-ant-api03-AbCdEfGh-0123456789-wxyz",
    "other": "sk-proj-0123456789abcdefghij",
    "aws": "AKIAIOSFODNN7EXAMPLE",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
    "github": "ghp_0123456789abcdefghijklmnopqrstuvwxyz",
    "own": OWN_KEY,
}
# One that is recognised by the name it stands at alone.
NAMED = "hunter2-of-mine"

Make = Callable[[str], Call]


def make_call(body: Any = None, *, path: str = "/v1/messages", query: str = "", **headers: str) -> Call:
    """A request for a message, with a key of its own."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    raw = body if isinstance(body, bytes) else orjson.dumps(body or BODY)
    return Call("POST", path, {"x-api-key": OWN_KEY, "host": "127.0.0.1", **named}, raw, query, 7.0)


def say(text: Any, **more: Any) -> dict[str, Any]:
    """The body of a request with this content."""
    return {**BODY, "messages": [{"role": "user", "content": text}], **more}


def escape(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def use_tool(given: Any) -> dict[str, Any]:
    """The body of a request that sends back a tool use with this input."""
    use = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": given}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": json.dumps(given)}
    messages = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [use]}]
    tool = {"name": "f", "input_schema": {"type": "object"}}
    return {**BODY, "messages": [*messages, {"role": "user", "content": [result]}], "tools": [tool]}


def describe(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object with a password of this schema."""
    return {"type": "object", "properties": {"password": schema}}


# Positions where a secret is recognised by its looks.
ANYWHERE: dict[str, Make] = {
    "path": lambda secret: make_call(path=f"/v1/{secret}/messages"),
    "path below the API": lambda secret: make_call(path=f"/v1/models/{secret}"),
    "query name": lambda secret: make_call(query=f"{secret}=1"),
    "query value": lambda secret: make_call(query=f"note={secret}&beta=true"),
    "query escaped": lambda secret: make_call(query=f"note=%{ord(secret[0]):02x}{quote(secret[1:])}"),
    "header value": lambda secret: make_call(x_note=f"a {secret} b"),
    "header name": lambda secret: make_call(**{f"x-{secret}".lower(): "1"}) if secret.islower() else make_call(),
    "version": lambda secret: make_call(anthropic_version=secret),
    "beta": lambda secret: make_call(anthropic_beta=f"a-1,{secret}"),
    "session": lambda secret: make_call(x_mock_session=secret),
    "session in words": lambda secret: make_call(x_mock_session=f"test {secret} 1"),
    "user agent": lambda secret: make_call(user_agent=f"app/1 ({secret})"),
    "referer": lambda secret: make_call(referer=f"https://x/?note={secret}"),
    "content type": lambda secret: make_call(content_type=f"application/json; charset={secret}"),
    "encoding": lambda secret: make_call(content_encoding=secret),
    "text": lambda secret: make_call(say(f"My key is {secret}.")),
    "long text": lambda secret: make_call(say("word " * 3000 + secret)),
    "text cut short": lambda secret: make_call(say("x" * 40 + f" {secret} is my key, and there is more to say")),
    "block": lambda secret: make_call(say([{"type": "text", "text": secret}])),
    "model": lambda secret: make_call(say("Hi", model=secret)),
    "model in words": lambda secret: make_call(say("Hi", model=f"claude-{MODEL} {secret}")),
    "system": lambda secret: make_call(say("Hi", system=secret)),
    "role": lambda secret: make_call({**BODY, "messages": [{"role": secret, "content": "x"}]}),
    "unknown field": lambda secret: make_call(say("Hi", **{secret: 1})),
    "name in an input": lambda secret: make_call(use_tool({secret: {"a": [secret]}})),
    "tool name": lambda secret: make_call(say("Hi", tools=[{"name": secret, "input_schema": {"type": "object"}}])),
    "tool choice": lambda secret: make_call(say("Hi", tool_choice={"type": "tool", "name": secret})),
    "metadata": lambda secret: make_call(say("Hi", metadata={"user_id": secret})),
    "signature": lambda secret: make_call(say([{"type": "thinking", "thinking": "a", "signature": secret}])),
    "wrong type": lambda secret: make_call(say("Hi", max_tokens=secret)),
    "escaped": lambda secret: make_call(orjson.dumps(say("@")).replace(b"@", escape(secret).encode())),
    "escaped name": lambda secret: make_call(b'{"%b": 1}' % escape(secret).encode()),
    "JSON in a text": lambda secret: make_call(say(f'{{"a": "{escape(secret)}"}}')),
    "latin-1": lambda secret: make_call(
        json.dumps(say(f"é {secret}"), ensure_ascii=False).encode("latin-1"),
        content_type="application/json; charset=iso-8859-1",
    ),
    "gzip": lambda secret: make_call(gzip.compress(orjson.dumps(say(secret))), content_encoding="gzip"),
    "broken gzip": lambda secret: make_call(
        gzip.compress(orjson.dumps(say(secret)), compresslevel=0)[:-9], content_encoding="gzip"
    ),
    "broken": lambda secret: make_call(b'{"model": "x", "messages": [{"content": "%b' % secret.encode()),
    "broken and escaped": lambda secret: make_call(b'{"a": "\\x %b' % escape(secret).encode()),
    "twice": lambda secret: make_call(b'{"model": "%b", "model": "x"}' % secret.encode()),
    "no JSON": lambda secret: make_call(b"note=%b&x=1" % secret.encode()),
    "bytes": lambda secret: make_call(b"\xff\xfe %b" % secret.encode()),
    "too deep": lambda secret: make_call(b'{"a":' * 300 + b'"%b"' % secret.encode() + b"}" * 300),
}
# Positions where a secret is recognised by the name it stands at.
AT_NAMES: dict[str, Make] = {
    **{
        f"header {name}": lambda secret, name=name: make_call(**{name: secret})  # type: ignore[misc]
        for name in (
            *("authorization", "proxy-authorization", "cookie", "x-auth-token", "x-goog-api-key", "x-custom-key"),
            *("x-my-token", "x-client-secret", "x-hub-signature", "x-amz-security-token", "x-db-password"),
        )
    },
    "bearer": lambda secret: make_call(authorization=f"Bearer {secret}"),
    "several cookies": lambda secret: make_call(cookie=f"a=b; id={secret}"),
    **{
        f"query {name}": lambda secret, name=name: make_call(query=f"beta=true&{name}={secret}")  # type: ignore[misc]
        for name in ("key", "api_key", "X-Amz-Signature", "X-Amz-Credential", "sig", "access_token", "ap%69_key")
    },
    "authorization token": lambda secret: make_call(
        say("Hi", mcp_servers=[{"type": "url", "name": "a", "url": "https://x", "authorization_token": secret}])
    ),
    "user in an address": lambda secret: make_call(
        say("Hi", mcp_servers=[{"type": "url", "name": "a", "url": f"https://me:{secret}@x/y"}])
    ),
    "token in an address": lambda secret: make_call(
        say("Hi", mcp_servers=[{"type": "url", "name": "a", "url": f"https://x/y?api_key={secret}&b=c"}])
    ),
    "signed address": lambda secret: make_call(say(f"See https://x.s3.amazonaws.com/y?X-Amz-Signature={secret} .")),
    "token in a list": lambda secret: make_call(
        b'{"mcp_servers": [{"authorization_token": ["%b"]}]}' % secret.encode()
    ),
    "token in an object": lambda secret: make_call(
        b'{"mcp_servers": [{"authorization_token": {"a": {"b": "%b"}}}]}' % secret.encode()
    ),
    "token in a broken body": lambda secret: make_call(b'{"authorization_token": "%b' % secret.encode()),
    "token at an escaped name": lambda secret: make_call(
        b'{"%b": "%b"}' % (escape("authorization_token").encode(), secret.encode())
    ),
    "password in an input": lambda secret: make_call(use_tool({"db": {"password": secret}})),
    "camel case": lambda secret: make_call(use_tool({"clientSecret": secret, "accessToken": secret})),
    "query behind a semicolon": lambda secret: make_call(query=f"a=1;api_key={secret}"),
    "settings in a text": lambda secret: make_call(say(f"api_key: {secret}\nDB_PASSWORD={secret}")),
    "headers of a server": lambda secret: make_call(say("x", mcp_servers=[{"headers": {"X-Api-Key": secret}}])),
    "part of a form": lambda secret: make_call(f'--b\r\nX: a; name="api_key"\r\n\r\n{secret}\r\n--b--'.encode()),
    "pair": lambda secret: make_call(use_tool({"h": [["api_key", secret], ["a", "b"]]})),
    "name and value": lambda secret: make_call(use_tool({"h": [{"name": "Authorization", "value": secret}]})),
    "key and value": lambda secret: make_call(use_tool({"env": [{"value": secret, "a": 1, "key": "x-api-key"}]})),
    "parameter": lambda secret: make_call(
        use_tool({"name": "api_key", "in": "query", "schema": {"type": "string", "default": secret}})
    ),
    "option": lambda secret: make_call(use_tool({"args": ["--api-key", secret, "-v"]})),
    "header of a tool": lambda secret: make_call(use_tool({"headers": {"X-Custom-Key": secret}})),
    "auth": lambda secret: make_call(use_tool({"auth": {"a": secret}, "Auth": secret})),
    **{
        f"field {name}": lambda secret, name=name: make_call(use_tool({name: secret}))  # type: ignore[misc]
        for name in ("tokenValue", "secret_value", "password2", "authToken1", "passwordConfirmation")
    },
    **{
        f"{word} of a schema": lambda secret, word=word: make_call(  # type: ignore[misc]
            say("x", tools=[{"name": "f", "input_schema": describe({word: secret if word < "d" else [secret]})}])
        )
        for word in ("const", "enum", "examples")
    },
    "default of a schema": lambda secret: make_call(
        say("x", tools=[{"name": "f", "input_schema": describe({"anyOf": [{"default": secret}]})}])
    ),
    **{
        f"query {name}": lambda secret, name=name: make_call(query=f"{name}={secret}")  # type: ignore[misc]
        for name in ("session", "session_id", "token1", "code", "sid")
    },
    **{
        f"path {path}": lambda secret, path=path: make_call(path=path.replace("@", secret))  # type: ignore[misc]
        for path in ("/v1/token/@", "/v1/token/@/messages", "/secret=@", "/v1/models/api-key/@", "/v1/x;jsessionid=@")
    },
    **{
        f"text {text}": lambda secret, text=text: make_call(say(text.replace("@", secret, 1)))  # type: ignore[misc]
        for text in (
            *("password: @", "PASSWORD=@", "export ANTHROPIC_API_KEY=@", "run --api-key @ -v", "run --token=@"),
            *('{"api_key": "@"}', 'Result: [{"password": "@"}]', "Cookie: id=@", "https://x/#access_token=@"),
            *("https://x/v1/token/@", "postgres://me:@@x/y", "api_key%3D@&a=b", "<password>@</password>"),
            *("('x-api-key', '@')", '[["api_key", "@"]]', '{"name": "x-api-key", "value": "@"}', "Password = '@'"),
            '{"a": "{\\"b\\": \\"{\\\\\\"token\\\\\\": \\\\\\"@\\\\\\"}\\"}"}',
        )
    },
    "form": lambda secret: make_call(b"grant=1&client_secret=%b&x=1" % secret.encode()),
}
# Two kinds of secret in each position, all kinds in turn.
POSITIONS = [
    (f"{kind} in {position}", make(LOOKS[kind]), LOOKS[kind])
    for number, (position, make) in enumerate(ANYWHERE.items())
    for kind in ([*LOOKS] * 2)[2 * number % len(LOOKS) :][:2]
] + [(position, make(NAMED), NAMED) for position, make in AT_NAMES.items()]
# What the control interface is asked after each call.
QUESTIONS = (
    "stats",
    "metrics",
    "requests",
    "requests?path=x",
    "health",
    "scenarios",
    "scenarios/a",
    "settings",
    "nothing",
    "sessions",
    "batches",
    "files",
    "fixtures",
)
# And of the latest one.
DETAILS = ("events", "changes", "scenario", "scenario?draft=true")


class Desk:
    """A server without a socket, with all that shows something of a request."""

    def __init__(self, **settings: Any) -> None:
        self.lines: list[str] = []
        self.mock: Parts = assembly.build(Settings(api_keys=(), **{"unmatched": "error", **settings}))
        self.service = Service(self.mock, self.lines.append)

    def ask(self, call: Call) -> bytes:
        """The answer to a call, once it is recorded."""
        exchange = self.service.answer(call)
        exchange.finish(Sent(1))
        return b"".join(piece.data for piece in exchange.delivery.pieces)

    def control(self, method: str, path: str, body: Any = b"", **headers: str) -> str:
        """The answer of the control interface."""
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        path, _, query = path.partition("?")
        return self.ask(Call(method, f"/_mock/{path}", {"host": "127.0.0.1", **headers}, raw, query)).decode()

    def list_outputs(self, call: Call) -> Iterator[str]:
        """All that shows something of the calls so far, of which the latest is given."""
        yield from self.lines
        yield from self._list_control(call)
        for entry in self.mock.journal.entries():
            yield from (repr(getattr(entry, name)) for name in dir(type(entry)) if not name.startswith("_"))
            yield from map(repr, (entry, entry.as_dict(), entry.summary(), entry.body.decode(errors="replace")))
        sources = [ServerSource(self.mock)]
        yield make_json_report(sources, 0).decode()
        yield ElementTree.tostring(make_junit_report(sources), "unicode")
        yield from self._list_complaints(call)
        yield repr(call)
        yield self.ask(Call("POST", "/v1/messages", {"x-api-key": "another"}, orjson.dumps(BODY))).decode()

    def _list_control(self, call: Call) -> Iterator[str]:
        latest = f"requests/{self.mock.journal.received()}"
        for path in (*QUESTIONS, latest, *(f"{latest}/{each}" for each in DETAILS)):
            yield self.control("GET", path)
        when = {"model": "another", "user": "another", "headers": {"x-note": "another"}, "session": "another"}
        yield self.control("POST", "verify", {"when": when})
        yield self.control("POST", "verify", {"in_order": [when]})
        headers = {name: value for name, value in call.headers.items() if name != "host"}
        yield self.control("POST", "explain", call.body, **headers)
        body = _parse(call.body)
        if body is not None and not is_too_deep(body):
            yield self.control("POST", "explain", {"body": body, "headers": headers, "path": call.path})

    def _list_complaints(self, call: Call) -> Iterator[str]:
        for name in {call.session, "nobody"}:
            session = MockSession(self.mock, name)
            session._since = 0
            yield session.summary()
            yield repr(session)
            yield from map(complain, list_claims(session))


def list_claims(session: MockSession) -> tuple[Callable[[], object], ...]:
    """What may be asserted about a session's requests."""
    return (
        lambda: session.assert_called(times=99),
        lambda: session.assert_called(at_least=99, when={"user": "x", "headers": {"x-note": "y"}}),
        session.assert_no_unmatched,
        session.assert_valid,
        session.assert_cached,
        session.assert_thinking_returned,
        session.finish,
    )


def complain(claim: Callable[[], object]) -> str:
    """The message of the assertion, "" when it holds."""
    try:
        claim()
    except AssertionError as error:
        return str(error)
    return ""


def find_leaks(outputs: Iterator[str], secret: str) -> list[str]:
    """The outputs that show a secret, written plainly or with escapes."""
    forms = {secret, json.dumps(secret)[1:-1]}
    return [
        text
        for text in outputs
        if any(form in shown for form in forms for shown in (text, unquote(text), _unescape(text)))
    ]


def _unescape(text: str) -> str:
    return re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
