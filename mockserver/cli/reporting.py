"""Writes the reports of ``mockserver run``: figures of all requests, and each with its answer, as JSON or JUnit XML."""

from __future__ import annotations

import errno
import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from msgspec.structs import replace

from mockserver.cli.output import PIECE, has_room, tell_error
from mockserver.records.masks import show_line
from mockserver.store.stats import Stats
from mockserver.store.summaries import summarize
from mockserver.testing.sources import Case, Item, Source

# Seconds in which the reader of a pipe has to read something.
_PATIENCE = 5.0
_UNREAD = OSError(errno.EAGAIN, "it is a pipe that nobody reads; give a file, or read it")
# Names of the descriptors that this process was given.
_OWN = re.compile(r"(?P<name>/dev/std(?:out|err))|/(?:dev|proc/self)/fd/(?P<number>\d+)")
_NAMED = {"/dev/stdout": 1, "/dev/stderr": 2}
# Bytes of the requests in a JSON report.
_MOST = 64 * 1024 * 1024
# XML 1.0 has no way to write these.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_reports(
    sources: Sequence[Source],
    status: int,
    cassettes: Sequence[Mapping[str, Any]] = (),
    title: str = "",
    *,
    report: Path | None,
    junit: Path | None,
    html: Path | None = None,
) -> bool:
    """Writes each report that has a path; whether all could be written. What could not is told on stderr.

    ``sources`` are the servers it is about, ``status`` the exit status of the command that was run, ``cassettes`` the
    recordings that were served, each with its turns that no request played. ``title`` is that of the page.
    """
    written = [
        report is None or _write(report, lambda: make_json_report(sources, status, cassettes)),
        junit is None or write_xml(junit, make_junit_report(sources)),
        html is None or _write(html, lambda: make_html_report(sources, title, time.time())),
    ]
    return all(written)


def write_xml(path: Path, suite: ElementTree.Element) -> bool:
    """Writes a report in JUnit's form; whether it could be written. What could not is told on stderr."""
    return _write(path, lambda: _encode_xml(suite))


def _write(path: Path, make: Callable[[], bytes]) -> bool:
    content = make()
    try:
        _write_at_once(path, content)
    except OSError as error:
        _remove(path)
        tell_error(f"mockserver: cannot write the report {show_line(str(path))}: {error.strerror}.")
        return False
    return True


def _open(path: Path) -> int:
    """A descriptor that writes to a file, a device, a pipe that somebody reads, or one that this process has.

    Raises:
        OSError: it cannot be opened, or nobody reads the pipe.
    """
    if own := _OWN.fullmatch(str(path)):
        # Opened by its name it would begin at its start, over what stands there already.
        return os.dup(_NAMED.get(own["name"]) or int(own["number"]))
    try:
        # Opening a pipe without a reader would wait for one.
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_NOCTTY, 0o666)
    except OSError as error:
        raise _UNREAD if error.errno == errno.ENXIO else error from error


