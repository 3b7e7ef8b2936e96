"""A clock that is moved takes with it whatever knows the time: caches, the lives of models, times in answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.records.call import VERSIONS
from mockserver.serving import assembly
from mockserver.testing.server import MockServer
from tests.strict import error_of, message_of

START = "2026-11-28T12:00:00Z"
LONG = "Consider the weather. " * 2000
FETCH: Any = {"web_fetch": {"url": "https://example.org", "title": "Parrots", "text": "They live in the tropics."}}


class Client:
    """Asks a server, whole or streamed, by one API version."""

    def __init__(self, server: MockServer, version: str = VERSIONS[0], *, stream: bool = False, key: str = "k") -> None:
        headers = {"x-api-key": key, "anthropic-version": version}
        self.http = httpx.Client(transport=server.transport, base_url="http://localhost", headers=headers)
        self.stream, self.size = stream, 0

    def post(self, path: str = "/v1/messages", **more: Any) -> httpx.Response:
        body = {"model": "claude-opus-5-5", "messages": [{"role": "user", "content": "Hi"}], **more}
        if path == "/v1/messages":
            body = {"max_tokens": 64, "stream": self.stream, **body}
        answer: httpx.Response = self.http.post(path, json=body)
        return answer

    def message(self, **more: Any) -> dict[str, Any]:
        """The message answered, checked to be one that the API could send."""
        return message_of(self.post(**more))

    def cached(self, ttl: str | None, **more: Any) -> tuple[bool, bool]:
        """Whether a request whose system prompt is to be cached reads it from there, and whether it writes it."""
        mark = {"type": "ephemeral", **({"ttl": ttl} if ttl else {})}
        system = [{"type": "text", "text": LONG, "cache_control": mark}]
        usage = self.message(system=system, **more)["usage"]
        written, by_lifetime = usage["cache_creation_input_tokens"], usage["cache_creation"]
        assert by_lifetime[f"ephemeral_{ttl or '5m'}_input_tokens"] == written
        read = usage["cache_read_input_tokens"]
        # Whatever of both: it is the same prompt.
        self.size = self.size or read + written
        assert read + written == self.size > 2000
        return read > 0, written > 0


READ, WRITTEN = (True, False), (False, True)


@pytest.fixture
def server() -> Iterator[MockServer]:
    made = MockServer(profile="anthropic")
    made.clock.freeze(START)
    yield made
    made.stop()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("ttl", "seconds"), [(None, 300), ("5m", 300), ("1h", 3600)])
def test_cache_lives_as_long_as_it_says(
    server: MockServer, version: str, ttl: str | None, seconds: int, *, stream: bool
) -> None:
    client = Client(server, version, stream=stream)
    assert client.cached(ttl) == WRITTEN
    server.clock.advance(seconds - 0.001)
    assert client.cached(ttl) == READ
    # The hit gave it its life anew.
    server.clock.advance(seconds - 0.001)
    assert client.cached(ttl) == READ
    server.clock.advance(seconds)
    assert client.cached(ttl) == WRITTEN


def test_cache_of_an_hour_outlives_that_of_minutes(server: MockServer) -> None:
    client = Client(server)
    assert client.cached("1h") == WRITTEN
    server.clock.advance("59m")
    assert client.cached("1h") == READ
    server.clock.advance("59m")
    assert client.cached("1h") == READ


def test_clock_that_goes_on_ages_the_cache_too() -> None:
    server = MockServer()
    client = Client(server)
    assert client.cached(None) == WRITTEN
    server.clock.advance("4m")
    assert client.cached(None) == READ
    server.clock.advance("6m")
    assert client.cached(None) == WRITTEN


def test_session_goes_by_its_own_clock(server: MockServer) -> None:
    one, other = Client(server, key="one"), Client(server, key="other")
    assert (one.cached(None), other.cached(None)) == (WRITTEN, WRITTEN)
    server.session("one").clock.advance("6m")
    assert (one.cached(None), other.cached(None)) == (WRITTEN, READ)
    # It is moved away from the clock of all, and goes by that again after a reset.
    server.clock.advance("1h")
    assert server.session("one").clock.now() != server.clock.now()
    server.session("one").reset()
    assert server.session("one").clock.now() == server.clock.now()


PATHS = ("/v1/messages", "/v1/messages/count_tokens")
SONNET = "claude-sonnet-4-5"  # deprecated on 2026-09-30, retires on 2026-11-30
OPUS = "claude-opus-4-5"  # deprecated on 2026-11-23, retires on 2027-01-22


def stage_of(client: Client, model: str) -> str:
    shown: str = client.http.get(f"/v1/models/{model}").raise_for_status().json()["lifecycle"]
    return shown


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("lifecycle", ["", "release", "today", "2026-12-24"])
def test_clock_that_is_set_retires_models_on_the_second(version: str, lifecycle: str, *, stream: bool) -> None:
    server = MockServer(profile="anthropic", lifecycle=lifecycle)
    client = Client(server, version, stream=stream)
    server.clock.freeze("2026-11-29T23:59:59.999Z")
    assert {client.post(path, model=SONNET).status_code for path in PATHS} == {200}
    server.clock.advance("1ms")
    for path in PATHS:
        assert error_of(client.post(path, model=SONNET), 404)["message"] == f"model: {SONNET}"
    assert {client.post(path, model=OPUS).status_code for path in PATHS} == {200}


@pytest.mark.parametrize("lifecycle", ["", "release", "today", "2026-12-24"])
def test_models_are_deprecated_on_the_second(lifecycle: str) -> None:
    server = MockServer(lifecycle=lifecycle)
    client = Client(server)
    server.clock.freeze("2026-11-22T23:59:59.999Z")
    assert (stage_of(client, OPUS), stage_of(client, SONNET)) == ("active", "deprecated")
    server.clock.advance(0.001)
    assert stage_of(client, OPUS) == "deprecated"
    listed = [each["id"] for each in client.http.get("/v1/models?lifecycle=deprecated&limit=100").json()["data"]]
    assert "claude-opus-4-5-20251101" in listed


@pytest.mark.parametrize(
    ("lifecycle", "duration"),
    [("today", "4d"), ("", "4d"), ("release", "4d"), ("2026-11-20", "10d"), ("2026-12-24", "-24d")],
)
def test_clock_that_is_advanced_moves_the_day_that_decides(
    lifecycle: str, duration: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The catalogue was released on 2026-11-26; the model retires on 2026-11-30."""
    monkeypatch.setattr(time, "time", lambda: datetime(2026, 11, 26, tzinfo=timezone.utc).timestamp())
    server = MockServer(profile="anthropic", lifecycle=lifecycle)
    client = Client(server)
    server.clock.freeze()
    server.clock.advance(duration)
    assert client.post(model=SONNET).status_code == 404
    server.clock.advance("-1ms")
    assert client.post(model=SONNET).status_code == 200
    server.clock.advance("1ms")
    assert client.post(model=SONNET).status_code == 404
    server.clock.reset()
    assert client.post(model=SONNET).status_code == (404 if lifecycle == "2026-12-24" else 200)


