"""Writes the part of ``schemas/mock/scenarios.json`` about faults, so that editors know the options of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.delivery.kinds import (
    PLACE_READERS,
    FaultKind,
    OneOf,
    OptionReader,
    SomeOf,
    count,
    count_or_null,
    flag,
    interval,
    milliseconds,
    positive,
    seconds,
    text,
)
from mockserver.wires import FAULTS

Json = dict[str, Any]

_DURATION: Json = {"type": ["number", "string"], "minimum": 0, "pattern": r"^\s*\d+(\.\d+)?\s*(ms|s|m)\s*$"}
_READERS: Mapping[OptionReader, Json] = {
    count: {"type": "integer", "minimum": 0},
    positive: {"type": "integer", "minimum": 1},
    seconds: _DURATION,
    milliseconds: {**_DURATION, "type": ["integer", "string"]},
    interval: {
        **_DURATION,
        "pattern": rf"(?=.*[1-9]){_DURATION['pattern']}",
        "description": "A number of events, or a duration such as 5s.",
    },
    count_or_null: {"type": ["integer", "null"], "minimum": 0},
    flag: {"type": "boolean"},
    text: {"type": "string", "minLength": 1},
}
_PLACES = {
    "after_events": "After so many events.",
    "after_ms": "So many milliseconds after the call, or a duration such as 1.5s.",
    "at_block": "Right after this block has started, counted from 0.",
}
# The place of faults that concern one block as a whole.
_BLOCK = {"at_block": "The block, counted from 0."}
_AT: Json = {
    "description": "block N, the same as at_block: N.",
    "type": "string",
    "pattern": r"^block\s+\d+\s*$",
}
# A fault has at most one place.
_EXCLUSIVE = [
    ["after_events", "after_ms"],
    *([one, at] for one in ("after_events", "after_ms") for at in ("at_block", "at")),
]


def definitions() -> dict[str, Json]:
    """The definitions of a fault and of one or several."""
    groups: dict[str, tuple[FaultKind, list[str]]] = {}
    for name, kind in FAULTS.items():
        groups.setdefault(repr((kind.options, kind.places, kind.needs)), (kind, []))[1].append(name)
    fault: Json = {
        "description": "The name of a fault, or a mapping with its name in then, its options and its place.",
        "anyOf": [
            {"enum": [name for name, kind in FAULTS.items() if not kind.needs]},
            {
                "type": "object",
                "properties": {"then": {"description": "What happens.", "enum": list(FAULTS)}},
                "required": ["then"],
                "allOf": [_write_options(kind, names) for kind, names in groups.values()],
                "not": {"anyOf": [{"required": pair} for pair in _EXCLUSIVE]},
            },
        ],
    }
    one = {"$ref": "#/$defs/fault"}
    return {"fault": fault, "faults": {"anyOf": [one, {"type": "array", "items": one}]}}


def _write_options(kind: FaultKind, names: list[str]) -> Json:
    """The schema of the options and places that the faults of these names take."""
    accepted: Json = {key: _write_value(reader) for key, reader in kind.options.items()}
    places = _PLACES if len(kind.places) > 1 else _BLOCK
    accepted |= {place: {"description": places[place], **_write_value(PLACE_READERS[place])} for place in kind.places}
    if "at_block" in kind.places:
        accepted["at"] = _AT
    needed: Json = {"anyOf": [{"required": [key]} for key in kind.needs]} if kind.needs else {}
    return {
        "if": {"properties": {"then": {"enum": names}}, "required": ["then"]},
        "then": {"properties": {"then": True, **accepted}, **needed, "additionalProperties": False},
    }


def _write_value(reader: OptionReader) -> Json:
    if isinstance(reader, OneOf | SomeOf):
        one: Json = {"enum": list(reader.names)}
        return one if isinstance(reader, OneOf) else {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}
    return _READERS[reader]
