"""``cassette``, ``match`` and ``replay``: what a scenario file that was recorded says, and its side file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mockserver.recordings import side_file
from mockserver.recordings.cassette import CONTENT, IGNORED, Cassette, Match
from mockserver.recordings.redacting import make_rules
from mockserver.recordings.volatile import compile_volatile
from mockserver.records.specs import Spec
from mockserver.scenarios.format.cassettes import CASSETTE, MATCH, REPLAY
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.matching import predicates
from mockserver.scenarios.reading.file_reader import MAX_BYTES, FileReader, UnreadableError
from mockserver.scenarios.reading.node import Node

KEYS = ("cassette", "match", "replay")


def read_cassette(node: Node, reader: FileReader | None, replay: str = "") -> Cassette | None:
    """The cassette of a document; None when it is none, or has mistakes, which are noted there.

    Args:
        node: the document.
        reader: reads its side file; None when a document may name none.
        replay: how answers are given whatever the file says; "": as it says.
    """
    present = [key for key in KEYS if isinstance(node.value, dict) and key in node.value]
    if not present:
        return None
    if reader is None or "cassette" not in node.value:
        help_ = "works in fixture files only" if reader is None else "needs the key cassette beside it"
        node.at(present[0]).complain(f"{present[0]} {help_}", key=True)
        return None
    specs: dict[str, Spec] = {"cassette": CASSETTE, "match": MATCH, "replay": REPLAY}
    # A mistake hides no other.
    is_sound = all([check(specs[key], node.at(key)) for key in present])  # noqa: C419
    is_sound = is_sound and _check_patterns(node)
    exchanges = _read_exchanges(node.at("cassette"), reader)
    if not is_sound or exchanges is None:
        return None
    given, match = node.value["cassette"], node.value.get("match") or {}
    path = Path(node.document.file)
    return Cassette(
        node.document.file,
        str(path.parent / given["exchanges"]),
        exchanges,
        Match(tuple(match.get("ignore", IGNORED)), _list(match, "volatile"), _list(match, "redact")),
        replay or node.value.get("replay", CONTENT),
        given.get("recorded", ""),
        given.get("upstream", ""),
    )


def _check_patterns(node: Node) -> bool:
    """Whether the patterns of ``volatile`` and ``redact`` are some; those that are none are noted."""
    before, match = len(node.problems), node.value.get("match") or {}
    for key, compile_ in (("volatile", compile_volatile), ("redact", _compile_redact)):
        for item in node.at("match").at(key) if key in match else ():
            try:
                _ = predicates.is_compilable(len(item.value), item) and compile_(item.value)
            except ValueError as error:  # noqa: PERF203  each mistake is told
                item.complain(f"this is no regular expression: {error}" if key == "volatile" else str(error))
    return len(node.problems) == before


def _compile_redact(pattern: str) -> object:
    return make_rules([pattern])


def _read_exchanges(node: Node, reader: FileReader) -> dict[int, Any] | None:
    name = node.value.get("exchanges") if isinstance(node.value, dict) else None
    if not isinstance(name, str):
        return None
    path = Path(node.document.file).parent / name
    try:
        return side_file.read(reader.read(path, MAX_BYTES))
    except (UnreadableError, ValueError) as error:
        node.at("exchanges").complain(f"the file {path} cannot be read: {error}")
        return None


def _list(match: dict[str, Any], key: str) -> tuple[str, ...]:
    given = match.get(key, ())
    return (given,) if isinstance(given, str) else tuple(given)
