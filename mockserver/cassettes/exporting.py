"""Writes exchanges in the forms of other tools, and one of them as a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from mockserver.cassettes.emitting import emit
from mockserver.cassettes.formats.form import Content, UnknownFormatError
from mockserver.cassettes.formats.har_writing import write_har
from mockserver.cassettes.formats.table import read_content
from mockserver.cassettes.turns import make_turn, write_scenarios
from mockserver.endpoints.parts import Parts
from mockserver.recordings import side_file
from mockserver.recordings.cassette import Match
from mockserver.recordings.redacting import make_rules, redact
from mockserver.records.exchanges import RecordedExchange


def write_lines(exchanges: Sequence[RecordedExchange]) -> bytes:
    """A JSON object a line, as in a side file."""
    return side_file.write([replace(each, id=number) for number, each in enumerate(exchanges, 1)])


# The forms in which exchanges are written into one file.
WRITERS: Mapping[str, Callable[[Sequence[RecordedExchange]], bytes]] = {"har": write_har, "jsonl": write_lines}


def write_scenario(entry: Mapping[str, Any], parts: Parts) -> str:
    """The YAML of a scenario that answers a request as it was answered.

    Args:
        entry: the request as the journal shows it, whole.
        parts: those of a server, whose engine proves the words.

    Raises:
        ValueError: there is nothing to make a scenario of, or no words say that answer; the text says why.
    """
    known = list_channel_faults(parts, entry.get("channel"), entry.get("wire", ""))
    entry = {**entry, "faults": [each for each in entry.get("faults") or () if each not in known]}
    return f"scenarios:\n{emit([find_scenario(entry, parts)], 2)}"


def list_channel_faults(parts: Parts, channel: str | None, wire: str) -> frozenset[str]:
    """The names of the faults that strike every answer of a channel of the gateway: no scenario says them."""
    found = parts.gateway.find_channel(channel) if parts.gateway is not None and channel else None
    return frozenset() if found is None else frozenset(fault.then for fault in found.faults.get(wire, ()))


def find_scenario(entry: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
    """The words of that scenario; raises as ``write_scenario`` does."""
    try:
        reading = read_content(Content(dict(entry)))
    except UnknownFormatError as error:
        raise ValueError(str(error)) from error
    if not reading.exchanges:
        raise ValueError(next(iter([*reading.broken, *reading.left_out])).removeprefix("entry 1: "))
    exchange = redact(replace(reading.exchanges[0], id=1), make_rules(()))
    turn = make_turn(exchange, parts, Match())
    (scenario,) = write_scenarios([turn], f"request-{entry['number']}", 1, 1)
    answer = {key: value for key, value in scenario["reply"].items() if key != "recorded"}
    if not answer:
        raise ValueError(turn.note.removeprefix("Only as recorded: ").removesuffix("."))
    when = {key: value for key, value in scenario["when"].items() if key != "recorded"}
    return {"name": f"request-{entry['number']}", **({"when": when} if when else {}), "reply": answer}
