"""A folder that is opened again has everything as it was, also after its process was killed."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

from mockserver.records.reply import Fault
from mockserver.records.settings import Settings
from mockserver.store import Departure, Document, FaultPlan, Script, Thread
from mockserver.store.clocks import ClockSetting
from mockserver.store.sqlite import SqliteStore, open_store
from tests.store.conformance.sessions import fill
from tests.store.conformance.subject import record

KILLS = 20
# Forks a process again and again, which works until it is killed; prints what that acknowledged, a line for each life.
WORK = f"""
import json, os, signal, sys
from pathlib import Path
from mockserver.records.settings import Settings
from mockserver.store import Departure, Document, Script
from mockserver.store.sqlite import open_store
from tests.store.conformance.subject import record

def work(told):
    store = open_store(Path(sys.argv[1]), Settings(journal_entries=10**6))
    while True:
        call = store.sessions.begin_call("s")
        taken = store.counters.take("s", "calls", None)
        writer = store.blobs.create()
        writer.write(b"x" * 5000 + str(call).encode())
        store.objects.add("s", "file", f"file_{{call}}", b"{{}}", blobs=[writer.finish()])
        if call % 10 == 1:
            store.scripts.add("s", [Script(f"script {{call}}", Document("words", f"{{call}}"))])
        number = store.journal.append("s", record(b"y" * (100_000 if call % 20 == 2 else 10)), Departure())
        os.write(told, json.dumps([call, taken, number]).encode() + b"\\n")

for life in range({KILLS}):
    reading, told = os.pipe()
    process = os.fork()
    if not process:
        work(told)
    os.close(told)
    with open(reading, "rb") as heard:
        lines = [heard.readline() for _ in range(1 + 5 * life)]
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        lines += heard.readlines()
    print(json.dumps([json.loads(line) for line in lines]))
"""


def look(store: SqliteStore) -> list[object]:
    """What a store holds, as it is told."""
    turn, content = (
        store.threads.get("s", "msg_1"),
        store.blobs.open(store.objects.page("s", "file", 1).objects[0].blobs[0]),
    )
    assert content is not None
    with content:
        data = content.read()
    return [
        store.sessions.names(),
        store.counters.counts("s"),
        store.scripts.active("s"),
        store.scripts.additions("s"),
        store.journal.entries(),
        store.journal.received(),
        store.stats.read(),
        turn,
        store.overrides.active("s"),
        (store.faults.find("s"), store.faults.find("other")),
        (store.clocks.active("s"), store.clocks.active("other")),
        (store.objects.page("s", "file", 9), data),
        store.prompt_cache.consult("s", [b"a"], [], 2.0),
        store.usage(),
    ]


def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    store = open_store(tmp_path, Settings())
    fill(store, "s")
    store.sessions.reveal("s")
    store.server_scripts.add([Script("for all", Document("words", "half a letter: \ud83d"))])
    store.faults.set(None, FaultPlan((Fault("stall", options={"for": "1s"}),), 3))
    store.clocks.change(None, None, ClockSetting(60.0))
    store.journal.append("s", record(b"x" * 300_000, size=300_000), Departure(1, False, 2.0, 1.0))
    store.stats.count("s", record(), Departure(1, False, 2.0, 1.0))
    store.threads.add("s", "msg_2", Thread(b"{}", (b'"' + b"y" * 200_000 + b'"',)), "msg_1")
    # Of an answer that was on its way nothing more is to come after a restart.
    store.threads.finish("s", "msg_2")
    writer = store.blobs.create()
    writer.write(b"content")
    store.objects.add("s", "file", "file_1", b"{}", blobs=[writer.finish()])
    before = look(store)
    store.close()
    store = open_store(tmp_path, Settings())
    try:
        assert look(store) == before
        assert store.threads.get("s", "msg_2") is not None
        assert store.sessions.begin_call("s") == 2
        assert store.journal.append("s", record()) == 3
        assert store.objects.add("s", "file", "file_2", b"{}").number == 2
        store.counters.put_back("s", "script", 0, store.counters.era("s"))
        assert store.counters.take("s", "script", None) == 0
    finally:
        store.close()


def test_lost_sessions_and_earlier_figures_are_there_after_a_restart(tmp_path: Path) -> None:
    store = open_store(tmp_path, Settings(max_sessions=1))
    fill(store, "lost")
    store.stats.count("lost", record(), Departure())
    store.sessions.begin_call("other")
    store.close()
    store = open_store(tmp_path, Settings(max_sessions=1))
    try:
        assert (store.sessions.is_lost("lost"), store.usage().dropped_sessions) == (True, 1)
        assert store.stats.read().requests == 1
        store.reset()
        assert (store.stats.read().requests, store.stats.lifetime().requests) == (0, 1)
    finally:
        store.close()


def test_idle_time_goes_on_over_a_restart(tmp_path: Path) -> None:
    now = [5.0]
    store = open_store(tmp_path, Settings(session_idle=60), lambda: now[0])
    store.sessions.reveal("a")
    store.sessions.touch("a")
    store.close()
    # The monotonic clock of a new process may begin anywhere.
    now[0] = 1_000_000.0
    store = open_store(tmp_path, Settings(session_idle=60), lambda: now[0])
    try:
        store.sessions.touch("b")
        assert store.sessions.names() == ("a", "b")
        now[0] += 61
        store.sessions.touch("b")
        assert store.sessions.names() == ("b",)
    finally:
        store.close()


def test_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    """But the last of the journal: what was written within 100 ms before, and nothing in its midst."""
    run = subprocess.run([sys.executable, "-c", WORK, str(tmp_path)], capture_output=True, text=True, timeout=50)
    assert run.stderr == ""
    calls, acknowledged = 0, set[int]()
    for told in map(json.loads, run.stdout.splitlines()):
        # Each life goes on where the one before was killed: a call may have been counted that was not told any more.
        assert told[0][0] - calls in (1, 2)
        assert all(later[0] == earlier[0] + 1 and later[1] == earlier[1] + 1 for earlier, later in pairwise(told))
        assert all(later[2] == earlier[2] + 1 for earlier, later in pairwise(told))
        calls = told[-1][0]
        acknowledged |= {row[0] for row in told}
    assert calls >= KILLS * KILLS
    store = open_store(tmp_path, Settings(journal_entries=10**6))
    try:
        check(store, acknowledged)
    finally:
        store.close()


def check(store: SqliteStore, calls: set[int]) -> None:
    """Everything that was told is there, and nothing half."""
    assert store.sessions.begin_call("s") - max(calls) in (1, 2)
    assert store.counters.counts("s")["calls"] >= len(calls)
    objects = store.objects.page("s", "file", 10**6).objects
    assert {f"file_{number}" for number in calls} <= {each.id for each in objects}
    held = {name for each in objects for name in each.blobs}
    folder = store._folder
    assert {path.name for path in folder.blobs.iterdir()} == held
    assert list(folder.halves.iterdir()) == []
    assert {f"script {number}" for number in calls if number % 10 == 1} <= {
        each.name for each in store.scripts.current("s").scripts
    }
    entries = store.journal.entries()
    assert [entry.number for entry in entries] == sorted({entry.number for entry in entries})
    assert all(entry.record.call.body == b"y" * len(entry.record.call.body) for entry in entries)
