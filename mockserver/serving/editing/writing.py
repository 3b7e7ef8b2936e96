"""Reads and writes one file, whole: who reads it meanwhile sees it as it was, or as it is."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from mockserver.control.requests import RefusalError
from mockserver.endpoints.parts import Parts
from mockserver.scenarios.reading.file_reader import MAX_DOCUMENT, FileReader, UnreadableError, is_missing, join_lines
from mockserver.scenarios.reading.source import Document, read

_ROOM = "a disk with room, and a folder and a file that the server may write"


def read_file(path: Path) -> bytes | None:
    """The content of a file; None where there is none.

    Raises:
        RefusalError: 409, it cannot be read.
    """
    if is_missing(path):
        return None
    try:
        return FileReader().read(path)
    except UnreadableError as error:
        raise RefusalError(409, f"{path.name} cannot be read: {error}.", "a regular file") from error


def read_known(mock: Parts, path: Path) -> tuple[str, Document]:
    """The text of a scenario file, and what it holds; one that was loaded is not parsed once more.

    Raises:
        UnreadableError, UnicodeDecodeError, ScenarioError: it cannot be read, or holds mistakes.
    """
    content = FileReader().read(path)
    return content.decode(), parse_known(mock, str(path), content)


def parse_known(mock: Parts, file: str, content: bytes) -> Document:
    """What a content of a scenario file holds; the same that was loaded is not parsed once more.

    Raises:
        UnicodeDecodeError, ScenarioError: it is no text, or holds mistakes.
    """
    kept = mock.fixtures.scenarios.kept
    known = kept.get(file) or next((each for name, each in kept.items() if os.path.realpath(name) == file), None)
    if known is not None and known.fits(content, ()):
        return known.document
    return read(join_lines(content.decode()), file)


def make_tag(content: bytes) -> str:
    """The entity tag of a content, as ``ETag`` has it."""
    return f'"{blake2b(content, digest_size=16).hexdigest()}"'


def write_file(path: Path, before: bytes | None, content: bytes) -> None:
    """Replace a file by one with another content and the same permissions; None before: it is a new one.

    Raises:
        RefusalError: 409, it is no longer what it was before, or too large; 507, it cannot be written.
    """
    if len(content) > MAX_DOCUMENT:
        raise RefusalError(409, f"{path.name} would be too large.", f"at most {MAX_DOCUMENT} bytes")
    # Hidden, and of another suffix: nobody loads it.
    temporary = path.with_name(f".{path.name[:80]}.{secrets.token_hex(6)}.tmp")
    try:
        _write_temporary(temporary, content, None if before is None else stat.S_IMODE(path.stat().st_mode))
        if read_file(path) != before:
            raise RefusalError(409, f"{path.name} was changed meanwhile.", "the same again, after a look at it")
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RefusalError(507, f"{path.name} cannot be written: {reason}.", _ROOM) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def _write_temporary(temporary: Path, content: bytes, mode: int | None) -> None:
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        temporary.chmod(mode)
