"""A server that measures how long each call of its store holds the event loop. At each line of stdin it writes that.

python -m tests.crash.timed FOLDER
"""

from __future__ import annotations

import asyncio
import functools
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mockserver.cli.console import tune_collector
from mockserver.records.settings import Settings
from mockserver.serving.app import MockApp
from mockserver.serving.server import UvicornServer, bind, url_of
from mockserver.store import Store

# How long no operation may hold the event loop, in seconds.
HOLD = 0.005
# By operation: how often the event loop called it, how often it took too long, and the longest call in seconds; without
# the time that the process waited for a CPU.
Holds = dict[str, tuple[int, int, float]]


def time_store(store: Store, holds: Holds) -> None:
    """Have all operations of a store that the event loop calls written down."""
    loop = threading.get_ident()
    names = [name for name, value in vars(Store).items() if isinstance(value, property)]
    for part, kind in {name: type(getattr(store, name)) for name in names}.items():
        for name in (name for name in dir(kind) if not name.startswith("_") and callable(getattr(kind, name))):
            original = getattr(kind, name)
            if not hasattr(original, "__wrapped__"):
                setattr(kind, name, _time(original, f"{part}.{name}", holds, loop))


def _time(operation: Callable[..., Any], name: str, holds: Holds, loop: int) -> Callable[..., Any]:
    @functools.wraps(operation)
    def timed(*args: Any, **kwargs: Any) -> Any:
        if threading.get_ident() != loop:
            return operation(*args, **kwargs)
        start = _now()
        try:
            return operation(*args, **kwargs)
        finally:
            took = _now() - start
            calls, late, longest = holds.get(name, (0, 0, 0.0))
            holds[name] = (calls + 1, late + (took > HOLD), max(longest, took))

    return timed


def _now() -> float:
    """A clock that stands still while the main thread waits for a CPU, in seconds."""
    waited = Path(f"/proc/self/task/{os.getpid()}/schedstat").read_text().split()[1]
    return time.perf_counter() - int(waited) / 1e9


def main(folder: str) -> None:
    options: dict[str, Any] = {"store": folder}
    app, listener, holds = MockApp(Settings(**options)), bind("127.0.0.1", 0), Holds()

    def begin() -> None:
        tune_collector()
        time_store(app.mock.store, holds)
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), tell)
        print(url_of(listener), flush=True)

    def tell() -> None:
        if not os.read(sys.stdin.fileno(), 100):
            os._exit(0)
        print(json.dumps(holds), flush=True)

    UvicornServer(app, on_start=begin).serve_on(listener)


if __name__ == "__main__":
    main(sys.argv[1])
