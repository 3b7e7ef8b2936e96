"""The side file of a cassette while exchanges are added to it."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from mockserver.cassettes.files import append_file, replace_file, write_body
from mockserver.recordings import side_file
from mockserver.records.exchanges import RecordedExchange


class SideFile:
    """A side file, and the exchanges that were added to it.

    Args:
        path: the file.
        lines: what it holds already.

    Raises:
        ValueError: these are no exchanges.
    """

    def __init__(self, path: Path, lines: bytes = b"") -> None:
        known = side_file.read(lines, side_file.Files(path.parent))
        self.path = path
        self.exchanges: list[RecordedExchange] = []
        self._lines = bytearray(_end_line(lines, len(known)))
        self._folder = path.name.removesuffix(".jsonl")
        self._writer = side_file.Writer(known.values(), self._folder)
        self._next = max(known, default=0) + 1
        # How many of the bytes are in the file, how many the file has, where that is known, and the bodies with files.
        self._size = 0
        self._expected: int | None = len(lines) or None
        self._bodies: set[str] = set()

    def add(self, exchange: RecordedExchange) -> RecordedExchange:
        """Add an exchange. Returns it with its number."""
        exchange = replace(exchange, id=self._next)
        self._next += 1
        self.exchanges.append(exchange)
        self._lines += self._writer.write(exchange)
        return exchange

    @property
    def is_foreign(self) -> bool:
        """Whether somebody else has written the file since it was read or written here."""
        return self._expected is not None and self._expected != (self.path.stat().st_size if self.path.exists() else 0)

    def write(self) -> None:
        """Write what is not in the file yet, large bodies first.

        Raises:
            OSError: it cannot be written.
        """
        for name, content in side_file.list_files(self.exchanges, self._folder).items():
            if name not in self._bodies:
                write_body(self.path.parent / name, content)
                self._bodies.add(name)
        # What the bodies were copied from is not held any longer.
        self.exchanges = [self._take_body(each) for each in self.exchanges]
        if self._size:
            append_file(self.path, bytes(self._lines[self._size :]))
        else:
            replace_file(self.path, bytes(self._lines))
        self._size = self._expected = len(self._lines)

    def _take_body(self, exchange: RecordedExchange) -> RecordedExchange:
        if exchange.response.content is None:
            return exchange
        path = self.path.parent / self._folder / f"{exchange.id}.body"
        return replace(exchange, response=replace(exchange.response, content=path))


def make_side_path(path: Path) -> Path:
    """The path of the side file of a new scenario file."""
    return path.with_name(f"{path.stem}{side_file.SUFFIX}")


def _end_line(lines: bytes, count: int) -> bytes:
    """The lines of so many exchanges with a line end; a last one that was not written whole is left out."""
    whole, end, rest = lines.rpartition(b"\n")
    is_torn = bool(rest) and len([line for line in lines.split(b"\n") if line.strip()]) > count
    return whole + end if is_torn or not rest else lines + b"\n"