def test_models_of_a_day_are_read_again_with_their_file(tmp_path: Path) -> None:
    models = tmp_path / "models.yaml"
    models.write_text("models: {claude-next: {like: claude-opus-5}}")
    server = MockServer(str(models))
    server.clock.set("2027-06-01")
    assert stage_of(Client(server), "claude-next") == "active"
    models.write_text("models: {claude-next: {like: claude-opus-5, retires_at: 2027-06-01}}")
    assert assembly.reload(server.mock) == ()
    assert stage_of(Client(server), "claude-next") == "retired"


@pytest.mark.parametrize("lifecycle", ["", "release", "2026-11-26"])
def test_clock_that_only_stands_still_retires_no_model(lifecycle: str) -> None:
    server = MockServer(profile="anthropic", lifecycle=lifecycle)
    server.clock.freeze()
    assert Client(server).post(model=SONNET).status_code == 200
    server.clock.resume()
    assert Client(server).post(model=SONNET).status_code == 200


def test_session_has_models_of_its_own_day() -> None:
    server = MockServer(profile="anthropic")
    server.session("later").clock.set("2027-01-22")
    assert [Client(server, key=key).post(model=OPUS).status_code for key in ("later", "now", "later")] == [
        404,
        200,
        404,
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_retired_model_advises_nobody(version: str, tmp_path: Path) -> None:
    """Rules ask for other models of the same day, those of files too."""
    models = tmp_path / "models.yaml"
    models.write_text("models: {claude-opus-4-8: {retires_at: 2027-06-01}}")
    server = MockServer(str(models), profile="anthropic")
    client = Client(server, version)
    advisor = {"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-4-8"}
    asked: Any = {"model": "claude-haiku-4-5", "tools": [advisor]}
    client.http.headers["anthropic-beta"] = "advisor-tool-2026-03-01"
    server.clock.freeze("2027-05-31T23:59:59Z")
    assert client.post(**asked).status_code == 200
    server.clock.advance("1s")
    assert error_of(client.post(**asked), 400)["message"] == "tools.0.model: claude-opus-4-8"


@pytest.mark.parametrize("stream", [False, True])
def test_headers_tell_the_time_of_the_clock(server: MockServer, *, stream: bool) -> None:
    answer = Client(server, stream=stream).post()
    assert answer.headers["date"] == "Sat, 28 Nov 2026 12:00:00 GMT"
    assert answer.headers["anthropic-ratelimit-requests-reset"] == START
    assert Client(server).http.get("/v1/nowhere").headers["date"] == "Sat, 28 Nov 2026 12:00:00 GMT"


def test_date_is_sent_once_over_a_socket() -> None:
    with MockServer() as server:
        server.clock.set("2031-05-05")
        server.session("k").when(user="old").reply("Old.", headers={"date": "Thu, 01 Jan 1970 00:00:00 GMT"})
        for text, date in (("new", "Mon, 05 May 2031 00:00:"), ("old", "Thu, 01 Jan 1970 00:00:00 GMT")):
            body = {"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": text}]}
            answer = httpx.post(f"{server.url}/v1/messages", json=body, headers={"x-api-key": "k"})
            assert [each[: len(date)] for each in answer.headers.get_list("date")] == [date]


