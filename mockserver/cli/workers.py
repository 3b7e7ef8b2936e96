"""``mockserver serve --workers N``: several processes behind one socket, each with sessions of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from msgspec.structs import asdict

from mockserver.cli import console
from mockserver.cli.access_log import AccessLog
from mockserver.cli.output import forget_unwritten, keep_standard_descriptors
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.serving.app import MockApp
from mockserver.serving.server import UvicornServer, bind, url_of

# The variable in which a worker finds its task.
TASK = "MOCKSERVER_WORKER_TASK"
# Seconds for which one worker is waited for before the next one is looked at.
LOOK = 0.1


def serve(settings: Settings, *, host: str, port: int, workers: int, token: str, quiet: bool) -> None:
    """Serves until SIGINT or SIGTERM, or until one of the workers dies.

    All workers have the control token of the settings; ``token`` is that one when it is to be shown.

    Raises:
        ScenarioError: the fixtures hold mistakes.
    """
    # Mistakes in fixtures are reported once, before any process starts.
    scenarios = len(assembly.build(settings).fixtures.scenarios)
    try:
        listener = bind(host, port)
    except OSError as error:
        raise SystemExit(console.explain_failure(error, host, port)) from error
    processes = _start_workers(settings, listener, workers, quiet=quiet)

    # The statuses a worker may end with: one that is still starting dies of the signal that tells it to stop.
    expected = {0}

    def forward(number: int, _: object) -> None:
        expected.add(-number)
        for worker in processes:
            worker.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, forward)
    # The socket listens already: connections made before the workers are up wait in its queue.
    console.announce(url_of(listener), settings, scenarios, host=host, token=token, quiet=quiet)
    failed = 0
    while processes:
        worker, status = _wait_for_any(processes)
        processes.remove(worker)
        if status not in expected:
            failed = failed or abs(status)
            forward(signal.SIGTERM, None)
    raise SystemExit(failed)


def _start_workers(
    settings: Settings, listener: socket.socket, workers: int, *, quiet: bool
) -> list[subprocess.Popen[bytes]]:
    task = json.dumps({"settings": asdict(settings), "quiet": quiet, "socket": listener.fileno()})
    # Everybody on this machine may read the arguments of a process; the task holds keys and the token.
    command, environment = [sys.executable, "-m", __name__], {**os.environ, TASK: task}
    return [
        subprocess.Popen(command, pass_fds=[listener.fileno()], env=environment)  # noqa: S603  our own
        for _ in range(workers)
    ]


def _wait_for_any(processes: Sequence[subprocess.Popen[bytes]]) -> tuple[subprocess.Popen[bytes], int]:
    """The first of the processes that ends, and its status."""
    while True:
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                return process, process.wait(LOOK)


def run_worker(task: str) -> None:
    """Serves as one of the workers, until SIGINT or SIGTERM."""
    job = json.loads(task)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in job["settings"].items()
    }
    app = MockApp(Settings(**values), log=None if job["quiet"] else AccessLog().write)
    UvicornServer(app, on_start=console.tune_collector).serve_on(socket.socket(fileno=job["socket"]))


if __name__ == "__main__":
    keep_standard_descriptors()
    try:
        run_worker(os.environ.pop(TASK))
    finally:
        forget_unwritten()
