"""``cassette``, ``match`` and ``replay``: what a scenario file that was recorded says, and its side file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mockserver.recordings import side_file
from mockserver.recordings.cassette import CONTENT, IGNORED, Cassette, Match
from mockserver.recordings.volatile import compile_volatile
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.specs import Spec
from mockserver.scenarios.format.cassettes import CASSETTE, MATCH, REPLAY
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.matching import predicates
from mockserver.scenarios.reading.file_reader import MAX_BYTES, FileReader, UnreadableError, is_missing
from mockserver.scenarios.reading.node import Node

NOTHING: Mapping[str, Any] = {}
KEYS = ("cassette", "match", "replay")
# Bytes of a body that has a file of its own: as much as is recorded.
MAX_CONTENT = 1024 * 1024 * 1024


def read_cassette(
    node: Node, reader: FileReader | None, replay: str = "", nearer: Mapping[str, Any] = NOTHING
) -> Cassette | None:
    """The cassette of a document; None when it is none, or has mistakes, which are noted there.

    Args:
        node: the document.
        reader: reads its side file; None when a document may name none.
        replay: how answers are given whatever the file says; "": as it says.
        nearer: keys of ``match`` that win over those of the file.
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
    given, match = node.value["cassette"], {**(node.value.get("match") or {}), **nearer}
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
    from mockserver.recordings.redacting import make_rules  # only for cassettes that take something out

    return make_rules([pattern])


def _read_exchanges(node: Node, reader: FileReader) -> dict[int, RecordedExchange] | None:
    name = node.value.get("exchanges") if isinstance(node.value, dict) else None
    if not isinstance(name, str):
        return None
    path, at = Path(node.document.file).parent / name, node.at("exchanges")
    if is_missing(path):
        reader.note(path)
        at.complain(
            f"there is no file {name} beside this one: a cassette is both files. Bring it from where it was recorded, "
            "or delete this one and record it again"
        )
        return None
    files = side_file.Files(path.parent, partial(_read_body, reader), partial(_look_into, reader))
    try:
        return side_file.read(reader.read(path, MAX_BYTES), files)
    except UnreadableError as error:
        at.complain(f"the file {path} cannot be read: {error}")
    except ValueError as error:
        at.complain(f"{path}: {error}")
    return None


def _read_body(reader: FileReader, path: Path) -> bytes:
    try:
        return reader.read(path, MAX_BYTES)
    except UnreadableError as error:
        raise ValueError(f"its body {path} cannot be read: {error}") from error


def _look_into(reader: FileReader, path: Path) -> None:
    """See that there is a body, which is read when it is sent; a reload will see that it has changed."""
    try:
        reader.look_into(path, MAX_CONTENT)
    except UnreadableError as error:
        raise ValueError(f"its body {path} cannot be read: {error}") from error


def _list(match: dict[str, Any], key: str) -> tuple[str, ...]:
    given = match.get(key, ())
    return (given,) if isinstance(given, str) else tuple(given)
