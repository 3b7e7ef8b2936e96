"""Prefixes of paths: where the API is found, and what a client hears that asks elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from mockserver.records.settings import Settings
from mockserver.serving.app import MockApp
from mockserver.testing.server import MockServer
from tests.strict import error_of, message_of

HEADERS = {"x-api-key": "any", "anthropic-version": "2023-06-01"}
HELLO: dict[str, Any] = {"model": "claude-opus-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
SECRET = "sk-ant-api03-" + "aB3" * 12
AGENTS = "scenarios: [{name: agents, when: {path: /v1/agents/*}, reply: {raw: {json: {id: agent_1}}}}]"


@contextmanager
def client_of(server: MockServer) -> Iterator[httpx.Client]:
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        yield client


def hint_of(server: MockServer) -> str:
    (finding,) = server.mock.journal.entries()[-1].findings
    assert (finding.rule, finding.status) == ("route", 404)
    return finding.hint


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/v1/v1/messages", "/v1/v1/messages: the base URL of the client ends with /v1; leave it out"),
        ("/v1/v1/models/x", "/v1/v1/models/x: the base URL of the client ends with /v1; leave it out"),
        ("/v1/v1/agents", "/v1/v1/agents: the base URL of the client ends with /v1; leave it out"),
        ("/proxy/v1/v1/messages", "/proxy/v1/v1/messages: the base URL of the client ends with /v1; leave it out"),
        ("//v1/messages", "//v1/messages: the base URL of the client ends with a slash; leave it out"),
        (
            "/anthropic/v1/messages",
            "/anthropic/v1/messages: the API is not below /anthropic; leave /anthropic out of the base URL of the "
            "client, or serve with --prefix /anthropic",
        ),
        ("/messages", "/messages: this client adds no /v1 to its base URL; write it there"),
        ("/chat/completions", "/chat/completions: this client adds no /v1 to its base URL; write it there"),
        ("/models/x", "/models/x: this client adds no /v1 to its base URL; write it there"),
        ("/messagesx", ""),
        ("/v1/none", ""),
    ],
)
def test_strict_profile_has_only_the_paths_of_the_api(path: str, hint: str) -> None:
    server = MockServer(profile="anthropic")
    with client_of(server) as client:
        answer = client.post(f"http://mock{path}", json=HELLO)
    assert error_of(answer, 404) == {"type": "not_found_error", "message": "Not found"}
    assert hint_of(server) == hint


@pytest.mark.parametrize("path", ["/v1/v1/messages", "/proxy/v1/messages", "//v1/messages", "/v1/messages"])
def test_relay_has_them_below_any_prefix(path: str) -> None:
    server = MockServer(profile="relay")
    with client_of(server) as client:
        message_of(client.post(f"http://mock{path}", json=HELLO))


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/messages", 200),
        ("/anthropic/v1/messages", 200),
        ("/a/b/v1/messages", 200),
        ("/anthropic/v1/messages/count_tokens", 200),
        ("/a/v1/messages", 404),
        ("/anthropic/v1/v1/messages", 404),
        ("/other/anthropic/v1/messages", 404),
        ("/anthropics/v1/messages", 404),
    ],
)
def test_prefixes_given_are_all_there_are(profile: Any, path: str, status: int) -> None:
    server = MockServer(profile=profile, prefixes=("/anthropic", "/a/b/"))
    body = {key: value for key, value in HELLO.items() if key != "max_tokens" or not path.endswith("tokens")}
    with client_of(server) as client:
        assert client.post(path, json=body).status_code == status
    (entry,) = server.mock.journal.entries()
    assert entry.path == path


def test_hint_speaks_of_what_stands_behind_a_known_prefix() -> None:
    server = MockServer(profile="anthropic", prefixes=("/anthropic",))
    with client_of(server) as client:
        client.post("/anthropic/v1/v1/messages", json=HELLO)
    assert hint_of(server) == "/v1/v1/messages: the base URL of the client ends with /v1; leave it out"


def test_hint_names_the_whole_prefix_to_serve_with() -> None:
    server = MockServer(profile="anthropic", prefixes=("/anthropic",))
    with client_of(server) as client:
        client.post("/anthropic/b/v1/messages", json=HELLO)
    hint = hint_of(server)
    assert "leave /b out of the base URL" in hint
    assert hint.endswith("or serve with --prefix /anthropic/b")
    served = MockServer(profile="anthropic", prefixes=("/anthropic", "/anthropic/b"))
    with client_of(served) as client:
        message_of(client.post("/anthropic/b/v1/messages", json=HELLO))


@pytest.mark.parametrize(
    ("settings", "path", "status"),
    [
        ({"profile": "relay"}, "/proxy/v1/agents/7", 200),
        ({"profile": "anthropic"}, "/v1/agents/7", 200),
        ({"profile": "anthropic"}, "/v1/v1/agents/7", 404),
        ({"profile": "anthropic"}, "/proxy/v1/agents/7", 404),
        ({"profile": "anthropic", "prefixes": ("/proxy",)}, "/proxy/v1/agents/7", 200),
        ({"profile": "relay", "prefixes": ("/proxy",)}, "/other/v1/agents/7", 404),
    ],
)
def test_scripted_paths_stand_behind_the_prefix(
    tmp_path: Path, settings: dict[str, Any], path: str, status: int
) -> None:
    file = tmp_path / "agents.yaml"
    file.write_text(AGENTS)
    server = MockServer(file, **settings)
    with client_of(server) as client:
        assert client.post(path, json={}).status_code == status
    (entry,) = server.mock.journal.entries()
    assert (entry.path, entry.scenario) == (path, "agents" if status == 200 else None)
    assert entry.prompt is not None
    assert entry.prompt.path == (path.removeprefix("/proxy") if settings.get("prefixes") else path)


@pytest.mark.parametrize(("path", "status"), [("/api/hello", 200), ("/proxy/api/hello", 404), ("/api/api/hello", 404)])
def test_probes_stand_behind_the_prefix(path: str, status: int) -> None:
    server = MockServer(profile="anthropic")
    with client_of(server) as client:
        assert client.get(path).status_code == status


@pytest.mark.parametrize(("path", "status"), [("/mock/v1/messages", 200), ("/mock/v1/v1/messages", 404)])
def test_path_of_a_mount_is_no_prefix(path: str, status: int) -> None:
    app = Starlette(routes=[Mount("/mock", MockApp(Settings(profile="anthropic")))])
    with TestClient(app, headers=HEADERS) as client:
        assert client.post(path, json=HELLO).status_code == status


@pytest.mark.parametrize(
    "wrong", ["", "/", "anthropic", "/v1", "/v1/", "/_mock", "/_mock/x", "/a b", "/a?b", "//", "http://host/a"]
)
def test_other_prefixes_are_mistakes(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^prefixes: expected a path such as /anthropic"):
        Settings(prefixes=(wrong,))


def test_report_of_a_test_has_the_hint() -> None:
    server = MockServer(profile="anthropic")
    with client_of(server) as client:
        client.post("/v1/v1/messages", json=HELLO)
    line = server.session("any").summary()
    assert line.endswith(": Not found (/v1/v1/messages: the base URL of the client ends with /v1; leave it out)")


def test_hint_hides_secrets() -> None:
    server = MockServer(profile="anthropic")
    with client_of(server) as client:
        client.post(f"/{SECRET}/v1/messages", json=HELLO)
    assert "the API is not below" in hint_of(server)
    assert SECRET not in hint_of(server)


def test_prefix_is_one_of_whole_segments() -> None:
    server = MockServer(profile="anthropic", prefixes=("/anthropic",))
    with client_of(server) as client:
        client.post("/anthropics/v1/messages", json=HELLO)
    assert hint_of(server).startswith("/anthropics/v1/messages: the API is not below /anthropics; ")


@pytest.mark.parametrize("prefixes", [("/a", "/a/b"), ("/a/b", "/a")])
def test_longest_prefix_is_cut(prefixes: tuple[str, ...]) -> None:
    server = MockServer(profile="anthropic", prefixes=prefixes)
    with client_of(server) as client:
        for path in ("/a/v1/messages", "/a/b/v1/messages"):
            message_of(client.post(path, json=HELLO))
