"""Two workers beside one, in turns, loaded by what shares the processors with them; and what a store costs."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from . import servers, wrk
from .requests import SCENARIOS, TEXT, body
from .rows import Row, Skipped
from .servers import Server

ROUNDS, SECONDS = 5, 3.0
OWN = tuple(f"session-{number}" for number in range(64))
SHARED = ("one-for-all",)


class Measured(Struct, frozen=True):
    """Requests a second, and CPU seconds of the server a request."""

    rate: float
    cost: float


def measure(server: Server, sessions: Sequence[str], seconds: float = SECONDS) -> Measured:
    """What plain answers cost under load."""
    before = server.cpu_seconds()
    count, took = wrk.load(server.port, body(stream=False), sessions=sessions, seconds=seconds)
    return Measured(count / took, (server.cpu_seconds() - before) / count)


def compare(measured: Mapping[str, Server], sessions: Sequence[str]) -> dict[str, list[Measured]]:
    """Each server in turns, after a turn that does not count."""
    found: dict[str, list[Measured]] = {name: [] for name in measured}
    for server in measured.values():
        measure(server, sessions, 1)
    for _ in range(ROUNDS):
        for name, server in measured.items():
            found[name].append(measure(server, sessions))
    return found


def compare_rates(found: Mapping[str, list[Measured]], one: str, other: str) -> float:
    """The median of how much more a second one answers than the other, round by round."""
    return statistics.median(a.rate / b.rate for a, b in zip(found[one], found[other], strict=True))


def compare_costs(found: Mapping[str, list[Measured]], one: str, other: str) -> float:
    """The median of how much more a request costs of one than of the other, round by round."""
    return statistics.median(a.cost / b.cost for a, b in zip(found[one], found[other], strict=True))


def describe(found: Mapping[str, list[Measured]], kind: str) -> Iterator[Row]:
    """The medians of each server."""
    for name, each in found.items():
        yield Row(f"{kind}, {name}", statistics.median(one.rate for one in each), unit="a second")
        yield Row(f"{kind}, {name}: CPU", statistics.median(one.cost for one in each) * 1e6, unit="µs CPU")


def rows() -> Iterator[Row | Skipped]:
    if reason := wrk.why_no_wrk():
        yield Skipped("load by wrk", reason)
    with TemporaryDirectory() as folder, ExitStack() as stack:
        fixture = Path(folder) / "bench.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        one = stack.enter_context(servers.serving(*servers.ours(fixture)))
        two = stack.enter_context(servers.serving(*servers.ours(fixture, "--workers", "2")))
        servers.until_ready(two, 2)
        for kind, sessions, aim in (("64 sessions", OWN, 1.5), ("one session", SHARED, 1.3)):
            found = compare({"1 worker": one, "2 workers": two}, sessions)
            yield from describe(found, kind)
            yield Row(f"{kind}: 2 workers / 1, answers", compare_rates(found, "2 workers", "1 worker"), at_least=aim)
