"""Opens the files of fixtures: nothing that could block, nothing without end, and no more than one load may read.

It remembers what it looked at, found or not: a later look can tell whether loading again would find other things.
"""

from __future__ import annotations

import os
import stat
from base64 import b64encode
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from mockserver.records.config_names import CONFIG, is_passed_over
from mockserver.scenarios.reading.searching import EndlessSearchError, search

SUFFIXES = (".yaml", ".yml", ".json")
_MB = 1024 * 1024
# Bytes of a scenario file or the file of a text, and of a body file, and what all files of one load may come to.
MAX_DOCUMENT = 16 * _MB
MAX_BODY = 32 * _MB
MAX_BYTES = 128 * _MB
MAX_FILES = 10_000
# Bytes by which the type of a file is told.
_HEAD = 4096
_Found = TypeVar("_Found")

_KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}

# The state of what was looked at, as far as it can be had without reading: two equal ones stand for the same content.
Signature = tuple[Any, ...]


class UnreadableError(Exception):
    """A file or folder cannot be read; the text says why, and follows "cannot be read: "."""


class Look(Struct, frozen=True):
    """What was looked at: a file, or with ``pattern`` the paths below a folder that fit.

    ``pattern`` is a glob, or empty for the scenario files directly inside.
    """

    path: str
    pattern: str | None = None


class FileText(str):
    """The text of a file; ``plain`` is the same as an ordinary text."""

    __slots__ = ("file", "plain")
    file: str
    plain: str


class FileReader:
    """Reads the files of one load. ``looked`` holds what was looked at, each with its state before it was read."""

    def __init__(self) -> None:
        self.looked: dict[Look, Signature] = {}
        self._bodies: dict[str, bytes] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._files = 0
        self._bytes = 0
        self._digest = blake2b(digest_size=8)

    @property
    def revision(self) -> int:
        """A number that stands for the files read so far, their paths and contents: the same in every process."""
        return int.from_bytes(self._digest.digest(), "big") >> 1  # the integers of stores have a sign

    @property
    def is_spent(self) -> bool:
        """Whether this load has read as much as one may."""
        return self._files > MAX_FILES or self._bytes > MAX_BYTES

    def read(self, path: Path, most: int = MAX_DOCUMENT) -> bytes:
        """The content of a regular file.

        Raises:
            UnreadableError: there is none, it is something else, or it is too large.
        """
        content = self._open(path, partial(_read_regular, most=most))
        self._bytes += len(content)
        if len(content) > most:
            raise UnreadableError(f"it is larger than {most // _MB} MB")
        self._digest.update(b"%d %d " % (len(os.fsencode(path)), len(content)) + os.fsencode(path))
        self._digest.update(content)
        if self._bytes > MAX_BYTES:
            raise UnreadableError(f"the fixtures are more than {MAX_BYTES // _MB} MB in all")
        return content

    def look_into(self, path: Path, most: int) -> tuple[int, bytes]:
        """The size of a regular file and its beginning; the rest is read by whoever needs it.

        Raises:
            UnreadableError: as for ``read``.
        """
        size, head = self._open(path, _look_into)
        if size > most:
            raise UnreadableError(f"it is larger than {most // _MB} MB")
        self._digest.update(b"%d " % size + os.fsencode(path))
        return size, head

    def _open(self, path: Path, read: Callable[[Path], _Found]) -> _Found:
        self.note(path)
        self._files += 1
        if self._files > MAX_FILES:
            raise UnreadableError(f"the fixtures are more than {MAX_FILES:,} files, check the patterns of include")
        try:
            return read(path)
        except (OSError, ValueError) as error:
            # A failure, not a state: a later look finds the file as it is, and knows that it is worth another try.
            self.looked[Look(os.fspath(path))] = _sign_error(error)
            raise UnreadableError(_describe(error)) from error

    def read_body(self, path: Path) -> bytes:
        """The content of a file that answers send; read once, however many answers send it.

        Raises:
            UnreadableError: as for ``read``.
        """
        known = self._bodies.get(str(path))
        if known is None:
            known = self._bodies[str(path)] = self.read(path, MAX_BODY)
        return known

    def read_text(self, path: Path, form: str) -> str:
        """The content of a file that stands for a text; read once, however many answers hold it.

        Args:
            path: the file.
            form: ``text`` in UTF-8, whose last line end is left out: editors add it; or ``base64`` of any file.

        Raises:
            UnreadableError: as for ``read``, or it is no UTF-8 text.
        """
        known = self._texts.get((str(path), form))
        if known is None:
            content = self.read(path)
            known = b64encode(content).decode() if form == "base64" else _decode(content, path)
            self._texts[str(path), form] = known
        return known

    def list_folder(self, path: Path) -> list[Path]:
        """The scenario files directly inside a folder, in name order: all but the server's config file.

        Raises:
            UnreadableError: the folder cannot be listed.
        """
        return self._find(Look(os.fspath(path), ""))

    def find(self, folder: Path, pattern: str) -> list[Path]:
        """The files and folders that fit a glob, from a folder on.

        Raises:
            UnreadableError: too much would have to be looked through.
        """
        return self._find(Look(os.fspath(folder), pattern))

    def note(self, path: Path) -> None:
        """Remember that a path was asked for."""
        look = Look(os.fspath(path))
        if look not in self.looked:
            self.looked[look] = sign(look)

    def resolve(self, path: Path) -> Path:
        """The path behind all symbolic links; the same path when it leads nowhere, which reading it will tell."""
        self.note(path)
        try:
            return Path(os.path.realpath(path))
        except (OSError, ValueError):
            return path

    def _find(self, look: Look) -> list[Path]:
        try:
            found = _list_matches(look)
        except (OSError, ValueError, EndlessSearchError) as error:
            self.looked[look] = _sign_error(error)
            raise UnreadableError(_describe(error)) from error
        self.looked[look] = tuple(map(str, found))
        return found


