"""Writes recorded exchanges as a cassette: a scenario file, and the side file with the exchanges as they were."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from mockserver.cassettes.emitting import emit
from mockserver.cassettes.material import make_call
from mockserver.cassettes.turns import Turn, make_turn, repeat, write_scenarios
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import read_loosely
from mockserver.endpoints.table import find_route, name_of
from mockserver.recordings import side_file
from mockserver.recordings.cassette import CONTENT, Match
from mockserver.recordings.comparing import find_difference
from mockserver.records.errors import ApiError
from mockserver.records.exchanges import RecordedExchange, RecordedResponse
from mockserver.records.moments import write_moment
from mockserver.records.version import __version__

_HEAD = """\
# A recording of the Messages API by messages-mockserver {version}. It is a scenario file: edit what you like.
# Each turn answers the request that is exchange N ("recorded: N") of the file below; see docs/recording.md.
"""


def write_cassette(
    path: Path,
    exchanges: Iterable[RecordedExchange],
    parts: Parts,
    *,
    upstream: str = "",
    match: Match | None = None,
    earlier: bytes | None = None,
) -> None:
    """Write exchanges as a cassette, in place of the one that is there.

    Args:
        path: the scenario file, ``NAME.yaml``; the side file is ``NAME.exchanges.jsonl`` beside it.
        exchanges: what was recorded, without secrets, in its order; their ids are given here.
        parts: those of a server, whose engine proves the words of the answers.
        upstream: the address that was recorded; "" where it is not known.
        match: how requests are held against those.
        earlier: the content of the scenario file that new turns are added to, as it is; None: there is none.

    Raises:
        OSError: a file cannot be written.
    """
    draft = Draft(Path(path), parts, upstream=upstream, match=match or Match())
    if earlier is not None:
        draft.keep_earlier(earlier)
    for exchange in exchanges:
        draft.add(exchange)
    draft.write()


def add_exchanges(
    path: Path,
    exchanges: Iterable[RecordedExchange],
    parts: Parts,
    *,
    upstream: str = "",
    match: Match | None = None,
) -> None:
    """Add turns to a cassette, or begin one. What is there stays as it is, byte for byte.

    Args and Raises: as ``write_cassette``; ValueError: the side file cannot be read.
    """
    path = Path(path)
    earlier = path.read_bytes() if path.exists() else None
    write_cassette(path, exchanges, parts, upstream=upstream, match=match, earlier=earlier)


class Draft:
    """A cassette while exchanges are added to it. Writing it anew each time costs the whole file.

    Args:
        path: the scenario file.
        parts: those of a server, whose engine proves the words of the answers.
        upstream: the address that was recorded.
        match: how requests are held against those.
    """

    def __init__(self, path: Path, parts: Parts, *, upstream: str = "", match: Match | None = None) -> None:
        self.path = path
        self.parts = parts
        self.upstream = upstream
        self.match = match or Match()
        self.turns: list[Turn] = []
        self.exchanges: list[RecordedExchange] = []
        self.earlier: bytes | None = None
        self.earlier_exchanges: bytes = b""
        self.next_id = 1

    @property
    def side_path(self) -> Path:
        """The path of the side file."""
        return self.path.with_name(f"{self.path.stem}{side_file.SUFFIX}")

    def keep_earlier(self, content: bytes) -> None:
        """Add to a scenario file with this content, and to its side file.

        Raises:
            ValueError: the side file cannot be read.
        """
        self.earlier = content
        if self.side_path.exists():
            self.earlier_exchanges = self.side_path.read_bytes()
            self.next_id = max(side_file.read(self.earlier_exchanges), default=0) + 1

    def add(self, exchange: RecordedExchange) -> Turn:
        """Add an exchange: a turn, or one more answer of the turn with the same request. Returns the turn."""
        exchange = replace(exchange, id=self.next_id)
        self.next_id += 1
        self.exchanges.append(exchange)
        for place, turn in enumerate(self.turns):
            if _is_same_request(turn, exchange, self.match):
                self.turns[place] = repeat(turn, exchange, self.parts)
                return self.turns[place]
        self.turns.append(make_turn(exchange, self.parts))
        return self.turns[-1]

    def write(self) -> None:
        """Write both files, each as a whole; the side file first, so that the cassette never names what is missing.

        Raises:
            OSError: a file cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(self.side_path, self.earlier_exchanges + side_file.write(self.exchanges))
        replace_file(self.path, self.text().encode())

    def text(self) -> str:
        """The scenario file."""
        models = len({turn.model for turn in self.turns if turn.model})
        if self.earlier is not None:
            earlier = self.earlier.decode()
            end = "" if earlier.endswith("\n") or not earlier else "\n"
            first = earlier.count("\n- name: ") + earlier.count("\n  - name: ") + 1
            return f"{earlier}{end}{_write_turns(write_scenarios(self.turns, self.path.stem, first, models))}"
        head = emit(_write_head(self))
        scenarios = write_scenarios(self.turns, self.path.stem, 1, models)
        return f"{_HEAD.format(version=__version__)}{head}scenarios:\n{_write_turns(scenarios)}"


def _write_turns(scenarios: Iterable[dict[str, Any]]) -> str:
    return "".join([emit([scenario], 2) for scenario in scenarios])


def _write_head(draft: Draft) -> dict[str, Any]:
    newest = max((exchange.at for exchange in draft.exchanges), default=0.0)
    cassette: dict[str, Any] = {"exchanges": draft.side_path.name}
    if newest:
        cassette["recorded"] = f"{write_moment(newest)[:-5]}Z"
    if draft.upstream:
        cassette["upstream"] = draft.upstream
    match = draft.match
    return {
        "cassette": {**cassette, "version": 1},
        "match": {"ignore": [*match.ignore], "volatile": [*match.volatile], "redact": [*match.redact]},
        "replay": CONTENT,
    }


def _is_same_request(turn: Turn, exchange: RecordedExchange, match: Match) -> bool:
    one, other = turn.request, exchange.request
    if (one.method, one.path, one.query) != (other.method, other.path, other.query):
        return False
    call = make_call(other, exchange.at)
    found = find_route(call)
    endpoint = "" if isinstance(found, ApiError) else name_of(found.route)
    return (
        find_difference(RecordedExchange(one, RecordedResponse(200)), read_loosely(call, "", endpoint), match) is None
    )


def replace_file(path: Path, data: bytes) -> None:
    """Write a file as a whole: whoever reads it at any time reads the former one or the new one.

    Raises:
        OSError: it cannot be written; the former one is still there.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
