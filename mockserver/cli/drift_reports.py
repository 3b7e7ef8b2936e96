"""How drift of cassettes is shown: text, one JSON object, or JUnit XML."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree

from mockserver.cassettes.drift.differences import SEVERITIES, Difference
from mockserver.cassettes.drift.drifting import DRIFTED, EQUAL, UNCHECKED, Checked
from mockserver.cli.output import count
from mockserver.cli.reporting import replace_unprintable
from mockserver.recordings.recorder import Upstream
from mockserver.recordings.upstreams import show_host
from mockserver.records.masks import show_line

STATUS = {DRIFTED: 1, UNCHECKED: 2, EQUAL: 0}


def find_status(results: Iterable[Checked]) -> int:
    """The exit status: 1 when something drifted, else 2 when something could not be checked, else 0."""
    states = {each.state for each in results}
    return next((STATUS[state] for state in (DRIFTED, UNCHECKED) if state in states), 0)


def show_parts(difference: Difference) -> tuple[str, str, str, str]:
    """What tells a difference from others of the same exchange."""
    return difference.kind, difference.place, difference.was, difference.now


def summarize(results: Sequence[Checked]) -> str:
    """How many exchanges there are of each state."""
    counts = Counter(each.state for each in results if each.id)
    old = sum(each.state == DRIFTED for each in results if not each.id)
    aged = f", {count('cassette', old)} too old" if old else ""
    return (
        f"{count('exchange', counts.total())}: {counts[EQUAL]} equal, {counts[DRIFTED]} drifted, "
        f"{counts[UNCHECKED]} could not be checked{aged}"
    )


def format_text(results: Sequence[Checked]) -> str:
    """Each difference once, with the exchanges that show it; then what could not be checked."""
    found: dict[Difference, list[Checked]] = {}
    reasons: dict[str, list[Checked]] = {}
    for each in results:
        for difference in each.differences:
            found.setdefault(difference, []).append(each)
        if each.reason:
            # What stands in brackets is of one exchange alone.
            reasons.setdefault(each.reason.partition(" (")[0], []).append(each)
    lines = [line for severity in SEVERITIES for line in _format_severity(severity, found)]
    for reason, those in reasons.items():
        lines += [show_line(f"could not check: {reason}"), f"    {_list_places(those)}"]
    return "\n".join(lines) or "no difference"


def _format_severity(severity: str, found: Mapping[Difference, Sequence[Checked]]) -> Iterator[str]:
    for difference, those in found.items():
        if difference.severity == severity:
            yield show_line(f"{severity}: {word(difference)}")
            yield f"    {difference.means}"
            yield f"    {_list_places(those)}"


_WORDS: Mapping[str, str] = {
    "status": "the status was {was}, and is {now}",
    "error_type": "{place}: error.type was {was}, and is {now}",
    "format": "the answer was {was}, and is {now}",
    "key_gone": "{place} is gone (it was {was})",
    "key_new": "{place} is new ({now})",
    "type": "{place} was {was}, and is {now}",
    "null": "{place} was {was}, and is {now}",
    "type_unknown": "{place} is of a type that nobody knows: {now} (known: {was})",
    "type_new": "{place} is of the type {now}, which no cassette shows there",
    "event_unknown": "the stream has events that nobody knows: {place}",
    "order": "the stream no longer keeps this: {was}",
    "stop_reason_unknown": "{place} is {now}, which nobody knows (it was {was})",
    "stop_reason_other": "{place} was {was}, and is {now}",
    "header_gone": "the header {place} is no longer sent",
    "header_new": "the header {place} is new",
    "too_old": "{was}, {now}",
    "more": "{now}",
}


def word(difference: Difference) -> str:
    """A difference as a sentence."""
    names = {name: getattr(difference, name) or "nothing" for name in ("was", "now")}
    return _WORDS[difference.kind].format(place=difference.place or "the whole", **names)


def _list_places(those: Sequence[Checked]) -> str:
    shown = [show_line(f"{each.file}#{each.id} {each.name}" if each.id else each.file) for each in those[:5]]
    return ", ".join(shown) + (f" and {len(those) - 5} more" if len(those) > 5 else "")


def format_json(results: Sequence[Checked], upstream: Upstream) -> str:
    """One JSON object: counts, then each exchange with its differences."""
    counts = Counter(each.state for each in results if each.id)
    rows = [
        {
            "file": each.file,
            "id": each.id,
            "name": each.name,
            "state": each.state,
            "reason": each.reason,
            "differences": [_make_row(difference) for difference in each.differences],
        }
        for each in results
    ]
    report = {
        "upstream": show_host(upstream.url),
        "status": find_status(results),
        **{state: counts[state] for state in (EQUAL, DRIFTED, UNCHECKED)},
        "exchanges": rows,
    }
    return json.dumps(report, indent=2, ensure_ascii=False)


def _make_row(difference: Difference) -> dict[str, Any]:
    kind, place, was, now = show_parts(difference)
    row = {"kind": kind, "severity": difference.severity, "place": place, "was": was, "now": now}
    return {**row, "means": difference.means}


def make_junit(results: Sequence[Checked]) -> ElementTree.Element:
    """One test case for each exchange: failed when it drifted, skipped when it could not be checked."""
    states = Counter(each.state for each in results)
    counts = {"tests": len(results), "failures": states[DRIFTED], "skipped": states[UNCHECKED]}
    suite = ElementTree.Element("testsuite", {"name": "mockserver drift", **{key: str(n) for key, n in counts.items()}})
    for each in results:
        name = f"#{each.id} {each.name}" if each.id else each.name
        names = {"classname": replace_unprintable(each.file), "name": replace_unprintable(name)}
        _fill_case(ElementTree.SubElement(suite, "testcase", names), each)
    return suite


def _fill_case(case: ElementTree.Element, checked: Checked) -> None:
    lines = [replace_unprintable(f"{each.severity}: {word(each)}") for each in checked.differences]
    if checked.state == DRIFTED:
        drifts = [line for line, each in zip(lines, checked.differences, strict=True) if each.is_drift]
        ElementTree.SubElement(case, "failure", message=drifts[0]).text = "\n".join(lines)
    elif checked.state == UNCHECKED:
        ElementTree.SubElement(case, "skipped", message=replace_unprintable(checked.reason))
    elif lines:
        ElementTree.SubElement(case, "system-out").text = "\n".join(lines)