def times_of(server: MockServer, *moves: Any) -> list[str]:
    """The ids and times in two answers of a new session, of which the clock is moved in between."""
    session, told = server.session("times"), list[str]()
    session.reset()
    session.reply("Found.", container={}, **FETCH)
    for move in (None, *moves):
        if move:
            move(session.clock)
        answer = Client(server, key="times").post(tools=[{"type": "web_fetch_20250910", "name": "web_fetch"}])
        message = answer.raise_for_status().json()
        page = next(each for each in message["content"] if each["type"] == "web_fetch_tool_result")["content"]
        told += [message["id"], answer.headers["request-id"], message["container"]["expires_at"], page["retrieved_at"]]
    return told


def test_times_that_are_the_same_in_each_run_go_on_with_the_clock() -> None:
    first, again = times_of(MockServer(), lambda clock: clock.advance("1h")), times_of(MockServer())
    assert first[:4] == again
    assert first[2:4] == ["2026-11-01T00:05:00.001000Z", "2026-11-01T00:00:00.001000"]
    assert first[6:] == ["2026-11-01T01:05:00.002000Z", "2026-11-01T01:00:00.002000"]
    # Ids sort in the order in which they were given out.
    soon = times_of(MockServer(), lambda clock: clock.now())
    assert first[0] < soon[4] < first[4]
    assert first[1] < soon[5] < first[5]
    assert first == times_of(MockServer(), lambda clock: clock.advance("1h"))


def test_times_of_a_clock_that_was_set_are_those_it_shows() -> None:
    told = times_of(MockServer(), lambda clock: clock.set("2027-01-23"), lambda clock: clock.advance("-1d"))
    assert told[6:8] == ["2027-01-23T00:05:00.002000Z", "2027-01-23T00:00:00.002000"]
    assert told[10:] == ["2027-01-22T00:05:00.003000Z", "2027-01-22T00:00:00.003000"]


def test_placeholders_and_the_journal_tell_the_time_of_the_clock(server: MockServer) -> None:
    session = server.session("k")
    session.reply("It is {{ now.isoformat() }}, {{ fake.date_this_month() }}.")
    (block,) = Client(server).message()["content"]
    assert block["text"].startswith("It is 2026-11-28T12:00:00+00:00, 2026-11-")
    assert session.last_request.at == server.clock.now().timestamp()


@pytest.mark.parametrize("moment", ["2000-01-01", "2099-12-31T23:59:59.999Z"])
def test_ends_of_time_do_no_harm(moment: str) -> None:
    server = MockServer(profile="anthropic")
    server.clock.freeze(moment)
    told = times_of(server)
    assert told[3][:10] in (moment[:10], "2100-01-01")
    assert Client(server).cached("1h") == WRITTEN
    fakes = " ".join(f"{{{{ fake.{name}() }}}}" for name in ("date_of_birth", "future_date", "date_time", "zip"))
    server.session("fakes").reply(fakes)
    (block,) = Client(server, key="fakes").message(max_tokens=4000)["content"]
    assert "b'PK" in block["text"]


def test_request_is_explained_at_its_time(server: MockServer) -> None:
    server.session("k").clock.set("2027-01-22")
    body = {"model": OPUS, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    for key, by in (("k", "error"), ("other", "generated")):
        told = Client(server, key=key).http.post("/_mock/explain", json=body).json()
        assert told["answered_by"] == by
