"""The requests that reports tell of: those of a server, and those that another process hands over to be told."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from msgspec import DecodeError, Struct, msgpack
from msgspec.structs import asdict

from mockserver.endpoints.parts import Parts
from mockserver.store import CallRecord, Entry
from mockserver.store.misses import MOST_MISSES
from mockserver.store.stats import Stats
from mockserver.wires import Wire

# The folder in which `mockserver run` finds what the servers of its command hand over; unset: nobody wants it.
VARIABLE = "MESSAGES_HANDOVER"
# A file in that folder says that a page is wanted: all that it shows is handed over, too.
FOR_PAGE = "page"
# Bytes of the requests that a process hands over.
_MOST = 64 * 1024 * 1024


class Case(Struct, frozen=True):
    """A request as a test case: the complaint is "" unless the API would refuse it, or no scenario fitted."""

    place: str
    name: str
    seconds: float
    complaint: str = ""


class Item(Struct, frozen=True):
    """A request: its test case, what makes all of it, and what makes all that a page shows of it."""

    case: Case
    show: Callable[[], dict[str, Any]]
    export: Callable[[], dict[str, Any]]


class Source(Protocol):
    """Requests of one server."""

    def items(self) -> Iterator[Item]:
        """Those that can be shown whole, oldest first."""

    def received(self) -> int:
        """How many there were."""

    def top(self) -> int:
        """The highest number that one of them may have."""

    def stats(self) -> Stats:
        """The figures of all of them, as they may be shown."""


class ServerSource:
    """The requests of a server in this process.

    Args:
        mock: the parts of the server.
        since: the latest number in its journal before: its store may outlive servers.
        received: how many it had received before.
    """

    def __init__(self, mock: Parts, since: int = 0, received: int = 0) -> None:
        self._mock, self._since, self._received = mock, since, received

    @classmethod
    def begin(cls, mock: Parts) -> ServerSource:
        """Those that come from now on."""
        return cls(mock, mock.journal.latest(), mock.journal.received())

    def items(self) -> Iterator[Item]:
        """Those in its journal."""
        entries = self._mock.journal.entries(after=self._since)
        exporter = Exporter(entries, self._mock.wire_of)
        return (Item(make_case(entry), entry.as_dict, partial(exporter.export, entry)) for entry in entries)

    def received(self) -> int:
        """How many it received since it started."""
        return self._mock.journal.received() - self._received

    def top(self) -> int:
        """The highest number so far."""
        return self._mock.journal.latest()

    def stats(self) -> Stats:
        """The figures since it started."""
        return self._mock.store.stats.lifetime().masked(self._mock.settings.own_secrets)


class Exporter:
    """Makes all that a page shows of each of some entries of a server."""

    def __init__(self, entries: Sequence[Entry], wire_of: Callable[[CallRecord], Wire]) -> None:
        self._entries, self._wire_of = entries, wire_of

    def export(self, entry: Entry, **how: int) -> dict[str, Any]:
        """All that a page shows of one of them, see ``show_exported``."""
        return self._export(entry, **how)

    @cached_property
    def _export(self) -> Callable[..., dict[str, Any]]:
        # Only for those who want a page.
        from mockserver.control.conversations import Conversations
        from mockserver.control.exporting import show_exported

        return partial(show_exported, wire_of=self._wire_of, conversations=Conversations(self._entries))


def make_case(entry: Entry, test: str | None = None) -> Case:
    """The test case of a request, that came in a test of that name. Probes of clients never fail."""
    other = "probe" if entry.is_probe else "generated" if entry.status == 200 else str(entry.status)
    answerer = entry.summary()["scenario"] or other
    name = f"{entry.number}: {answerer}"
    complaint = _find_complaint(entry)
    return Case(f"{entry.method} {entry.path}", f"{test} {name}" if test else name, entry.duration_ms / 1000, complaint)


def _find_complaint(entry: Entry) -> str:
    if entry.findings:
        return "\n".join(line for finding in entry.findings for line in finding.list_reasons())
    if entry.unmatched and entry.status == 404:
        return str(((entry.answer or {}).get("error") or {}).get("message", ""))
    return ""


class _Totals(Struct):
    """What a server tells at its end."""

    received: int
    stats: Stats


class Handover:
    """Hands over the requests of a server, in files of its own in that folder."""

    def __init__(self, folder: Path, mock: Parts) -> None:
        self._mock = mock
        self._path = folder / uuid4().hex
        self._is_for_page = (folder / FOR_PAGE).exists()
        self._size = 0

    def add(self, session: str, test: str) -> None:
        """Hand over the requests of a session, that came in a test of that name, before it is forgotten."""
        self._add(self._mock.journal.entries(session), test)

    def finish(self) -> None:
        """Hand over the requests of all other sessions, and the figures of all requests."""
        self._add(self._mock.journal.entries())
        source = ServerSource(self._mock)
        totals = msgpack.encode(_Totals(source.received(), source.stats()))
        with suppress(OSError):
            self._path.with_suffix(".totals").write_bytes(totals)

    def _add(self, entries: Sequence[Entry], test: str | None = None) -> None:
        # No test fails because a report is not complete: that tells how many requests are not in it.
        export = (
            partial(Exporter(entries, self._mock.wire_of).export, most_misses=MOST_MISSES)
            if self._is_for_page
            else _show_entry
        )
        with suppress(OSError), self._path.with_suffix(".lines").open("ab") as file:
            for entry in entries:
                if self._size > _MOST:
                    return
                # The case stands in a line before the request: it is read when there is no room for that.
                case, exported = asdict(make_case(entry, test)), export(entry)
                exported["entry"]["test"] = test
                self._size += file.write(f"{json.dumps(case)}\n{json.dumps(exported)}\n".encode())


def _show_entry(entry: Entry) -> dict[str, Any]:
    return {"entry": entry.as_dict()}


def open_handover(mock: Parts) -> Handover | None:
    """What takes the requests of a server to the reports of `mockserver run`; None: it has not asked for them."""
    folder = os.environ.get(VARIABLE)
    return Handover(Path(folder), mock) if folder else None


class HandoverSource:
    """The requests that a process handed over. Of one that was killed they are all that is known."""

    def __init__(self, lines: Path) -> None:
        self._lines = lines
        self._totals = _read_totals(lines.with_suffix(".totals"))

    def items(self) -> Iterator[Item]:
        """All of them."""
        if not self._lines.exists():
            return
        with self._lines.open("rb") as file:
            while case := file.readline():
                at = file.tell()
                if not file.readline().endswith(b"\n"):
                    return
                yield Item(Case(**json.loads(case)), partial(self._show, at), partial(self._export, at))

    def received(self) -> int:
        """How many there were."""
        return self._totals.received if self._totals else sum(1 for _ in self.items())

    def top(self) -> int:
        """The highest number: each process counts from 1."""
        return self.received()

    def stats(self) -> Stats:
        """The figures of all of them."""
        return self._totals.stats if self._totals else Stats()

    def _show(self, at: int) -> dict[str, Any]:
        entry: dict[str, Any] = self._read(at)["entry"]
        return entry

    def _export(self, at: int) -> dict[str, Any]:
        """The request as a page shows it: under the name of its test, where it has one, in place of the session."""
        from mockserver.control.exporting import cut_misses  # only for those who want a page

        exported = self._read(at)
        entry = cut_misses(exported["entry"])
        test = entry.pop("test")
        return {**exported, "entry": {**entry, "session": test or entry["session"]}}

    def _read(self, at: int) -> dict[str, Any]:
        with self._lines.open("rb") as file:
            file.seek(at)
            whole: dict[str, Any] = json.loads(file.readline())
        return whole


def find_handovers(folder: Path) -> list[HandoverSource]:
    """What was handed over in that folder."""
    names = sorted({path.with_suffix(".lines") for path in folder.iterdir() if path.suffix in (".lines", ".totals")})
    return [*map(HandoverSource, names)]


def _read_totals(path: Path) -> _Totals | None:
    try:
        return msgpack.decode(path.read_bytes(), type=_Totals)
    except (OSError, DecodeError):
        return None
