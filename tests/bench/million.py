"""1,000,000 requests: whether the memory of a server grows after the first 100,000."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from . import servers, wrk
from .requests import SCENARIOS, TEXT, body
from .rows import Row, Skipped
from .servers import Server
from .workers import OWN

ALL, FIRST = 1_000_000, 100_000


def ask(server: Server, count: int) -> int:
    """Asks for so many answers, or a few more; returns how many."""
    asked, speed = 0, 2000.0
    while asked < count:
        seconds = min(max((count - asked) / speed, 1.0), 20.0)
        more, took = wrk.load(server.port, body(stream=False), sessions=OWN, seconds=seconds)
        asked, speed = asked + more, more / took
    return asked


def rows() -> Iterator[Row | Skipped]:
    if reason := wrk.why_no_wrk():
        yield Skipped(f"memory after {ALL:,} requests", reason)
        return
    with TemporaryDirectory() as folder:
        fixture = Path(folder) / "bench.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        with servers.serving(*servers.ours(fixture)) as server:
            asked = ask(server, FIRST)
            early = server.memory()
            asked += ask(server, ALL - asked)
            late = server.memory()
    yield Row(f"memory after {FIRST:,} requests", early / 1e6, unit="MB")
    yield Row(f"memory after {asked:,} requests", late / 1e6, unit="MB")
    yield Row("memory, last / first", late / early, at_most=1.05)
