"""The page of the inspector over a socket and without, also below the path of a session."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from mockserver import MockServer
from mockserver.records.settings import PROFILES
from mockserver.serving.app import MockApp


@pytest.fixture(scope="module", params=PROFILES)
def server(request: pytest.FixtureRequest) -> Iterator[MockServer]:
    with MockServer(profile=request.param) as server:
        yield server


@pytest.fixture(params=["socket", "no socket"])
def client(server: MockServer, request: pytest.FixtureRequest) -> Iterator[httpx2.Client]:
    transport = None if request.param == "socket" else server.transport
    with httpx2.Client(base_url=server.url, transport=transport, follow_redirects=True) as client:
        yield client


@pytest.mark.parametrize("root", ["", "/_session/mine"])
def test_page_is_found_with_its_files(client: httpx2.Client, root: str) -> None:
    page = client.get(f"{root}/_mock", params={"x": "1"})
    assert (page.status_code, page.url.path, page.url.query) == (200, f"{root}/_mock/", b"x=1")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for file in ("inspector/app.js", "inspector/app.css"):
        assert file in page.text
        got = client.get(page.url.join(file))
        assert got.status_code == 200
        assert client.get(page.url.join(file), headers={"if-none-match": got.headers["etag"]}).status_code == 304


def test_looking_is_no_request_to_the_api(client: httpx2.Client) -> None:
    for path in ("/_mock", "/_mock/"):
        client.get(path)
    assert client.get("/_mock/requests").json()["total"] == 0


def test_what_only_begins_like_it_is_the_api(client: httpx2.Client) -> None:
    for path in ("/_mockery", "/_mock%0A"):
        assert client.get(path).json()["type"] == "error"
    client.delete("/_mock/requests")


def test_mounted_page_is_found() -> None:
    app = Starlette(routes=[Mount("/deep/down", MockApp())])
    with TestClient(app, base_url="http://127.0.0.1") as client:
        page = client.get("/deep/down/_mock")
        assert (page.status_code, page.url.path) == (200, "/deep/down/_mock/")


SCRIPT = """
import sys
from mockserver import MockServer
import httpx2
with MockServer() as server:
    hello = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    httpx2.post(server.url + "/v1/messages", json=hello)
    httpx2.get(server.url + "/_mock/requests")
    from mockserver.control import page
    print(page.read_file.cache_info().currsize, page.list_files.cache_info().currsize)
    import threading
    print([thread.name for thread in threading.enumerate() if "watch" in thread.name])
"""


def test_page_costs_nothing_when_nobody_looks() -> None:
    """Nothing of it is read, and nobody waits for the journal."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["0 0", "[]"]
