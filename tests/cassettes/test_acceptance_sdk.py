"""A run of the official SDK, recorded, gives its client equal results when it is replayed without the upstream."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import anthropic
import pytest

from mockserver.testing.server import MockServer
from tests.cassettes.sdk_runs import PARTS, WEATHER, Seen, ask

KEY = "sk-ant-api03-the-real-one"


class Recording:
    """What was recorded once for all tests: the folder, and what each part saw."""

    def __init__(self, folder: Path, seen: dict[str, Seen], received: int) -> None:
        self.folder, self.seen, self.received = folder, seen, received


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    folder = tmp_path_factory.mktemp("recorded") / "cassettes"
    with (
        pytest.MonkeyPatch.context() as patch,
        MockServer(profile="anthropic", seed=77, tool_use="once", api_keys=(KEY,)) as upstream,
    ):
        for name in ("CI", "ANTHROPIC_AUTH_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("ANTHROPIC_API_KEY", KEY)
        overloaded: Any = {"error": {"type": "overloaded_error", "headers": {"retry-after": "0"}}}
        upstream.scripts.when(user="retry this").calls(
            [overloaded, overloaded, {"text": "At last.", "times": "always"}]
        )
        upstream.scripts.when(user="refuse this").error("invalid_request_error", message="No.")
        with MockServer(record=folder, upstream=upstream.url, record_errors=True) as server:
            seen = {name: run(server, name) for name in PARTS}
        yield Recording(folder, seen, upstream.mock.journal.received())


def run(server: MockServer, part: str, session: str = "any") -> Seen:
    with anthropic.Anthropic(base_url=server.url, api_key=session) as client:
        return PARTS[part](client)


@pytest.fixture
def replayed(recording: Recording) -> Iterator[MockServer]:
    with MockServer(record=recording.folder, record_mode="none") as server:
        yield server


@pytest.mark.parametrize("part", PARTS)
def test_replay_gives_equal_results(recording: Recording, replayed: MockServer, part: str) -> None:
    """Three times in a row, each time from the beginning: a session of its own, or after a reset."""
    for session in ("one", "other", "other"):
        assert run(replayed, part, session) == recording.seen[part]
        replayed.reset(session)


def test_parts_replay_in_another_order(recording: Recording, replayed: MockServer) -> None:
    for part in reversed(PARTS):
        assert run(replayed, part) == recording.seen[part], part


@pytest.mark.parametrize("replay", ["exact", "paced"])
def test_other_ways_of_replay_give_equal_results(recording: Recording, replay: Literal["exact", "paced"]) -> None:
    with MockServer(record=recording.folder, record_mode="none", replay=replay) as server:
        for part in PARTS:
            assert run(server, part) == recording.seen[part], part


def test_nothing_secret_is_written(recording: Recording) -> None:
    for path in recording.folder.rglob("*"):
        assert KEY not in path.read_bytes().decode(errors="replace"), path


def test_volatile_parts_may_change(replayed: MockServer) -> None:
    with anthropic.Anthropic(base_url=replayed.url, api_key="any") as client:
        tools = [{**WEATHER, "cache_control": {"type": "ephemeral"}}]
        question = [{"type": "text", "text": "How is the weather in Oslo?"}]
        message = client.messages.create(**ask(question, tools=tools, metadata={"user_id": "somebody else"}))
    assert message.stop_reason == "tool_use"


def test_changed_question_is_refused_with_a_diff(replayed: MockServer) -> None:
    with (
        anthropic.Anthropic(base_url=replayed.url, api_key="any") as client,
        pytest.raises(anthropic.NotFoundError) as caught,
    ):
        client.messages.create(**ask("How is the weather in Paris?", tools=[WEATHER]))
    assert "- How is the weather in Oslo?" in str(caught.value.message).replace("\\n", "\n")
