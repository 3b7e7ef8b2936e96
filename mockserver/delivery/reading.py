"""How a fault is read from a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.delivery.kinds import PLACE_READERS, PLACES, FaultKind, OptionReader
from mockserver.records.reply import Fault

# The key it is about, if any, and what is wrong.
Complaint = tuple[str | None, str]


class FaultError(ValueError):
    """A fault that cannot be used. ``problems`` holds the key of each mistake, if it is about one, and its text."""

    def __init__(self, problems: list[Complaint]) -> None:
        super().__init__("; ".join(text for _, text in problems))
        self.problems = problems


def read_fault(given: Any, kinds: Mapping[str, FaultKind]) -> tuple[Fault | None, list[Complaint]]:
    """Read a fault as written in a scenario.

    Args:
        given: a name, or a mapping with ``then``, at most one place, and options. Places are ``after_events: N``,
            ``after_ms: N`` (or a duration), ``at_block: N`` or ``at: block N``, counted from 0.
        kinds: every fault by name.

    Returns:
        The fault, None when its name is unknown; and everything that is wrong with it.
    """
    if isinstance(given, str):
        given = {"then": given}
    if not isinstance(given, Mapping):
        return None, [(None, f"expected the name of a fault or a mapping with 'then', got {given!r}")]
    name = given.get("then")
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        problem = ("then", _unknown("fault", name, kinds)) if name is not None else (None, _no_name(given, kinds))
        return None, [problem]
    return _read_options(str(name), kind, given)


def _read_options(name: str, kind: FaultKind, given: Mapping[str, Any]) -> tuple[Fault, list[Complaint]]:
    rest, problems = _expand_place({key: value for key, value in given.items() if key != "then"})
    readers = {**kind.options, **{place: PLACE_READERS[place] for place in kind.places}}
    values: dict[str, Any] = {}
    for key, value in rest.items():
        problems += _read_option(name, values, key, value, readers)
    places = [place for place in PLACES if place in rest]
    if len(places) > 1:
        problems.append((places[1], f"{' and '.join(places)} exclude each other: give one"))
    if kind.needs and kind.needs not in rest:
        problems.append((None, f"{name} needs '{kind.needs}'"))
    options = {key: value for key, value in values.items() if key not in PLACES}
    return Fault(name, **{place: values.get(place) for place in PLACES}, options=options), problems


def _read_option(
    name: str, values: dict[str, Any], key: str, value: Any, readers: Mapping[str, OptionReader]
) -> list[Complaint]:
    """Read one option into ``values``; the problems of it, if any."""
    if key not in readers:
        wrong = f"{name} takes no {key}" if key in PLACES else _unknown("option", key, readers, of=f" of {name}")
        return [(key, wrong)]
    try:
        values[key] = readers[key](value)
    except ValueError as error:
        return [(key, f"{key}: {error}")]
    return []


def _expand_place(given: dict[str, Any]) -> tuple[dict[str, Any], list[Complaint]]:
    """Write ``at: block 2`` as ``at_block: 2``."""
    if "at" not in given:
        return given, []
    word, _, number = str(given.pop("at")).partition(" ")
    if word != "block" or not number.strip().isdecimal():
        return given, [("at", f"at: expected 'block N', got {' '.join((word, number)).strip()!r}")]
    return {**given, "at_block": int(number)}, []


def _no_name(given: Mapping[str, Any], kinds: Mapping[str, FaultKind]) -> str:
    meant = next((key for key in given if key in kinds), None)
    return "'then' is missing: it names the fault" + (f", as in {{then: {meant}}}" if meant else "")


def _unknown(what: str, given: Any, known: Mapping[str, Any], of: str = "") -> str:
    from difflib import get_close_matches

    close = get_close_matches(str(given), known, n=1)
    if close:
        return f"unknown {what} {given!r}{of}; did you mean {close[0]!r}?"
    hint = f"known: {', '.join(known)}" if known else "it has none"
    return f"unknown {what} {given!r}{of}; {hint}"
