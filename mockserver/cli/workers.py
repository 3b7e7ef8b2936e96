"""``mockserver serve --workers N``: several processes behind one socket, each with sessions of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import Any

from msgspec.structs import asdict

from mockserver.cli import serving
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.serving.app import MockApp
from mockserver.serving.runner import Runner
from mockserver.serving.server import bind, url_of


def serve(settings: Settings, *, host: str, port: int, workers: int, quiet: bool) -> None:
    """Serves until SIGINT or SIGTERM, or until one of the workers dies.

    Raises:
        ScenarioError: the fixtures hold mistakes.
    """
    # Mistakes in fixtures are told once, before any process starts.
    scenarios = len(assembly.build(settings).fixtures.scenarios)
    try:
        listener = bind(host, port)
    except OSError as error:
        raise SystemExit(serving.refusal(error, host, port)) from error
    given = json.dumps({"settings": asdict(settings), "quiet": quiet, "socket": listener.fileno()})
    command = [sys.executable, "-m", __name__, given]
    started = [subprocess.Popen(command, pass_fds=[listener.fileno()]) for _ in range(workers)]  # noqa: S603  our own

    # What a worker may end with: one that is still starting dies of the signal that tells it to stop.
    good = {0}

    def pass_on(number: int, _: object) -> None:
        good.add(-number)
        for worker in started:
            worker.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, pass_on)
    # The socket listens already: what comes before the workers are up waits for them.
    serving.announce(url_of(listener), settings, scenarios, quiet=quiet)
    failed = 0
    for worker in started:
        status = worker.wait()
        if status not in good:
            failed = failed or abs(status)
            pass_on(signal.SIGTERM, None)
    raise SystemExit(failed)


def work(given: str) -> None:
    """One worker, until it is told to stop."""
    said = json.loads(given)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in said["settings"].items()
    }
    app = MockApp(Settings(**values), log=None if said["quiet"] else serving.log)
    Runner(app, on_start=serving.settle).run(socket.socket(fileno=said["socket"]))


if __name__ == "__main__":
    work(sys.argv[1])
