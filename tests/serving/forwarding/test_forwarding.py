"""What no scenario answers is forwarded: as it was sent, to an upstream that is a mock server with another seed."""

from __future__ import annotations

import gzip
import hashlib
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anthropic
import httpx2
import orjson
import pytest
from msgspec.structs import replace

from mockserver import MockServer
from mockserver.recordings import clients
from mockserver.recordings.recorder import Upstream
from tests.sockets import until

from .upstreams import HELLO, OK, VERSION, Recording, make_recorder, recording, serving

KEY = "sk-of-upstream"


@pytest.fixture(scope="module")
def upstream() -> Iterator[MockServer]:
    with MockServer(profile="anthropic", seed=7) as server:
        yield server


@pytest.fixture
def recorded(running: MockServer, upstream: MockServer, key: str) -> Iterator[Recording]:
    upstream.reset()
    with recording(running, key, upstream.url) as found:
        yield found


def make_sdk(server: MockServer, key: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=server.url, api_key=key, max_retries=0)


def test_answer_of_the_upstream_is_given_and_kept(recorded: Recording, running: MockServer, key: str) -> None:
    message = make_sdk(running, key).messages.create(**HELLO)
    (kept,) = recorded.kept
    assert kept.request.path == "/v1/messages"
    assert f'"{message.id}"'.encode() in kept.response.body
    assert kept.response.header("request-id") == message._request_id
    assert (kept.response.status, kept.response.end) == (200, "close")
    assert kept.response.first is not None
    assert kept.at > 0


def test_key_of_the_upstream_is_sent(recorded: Recording, upstream: MockServer) -> None:
    recorded.client.post("/v1/messages", json=HELLO, headers={"authorization": "Bearer mine"})
    (entry,) = upstream.session(KEY).requests
    assert "authorization" not in entry.headers


def test_keys_that_are_not_accepted_cannot_use_that_of_the_upstream(upstream: MockServer) -> None:
    before = upstream.mock.journal.received()
    with MockServer(api_keys=("sk-team",)) as server:
        server.mock.recorders.set(make_recorder(upstream.url)[0])
        with pytest.raises(anthropic.AuthenticationError):
            make_sdk(server, "sk-other").messages.create(**HELLO)
        assert upstream.mock.journal.received() == before
        assert make_sdk(server, "sk-team").messages.create(**HELLO).content


@pytest.mark.parametrize(
    ("origin", "status"), [("https://evil.example", 403), ("http://localhost:5173", 200), ("https://app.example", 200)]
)
def test_pages_of_other_sites_cannot_use_the_key_of_the_upstream(
    upstream: MockServer, key: str, origin: str, status: int
) -> None:
    browser = {"origin": origin, "anthropic-dangerous-direct-browser-access": "true", **VERSION}
    with MockServer(allowed_origins=("https://app.example",)) as server:
        with recording(server, key, upstream.url) as recorded:
            assert recorded.client.get("/v1/models", headers=browser).status_code == status
        with recording(server, key, Upstream(upstream.url, forwards_auth=True)) as recorded:
            assert recorded.client.get("/v1/models", headers=browser).status_code == 200


@pytest.mark.parametrize(
    ("host", "settings", "status"),
    [
        ("evil.example:80", {}, 403),
        ("mock.internal", {"allowed_hosts": ("mock.internal",)}, 200),
        ("evil.example", {"api_keys": (KEY,)}, 200),
    ],
)
def test_foreign_hosts_cannot_use_the_key_of_the_upstream(
    upstream: MockServer, host: str, settings: dict[str, Any], status: int
) -> None:
    """A page may lead a name of its own to this machine: then it asks without an Origin."""
    with MockServer(**settings) as server:
        server.mock.recorders.set(make_recorder(upstream.url)[0])
        with httpx2.Client(base_url=server.url, headers={"host": host, "x-api-key": KEY, **VERSION}) as client:
            assert client.get("/v1/models").status_code == status
        server.mock.recorders.set(make_recorder(Upstream(upstream.url, forwards_auth=True))[0])
        with httpx2.Client(base_url=server.url, headers={"host": host, "x-api-key": KEY, **VERSION}) as client:
            assert client.get("/v1/models").status_code == 200


def test_own_key_is_sent_on_demand(running: MockServer, upstream: MockServer, key: str) -> None:
    with recording(running, key, Upstream(upstream.url, forwards_auth=True)) as recorded:
        recorded.client.post("/v1/messages", json=HELLO)
    assert len(upstream.session(key).requests) == 1


