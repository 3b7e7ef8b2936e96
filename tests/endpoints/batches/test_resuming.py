"""Batches whose creation was interrupted are finished; what happens meanwhile is not lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from mockserver import asgi_transport, journey
from mockserver.endpoints.batches import items, keeping, resuming, rows, state, viewing
from mockserver.endpoints.batches.creating import REQUESTS, UNFINISHED, create
from mockserver.endpoints.batches.state import BATCH
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.serving.storing import make_keeper
from mockserver.store.errors import StoreFullError
from mockserver.store.memory.blobs import MemoryBlobWriter
from mockserver.store.objects import StoredObject
from tests.endpoints.batches.calling import PATH, arrive, item, write
from tests.endpoints.batches.leaving import GIVEN, leave_batch, read_texts, wait_until_finished, watching, write_script

NAMES = [f"i{number}" for number in range(30)]


class Killed(BaseException):
    """The end of a process, in the middle."""


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> Parts:
    monkeypatch.setattr(rows, "CHUNK", 3000)
    return assembly.build(Settings())


def kill_at(parts: Parts, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Begin a batch, and stop before the request at that place."""
    whole = items.Answerer.answer

    def answer(self: items.Answerer, request: Any, index: int) -> items.Row:
        if index == at:
            raise Killed
        return whole(self, request, index)

    with monkeypatch.context() as patched:
        patched.setattr(items.Answerer, "answer", answer)
        with pytest.raises(Killed):
            create(arrive(parts, write(*map(item, NAMES)), at=parts.clock.now()), parts)


