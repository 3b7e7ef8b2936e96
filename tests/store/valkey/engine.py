"""An engine for tests: the redis-server or valkey-server of this machine, on a free port, with nothing on the disk."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest
import valkey

NAMES = ("valkey-server", "redis-server")
MISSING = "neither valkey-server nor redis-server is here (apt install redis-server)"


def find_engine() -> str | None:
    """The path of an engine."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def find_port() -> int:
    """A port that nothing uses."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@contextmanager
def running(folder: Path, port: int = 0) -> Iterator[str]:
    """Runs an engine; gives its URL."""
    program = find_engine()
    if program is None:
        pytest.skip(MISSING)
    port = port or find_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield f"valkey://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(30)


def _wait(port: int) -> None:
    deadline = monotonic() + 30
    while not _answers(port):
        assert monotonic() < deadline, "the engine does not answer"
        sleep(0.02)


def _answers(port: int) -> bool:
    try:
        with valkey.Valkey(port=port) as client:
            return bool(client.ping())
    except valkey.ConnectionError:
        return False