def test_user_and_password_of_the_url_are_sent(running: MockServer, key: str) -> None:
    with serving(OK + b"content-length: 0\r\n\r\n") as raw:
        url = raw.url.replace("http://", "http://me:s%40cret@") + "/gateway"
        with recording(running, key, Upstream(url, forwards_auth=True)) as recorded:
            recorded.client.get("/v1/models?limit=2&after_id=%61")
        assert raw.requests[0].startswith(b"GET /gateway/v1/models?limit=2&after_id=%61 HTTP/1.1\r\n")
        assert b"authorization: basic bwu6c0bjcmv0\r\n" in raw.requests[0].lower()


def test_request_is_sent_as_it_came(running: MockServer, key: str) -> None:
    with serving(OK + b"content-length: 0\r\n\r\n") as raw, recording(running, key, raw.url) as recorded:
        headers = {
            "connection": "keep-alive, x-hop",
            "x-hop": "1",
            "te": "trailers",
            "x-mock-session": key,
            "anthropic-beta": "some-beta",
            "accept-encoding": "br;q=1.0, gzip;q=0.5, compress, *",
        }
        recorded.client.post("/a%2Fb//c?q=%20+'", content=b"\x00raw", headers=headers)
        head, _, body = raw.requests[0].partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        assert (lines[0], body) == (b"post /a%2fb//c?q=%20+' http/1.1", b"\x00raw")
        names = sorted(line.partition(b":")[0].decode() for line in lines[1:])
        assert names == [
            "accept",
            "accept-encoding",
            "anthropic-beta",
            "content-length",
            "host",
            "user-agent",
            "x-api-key",
            "x-mock-forwarded",
        ]
        assert b"accept-encoding: gzip;q=0.5" in lines
        assert b"x-api-key: sk-of-upstream" in lines


def test_session_in_the_path_is_not_sent(running: MockServer) -> None:
    with serving(OK + b"content-length: 0\r\n\r\n") as raw, recording(running, "in-path", raw.url) as recorded:
        recorded.client.post("/_session/in-path/team%2Fa/v1/messages/count_tokens", json={})
        assert raw.requests[0].startswith(b"POST /team%2Fa/v1/messages/count_tokens HTTP/1.1\r\n")
        assert recorded.kept[0].request.path == "/v1/messages/count_tokens"


def test_scenarios_come_first(recorded: Recording, running: MockServer, upstream: MockServer, key: str) -> None:
    session = running.session(key)
    session.when(user="scripted").reply("Mine.")
    session.when(path="/v1/nowhere").reply(raw={"status": 200, "body": "here"})
    sdk = make_sdk(running, key)
    scripted: Any = sdk.messages.create(**{**HELLO, "messages": [{"role": "user", "content": "scripted"}]})
    assert scripted.content[0].text == "Mine."
    assert recorded.client.get("/v1/nowhere").text == "here"
    sdk.messages.create(**HELLO)
    assert [entry.forwarded for entry in session.requests] == [False, False, True]
    assert len(upstream.session(KEY).requests) == len(recorded.kept) == 1


@pytest.mark.parametrize(
    ("method", "path"), [("HEAD", "/"), ("GET", "/api/hello"), ("GET", "/_mock/requests"), ("OPTIONS", "/v1/messages")]
)
def test_probes_preflights_and_control_stay_here(recorded: Recording, method: str, path: str) -> None:
    headers = {"origin": "http://localhost", "access-control-request-method": "POST"} if method == "OPTIONS" else {}
    assert recorded.client.request(method, path, headers=headers).status_code < 500
    assert (recorded.kept, recorded.recorder.tally.skipped.total()) == ([], 0)


def test_nothing_is_refused_here(recorded: Recording) -> None:
    """Neither a bad body nor an unknown path; and what fails is not kept."""
    bad = recorded.client.post("/v1/messages", content=b"{", headers=VERSION)
    assert (bad.status_code, "request-id" in bad.headers) == (400, True)
    assert recorded.client.get("/v1/unknown").status_code == 404
    assert recorded.kept == []
    assert dict(recorded.recorder.tally.skipped) == {"status 400": 1, "status 404": 1}


