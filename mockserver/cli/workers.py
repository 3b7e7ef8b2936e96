"""``mockserver serve --workers N``: several processes behind one socket, which share one store.

The process that starts them holds its folder, and removes from it what is old. A worker that is killed or told to stop
is replaced; one that fails by itself would fail again, and ends them all. Workers end with the process that started
them: each reads from a pipe which that process holds open while it lives.
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from msgspec.structs import asdict, replace

from mockserver.cli import console
from mockserver.cli.access_log import log_request
from mockserver.cli.output import forget_unwritten, keep_standard_descriptors, steady_output, tell_error
from mockserver.cli.sharing import temporary_folder
from mockserver.recordings.errors import RecordingError
from mockserver.recordings.modes import NONE
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.masks import show_line
from mockserver.records.setting_checks import ALWAYS, MEMORY
from mockserver.records.settings import Settings
from mockserver.scenarios.reading.python_file import is_python
from mockserver.serving import assembly
from mockserver.serving.app import MockApp
from mockserver.serving.server import DRAIN, UvicornServer, url_of
from mockserver.serving.storing import make_keeper
from mockserver.serving.tls import make_tls
from mockserver.store.errors import StoreError

# The variable in which a worker finds its task.
TASK = "MOCKSERVER_WORKER_TASK"
# Seconds for which one worker is waited for before the next one is looked at.
LOOK = 0.1
# Seconds after which a worker that was told to stop is killed: it has been stopped, or computes and does not listen.
PATIENCE = DRAIN + 1.0
# The statuses of a worker that was told to stop, the latter two while it started.
ASKED = (0, -signal.SIGTERM, -signal.SIGINT)


def serve(settings: Settings, *, host: str, port: int, workers: int, token: str, quiet: bool, config: str = "") -> None:
    """Serves until SIGINT or SIGTERM, or until a worker fails.

    All workers have the control token of the settings; ``token`` is that one when it is to be shown.

    Raises:
        ScenarioError: the fixtures hold mistakes.
        StoreError: the folder of the store cannot be used.
        RecordingError: something is to be recorded, which one process does.
    """
    _refuse_what_is_for_one(settings)
    # Mistakes are reported once, before any process starts.
    tls = console.read_certificate(settings)
    with _share_store(settings) as shared:
        mock = assembly.build(shared, slot=0)
        keeper = make_keeper(mock)
        keeper.open()
        listener = console.listen(host, port)
        pool = Pool({"settings": asdict(shared), "quiet": quiet, "began": mock.fixtures.began}, listener)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _: pool.stop(number))
        for slot in range(1, workers + 1):
            pool.start(slot)
        # The socket listens already: connections made before the workers are up wait in its queue.
        with steady_output():
            console.announce(
                url_of(listener, tls),
                shared,
                mock.fixtures,
                host=host,
                token=token,
                quiet=quiet,
                config=config,
                gateway=mock.gateway,
            )
            status = pool.run()
        keeper.close()
    raise SystemExit(status)


def _refuse_what_is_for_one(settings: Settings) -> None:
    if settings.record and settings.record_mode != NONE:
        raise RecordingError("record: one process records: leave out --workers, or say --workers 1")
    programs = [path for path in settings.fixtures if is_python(Path(path))]
    if programs:
        message = "a fixture in Python answers from one process: leave out --workers, or say --workers 1"
        raise ScenarioError(*[Problem(Place(path), message) for path in programs])


@contextmanager
def _share_store(settings: Settings) -> Iterator[Settings]:
    """The settings with a folder for the store: the one that was given, else a temporary one, which keeps things as the
    memory of one process does.
    """
    if settings.store != MEMORY:
        yield settings
        return
    with temporary_folder() as folder:
        yield replace(settings, store=str(folder), keep=ALWAYS)


class Pool:
    """The workers of a server.

    Args:
        job: what each worker is told.
        listener: the socket they share; it is closed here when they are told to stop.
    """

    def __init__(self, job: dict[str, Any], listener: socket.socket) -> None:
        self._job = {**job, "socket": listener.fileno()}
        self._command = [sys.executable, "-m", __name__]
        self._listener = listener
        # Each with its slot, the number by which the store knows it.
        self._workers: dict[subprocess.Popen[bytes], int] = {}
        # The statuses a worker may end with: one that is still starting dies of the signal that tells it to stop.
        self._expected = {0}
        self._is_stopping = False
        self._deadline = math.inf

    def start(self, slot: int) -> None:
        """Start one more worker."""
        # Everybody on this machine may read the arguments of a process; the task holds keys and the token.
        environment = {**os.environ, TASK: json.dumps({**self._job, "slot": slot})}
        worker = subprocess.Popen(  # noqa: S603  our own
            self._command, pass_fds=[self._listener.fileno()], stdin=subprocess.PIPE, env=environment
        )
        self._workers[worker] = slot
        if self._is_stopping:  # a signal came meanwhile
            worker.terminate()

    def stop(self, number: int) -> None:
        """Send all workers a signal."""
        self._is_stopping = True
        self._deadline = min(self._deadline, time.monotonic() + PATIENCE)
        self._expected.add(-number)
        for worker in self._workers:
            worker.send_signal(number)
            if worker.stdin is not None:
                worker.stdin.close()

    def run(self) -> int:
        """Wait until all workers have ended, replacing those that are killed; returns the status to end with."""
        failed = 0
        while self._workers:
            worker, status = self._wait_for_any()
            slot = self._workers.pop(worker)
            if self._is_stopping and status in self._expected:
                continue
            if self._is_stopping or status > 0:
                failed = failed or abs(status)
                self.stop(signal.SIGTERM)
            else:
                how = "told to stop" if status in ASKED else f"killed ({signal.Signals(-status).name})"
                tell_error(f"mockserver: a worker was {how}; another takes its place.")
                self.start(slot)
        return failed

    def _kill(self) -> None:
        """End the workers that do not stop."""
        self._expected.add(-signal.SIGKILL)
        for worker in self._workers:
            worker.kill()

    def _wait_for_any(self) -> tuple[subprocess.Popen[bytes], int]:
        """The first of the workers that ends, and its status."""
        while True:
            if time.monotonic() > self._deadline:
                self._kill()
            for worker in self._workers:
                # Not in the handler of the signal: a worker may be starting there, which needs it.
                if self._is_stopping:
                    self._listener.close()
                with suppress(subprocess.TimeoutExpired):
                    return worker, worker.wait(LOOK)


def run_worker(task: str) -> None:
    """Serves as one of the workers, until SIGINT or SIGTERM, or until the process that started it is gone."""
    job = json.loads(task)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in job["settings"].items()
    }
    log = None if job["quiet"] else log_request
    app = MockApp(Settings(**values), log=log, slot=job["slot"], began=job["began"])

    def begin() -> None:
        console.tune_collector()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), end)

    def end() -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        server.stop(DRAIN)

    server = UvicornServer(app, begin, make_tls(app.mock.settings))
    with steady_output():
        server.serve_on(socket.socket(fileno=job["socket"]))


if __name__ == "__main__":
    keep_standard_descriptors()
    try:
        run_worker(os.environ.pop(TASK))
    except StoreError as error:
        tell_error(show_line(f"mockserver: {error}"))
        raise SystemExit(2) from None
    finally:
        forget_unwritten()
