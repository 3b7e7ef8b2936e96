"""What a plain answer costs with each store: the server's processor time beside that of memory, and what the engine
does for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.store.valkey import engine

from . import servers
from .requests import SCENARIOS, TEXT, body
from .rows import Row, Skipped
from .workers import OWN, compare, compare_costs, describe
from .wrk import load

# Two commands a second are what a replica sends of itself, and the groups of the journal are ten at most.
BESIDES = 0.05


def why_no_engine() -> str:
    """Why the store on an engine cannot be measured; "" when it can."""
    if find_spec("valkey") is None or find_spec("greenlet") is None:
        return "the extra valkey is not installed"
    return "" if engine.find_engine() else engine.MISSING


def rows() -> Iterator[Row | Skipped]:
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        fixture = folder / "bench.yaml"
        fixture.write_text(SCENARIOS % TEXT)
        stores = {"memory": "memory", "a folder": str(folder / "kept")}
        if reason := why_no_engine():
            yield Skipped("the store on an engine", reason)
        else:
            stores["valkey"] = f"{stack.enter_context(engine.running(folder))}?files={folder}"
        measured = {
            store: stack.enter_context(servers.serving(*servers.ours(fixture, "--store", url)))
            for store, url in stores.items()
        }
        found = compare(measured, OWN)
        yield from describe(found, "plain answers")
        yield Row("a folder / memory, CPU", compare_costs(found, "a folder", "memory"), at_most=1.25)
        if "valkey" in measured:
            yield Row("valkey / memory, CPU of the server", compare_costs(found, "valkey", "memory"))
            yield from ask_engine(measured["valkey"], stores["valkey"].partition("?")[0])


def ask_engine(server: servers.Server, url: str) -> Iterator[Row]:
    """What the engine does for a plain answer: scripts run, bursts of them read, and its processor time."""
    import valkey

    with valkey.Valkey.from_url(url) as client:
        before = read_figures(client)
        count, _ = load(server.port, body(stream=False), sessions=OWN, seconds=5)
        after = read_figures(client)
    scripts, reads, cpu = (b - a for a, b in zip(before, after, strict=True))
    yield Row("scripts run by the engine, a plain answer", scripts / count, at_most=1 + BESIDES)
    yield Row("reads of the engine, a plain answer", reads / count)
    yield Row("CPU of the engine, a plain answer", cpu / count * 1e6, unit="µs CPU")


def read_figures(client: Any) -> tuple[float, float, float]:
    """Scripts run, reads from sockets, and CPU seconds, since the engine was started."""
    told: dict[str, Any] = {**client.info("commandstats"), **client.info("stats"), **client.info("cpu")}
    scripts = sum(told[name]["calls"] for name in ("cmdstat_evalsha", "cmdstat_eval") if name in told)
    return scripts, told["total_reads_processed"], told["used_cpu_user"] + told["used_cpu_sys"]
