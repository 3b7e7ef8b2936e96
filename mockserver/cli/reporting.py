"""Writes the reports of ``mockserver run``: every request and its answer, as JSON or as JUnit XML."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from mockserver.store import Entry, JournalReader

# XML 1.0 has no way to write these.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(journal: JournalReader, status: int, *, report: Path | None, junit: Path | None) -> None:
    """Writes the reports asked for. ``status`` is the exit status of the command that was run."""
    if report:
        text = json.dumps(as_json(journal, status), indent=2, ensure_ascii=False)
        report.write_text(text + "\n", encoding="utf-8")
    if junit:
        ElementTree.ElementTree(as_junit(journal)).write(junit, encoding="utf-8", xml_declaration=True)


def as_json(journal: JournalReader, status: int) -> dict[str, Any]:
    """Every request in full, secrets masked, and how many there were of each kind; ``dropped`` are no longer known."""
    entries = journal.entries()
    return {
        "exit_status": status,
        "total": len(entries),
        "dropped": journal.received() - len(entries),
        "refused": sum(bool(entry.findings) for entry in entries),
        "unmatched": sum(entry.unmatched for entry in entries),
        "requests": [entry.as_dict() for entry in entries],
    }


def as_junit(journal: JournalReader) -> ElementTree.Element:
    """A test case a request; it fails when the API would refuse the request, or when no scenario fitted and that is an
    error."""
    entries = journal.entries()
    complaints = {entry.number: _complaint(entry) for entry in entries}
    suite = ElementTree.Element(
        "testsuite",
        name="mockserver",
        tests=str(len(entries)),
        failures=str(sum(bool(text) for text in complaints.values())),
    )
    for entry in entries:
        answerer = entry.scenario or ("generated" if entry.status == 200 else str(entry.status))
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_printable(f"{entry.method} {entry.path}"),
            name=_printable(f"{entry.number}: {answerer}"),
            time=f"{entry.duration_ms / 1000:.3f}",
        )
        if text := complaints[entry.number]:
            ElementTree.SubElement(case, "failure", message=_printable(_headline(text))).text = _printable(text)
    if dropped := journal.received() - len(entries):
        note = f"{dropped} requests are missing here: the journal was emptied, or held no more."
        ElementTree.SubElement(suite, "system-out").text = note
    return suite


def _headline(text: str) -> str:
    """The first line of a complaint, and what it announces."""
    first, *rest = text.splitlines()
    return f"{first} {rest[0].strip()}" if rest and first.endswith(":") else first


def _complaint(entry: Entry) -> str:
    if entry.findings:
        return "\n".join(f"{finding.message}\nrule: {finding.rule} ({finding.source})" for finding in entry.findings)
    if entry.unmatched and entry.status == 404:
        return str(((entry.answer or {}).get("error") or {}).get("message", ""))
    return ""


def _printable(text: str) -> str:
    return _UNPRINTABLE.sub("�", text)
