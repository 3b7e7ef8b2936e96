"""Reads the faults of a scenario."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.delivery.kinds import PLACE_READERS, PLACES, FaultKind, OptionReader
from mockserver.records.masks import show_line
from mockserver.records.reply import Fault
from mockserver.records.suggesting import find_similar, show_name

# The key that is wrong, if any, and the message.
Complaint = tuple[str | None, str]


class FaultError(ValueError):
    """A fault that cannot be used. ``problems`` holds the key of each mistake, if it is about one, and its text."""

    def __init__(self, problems: list[Complaint]) -> None:
        super().__init__("; ".join(show_line(text) for _, text in problems))
        self.problems = problems


def read_fault(source: Any, kinds: Mapping[str, FaultKind]) -> tuple[Fault | None, list[Complaint]]:
    """Read a fault as written in a scenario.

    Args:
        source: a name, or a mapping with ``then``, at most one place, and options. Places are ``after_events: N``,
            ``after_ms: N`` (or a duration), ``at_block: N`` or ``at: block N``, counted from 0.
        kinds: every fault by name.

    Returns:
        The fault, None when its name is unknown; and everything that is wrong with it.
    """
    if isinstance(source, str):
        source = {"then": source}
    if not isinstance(source, Mapping):
        return None, [(None, f"expected the name of a fault or a mapping with 'then', got {show_name(repr(source))}")]
    name = source.get("then")
    kind = kinds.get(name) if isinstance(name, str) else None
    if kind is None:
        problem = (
            ("then", _word_unknown("fault", name, kinds))
            if name is not None
            else (None, _word_missing_name(source, kinds))
        )
        return None, [problem]
    return _read_options(str(name), kind, source)


def _read_options(name: str, kind: FaultKind, source: Mapping[str, Any]) -> tuple[Fault, list[Complaint]]:
    rest, problems = _expand_place({key: value for key, value in source.items() if key != "then"})
    readers = {**kind.options, **{place: PLACE_READERS[place] for place in kind.places}}
    values: dict[str, Any] = {}
    for key, value in rest.items():
        problems += _read_option(name, values, key, value, readers)
    places = [place for place in PLACES if place in rest]
    if len(places) > 1:
        problems.append((places[1], f"{' and '.join(places)} exclude each other: give one"))
    if kind.needs and not rest.keys() & {*kind.needs} and rest.keys() <= readers.keys():
        one_of = "one of " if len(kind.needs) > 1 else ""
        problems.append((None, f"{name} needs {one_of}{', '.join(map(repr, kind.needs))}"))
    options = {key: value for key, value in values.items() if key not in PLACES}
    return Fault(name, **{place: values.get(place) for place in PLACES}, options=options), problems


def _read_option(
    name: str, values: dict[str, Any], key: str, value: Any, readers: Mapping[str, OptionReader]
) -> list[Complaint]:
    """Read one option into ``values``; return its problems, if any."""
    if key not in readers:
        wrong = f"{name} takes no {key}" if key in PLACES else _word_unknown("option", key, readers, of=f" of {name}")
        return [(key, wrong)]
    try:
        values[key] = readers[key](value)
    except ValueError as error:
        return [(key, f"{key}: {error}")]
    return []


def _expand_place(options: dict[str, Any]) -> tuple[dict[str, Any], list[Complaint]]:
    """Write ``at: block 2`` as ``at_block: 2``."""
    if "at" not in options:
        return options, []
    word, _, number = str(options.pop("at")).partition(" ")
    if word != "block" or not number.strip().isdecimal():
        return options, [("at", f"at: expected 'block N', got {show_name(' '.join((word, number)).strip())!r}")]
    return {**options, "at_block": int(number)}, []


def _word_missing_name(source: Mapping[str, Any], kinds: Mapping[str, FaultKind]) -> str:
    meant = next((key for key in source if key in kinds), None)
    return "'then' is missing: it names the fault" + (f", as in {{then: {meant}}}" if meant else "")


def _word_unknown(kind: str, name: Any, known: Mapping[str, Any], of: str = "") -> str:
    close, shown = find_similar(name, known), show_name(repr(name))
    if close:
        return f"unknown {kind} {shown}{of}; did you mean {close!r}?"
    hint = f"known: {', '.join(known)}" if known else "it has none"
    return f"unknown {kind} {shown}{of}; {hint}"
