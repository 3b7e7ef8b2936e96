"""What was recorded by forwarding is heard again, to the byte, chunk by chunk; only what is redacted is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace

from mockserver import MockServer
from tests.recordings.making import ask
from tests.serving.overhearing import Heard, overhear, raw_server
from tests.serving.test_exact_replay import ANSWERS, BYTES

KEY = "sk-ant-upstream"
REDACTED = ("anthropic-workspace-id", "set-cookie")


@pytest.fixture(autouse=True, scope="module")
def key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANTHROPIC_API_KEY", KEY)
        yield


def body_of(name: str) -> bytes:
    return orjson.dumps(ask(f"Question {name}", stream=True))


def record(folder: Path, upstream: str, *names: str) -> dict[str, Heard]:
    """What a client hears of an upstream while it is recorded."""
    with MockServer(record=folder, upstream=upstream, record_errors=True) as server:
        return {name: overhear(server.url, body_of(name)) for name in names}


def told(heard: Heard) -> tuple[object, ...]:
    kept = tuple(pair for pair in heard.headers if pair[0] not in REDACTED)
    return replace(heard, headers=kept).told


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MockServer, dict[str, Heard]]]:
    """A server that replays all answers of a mock server, and how they were heard."""
    folder = tmp_path_factory.mktemp("recorded")
    with MockServer(seed=7, profile="anthropic") as upstream:
        for name, words in ANSWERS.items():
            upstream.session(KEY).when(user=f"Question {name}").reply(**words)
        recorded = record(folder, upstream.url, *ANSWERS)
    with MockServer(folder, replay="exact") as server:
        yield server, recorded


@pytest.mark.parametrize("name", ANSWERS)
def test_recorded_answer_of_a_mock_server_is_the_same(heard: tuple[MockServer, dict[str, Heard]], name: str) -> None:
    server, recorded = heard
    assert told(overhear(server.url, body_of(name))) == told(recorded[name])


@pytest.mark.parametrize("name", BYTES)
def test_recorded_answer_of_raw_bytes_is_the_same(tmp_path: Path, name: str) -> None:
    """The recorder passes on what it could, and that is what is heard again."""
    with raw_server(BYTES[name]) as url:
        recorded = record(tmp_path, url, name)[name]
    with MockServer(tmp_path, replay="exact") as server:
        assert told(overhear(server.url, body_of(name))) == told(recorded)