@pytest.mark.parametrize("at", [0, 1, 17, 29])
def test_it_goes_on_behind_what_is_kept(parts: Parts, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    kill_at(parts, monkeypatch, at)
    (batch,) = viewing.list_batches(parts, "s")
    kept = sum(chunk.count for chunk in rows.list_chunks(parts.store, "s", batch.id))
    assert at - 8 < kept <= at
    whole, places = items.Answerer.answer, list[int]()

    def answer(self: items.Answerer, request: Any, index: int) -> items.Row:
        places.append(index)
        return whole(self, request, index)

    monkeypatch.setattr(items.Answerer, "answer", answer)
    assert resuming.has_unfinished(parts)
    assert resuming.resume(parts) == 1
    assert not resuming.has_unfinished(parts)
    assert places == list(range(kept, 30))
    batch = viewing.finish(parts, "s", batch.id) or batch
    assert [row["custom_id"] for row in viewing.read_rows(parts, "s", batch)] == NAMES


def test_batch_without_all_results_does_not_end(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_at(parts, monkeypatch, 20)
    (batch,) = viewing.list_batches(parts, "s")
    assert (viewing.finish(parts, "s", batch.id) or batch).status == "in_progress"
    keeping.change(parts.store, "s", batch.id, lambda known: replace(known, canceled=known.created + 1))
    resuming.resume(parts)
    ended = viewing.find_batch(parts, "s", batch.id)
    assert ended is not None
    assert [row["result"] for row in viewing.read_rows(parts, "s", ended)] == [{"type": "canceled"}] * 30


@pytest.mark.parametrize("done", [0, 1, 7, 8, 29, 30])
def test_size_is_that_of_what_is_read(parts: Parts, done: int) -> None:
    """A large content is announced by its size."""
    batch = create(arrive(parts, write(*map(item, NAMES)), at=parts.clock.now()), parts)
    content = rows.read_results(parts.store, "s", replace(batch, ended=1.0, done=done))
    assert content.size == len(b"".join(content.read()))


def test_change_is_made_again_when_another_was_quicker(parts: Parts) -> None:
    batch = create(arrive(parts, write(item("a")), at=parts.clock.now()), parts)
    objects, interrupted = parts.store.objects, list[int]()

    def make(known: Any) -> Any:
        if not interrupted:
            interrupted.append(1)
            keeping.change(parts.store, "s", batch.id, make)
        return replace(known, polls=known.polls + 1)

    changed = keeping.change(parts.store, "s", batch.id, make)
    assert changed is not None
    held = objects.get("s", BATCH, batch.id)
    assert held is not None
    assert (changed.polls, state.decode(held.data)) == (2, changed)


def test_batch_in_creation_counts_no_polls(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_at(parts, monkeypatch, 20)
    (batch,) = viewing.list_batches(parts, "s")
    call = Call("GET", f"{PATH}/{batch.id}", {"x-mock-session": "s"}, at=batch.created)
    for _ in range(3):
        assert journey.answer(call, parts).delivery.status == 200
    resuming.resume(parts)
    held = viewing.find_batch(parts, "s", batch.id)
    assert held is not None
    assert (held.polls, held.status) == (0, "in_progress")


@pytest.fixture
def kept(parts: Parts, tmp_path: Path) -> Iterator[Parts]:
    """Those of a server with a folder, which several processes may share."""
    built = assembly.build(replace(parts.settings, store=str(tmp_path)))
    yield built
    built.store.close()


def test_what_another_process_creates_is_left_to_it(kept: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        with monkeypatch.context() as patched:
            patched.setattr(os, "getpid", lambda: other.pid)
            kill_at(kept, monkeypatch, 5)
        assert resuming.resume(kept) == 0
        other.communicate(b"\n")
    assert resuming.resume(kept) == 1


def test_server_that_is_alone_resumes_what_a_killed_one_left(kept: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of the killed process may be that of another one, or of what its parent has not buried yet."""
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", os.getppid)
        kill_at(kept, monkeypatch, 5)
    assert resuming.resume(kept) == 0
    make_keeper(kept)
    assert resuming.resume(kept) == 1


@pytest.mark.usefixtures("parts")
def test_transport_on_a_folder_finishes_what_was_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    left = assembly.build(Settings(store=str(tmp_path)))
    kill_at(left, monkeypatch, 5)
    assert resuming.has_unfinished(left)
    left.store.close()
    transport = asgi_transport(store=tmp_path)
    assert not resuming.has_unfinished(transport.mock)
    (batch,) = viewing.list_batches(transport.mock, "s")
    assert sum(chunk.count for chunk in rows.list_chunks(transport.mock.store, "s", batch.id)) == len(NAMES)
    transport.close()


def test_batch_that_nobody_was_told_of_is_forgotten(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        add = parts.store.objects.add

        def add_or_die(session: str, kind: str, *args: Any, **more: Any) -> Any:
            if kind == BATCH:
                raise Killed
            return add(session, kind, *args, **more)

        patched.setattr(parts.store.objects, "add", add_or_die)
        with pytest.raises(Killed):
            create(arrive(parts, write(item("a"))), parts)
    assert parts.store.objects.count("s", REQUESTS) == 1
    assert resuming.resume(parts) == 0
    assert [parts.store.objects.count("s", kind) for kind in (REQUESTS, UNFINISHED)] == [0, 0]
    assert parts.store.blobs.held() == 0


def test_reset_in_the_middle_ends_in_nothing(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = items.Answerer.answer

    def answer(self: items.Answerer, request: Any, index: int) -> items.Row:
        if index == 20:
            parts.store.reset("s")
        return whole(self, request, index)

    monkeypatch.setattr(items.Answerer, "answer", answer)
    create(arrive(parts, write(*map(item, NAMES))), parts)
    assert viewing.list_batches(parts, "s") == []
    assert parts.store.objects.count("s", rows.ROWS) == 0


@pytest.mark.parametrize("at", [1, 2])
def test_reset_at_the_beginning_ends_in_nothing(parts: Parts, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    whole, added = type(parts.store.objects).add, list[str]()

    def add(self: Any, session: str, kind: str, *given: Any, **more: Any) -> StoredObject:
        if len(added) == at:
            parts.store.reset("s")
        added.append(kind)
        return whole(self, session, kind, *given, **more)

    monkeypatch.setattr(type(parts.store.objects), "add", add)
    assert create(arrive(parts, write(*map(item, NAMES))), parts).total == len(NAMES)
    assert added[at:] == [(UNFINISHED, REQUESTS, BATCH)[at]]
    assert viewing.list_batches(parts, "s") == []
    assert parts.store.blobs.held() == 0


def test_worker_finishes_what_a_killed_one_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resuming, "PAUSE", 0.02)
    script = write_script(tmp_path)
    settings = Settings(store=str(tmp_path / "kept"), fixtures=(str(script),))
    worker = assembly.build(settings, 0)  # there is one store of a folder in a process
    with watching(worker):
        leave_batch(settings.store, script, "1")
        wait_until_finished(worker)
    assert read_texts(worker) == GIVEN
    worker.store.close()


def test_batch_that_cannot_be_finished_is_not_tried_again(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_at(parts, monkeypatch, 20)
    given_up: set[str] = set()

    def refuse(_: object, __: bytes) -> None:
        raise StoreFullError("full")

    with monkeypatch.context() as patched:
        patched.setattr(MemoryBlobWriter, "write", refuse)
        assert resuming.resume(parts, given_up) == 0
    assert len(given_up) == 1
    assert resuming.resume(parts, given_up) == 0
    assert resuming.resume(parts) == 1
