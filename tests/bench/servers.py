"""The servers that are measured, each a process of its own, and what they cost: CPU time and memory (on Linux)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

AIMOCK = Path(__file__).parent / "aimock" / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Server:
    """A server that runs."""

    port: int
    pid: int

    def pids(self) -> list[int]:
        """Its process, and its workers."""
        children = (path.read_text().split() for path in Path(f"/proc/{self.pid}/task").glob("*/children"))
        return [self.pid, *(int(pid) for each in children for pid in each)]

    def cpu_seconds(self) -> float:
        """The CPU time that it and its workers have used so far, user and system, all threads, those that have ended
        too.
        """
        # The id of the clock of another process, as clock_getcpuclockid(3) makes it.
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.pids())

    def memory(self) -> int:
        """The bytes of memory that it and its workers hold."""
        return sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE for pid in self.pids())


@contextmanager
def serving(*command: str, bytecode: str = "") -> Iterator[Server]:
    """A Python server, which says where it listens on its first line. ``bytecode`` is a folder for compiled modules."""
    environment = dict(os.environ)
    if bytecode:
        # As for a user: compiled once, whatever the shell says that runs this.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment["PYTHONPYCACHEPREFIX"] = bytecode
    process = subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        yield Server(int(process.stdout.readline().rsplit(":", 1)[1]), process.pid)
    finally:
        process.terminate()
        process.wait()


def ours(fixture: Path | str, *options: str) -> tuple[str, ...]:
    """The command that serves a fixture."""
    return ("-m", "mockserver", "serve", str(fixture), "--port", "0", "--quiet", *options)


def bare(whole: int, stream: int, http: str = "httptools") -> tuple[str, ...]:
    """The command that serves constants of these sizes."""
    return ("-m", "tests.bench.bare", "0", str(whole), str(stream), http)


def why_no_aimock() -> str:
    """Why aimock cannot be measured; "" when it can."""
    if shutil.which("node") is None:
        return "there is no Node here"
    return "" if AIMOCK.exists() else "run `npm ci --prefix tests/bench/aimock` first"


@contextmanager
def serving_aimock(folder: Path, text: str, chunk: int) -> Iterator[Server]:
    """aimock, answering "hello" with a text, in pieces of ``chunk`` characters when it streams."""
    fixture = folder / "aimock.json"
    fixture.write_text(json.dumps({"fixtures": [{"match": {"userMessage": "hello"}, "response": {"content": text}}]}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--fixtures", str(fixture), "--chunk-size", str(chunk), "--log-level", "silent"]
    process = subprocess.Popen(["node", str(AIMOCK), *options], stdout=subprocess.DEVNULL)
    try:
        until_answered(port)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait()


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def count_files(pid: int) -> int:
    """How many files and connections a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def until_ready(server: Server, workers: int) -> None:
    """Returns once all workers take connections: each has opened a thing to wait with, of which there is one a loop."""
    deadline = time.monotonic() + 30
    while sum(_has_begun(pid) for pid in server.pids()[1:]) < workers:
        if time.monotonic() > deadline:
            raise RuntimeError("the workers do not start")
        time.sleep(0.05)


def _has_begun(pid: int) -> bool:
    """Whether a process waits for connections; the listening socket was opened by the one that started it."""
    with suppress(FileNotFoundError):  # a file is closed while they are looked at
        return any(str(path.readlink()) == "anon_inode:[eventpoll]" for path in Path(f"/proc/{pid}/fd").iterdir())
    return False


def until_answered(port: int) -> None:
    """Returns once a server takes connections."""
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models").close()
        except urllib.error.HTTPError:
            return
        except OSError:
            continue
        return
