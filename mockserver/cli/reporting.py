"""Writes the reports of ``mockserver run``: every request and its answer, as JSON or as JUnit XML."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from mockserver.cli.output import PIECE, has_room, tell_error
from mockserver.records.masks import show_line
from mockserver.store import Entry, JournalReader

# Seconds in which the reader of a pipe has to read something.
_PATIENCE = 5.0
_UNREAD = OSError(errno.EAGAIN, "it is a pipe that nobody reads; give a file, or read it")
# Names of the descriptors that this process was given.
_OWN = re.compile(r"(?P<name>/dev/std(?:out|err))|/(?:dev|proc/self)/fd/(?P<number>\d+)")
_NAMED = {"/dev/stdout": 1, "/dev/stderr": 2}
# XML 1.0 has no way to write these.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_reports(journal: JournalReader, status: int, *, report: Path | None, junit: Path | None) -> bool:
    """Writes each report that has a path; whether all could be written. What could not is told on stderr.

    ``status`` is the exit status of the command that was run.
    """
    written = [
        report is None or _write(report, lambda: _encode_json(make_json_report(journal, status))),
        junit is None or _write(junit, lambda: _encode_xml(make_junit_report(journal))),
    ]
    return all(written)


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


def _encode_json(value: Mapping[str, Any]) -> bytes:
    # Half a surrogate pair has no UTF-8, but an escape, which is the same in JSON.
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _encode_xml(suite: ElementTree.Element) -> bytes:
    return bytes(ElementTree.tostring(suite, "utf-8", xml_declaration=True))


def make_json_report(journal: JournalReader, status: int) -> dict[str, Any]:
    """Every request in full, secrets masked, with counts; ``dropped`` counts those that the journal no longer holds."""
    entries = journal.entries()
    return {
        "exit_status": status,
        "total": len(entries),
        "dropped": journal.received() - len(entries),
        "refused": sum(bool(entry.findings) for entry in entries),
        "unmatched": sum(entry.unmatched for entry in entries),
        "requests": [entry.as_dict() for entry in entries],
    }


def make_junit_report(journal: JournalReader) -> ElementTree.Element:
    """One test case for each request. It fails when the API would refuse the request, or when no scenario fitted and
    the server answered with an error for that. Probes of clients never fail."""
    entries = journal.entries()
    complaints = {entry.number: _find_complaint(entry) for entry in entries}
    suite = ElementTree.Element(
        "testsuite",
        name="mockserver",
        tests=str(len(entries)),
        failures=str(sum(bool(text) for text in complaints.values())),
    )
    for entry in entries:
        other = "probe" if entry.is_probe else "generated" if entry.status == 200 else str(entry.status)
        answerer = entry.summary()["scenario"] or other
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_replace_unprintable(f"{entry.method} {entry.path}"),
            name=_replace_unprintable(f"{entry.number}: {answerer}"),
            time=f"{entry.duration_ms / 1000:.3f}",
        )
        if text := complaints[entry.number]:
            ElementTree.SubElement(
                case, "failure", message=_replace_unprintable(_find_headline(text))
            ).text = _replace_unprintable(text)
    if dropped := journal.received() - len(entries):
        note = f"{dropped} requests are missing here: the journal was emptied, or held no more."
        ElementTree.SubElement(suite, "system-out").text = note
    return suite


def _find_headline(text: str) -> str:
    """The first line of a complaint, with the next one when the first ends in a colon."""
    first, *rest = text.splitlines()
    return f"{first} {rest[0].strip()}" if rest and first.endswith(":") else first


def _find_complaint(entry: Entry) -> str:
    if entry.findings:
        return "\n".join(line for finding in entry.findings for line in finding.list_reasons())
    if entry.unmatched and entry.status == 404:
        return str(((entry.answer or {}).get("error") or {}).get("message", ""))
    return ""


def _replace_unprintable(text: str) -> str:
    return _UNPRINTABLE.sub("�", text)
