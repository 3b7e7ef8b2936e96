"""``session.cassette`` and ``server.cassette``: what the marker and the commands do, in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import pytest

from mockserver.recordings.errors import RecordingError
from mockserver.testing.server import MockServer
from tests.cassettes.written import make_body, write_cassette

KEY = "sk-ant-api03-upstream-secret"


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[MockServer]:
    for name in ("CI", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    with MockServer(api_keys=(KEY,)) as server:
        server.scripts.when(user="Hi").calls(["First.", "Second."])
        yield server


@pytest.fixture
def server(upstream: MockServer) -> Iterator[MockServer]:
    with MockServer(upstream=upstream.url) as server:
        yield server


def ask(server: MockServer, text: str = "Hi", key: str = "any") -> str:
    with anthropic.Anthropic(base_url=server.url, api_key=key, max_retries=0) as client:
        message: Any = client.messages.create(**make_body(text))
        return str(message.content[0].text)


def test_session_records_and_replays(server: MockServer, upstream: MockServer, tmp_path: Path) -> None:
    path = tmp_path / "hi.yaml"
    with server.session("any").cassette(path, mode="once") as cassette:
        assert cassette.is_recording
        assert ask(server) == "First."
    assert path.exists()
    session = server.session("other")
    with session.cassette(path) as cassette:
        assert not cassette.is_recording
        assert ask(server, key="other") == "First."
        assert [str(turn) for turn in cassette.turns] == ["hi-1 (1 of 1 answers)"]
        with pytest.raises(anthropic.NotFoundError):
            ask(server, "Bye", key="other")
    assert upstream.mock.journal.received() == 1


def test_other_sessions_are_not_recorded(server: MockServer, upstream: MockServer, tmp_path: Path) -> None:
    with server.session("any").cassette(tmp_path / "hi.yaml", mode="once"):
        ask(server, "Who are you?", key="other")
    assert not (tmp_path / "hi.yaml").exists()
    assert upstream.mock.journal.received() == 0


def test_replayed_session_is_not_recorded_by_its_server(upstream: MockServer, tmp_path: Path) -> None:
    path = write_cassette(tmp_path / "hi.yaml", [("Hi", "Recorded.")])
    with MockServer(upstream=upstream.url, record=str(tmp_path / "all"), record_mode="all") as server:
        with server.session("any").cassette(path):
            with pytest.raises(anthropic.NotFoundError):
                ask(server, "Bye")
            assert upstream.mock.journal.received() == 0
            ask(server, "Bye", key="other")
        ask(server, "Bye")
    assert upstream.mock.journal.received() == 2


def test_whole_server_records_and_replays(server: MockServer, tmp_path: Path) -> None:
    with server.cassette(tmp_path / "hi.yaml", mode="once"):
        assert [ask(server, key=key) for key in ("one", "other")] == ["First.", "Second."]
    with MockServer() as other:
        cassette = other.cassette(tmp_path / "hi.yaml")
        assert [ask(other), ask(other), ask(other, key="other")] == ["First.", "Second.", "First."]
        assert repr(cassette) == f"<MockCassette {tmp_path / 'hi.yaml'} in mode none>"


def test_close_writes_what_was_recorded(server: MockServer, tmp_path: Path) -> None:
    session = server.session("any")
    session.cassette(tmp_path / "hi.yaml", mode="once")
    ask(server)
    session.close()
    assert "First." in (tmp_path / "hi.yaml").read_text()


def test_stop_writes_what_was_recorded(upstream: MockServer, tmp_path: Path) -> None:
    with MockServer(upstream=upstream.url) as server:
        server.cassette(tmp_path / "hi.yaml", mode="once")
        ask(server)
    assert "First." in (tmp_path / "hi.yaml").read_text()


def test_failed_block_replaces_no_file(server: MockServer, tmp_path: Path) -> None:
    path = write_cassette(tmp_path / "hi.yaml", [("Hi", "Recorded.")])
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), server.session("any").cassette(path, mode="all"):  # noqa: PT012
        assert ask(server) == "First."
        raise ZeroDivisionError
    assert path.read_bytes() == before


def test_replay_is_over_with_its_block(server: MockServer, tmp_path: Path) -> None:
    session = server.session("any")
    path = write_cassette(tmp_path / "hi.yaml", [("Hi", "Recorded.")])
    for holder in (session, server):
        with holder.cassette(path) as cassette:
            assert ask(server) == "Recorded."
            with pytest.raises(anthropic.NotFoundError):
                ask(server, "Bye")
        assert [turn.given for turn in cassette.turns] == [holder is session]
        assert ask(server) != "Recorded."
        session.reset()
        server.reset()
        assert ask(server) != "Recorded."
    with session.cassette(tmp_path / "other.yaml", mode="once"):
        assert ask(server) == "First."
    assert "First." in (tmp_path / "other.yaml").read_text()


def test_inner_block_leaves_the_outer_one(server: MockServer, tmp_path: Path) -> None:
    session = server.session("any")
    outer = write_cassette(tmp_path / "outer.yaml", [("Hi", "Outer.")])
    inner = write_cassette(tmp_path / "inner.yaml", [("Hi", "Inner.")])
    with session.cassette(outer):
        with session.cassette(inner):
            assert ask(server) == "Inner."
        assert ask(server) == "Outer."
        with pytest.raises(anthropic.NotFoundError):
            ask(server, "Bye")


def test_cassettes_begin_again_with_a_reset(server: MockServer, tmp_path: Path) -> None:
    path = write_cassette(tmp_path / "hi.yaml", [("Hi", ["One.", "Two."])])
    session = server.session("any")
    for holder in (session, server):
        with holder.cassette(path):
            assert [ask(server), ask(server)] == ["One.", "Two."]
            holder.reset()
            assert [ask(server), ask(server)] == ["One.", "Two."]
            with pytest.raises(anthropic.NotFoundError):
                ask(server, "Bye")
        assert ask(server) not in ("One.", "Two.")


def test_reason_of_a_cassette_that_does_nothing_is_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    session = MockServer().session("any")
    with pytest.raises(RecordingError, match="there is no cassette"):
        session.cassette(tmp_path / "hi.yaml")
    with pytest.raises(RecordingError, match="set ANTHROPIC_API_KEY"):
        session.cassette(tmp_path / "hi.yaml", mode="once")
    path = write_cassette(tmp_path / "hi.yaml", [("Hi", "Recorded.")])
    assert not session.cassette(path, mode="new_episodes").is_recording
    with pytest.raises(RecordingError, match="set ANTHROPIC_API_KEY"):
        session.cassette(path, mode="all")


def test_words_win_over_the_file(tmp_path: Path) -> None:
    path = write_cassette(tmp_path / "hi.yaml", [("Hi", "Recorded.")])
    with MockServer() as server:
        body = {**make_body("Hi"), "max_tokens": 65}
        session = server.session("any")
        session.cassette(path)
        with anthropic.Anthropic(base_url=server.url, api_key="any", max_retries=0) as client:
            with pytest.raises(anthropic.NotFoundError):
                client.messages.create(**body)
            session.reset()
            session.cassette(path, match={"ignore": ["max_tokens"]}, replay="exact")
            answer = client.messages.with_raw_response.create(**body)
    assert b'"id":"msg_01"' in answer.http_response.content


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"mode": "twice"}, "mode: expected"),
        ({"replay": "fast"}, "replay: expected"),
        ({"match": {"redact": []}}, "match: expected a mapping with ignore or volatile"),
        ({"record": "once"}, "expected mode"),
    ],
)
def test_wrong_words_are_refused(words: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        MockServer().session("any").cassette("hi.yaml", **words)
