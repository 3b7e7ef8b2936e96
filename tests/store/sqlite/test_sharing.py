"""Processes that share the folder of a store see what the others have done, and wait for nobody who died."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mockserver.records.settings import Settings
from mockserver.store import Departure, Document, Script
from mockserver.store.sqlite import SqliteStore, open_store, slots, writer
from mockserver.store.sqlite.slots import Slots
from tests.store.conformance.subject import record

PROCESSES, CALLS = 3, 60
# Several processes answer at once; each prints what it was given, and how many entries it saw after each of its own.
WORK = f"""
import json, os, sys, time
from pathlib import Path
from mockserver.records.settings import Settings
from mockserver.store import Departure
from mockserver.store.sqlite import open_store
from tests.store.conformance.subject import record

def work(slot):
    store = open_store(Path(sys.argv[1]), Settings(), shared=True, slot=slot)
    given = []
    for call in range({CALLS}):
        number = store.sessions.begin_call("s")
        taken = store.counters.take("s", "calls", {PROCESSES * CALLS - 10})
        entry = store.journal.append("s", record(), Departure())
        store.stats.count("s", record(), Departure())
        seen = call % 20 or sorted(each.number for each in store.journal.entries("s"))
        given.append([number, taken, entry, seen])
    # Nothing may be left in memory: the process ends without closing the store.
    store.journal.entries("s")
    os.write(told, json.dumps(given).encode() + b"\\n")

reading, told = os.pipe()
children = []
for slot in range(1, {PROCESSES} + 1):
    children.append(os.fork())
    if not children[-1]:
        work(slot)
        os._exit(0)
os.close(told)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
print(open(reading).read())
"""


@contextmanager
def opened(folder: Path, number: int) -> Iterator[list[SqliteStore]]:
    """Stores on one folder."""
    stores = [open_store(folder, Settings(), shared=True, slot=slot) for slot in range(number)]
    try:
        yield stores
    finally:
        for store in reversed(stores):
            store.close()


def test_processes_share_counters_journal_and_figures(tmp_path: Path) -> None:
    with opened(tmp_path, 1) as (store,):
        run = subprocess.run([sys.executable, "-c", WORK, str(tmp_path)], capture_output=True, text=True, timeout=50)
        assert run.stderr == ""
        given = [row for line in run.stdout.splitlines() if line for row in json.loads(line)]
        whole = list(range(1, PROCESSES * CALLS + 1))
        assert sorted(row[0] for row in given) == whole
        assert sorted(row[1] for row in given if row[1] is not None) == list(range(PROCESSES * CALLS - 10))
        assert sorted(row[2] for row in given) == whole
        # Who reads misses no entry before the latest one that it sees.
        assert all(row[3] == list(range(1, len(row[3]) + 1)) for row in given if isinstance(row[3], list))
        assert [entry.number for entry in store.journal.entries()] == whole
        assert store.stats.read("s").requests == len(whole)


def test_changes_are_seen_at_once(tmp_path: Path) -> None:
    with opened(tmp_path, 2) as (one, two):
        for number in range(3):
            one.scripts.add("s", [Script(f"script {number}", Document("words", "{}"))])
            assert two.scripts.active("s").scripts[0].name == f"script {number}"
            two.overrides.change("s", {"unmatched": "error"})
            assert one.overrides.active("s").unmatched == "error"
            two.overrides.change(None, {"validation": "warn"})
            assert one.overrides.active("other").validation == "warn"
            before = one.counters.era("s")
            two.reset("s")
            assert (one.scripts.current("s").scripts, one.overrides.active("s").unmatched) == ((), "auto")
            assert one.counters.era("s") == two.counters.era("s") != before
            one.reset()
            assert two.overrides.active("other").validation == "strict"


def test_change_that_failed_is_not_taken_for_made(tmp_path: Path) -> None:
    with opened(tmp_path, 2) as (one, two):
        one.overrides.change("s", {"unmatched": "error"})
        assert two.overrides.active("s").unmatched == "error"
        try:
            with two._data.writing():
                two.overrides.change("s", {"unmatched": "generate"})
                raise RuntimeError
        except RuntimeError:
            pass
        assert two.overrides.active("s").unmatched == one.overrides.active("s").unmatched == "error"
        one.overrides.change("s", {"unmatched": None})
        assert two.overrides.active("s").unmatched == "auto"


def test_watching_ends_with_a_change_of_another_process(tmp_path: Path) -> None:
    with opened(tmp_path, 2) as (one, two):
        seen = one.journal.watch(-1, 0)
        assert one.journal.watch(seen, 0) == seen
        appender = threading.Timer(0.05, two.journal.append, ("s", record(), Departure()))
        appender.start()
        assert one.journal.watch(seen, 60) > seen
        appender.join()
        assert len(one.journal.entries("s")) == 1


def test_news_come_from_all_processes(tmp_path: Path) -> None:
    with opened(tmp_path, 2) as (one, two):
        number = two.journal.append("s", record())
        news = one.journal.follow(None, 0, (), 9)
        assert ([entry.number for entry in news.entries], news.unfinished) == ([number], (number,))
        two.journal.finish(number, Departure())
        after = one.journal.follow("s", number, news.unfinished, 9)
        assert ([entry.number for entry in after.entries], after.unfinished) == ([number], ())
        two.reset("s")
        assert one.journal.follow(None, number, (), 9).clearings > after.clearings


def test_reader_waits_for_what_others_have_yet_to_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_GATHER", 0.2)
    with opened(tmp_path, 2) as (one, two):
        one.sessions.begin_call("s")
        two.journal.append("s", record(), Departure())
        two.stats.count("s", record(), Departure())
        assert (len(one.journal.entries("s")), one.stats.read("s").requests) == (1, 1)


def test_process_that_died_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither while its number is free, nor when another one has it, nor when the server starts again."""

    def refuse(_: float) -> None:
        raise AssertionError("it is waited for")

    monkeypatch.setattr(slots, "sleep", refuse)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait(30)
    first, other = Slots(tmp_path, 0), Slots(tmp_path, 1)
    other.take_on()
    other._numbers[other._own] = dead.pid
    first.wait()
    again = Slots(tmp_path, 1)
    first.wait()
    again.take_on()
    Slots(tmp_path, 0).wait()
    assert again.taken() == 2