def test_errors_are_kept_on_demand(running: MockServer, upstream: MockServer, key: str) -> None:
    with recording(running, key, upstream.url, keeps_errors=True) as recorded:
        recorded.client.get("/v1/unknown")
        assert [each.response.status for each in recorded.kept] == [404]


def test_other_sessions_are_answered_here(recorded: Recording, running: MockServer, upstream: MockServer) -> None:
    make_sdk(running, "somebody else").messages.create(**HELLO)
    assert (recorded.kept, upstream.session(KEY).requests) == ([], ())


def test_what_was_not_received_whole_stays_here(upstream: MockServer, key: str) -> None:
    with MockServer(max_body=1000) as server, recording(server, key, upstream.url) as recorded:
        for path in ("/v1/messages", "/v1/unknown"):
            assert recorded.client.post(path, content=bytes(1001)).status_code == 413
        assert recorded.recorder.tally.skipped.total() == 0
        recorded.client.post("/v1/unknown", content=bytes(1000))
        assert dict(recorded.recorder.tally.skipped) == {"status 404": 1}


def test_lost_session_is_told_here(upstream: MockServer, key: str) -> None:
    """It had scenarios that would have answered."""
    with MockServer(max_sessions=1) as server, recording(server, key, upstream.url) as recorded:
        server.session(key).when(user="weather").reply("Mine.")
        make_sdk(server, "another").messages.create(**HELLO)
        answered = recorded.client.post("/v1/messages", json=HELLO)
        assert (answered.status_code, "had to drop this session" in answered.text) == (404, True)
        assert recorded.recorder.tally.skipped.total() == 0


def test_large_uploads_pass(recorded: Recording, running: MockServer, key: str) -> None:
    content = bytes(range(256)) * 240_000
    sdk = make_sdk(running, key)
    file = sdk.beta.files.upload(file=("large.bin", content, "application/octet-stream"))
    assert file.size_bytes == len(content)
    (kept,) = recorded.kept
    assert len(kept.request.body) > len(content)
    assert (
        hashlib.sha256(content).digest()
        == hashlib.sha256(kept.request.body.partition(b"\r\n\r\n")[2][: len(content)]).digest()
    )


def test_compressed_requests_pass_as_they_are(recorded: Recording, upstream: MockServer) -> None:
    packed = gzip.compress(orjson.dumps(HELLO))
    headers = {"content-encoding": "gzip", "content-type": "application/json", "anthropic-version": "2023-06-01"}
    assert recorded.client.post("/v1/messages", content=packed, headers=headers).status_code == 200
    (kept,) = recorded.kept
    assert orjson.loads(kept.request.body) == HELLO
    assert "content-encoding" not in kept.request.headers
    (entry,) = upstream.session(KEY).requests
    assert entry.headers["content-length"] == str(len(packed))


def test_head_has_no_body(running: MockServer, key: str) -> None:
    sent = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n"
    with serving(sent) as raw, recording(running, key, raw.url) as recorded:
        for _ in range(2):
            answered = recorded.client.head("/v1/files/x/content")
            assert (answered.status_code, answered.headers["content-length"], answered.content) == (200, "500", b"")
        assert [each.response.body for each in recorded.kept] == [b"", b""]
        assert raw.connections == 1


def test_many_pass_at_once(running: MockServer, key: str) -> None:
    barrier = threading.Barrier(50)

    def play(connection: Any) -> None:
        barrier.wait(30)
        connection.sendall(OK + b"content-length: 5\r\n\r\nhello")

    with serving(play) as raw, recording(running, key, raw.url) as recorded, ThreadPoolExecutor(50) as threads:
        found = list(threads.map(lambda at: recorded.client.get(f"/v1/{at}").text, range(50)))
        assert found == ["hello"] * 50
        assert len({each.request.path for each in recorded.kept}) == 50


def test_connections_are_used_again(running: MockServer, key: str) -> None:
    with serving(OK + b"content-length: 5\r\n\r\nhello") as raw, recording(running, key, raw.url) as recorded:
        for _ in range(5):
            recorded.client.get("/v1/x")
        assert (raw.connections, len(recorded.kept)) == (1, 5)


def test_loop_ends(running: MockServer, key: str) -> None:
    with recording(running, key, Upstream(running.url, forwards_auth=True)) as recorded:
        answered = recorded.client.post("/v1/messages", json=HELLO)
        assert (answered.status_code, answered.headers["x-should-retry"]) == (508, "false")
        assert "leads back to this mock server" in answered.text
        assert recorded.kept == []


