"""Every fault by name; how several combine; and how a fault is read from a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.delivery.contents import CONTENTS
from mockserver.delivery.cuts import CUTS
from mockserver.delivery.draft import Draft
from mockserver.delivery.gateways import GATEWAYS
from mockserver.delivery.kinds import PLACES, FaultKind, Read, count, milliseconds
from mockserver.records.reply import Fault

FAULTS: Mapping[str, FaultKind] = {**CUTS, **CONTENTS, **GATEWAYS}

READ_PLACE: Mapping[str, Read] = {"after_events": count, "after_ms": milliseconds, "at_block": count}


class FaultError(ValueError):
    """A fault that is none. ``problems`` says of which key, if of one, and what is wrong."""

    def __init__(self, problems: list[tuple[str | None, str]]) -> None:
        super().__init__("; ".join(text for _, text in problems))
        self.problems = problems


def strike(draft: Draft, faults: tuple[Fault, ...]) -> Draft:
    """Let faults strike: what changes the content first, then the writing, then the cuts; else in the order given."""
    for fault in sorted(faults, key=lambda fault: FAULTS[fault.then].rank):
        draft = FAULTS[fault.then].strike(draft, fault)
    return draft


def parse_fault(given: str | Mapping[str, Any]) -> Fault:
    """The fault that a scenario means: a name, or a mapping with ``then``, at most one place, and options.

    Places are ``after_events: N``, ``after_ms: N`` (or a duration), ``at_block: N`` or ``at: block N``, counted from 0.
    Raises ``FaultError``, a ``ValueError``, with every problem that ``check_fault`` finds.
    """
    fault, problems = _read(given)
    if problems or fault is None:
        raise FaultError(problems)
    return fault


def check_fault(given: Any) -> list[str]:
    """What is wrong with a fault as written in a scenario; an empty list when nothing is."""
    return [text for _, text in _read(given)[1]]


# The key it is about, if any, and what is wrong.
Complaint = tuple[str | None, str]


def _read(given: Any) -> tuple[Fault | None, list[Complaint]]:
    if isinstance(given, str):
        given = {"then": given}
    if not isinstance(given, Mapping):
        return None, [(None, f"expected the name of a fault or a mapping with 'then', got {given!r}")]
    name = given.get("then")
    kind = FAULTS.get(name) if isinstance(name, str) else None
    if kind is None:
        return None, [("then", _unknown("fault", name, FAULTS)) if name is not None else (None, _nameless(given))]
    rest, problems = _long_form({key: value for key, value in given.items() if key != "then"})
    readers = {**kind.options, **{place: READ_PLACE[place] for place in kind.places}}
    values: dict[str, Any] = {}
    for key, value in rest.items():
        problems += _keep(str(name), values, key, value, readers)
    places = [place for place in PLACES if place in rest]
    if len(places) > 1:
        problems.append((places[1], f"{' and '.join(places)} exclude each other: give one"))
    if kind.needs and kind.needs not in rest:
        problems.append((None, f"{name} needs '{kind.needs}'"))
    options = {key: value for key, value in values.items() if key not in PLACES}
    return Fault(str(name), **{place: values.get(place) for place in PLACES}, options=options), problems


def _nameless(given: Mapping[str, Any]) -> str:
    meant = next((key for key in given if key in FAULTS), None)
    return "'then' is missing: it names the fault" + (f", as in {{then: {meant}}}" if meant else "")


def _keep(name: str, values: dict[str, Any], key: str, value: Any, readers: Mapping[str, Read]) -> list[Complaint]:
    """Read one option into ``values``; the problems of it, if any."""
    if key not in readers:
        wrong = f"{name} takes no {key}" if key in PLACES else _unknown("option", key, readers, of=f" of {name}")
        return [(key, wrong)]
    try:
        values[key] = readers[key](value)
    except ValueError as error:
        return [(key, f"{key}: {error}")]
    return []


def _long_form(given: dict[str, Any]) -> tuple[dict[str, Any], list[Complaint]]:
    """``at: block 2`` written as ``at_block: 2``."""
    if "at" not in given:
        return given, []
    word, _, number = str(given.pop("at")).partition(" ")
    if word != "block" or not number.strip().isdecimal():
        return given, [("at", f"at: expected 'block N', got {' '.join((word, number)).strip()!r}")]
    return {**given, "at_block": int(number)}, []


def _unknown(what: str, given: Any, known: Mapping[str, Any], of: str = "") -> str:
    from difflib import get_close_matches

    close = get_close_matches(str(given), known, n=1)
    if close:
        return f"unknown {what} {given!r}{of}; did you mean {close[0]!r}?"
    hint = f"known: {', '.join(known)}" if known else "it has none"
    return f"unknown {what} {given!r}{of}; {hint}"
