"""A cassette while exchanges are added to it, and the text of its scenario file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockserver.cassettes.appending import NotAppendableError, append_turns, count_names, read_side_name
from mockserver.cassettes.emitting import emit
from mockserver.cassettes.files import find_free, replace_file
from mockserver.cassettes.material import find_endpoint, make_call
from mockserver.cassettes.side_files import SideFile, make_side_path
from mockserver.cassettes.turns import Turn, make_turn, repeat, write_scenarios
from mockserver.endpoints.parts import Parts
from mockserver.recordings.cassette import CONTENT, Match
from mockserver.recordings.comparing import make_key
from mockserver.recordings.redacting import make_rules, redact_text
from mockserver.recordings.upstreams import hide_user
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.moments import write_moment
from mockserver.records.version import __version__

_HEAD = """\
# The Messages API as messages-mockserver {version} recorded it. This is a scenario file: edit what you like.
# "recorded: N" is exchange N of the side file, which belongs to it: docs/cassettes.md.
"""
# Where the turns of a new file stand.
_COLUMN = 2


class Draft:
    """A cassette to which exchanges are added.

    Args:
        path: the scenario file.
        parts: those of a server, whose engine proves the words of the answers.
        upstream: the address that was recorded; user and secrets in it are left out.
        match: how requests are held against those.
    """

    def __init__(
        self,
        path: Path,
        parts: Parts,
        *,
        upstream: str = "",
        match: Match | None = None,
    ) -> None:
        self.path = path
        self.match = match or Match()
        self._parts = parts
        self._upstream = redact_text(hide_user(upstream), make_rules(self.match.redact))
        self._side = SideFile(make_side_path(path))
        # The text that turns are added to, the turns by what makes requests equal, and how they were written.
        self._earlier: str | None = None
        self._turns: dict[bytes, Turn] = {}
        self._emitted: dict[str, tuple[Mapping[str, Any], str]] = {}
        # The content of the scenario file as last written, and the exchanges that came after that.
        self._content = b""
        self._unwritten: list[RecordedExchange] = []

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns that were added."""
        return tuple(self._turns.values())

    def keep_earlier(self, content: bytes) -> None:
        """Add to a scenario file with this content, and to its side file; beside it where that cannot be done.

        Raises:
            ValueError: the side file cannot be read.
        """
        text = _read_appendable(content)
        if text is None:
            self.path = find_free(self.path)
            self._side = SideFile(make_side_path(self.path))
            return
        side_path = self.path.parent / read_side_name(text)
        self._earlier = text
        self._side = SideFile(side_path, side_path.read_bytes() if side_path.exists() else b"")

    def add(self, exchange: RecordedExchange) -> Turn:
        """Add an exchange without secrets: a turn, or one more answer of the turn with the same request."""
        exchange = self._side.add(exchange)
        self._unwritten.append(exchange)
        return self._place(exchange)

    def write(self) -> None:
        """Write the files, the scenario file last: it never names what is missing. Where another process has written
        into them, or turns cannot be added to what somebody made of them, new ones beside them.

        Raises:
            OSError: a file cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._side.is_foreign or not self._take_edits():
            self._start_beside()
        self._side.write()
        content = self.text().encode()
        replace_file(self.path, content)
        self._content = content
        self._unwritten.clear()

    def text(self) -> str:
        """The scenario file."""
        models = len({turn.model for turn in self.turns if turn.model})
        newest = max((exchange.at for exchange in self._side.exchanges), default=0.0)
        recorded = f"{write_moment(newest)[:-5]}Z" if newest else ""
        first = 1 if self._earlier is None else count_names(self._earlier, self.path.stem) + 1

        def write_turns(column: int) -> str:
            scenarios = write_scenarios(self.turns, self.path.stem, first, models)
            return "\n".join([self._emit(scenario, column) for scenario in scenarios])

        if self._earlier is not None:
            return append_turns(self._earlier, write_turns, recorded)
        return f"{self._write_head(recorded)}scenarios:\n{write_turns(_COLUMN)}"

    def _place(self, exchange: RecordedExchange) -> Turn:
        # The same conversation may be answered and counted.
        endpoint = find_endpoint(make_call(exchange.request)).encode()
        key = endpoint + make_key(exchange, self.match, self._side.exchanges)
        known = self._turns.get(key)
        made = make_turn(exchange, self._parts, self.match) if known is None else repeat(known, exchange, self._parts)
        self._turns[key] = made
        return made

    def _start_beside(self) -> None:
        self.path = find_free(self.path)
        self._side = SideFile(make_side_path(self.path))
        self._earlier, self._content, self._turns = None, b"", {}
        self._unwritten = [self._side.add(each) for each in self._unwritten]
        for exchange in self._unwritten:
            self._place(exchange)

    def _take_edits(self) -> bool:
        """Where somebody has edited the file since it was written, only add to it; whether that can be done."""
        if not self._content or not self.path.exists() or (now := self.path.read_bytes()) == self._content:
            return True
        text = _read_appendable(now)
        if text is None:
            return False
        self._earlier, self._turns = text, {}
        for exchange in self._unwritten:
            self._place(exchange)
        return True

    def _emit(self, scenario: Mapping[str, Any], column: int) -> str:
        """The lines of a turn. What was written before is not made anew: a conversation may be long."""
        name = str(scenario["name"])
        known = self._emitted.get(name)
        if known is None or known[0] != scenario:
            known = self._emitted[name] = (scenario, emit([scenario], column))
        return known[1]

    def _write_head(self, recorded: str) -> str:
        said = {"exchanges": self._side.path.name, "recorded": recorded, "upstream": self._upstream, "version": 1}
        cassette = emit({key: value for key, value in said.items() if value}, _COLUMN)
        match = self.match
        rules = {"ignore": [*match.ignore], "volatile": [*match.volatile], "redact": [*match.redact]}
        lines = f"cassette:\n{cassette}match:\n{emit(rules, _COLUMN)}replay: {CONTENT}\n"
        return f"{_HEAD.format(version=__version__)}{lines}"


def _read_appendable(content: bytes) -> str | None:
    """The text of a cassette that turns can be added to; None when it is none."""
    try:
        text = content.decode()
        read_side_name(text)
        append_turns(text, lambda _: "", "")
    except (UnicodeDecodeError, NotAppendableError):
        return None
    return text