def test_what_a_recorder_raises_is_told_and_no_more(
    running: MockServer, upstream: MockServer, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    with recording(running, key, upstream.url) as recorded:

        def fail(_: object) -> None:
            raise OSError("the disk is full")

        running.mock.recorders.set(replace(recorded.recorder, keep=fail), key)
        for _ in range(2):
            assert recorded.client.get("/v1/models", headers=VERSION).status_code == 200
        assert running.mock.recorders.queue.wait(30)
    assert [each.message.count("the disk is full") > 0 for each in caplog.records] == [True, True]


def test_client_without_the_extra_is_told(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with MockServer() as server, recording(server, key, "http://127.0.0.1:1") as recorded:
        monkeypatch.setitem(sys.modules, "httpx2", None)
        answered = recorded.client.post("/v1/messages", json=HELLO)
    assert answered.status_code == 502
    assert "pip install 'messages-mockserver[record]'" in answered.json()["error"]["message"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HTTPS_PROXY", "socks9://me:secret@host"),
        ("SSL_CERT_FILE", "/no/such/file.pem"),
        ("ALL_PROXY", "socks5://me:secret@host"),
    ],
)
def test_environment_that_cannot_be_used_is_told(
    key: str, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    with MockServer() as server, recording(server, key, "https://upstream.example") as recorded:
        monkeypatch.setenv(variable, value)
        answered = recorded.client.post("/v1/messages", json=HELLO)
    assert (answered.status_code, answered.headers["x-should-retry"]) == (502, "false")
    assert "No upstream can be asked, by HTTP_PROXY and SSL_CERT_FILE as they are" in answered.text
    assert "secret" not in answered.text


def test_unreachable_upstream_is_a_bad_gateway(running: MockServer, key: str) -> None:
    with recording(running, key, Upstream("http://me:secret@127.0.0.1:1/x", forwards_auth=True)) as recorded:
        answered = recorded.client.post("/v1/messages", json=HELLO)
        error = answered.json()["error"]
        assert (answered.status_code, error["type"]) == (502, "api_error")
        assert error["message"].startswith("The upstream 127.0.0.1:1 could not be reached: ")
        assert "secret" not in answered.text


def test_upstream_without_tls_is_a_bad_gateway(running: MockServer, upstream: MockServer, key: str) -> None:
    with recording(running, key, upstream.url.replace("http:", "https:")) as recorded:
        answered = recorded.client.post("/v1/messages", json=HELLO)
        assert answered.status_code == 502
        assert "speaks no TLS" in answered.json()["error"]["message"]


def test_slow_upstream_is_a_gateway_timeout(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "READ", 0.05)

    def wait(connection: Any) -> None:
        connection.recv(1)

    with MockServer() as server, serving(wait) as raw, recording(server, key, raw.url) as recorded:
        answered = recorded.client.post("/v1/messages", json=HELLO)
        assert (answered.status_code, answered.json()["error"]["type"]) == (504, "timeout_error")


def test_stream_arrives_as_the_upstream_paces_it(recorded: Recording, upstream: MockServer) -> None:
    """The first event comes while the upstream still waits to send the rest."""
    upstream.session(KEY).when(user="Who").reply("One two three.", fault={"then": "stall", "after_events": 2})
    body = {**HELLO, "stream": True}
    with recorded.client.stream("POST", "/v1/messages", json=body, headers=VERSION) as came:
        assert next(came.iter_raw()).startswith(b"event: message_start\n")
    until(lambda: upstream.session(KEY).requests[0].hung_up)
    assert recorded.kept == []


def test_explanation_says_what_is_forwarded(recorded: Recording) -> None:
    def explain(body: dict[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = recorded.client.post("/_mock/explain", json=body).json()
        return told

    recorded.client.post("/_mock/scenarios", json={"name": "greeting", "when": {"user": "hello"}, "reply": "Hi."})
    told = explain(HELLO)
    assert told["answered_by"] == "forwarded"
    assert "greeting" in [miss["scenario"] for miss in told["misses"]]
    assert explain({**HELLO, "max_tokens": -1})["finding"]["path"] == "max_tokens"
    hello = [{"role": "user", "content": "hello"}]
    assert explain({**HELLO, "messages": hello})["answered_by"] == "scenario"
    assert recorded.kept == []
