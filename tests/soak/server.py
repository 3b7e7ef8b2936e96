"""The server under load, with small bounds that are reached soon. At each line of stdin it writes what it holds.

python -m tests.soak.server JOB, which is JSON: {"settings": {...}, "slot": number or null}
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from mockserver.cli.console import tune_collector
from mockserver.records.settings import Settings
from mockserver.serving.app import MockApp
from mockserver.serving.server import UvicornServer, bind, url_of

MB = 1024 * 1024
BOUNDS: dict[str, Any] = {
    "journal_entries": 50,
    "journal_bytes": 2 * MB,
    "session_bytes": 2 * MB,
    "max_sessions": 60,
    "blob_bytes": 50 * MB,
    "reload": True,
}


def main(job: str) -> None:
    told = json.loads(job)
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in told["settings"].items()
    }
    app = MockApp(Settings(**BOUNDS, **given), slot=told["slot"])
    listener = bind("127.0.0.1", 0)

    def begin() -> None:
        tune_collector()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), measure)
        print(url_of(listener), flush=True)

    def measure() -> None:
        if not os.read(sys.stdin.fileno(), 100):
            os._exit(0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        held = {
            "bytes": pages * os.sysconf("SC_PAGE_SIZE"),
            "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208  as quick as can be
            "tasks": len(asyncio.all_tasks()),
            "threads": threading.active_count(),
        }
        print(json.dumps(held), flush=True)

    UvicornServer(app, on_start=begin).serve_on(listener)


if __name__ == "__main__":
    main(sys.argv[1])
