"""Requests of the chat wire: the cases of its tests, questions that it refuses, and the examples of the fixtures."""

from __future__ import annotations

from collections.abc import Iterator

from tests.chat_cases import FUNCTION, REQUESTS, USER, ask

from .bodies import group
from .exchange import CHAT, Exchange, Group, both, make_headers, post, request
from .talks import examples

SERVERS = ("relay", "anthropic", "strict", "warn", "new-api", "one-api")
BROKEN = {
    "no body": b"",
    "no JSON": b"{",
    "no object": b"[]",
    "empty": b"{}",
    "no messages": {"model": "claude-haiku-4-5"},
    "no model": {"messages": [USER]},
    "unknown key": ask(mood="good"),
    "unknown role": ask({**USER, "role": "usr"}),
    "no content": ask({"role": "user"}),
    "hot": ask(temperature=3),
    "no choices": ask(n=0),
    "a call without a result": ask(tools=[FUNCTION], tool_choice={"type": "function"}),
    "unknown model": {**ask(), "model": "claude-nobody"},
    "model of another vendor": {**ask(), "model": "gpt-4o"},
    "thinking by name": {**ask(), "model": "claude-3-7-sonnet-20250219-thinking"},
}
PATHS = (
    "GET /v1/chat/completions",
    "POST /v1/chat/completions/1",
    "GET /v1/models",
    "GET /v1/models/nobody",
    "POST /v1/responses",
    "POST /v1/embeddings",
    "POST /v1/messages/count_tokens",
    "GET /v1/files",
    "GET /",
)


# As clients of the chat wire send their keys.
BEARER = {"x-api-key": None, "authorization": "Bearer sk-exchanges"}


def groups() -> Iterator[Group]:
    """All groups of this module."""
    for server in SERVERS:
        name = f"chat/{server}"
        cases = [one for case, body in REQUESTS.items() for one in both(f"{name}/{case}", body, name, BEARER, CHAT)]
        broken = [Exchange(f"{name}/{case}", post(body, name, CHAT, BEARER)) for case, body in BROKEN.items()]
        keyless = Exchange(f"{name}/no key", post(ask(), name, CHAT, {"x-api-key": None}))
        yield group(name, server, [*cases, *broken, keyless])
    for server in ("new-api", "one-api"):
        name = f"gateway/{server}"
        asked = [Exchange(f"{name}/{line}", request(line, make_headers(name, BEARER))) for line in PATHS]
        yield group(name, server, [*both(f"{name}/messages", {**ask(), "max_tokens": 20}, name, BEARER), *asked])
    for name, example in examples().items():
        if "user" in example and not {"endpoint", "method", "messages"} & example.keys() and "fault" not in name:
            body = {**ask({"role": "user", "content": example["user"]}), "max_tokens": 1000}
            session = f"chat examples/{name}"
            yield group(session, "strict", both(session, body, session, BEARER, CHAT))
