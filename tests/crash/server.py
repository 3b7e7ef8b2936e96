"""A server with a data folder, in a process group of its own: it can be killed whole, and started again."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2 as httpx

STARTED_WITHIN = 30.0  # seconds


class Server:
    """``mockserver serve`` with the options given; what it says goes to a file.

    ``room`` is how large its files may become, in bytes; None: as large as the disk allows.
    """

    def __init__(self, *options: str, log: Path, room: int | None = None) -> None:
        self.room = room
        self.options = options
        self.log = log
        self.url = ""
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            RuntimeError: it ends, or does not answer in time.
        """
        self.url = f"http://127.0.0.1:{free_port()}"
        command = [sys.executable, "-m", "mockserver", "serve", "--no-config", "--quiet"]
        command += ["--port", self.url.rpartition(":")[2], *self.options]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, preexec_fn=self._limit
            )
        deadline = time.monotonic() + STARTED_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the server does not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)

    @property
    def pid(self) -> int:
        """The process started, which is the parent of workers."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> float:
        """Kill all its processes; returns when, as of the monotonic clock, before the first of them died."""
        assert self._process is not None
        at = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        return at

    def _limit(self) -> None:
        if self.room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.room, self.room))

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/_mock/health", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