def join_lines(text: str) -> str:
    """The text with line ends of one kind, as Python opens text files."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decode(content: bytes, path: Path) -> FileText:
    try:
        plain = join_lines(content.decode("utf-8-sig")).removesuffix("\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise UnreadableError(f"the byte 0x{byte:02x} in line {line} is no UTF-8 text") from error
    text = FileText(plain)
    text.file, text.plain = str(path), plain
    return text


def is_folder(path: Path) -> bool:
    """Whether there is a folder at a path, as far as can be told."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def is_missing(path: Path) -> bool:
    """Whether there is nothing at a path. One that cannot be looked at is there: reading it tells the reason."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False


def sign(look: Look) -> Signature:
    """The present state of what was looked at."""
    try:
        if look.pattern is not None:
            return tuple(map(str, _list_matches(look)))
        # Symbolic links are followed: what counts is the file behind them, whichever of them was replaced.
        found = Path(look.path).stat()
    except (OSError, ValueError, EndlessSearchError) as error:
        return _sign_error(error)
    # The time of change tells of permissions that came back, and of a file put here with the times of another.
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_size


def is_final(look: Look, state: Signature, moment: int) -> bool:
    """Whether a file or folder changed last before a moment, in nanoseconds, so that a later change has another time.

    A failure to read may pass unseen, but a missing file that comes is seen.
    """
    if look.pattern is not None or state[0] == FileNotFoundError.__name__:
        return True
    return isinstance(state[0], int) and max(state[2:4]) < moment


def _list_matches(look: Look) -> list[Path]:
    if look.pattern:
        return [path for path in search(look.path, look.pattern) if path.name != CONFIG]
    return sorted(
        path for path in Path(look.path).iterdir() if path.suffix in SUFFIXES and not is_passed_over(path.name)
    )


def _sign_error(error: Exception) -> Signature:
    return type(error).__name__, getattr(error, "errno", None)


def _read_regular(path: Path, most: int) -> bytes:
    """At most one byte more than ``most`` of a regular file."""
    _check_kind(path.stat())
    # What it is may have changed since: a pipe must not block even then. Nor has a file of /proc the size it tells.
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(file, "rb") as opened:
        found = os.fstat(file)
        _check_kind(found)
        content = opened.read(min(found.st_size, most) + 1)
        if content is None:
            # Without waiting there is nothing to read: a log of the kernel, for one.
            raise UnreadableError("there is nothing to read in it now")
        return (
            content
            if len(content) <= found.st_size
            else content + (opened.read(max(most + 1 - len(content), 0)) or b"")
        )


def _look_into(path: Path) -> tuple[int, bytes]:
    return path.stat().st_size, _read_regular(path, _HEAD - 1)[:_HEAD]


def _check_kind(found: os.stat_result) -> None:
    if stat.S_ISREG(found.st_mode):
        return
    if stat.S_ISDIR(found.st_mode):
        raise UnreadableError("Is a directory")
    kind = _KINDS.get(stat.S_IFMT(found.st_mode), "no file")
    raise UnreadableError(f"it is {kind}, and only regular files are read")


def _describe(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"it is no path: {error}" if isinstance(error, ValueError) else str(error)
