"""What a soak runs on: the servers under load, the engine and the folders of their store, and what all of it holds."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import valkey

from mockserver.records.setting_checks import MEMORY
from tests.store.valkey import engine

SQLITE, ENGINE = "sqlite", "valkey"
STORES = (MEMORY, SQLITE, ENGINE)
# Lines of what a server says that mean a bug, or a task that nobody waited for.
ALARMS = ("Traceback", "failed inside", "never retrieved", "never awaited", "was destroyed")

Sample = dict[str, int]


class Server:
    """A process under load; what it says goes to a file."""

    def __init__(self, job: dict[str, Any], log: Path) -> None:
        command = [sys.executable, "-m", "tests.soak.server", json.dumps(job)]
        with log.open("ab") as told:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=told, text=True
            )
        self.url = self._line().strip()
        if not self.url:
            raise RuntimeError(f"a server does not start:\n{log.read_text(errors='replace')[-3000:]}")

    def measure(self) -> Sample:
        """Bytes, descriptors, tasks and threads that it holds now."""
        assert self.process.stdin is not None
        self.process.stdin.write("?\n")
        self.process.stdin.flush()
        return dict(json.loads(self._line()))

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


class Engine:
    """An engine of its own, which can be killed and started again where it was."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, engine.find_port()
        self._running = ExitStack()
        self.kills = 0
        self.url = self._running.enter_context(engine.running(folder, self._port))

    def measure(self) -> Sample:
        """What it holds now; nothing while it is dead."""
        try:
            with valkey.Valkey(port=self._port) as client:
                info, keys = client.info(), client.dbsize()
        except valkey.ConnectionError:
            return {}
        held = {"bytes": info["used_memory"], "keys": keys, "clients": info["connected_clients"]}
        return {f"engine {name}": int(value) for name, value in held.items()}

    def stop(self) -> None:
        self._running.close()

    async def restart_often(self, seconds: float) -> None:
        """Every so many seconds kill it, and two seconds later start it again, empty; until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            self.kills += 1
            self.stop()
            await asyncio.sleep(2)
            # Not in a thread, where a cancelled one would start it after the end.
            self._running.enter_context(engine.running(self._folder, self._port))


class Place:
    """Servers with one store, and where it is."""

    def __init__(self, folder: Path, fixtures: list[str], store: str, workers: int) -> None:
        self.log, self._kept = folder / "log", folder / "store"
        self.engine = Engine(folder) if store == ENGINE else None
        settings: dict[str, Any] = {"fixtures": fixtures}
        if self.engine is not None:
            settings["store"] = f"{self.engine.url}?files={self._kept}"
        elif store == SQLITE:
            settings["store"] = str(self._kept)
        slots = [None] if workers == 1 else range(workers)
        self.servers = [Server({"settings": settings, "slot": slot}, self.log) for slot in slots]
        self.urls = [server.url for server in self.servers]

    @property
    def kills(self) -> int:
        """How often the engine died."""
        return 0 if self.engine is None else self.engine.kills

    def measure(self) -> Sample:
        """What all of it holds now."""
        each = [server.measure() for server in self.servers]
        held = {name: sum(sample[name] for sample in each) for name in each[0]}
        if self.engine is not None:
            held |= self.engine.measure()
        held["files"] = sum(path.is_file() for path in self._kept.rglob("*"))
        return held

    def find_alarms(self) -> list[str]:
        """What the servers said that they should not."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if any(a in line for a in ALARMS)]

    def stop(self) -> None:
        for server in self.servers:
            server.process.kill()
        if self.engine is not None:
            self.engine.stop()


@contextmanager
def place(folder: Path, fixtures: list[str], store: str, workers: int) -> Iterator[Place]:
    """Servers with one store, until the end."""
    found = Place(folder, fixtures, store, workers)
    try:
        yield found
    finally:
        found.stop()
