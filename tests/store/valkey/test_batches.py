"""Batches are worked by any replica: each request is answered once, and another one takes over when a replica dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from mockserver.endpoints.batches import items, keeping, resuming, rows, viewing
from mockserver.endpoints.batches.creating import create
from mockserver.endpoints.parts import Parts
from mockserver.records.errors import ApiError
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.store.errors import StoreFailedError
from tests.endpoints.batches.calling import arrive, item, write
from tests.endpoints.batches.leaving import (
    GIVEN,
    NAMES,
    STOP,
    leave_batch,
    read_texts,
    wait_until_finished,
    watching,
    write_script,
)
from tests.store.valkey.test_replicas import SILENCE, let_be_silent

Opening = Callable[[], Parts]


@pytest.fixture
def url(engine: str, tmp_path: Path) -> str:
    """A name space of its own, with a folder."""
    return f"{engine}?name={uuid4().hex}&files={tmp_path / 'files'}"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return write_script(tmp_path)


@pytest.fixture
def opening(url: str, script: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opening]:
    """Builds one more server."""
    monkeypatch.setattr(rows, "CHUNK", 1500)
    built: list[Parts] = []

    def open_one() -> Parts:
        built.append(assembly.build(Settings(store=url, fixtures=(str(script),))))
        return built[-1]

    yield open_one
    for parts in built:
        parts.store.close()


def let_all_be_silent(url: str, *alive: str, parts: Any) -> None:
    for replica in parts.store.replicas():
        if replica.id not in alive:
            let_be_silent(url.partition("&")[0], replica.id, 2 * SILENCE)


def test_killed_replica_is_replaced_while_another_runs(
    url: str, script: Path, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "PAUSE", 0.05)
    survivor: Any = opening()
    with watching(survivor):
        leave_batch(url, script)
        sleep(0.2)  # it is looked at several times
        (batch,) = viewing.list_batches(survivor, "s")
        assert not batch.answered
        let_all_be_silent(url, survivor.store._data.replica, parts=survivor)
        wait_until_finished(survivor)
    # What the request in flight had used is not given again.
    assert read_texts(survivor) == GIVEN


def test_replica_that_comes_back_leaves_its_batch_to_the_other(
    url: str, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = opening(), opening()
    whole, answered = items.Answerer.answer, list[int]()

    def answer(self: items.Answerer, request: Any, index: int) -> items.Row:
        row = whole(self, request, index)
        if index == STOP and not answered:
            answered.append(index)
            let_all_be_silent(url, second.store._data.replica, parts=second)  # type: ignore[attr-defined]
            assert resuming.resume(second) == 1
        return row

    monkeypatch.setattr(items.Answerer, "answer", answer)
    batch = create(arrive(first, write(*map(item, NAMES)), at=first.clock.now()), first)
    assert batch.answered
    assert answered == [STOP]
    texts = read_texts(first)
    assert len({*texts.values()}) == len(NAMES)


def test_batch_that_was_given_up_is_taken_over(opening: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its replica goes on, as after an error of the engine in the middle."""
    first, second = opening(), opening()
    whole = items.Answerer.answer

    def answer(self: items.Answerer, request: Any, index: int) -> items.Row:
        if index == STOP:
            assert resuming.resume(second) == 0
            raise ConnectionError
        return whole(self, request, index)

    with monkeypatch.context() as patched:
        patched.setattr(items.Answerer, "answer", answer)
        with pytest.raises(ConnectionError):
            create(arrive(first, write(*map(item, NAMES)), at=first.clock.now()), first)
    # Whoever looks first; those of another replica wait until it is gone.
    assert resuming.resume(first) == 1
    assert resuming.resume(second) == 0
    read_texts(second)


def test_batch_is_seen_and_changed_by_any_replica(opening: Opening) -> None:
    first, second = opening(), opening()
    batch = create(arrive(first, write(*map(item, NAMES)), at=first.clock.now()), first)
    assert [each.id for each in viewing.list_batches(second, "s")] == [batch.id]
    keeping.change(second.store, "s", batch.id, lambda known: replace(known, canceled=known.created))
    ended = viewing.find_batch(first, "s", batch.id)
    assert ended is not None
    assert {row["result"]["type"] for row in viewing.read_rows(second, "s", ended)} == {"canceled"}


def test_without_a_folder_batches_are_refused(engine: str) -> None:
    parts = assembly.build(Settings(store=f"{engine}?name={uuid4().hex}"))
    with pytest.raises(ApiError, match="files=DIR"):
        create(arrive(parts, write(item("a"))), parts)
    assert viewing.list_batches(parts, "s") == []
    assert not resuming.has_unfinished(parts)
    parts.store.close()


def test_results_in_the_folder_of_another_machine_are_missed_before_the_answer_begins(
    url: str, opening: Opening, tmp_path: Path
) -> None:
    first, second = opening(), assembly.build(Settings(store=url.replace("files=", f"files={tmp_path}/other")))
    batch = create(arrive(first, write(*map(item, NAMES)), at=first.clock.now()), first)
    ended = viewing.finish(second, "s", batch.id)
    assert ended is not None
    with pytest.raises(StoreFailedError, match="need the same folder"):
        rows.read_results(second.store, "s", ended)
    assert rows.read_results(first.store, "s", ended).size > 0
    second.store.close()
