"""A batch whose server is killed in the middle, and what becomes of it. Run as a program it is that server."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from mockserver.endpoints.batches import items, resuming, rows, viewing
from mockserver.endpoints.batches.body import Request
from mockserver.endpoints.batches.creating import create
from mockserver.endpoints.parts import Parts
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from tests.endpoints.batches.calling import arrive, item, write

NAMES = [f"i{number}" for number in range(30)]
# The request at which the server hangs, when it has its answer.
STOP = 17
# What the requests are answered with when another server goes on: one answer of the script is lost.
GIVEN = {name: f"answer {number if number < STOP else number + 1}" for number, name in enumerate(NAMES)}


def write_script(folder: Path) -> Path:
    """A script of more answers than the batch has requests."""
    path = folder / "counted.yaml"
    answers = "".join(f"  - answer {number}\n" for number in range(40))
    path.write_text(f"scenarios:\n- name: counted\n  calls:\n{answers}")
    return path


def leave_batch(store: str, script: Path, slot: str = "") -> None:
    """Have a server create a batch, and kill it at one of the requests."""
    command = [sys.executable, "-m", __name__, store, str(script), slot]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as creator:
        assert creator.stdout is not None
        assert creator.stdout.readline() == b"hangs\n"
        creator.send_signal(signal.SIGKILL)


@contextmanager
def watching(parts: Parts) -> Iterator[None]:
    """A server looks for batches that others left."""
    stopped = Event()
    thread = Thread(target=resuming.watch, args=(parts, stopped))
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(30)


def wait_until_finished(parts: Parts) -> None:
    """Returns when no batch is unfinished."""
    deadline = time.monotonic() + 30
    while resuming.has_unfinished(parts):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def read_texts(parts: Parts) -> dict[str, str]:
    """What answered each request of the only batch, which is ended; each has one row."""
    (batch,) = viewing.list_batches(parts, "s")
    ended = viewing.finish(parts, "s", batch.id)
    assert ended is not None
    found = [*viewing.read_rows(parts, "s", ended)]
    assert [row["custom_id"] for row in found] == NAMES
    assert (ended.succeeded, ended.errored) == (len(NAMES), 0)
    return {row["custom_id"]: row["result"]["message"]["content"][0]["text"] for row in found}


def main(store: str, script: str, slot: str) -> None:
    """Create the batch, each row in a chunk of its own, and hang."""
    rows.CHUNK = 1
    whole = items.Answerer.answer

    def answer(self: items.Answerer, request: Request, index: int) -> items.Row:
        row = whole(self, request, index)
        if index == STOP:
            print("hangs", flush=True)
            time.sleep(600)
        return row

    items.Answerer.answer = answer  # type: ignore[method-assign]
    parts = assembly.build(Settings(store=store, fixtures=(script,)), int(slot) if slot else None)
    create(arrive(parts, write(*map(item, NAMES)), at=parts.clock.now()), parts)


if __name__ == "__main__":
    main(*sys.argv[1:])