def _write_at_once(path: Path, content: bytes) -> None:
    """Write a report without waiting long for who reads it.

    Raises:
        OSError: it cannot be written, or nobody reads the pipe.
    """
    with os.fdopen(_open(path), "wb", buffering=0) as file:
        left = memoryview(content)
        while left:
            if not has_room(file.fileno(), _PATIENCE):
                raise _UNREAD
            left = left[file.write(left[:PIECE]) or 0 :]


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two reports would be written over each other. Devices and pipes, such as /dev/null, keep nothing."""
    if _is_no_file(one) or _is_no_file(other):
        return False
    with suppress(OSError):
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _is_no_file(path: Path) -> bool:
    """Whether something other than a file stands there, in which nothing is overwritten."""
    try:
        return path.exists() and not path.is_file()
    except OSError:
        return False


def _remove(path: Path) -> None:
    """Remove a report that was written in part: it would look like a whole one. What is no file stays."""
    with suppress(OSError):
        if path.is_file() and not _OWN.fullmatch(str(path)):
            os.truncate(path, 0)
            # A link is the user's own.
            if not path.is_symlink():
                path.unlink()


def _encode_xml(suite: ElementTree.Element) -> bytes:
    return bytes(ElementTree.tostring(suite, "utf-8", xml_declaration=True))


def make_json_report(sources: Sequence[Source], status: int, cassettes: Sequence[Mapping[str, Any]] = ()) -> bytes:
    """Figures of all requests, then the requests themselves, secrets masked.

    ``requests`` holds at most 64 MB: those that failed first, then the latest. ``dropped`` counts those that are not
    there, also because a journal no longer holds them.
    """
    stats, total = _add_up(sources), sum(source.received() for source in sources)
    requests = _encode_requests([item for source in sources for item in source.items()])
    figures = {
        "exit_status": status,
        "total": total,
        "dropped": total - len(requests),
        "refused": stats.refused,
        "unmatched": stats.unmatched,
        "stats": summarize(stats),
        **({"cassettes": [*cassettes]} if cassettes else {}),
        "requests": [],
    }
    head = _encode_json(figures).removesuffix(b"[]\n}")
    body = b",\n    ".join(requests)
    return b"".join((head, b"[\n    ", body, b"\n  ]\n}\n") if requests else (head, b"[]\n}\n"))


def _encode_requests(items: Sequence[Item]) -> list[bytes]:
    """The requests for which there is room, in their order."""
    encoded: dict[int, bytes] = {}
    room = _MOST
    for number in sorted(range(len(items)), key=lambda number: (not items[number].case.complaint, -number)):
        encoded[number] = _encode_json(items[number].show()).replace(b"\n", b"\n    ")
        room -= len(encoded[number])
        if room < 0:
            break
    return [encoded[number] for number in sorted(encoded)]


def _encode_json(value: Mapping[str, Any]) -> bytes:
    # Half a surrogate pair has no UTF-8, but an escape, which is the same in JSON.
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")


def make_html_report(sources: Sequence[Source], title: str, at: float) -> bytes:
    """The page that shows the requests of all sources, the later ones numbered on; ``at`` is the time it is made.

    It holds the latest 20 MB of them, and counts those that are not there, also because a journal no longer holds them.
    """
    from mockserver.control.exporting import gather, make_document  # only for those who want a page
    from mockserver.control.report_page import make_page

    shown, offset, total = list[Callable[[], dict[str, Any]]](), 0, 0
    for source in sources:
        shown += [partial(_renumber, item.export, offset) for item in source.items()]
        offset, total = offset + source.top(), total + source.received()
    gathered = gather(shown)
    gathered = replace(gathered, left_out=max(total, len(shown)) - len(gathered.requests))
    return make_page(make_document(title, at, None, gathered), title)


def _renumber(export: Callable[[], dict[str, Any]], offset: int) -> dict[str, Any]:
    """A request with the numbers that it has behind those of other servers."""
    exported = export()
    if not offset:
        return exported
    entry, changes = exported["entry"], exported["changes"]
    numbers = {key: entry[key] and entry[key] + offset for key in ("number", "retry_of")}
    previous = changes["previous"] and changes["previous"] + offset
    return {**exported, "entry": {**entry, **numbers}, "changes": {**changes, "previous": previous}}


def _add_up(sources: Sequence[Source]) -> Stats:
    stats = Stats()
    for source in sources:
        stats.absorb(source.stats())
    return stats


def make_junit_report(sources: Sequence[Source]) -> ElementTree.Element:
    """One test case for each request. It fails when the API would refuse the request, or when no scenario fitted and
    the server answered with an error for that.

    All requests that no journal holds any more have one case together, which fails when one of them would.
    """
    cases = [item.case for source in sources for item in source.items()]
    dropped = sum(source.received() for source in sources) - len(cases)
    failed = _add_up(sources).failed - sum(bool(case.complaint) for case in cases)
    if dropped > 0 and failed > 0:
        text = f"{failed} of {dropped} requests that are missing here failed: GET /_mock/stats and --report count them."
        cases.append(Case("missing", f"{dropped} requests", 0.0, text))
    suite = ElementTree.Element(
        "testsuite",
        name="mockserver",
        tests=str(len(cases)),
        failures=str(sum(bool(case.complaint) for case in cases)),
    )
    for case in cases:
        suite.append(_make_test_case(case))
    if dropped > 0:
        note = f"{dropped} requests are missing here: the journal was emptied, or held no more."
        ElementTree.SubElement(suite, "system-out").text = note
    return suite


def _make_test_case(case: Case) -> ElementTree.Element:
    place, name = map(replace_unprintable, (case.place, case.name))
    element = ElementTree.Element("testcase", classname=place, name=name, time=f"{case.seconds:.3f}")
    if text := case.complaint:
        headline = replace_unprintable(_find_headline(text))
        ElementTree.SubElement(element, "failure", message=headline).text = replace_unprintable(text)
    return element


def _find_headline(text: str) -> str:
    """The first line of a complaint, with the next one when the first ends in a colon."""
    first, *rest = text.splitlines()
    return f"{first} {rest[0].strip()}" if rest and first.endswith(":") else first


def replace_unprintable(text: str) -> str:
    """The text without what XML cannot hold."""
    return _UNPRINTABLE.sub("�", text)