def test_session_of_a_key_is_found_by_its_stand_in(tmp_path: Path) -> None:
    key = "sk-ant-api03-verysecret-abcd"
    with opened(tmp_path, 2) as (one, two):
        one.counters.take(key, "a", None)
        assert one.sessions.names() == (key,)
        (name,) = two.sessions.names()
        assert key not in name
        assert (two.sessions.label(name), two.counters.counts(name)) == ("sk-ant-…abcd", {"a": 1})
        # From then on the other process knows the name.
        assert two.sessions.exists(key)
        assert two.sessions.names() == (key,)


def test_change_of_a_process_that_died_is_looked_for_until_the_next_one(tmp_path: Path) -> None:
    """Where nobody says that a change has ended, others ask the database."""
    with opened(tmp_path, 2) as (one, two):
        one.overrides.change("s", {"unmatched": "error"})
        died = two._slots.begin_version()
        assert one._slots.version() is None
        # What it had committed before it died.
        with two._data.database.writing():
            two._data.database.run("UPDATE sessions SET overrides = NULL")
            two._data.database.next("change")
        assert one.overrides.active("s").unmatched == "auto"
        one.overrides.change("s", {"unmatched": "generate"})
        assert one._slots.version() is not None
        two._slots.end_version(died)
        assert one._slots.version() is not None


def test_change_that_another_begins_is_ended_by_that_one(tmp_path: Path) -> None:
    with opened(tmp_path, 2) as (one, two):
        first, second = one._slots.begin_version(), two._slots.begin_version()
        one._slots.end_version(first)
        assert one._slots.version() is None
        two._slots.end_version(second)
        assert one._slots.version() == two._slots.version() == second + 1


def test_numbers_of_entries_go_on_where_the_last_server_ended(tmp_path: Path) -> None:
    for run in range(2):
        with opened(tmp_path, 2) as stores:
            numbers = [store.journal.append("s", record(), Departure()) for store in stores]
            assert numbers == [run * 2 + 1, run * 2 + 2]


@pytest.mark.parametrize("at", ["SELECT additions", "SELECT text FROM texts"])
def test_session_removed_while_it_is_read_has_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    with opened(tmp_path, 2) as (first, second):
        second.scripts.add("a", [Script("one", Document("text", "a.yaml"), 0)])
        run, removed = first._data.database.run, list[str]()

        def remove_and_run(sql: str, *values: Any, **named: Any) -> Any:
            if sql.startswith(at) and not removed:
                removed.append(sql)
                second.forget("a")
                # As what cleans up does later.
                second._data.database.run("DELETE FROM texts")
            return run(sql, *values, **named)

        monkeypatch.setattr(first._data.database, "run", remove_and_run)
        assert first.scripts.current("a").scripts == () or at == "SELECT additions"
        assert first.scripts.additions("a") == 0
        assert removed
