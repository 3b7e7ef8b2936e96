"""A cassette while exchanges are added to it, and how its files are written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from mockserver.cassettes.appending import NotAppendableError, append_turns, count_names, read_side_name
from mockserver.cassettes.emitting import emit
from mockserver.cassettes.turns import Turn, make_turn, repeat, write_scenarios
from mockserver.endpoints.parts import Parts
from mockserver.recordings import side_file
from mockserver.recordings.cassette import CONTENT, Match
from mockserver.recordings.comparing import make_key
from mockserver.recordings.redacting import make_rules, redact
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.moments import write_moment
from mockserver.records.version import __version__

_HEAD = """\
# The Messages API as messages-mockserver {version} recorded it. This is a scenario file: edit what you like.
# "recorded: N" is exchange N of the side file, which belongs to it; docs/recording.md tells all.
"""
_COLUMN = 2


class Draft:
    """A cassette to which exchanges are added. Writing writes all of it anew.

    Args:
        path: the scenario file.
        parts: those of a server, whose engine proves the words of the answers.
        upstream: the address that was recorded; a password in it is left out.
        match: how requests are held against those.
        secrets: what is known to be secret.
    """

    def __init__(
        self,
        path: Path,
        parts: Parts,
        *,
        upstream: str = "",
        match: Match | None = None,
        secrets: Iterable[str] = (),
    ) -> None:
        self.path = path
        self.match = match or Match()
        self._parts = parts
        self._upstream = _hide_user(upstream)
        self._rules, self._secrets = make_rules(self.match.redact), tuple(secrets)
        self._earlier: str | None = None
        self._turns: dict[bytes, Turn] = {}
        self._exchanges: list[RecordedExchange] = []
        self._written: set[str] = set()
        self._begin_side(self.path.with_name(f"{self.path.stem}{side_file.SUFFIX}"))

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns that were added."""
        return tuple(self._turns.values())

    def keep_earlier(self, content: bytes) -> None:
        """Add to a scenario file with this content, and to its side file; beside it where that cannot be done.

        Raises:
            ValueError: the side file cannot be read.
        """
        try:
            text = content.decode()
            side_path = self.path.parent / read_side_name(text)
            append_turns(text, lambda _: "", "")
        except (UnicodeDecodeError, NotAppendableError):
            self.path = find_free(self.path)
            self._begin_side(self.path.with_name(f"{self.path.stem}{side_file.SUFFIX}"))
            return
        self._earlier = text
        self._begin_side(side_path, side_path.read_bytes() if side_path.exists() else b"")

    def redact(self, exchange: RecordedExchange) -> RecordedExchange:
        """An exchange without secrets."""
        return redact(exchange, self._rules, self._secrets)

    def add(self, exchange: RecordedExchange) -> Turn:
        """Add an exchange, without its secrets: a turn, or one more answer of the turn with the same request."""
        exchange = replace(self.redact(exchange), id=self._next)
        self._next += 1
        self._exchanges.append(exchange)
        self._lines += self._writer.write(exchange)
        key = make_key(exchange, self.match, self._exchanges)
        known = self._turns.get(key)
        made = make_turn(exchange, self._parts, self.match) if known is None else repeat(known, exchange, self._parts)
        self._turns[key] = made
        return made

    def write(self) -> None:
        """Write the files, each as a whole, the scenario file last: it never names what is missing.

        Raises:
            OSError: a file cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for name, content in side_file.list_files(self._exchanges, self._folder).items():
            if name not in self._written:
                _write_body(self.side_path.parent / name, content)
                self._written.add(name)
        replace_file(self.side_path, bytes(self._lines))
        replace_file(self.path, self.text().encode())

    def text(self) -> str:
        """The scenario file."""
        models = len({turn.model for turn in self.turns if turn.model})
        newest = max((exchange.at for exchange in self._exchanges), default=0.0)
        recorded = f"{write_moment(newest)[:-5]}Z" if newest else ""

        def write_turns(column: int) -> str:
            scenarios = write_scenarios(self.turns, self.path.stem, first, models)
            return "".join([emit([scenario], column) for scenario in scenarios])

        first = 1
        if self._earlier is not None:
            first = count_names(self._earlier, self.path.stem) + 1
            return append_turns(self._earlier, write_turns, recorded)
        head = emit(self._write_head(recorded))
        return f"{_HEAD.format(version=__version__)}{head}scenarios:\n{write_turns(_COLUMN)}"

    def _write_head(self, recorded: str) -> dict[str, Any]:
        cassette = {"exchanges": self.side_path.name, "recorded": recorded, "upstream": self._upstream, "version": 1}
        match = self.match
        return {
            "cassette": {key: value for key, value in cassette.items() if value},
            "match": {"ignore": [*match.ignore], "volatile": [*match.volatile], "redact": [*match.redact]},
            "replay": CONTENT,
        }

    def _begin_side(self, path: Path, lines: bytes = b"") -> None:
        """Go on with a side file that holds these lines."""
        known = side_file.read(lines, side_file.Files(path.parent))
        self.side_path = path
        self._lines = bytearray(lines if not lines or lines.endswith(b"\n") else lines + b"\n")
        self._folder = path.name.removesuffix(".jsonl")
        self._writer = side_file.Writer(known.values(), self._folder)
        self._next = max(known, default=0) + 1


def find_free(path: Path) -> Path:
    """A path beside another that no file has: ``NAME-2.yaml``, ``NAME-3.yaml`` and so on."""
    number = 2
    while (beside := path.with_name(f"{path.stem}-{number}{path.suffix}")).exists():
        number += 1
    return beside


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


def _write_body(path: Path, content: bytes | Path) -> None:
    """Write a large body into a file of its own."""
    if path == content:
        return
    path.parent.mkdir(exist_ok=True)
    if isinstance(content, bytes):
        replace_file(path, content)
        return
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        shutil.copyfile(content, beside)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _hide_user(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
