"""What reports are made of: a server's requests, and those that another process hands over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from mockserver import MockServer
from mockserver.cli.reporting import make_json_report, make_junit_report
from mockserver.testing import sources
from mockserver.testing.sources import (
    FOR_PAGE,
    VARIABLE,
    Handover,
    ServerSource,
    Source,
    find_handovers,
    open_handover,
)

HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
KEY = "sk-mock-a-long-enough-key"


def ask(server: MockServer, key: str = KEY, **more: Any) -> None:
    with httpx2.Client(transport=server.transport, base_url="http://mock") as client:
        client.post("/v1/messages", json={**HELLO, **more}, headers={"x-api-key": key})


@pytest.fixture
def server() -> MockServer:
    """One that never listens, with a good request and a bad one of one session, and a good one of another."""
    server = MockServer(unmatched="generate")
    ask(server)
    ask(server, max_tokens=-1)
    ask(server, "another")
    return server


def test_handover_tells_what_the_server_would(server: MockServer, tmp_path: Path) -> None:
    handover = Handover(tmp_path, server.mock)
    own = ServerSource(server.mock)
    expected = [item.show() for item in own.items()]
    handover.add(KEY, "test_it.py::test_one")
    server.mock.store.forget(KEY)
    handover.finish()
    (found,) = find_handovers(tmp_path)
    items = list(found.items())
    assert [item.show() for item in items] == [
        {**whole, "test": test} for whole, test in zip(expected, ["test_it.py::test_one"] * 2 + [None], strict=True)
    ]
    assert [item.case.name for item in items] == [
        "test_it.py::test_one 1: generated",
        "test_it.py::test_one 2: 400",
        "3: generated",
    ]
    assert [item.case.complaint.partition(":")[0] for item in items] == ["", "max_tokens", ""]
    assert (found.received(), found.stats()) == (3, own.stats())
    assert KEY not in "".join(path.read_text("latin-1") for path in tmp_path.iterdir())


def test_handover_for_a_page_tells_no_less(tmp_path: Path) -> None:
    """A page has few of the misses, the report as JSON beside it all."""
    server = MockServer()
    for at in range(9):
        server.scripts.when(user=f"No {at}").reply("a")
    ask(server)
    (tmp_path / FOR_PAGE).touch()
    Handover(tmp_path, server.mock).finish()
    (item,) = next(iter(find_handovers(tmp_path))).items()
    assert len(item.show()["misses"]) == 9
    assert len(item.export()["entry"]["misses"]) == 8
    assert item.export()["entry"] == next(ServerSource(server.mock).items()).export()["entry"]


def test_process_that_was_killed_has_told_its_requests(server: MockServer, tmp_path: Path) -> None:
    Handover(tmp_path, server.mock).add(KEY, "test")
    (lines,) = tmp_path.iterdir()
    lines.write_bytes(lines.read_bytes()[:-9])
    (found,) = find_handovers(tmp_path)
    assert [item.case.name for item in found.items()] == ["test 1: generated"]
    assert (found.received(), found.stats().requests) == (1, 0)


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"\x93\x01"])
def test_totals_that_are_broken_are_none(server: MockServer, tmp_path: Path, content: bytes) -> None:
    Handover(tmp_path, server.mock).finish()
    next(tmp_path.glob("*.totals")).write_bytes(content)
    (found,) = find_handovers(tmp_path)
    assert (found.received(), found.stats().requests) == (3, 0)


def test_handover_is_bounded(server: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_MOST", 100)
    Handover(tmp_path, server.mock).finish()
    (found,) = find_handovers(tmp_path)
    assert (len(list(found.items())), found.received(), found.stats().requests) == (1, 3, 3)


def test_handover_without_a_folder_harms_nothing(server: MockServer, tmp_path: Path) -> None:
    handover = Handover(tmp_path / "gone", server.mock)
    handover.add(KEY, "test")
    handover.finish()
    assert list(tmp_path.iterdir()) == []


def test_handover_is_for_who_asked(server: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert open_handover(server.mock) is None
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    assert open_handover(server.mock) is not None


def test_reports_add_up_their_sources(server: MockServer, tmp_path: Path) -> None:
    Handover(tmp_path, server.mock).finish()
    both: list[Source] = [ServerSource(server.mock), *find_handovers(tmp_path)]
    told = json.loads(make_json_report(both, 0))
    assert (told["total"], told["refused"], told["dropped"], len(told["requests"])) == (6, 2, 0, 6)
    assert told["stats"]["statuses"] == {"200": 4, "400": 2}
    suite = make_junit_report(both)
    assert (suite.get("tests"), suite.get("failures")) == ("6", "2")
