"""The contents of objects: files named by their digest, which appear under that name when an object takes them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from mockserver.store.errors import StoreFullError
from mockserver.store.kept.encoding import unpack
from mockserver.store.sqlite.data import Data
from mockserver.store.sqlite.folder import Folder


class SqliteBlobs:
    """See `mockserver.store.blobs.BlobStore`."""

    def __init__(self, data: Data, folder: Folder) -> None:
        self._data = data
        self._folder = folder
        # The halves of finished contents that no object has taken yet, by name; and the bytes of all halves.
        self._finished: dict[str, list[Path]] = {}
        self._half_bytes = 0
        # Names of contents that nobody holds any more, to be removed.
        self.dead: set[str] = set()

    def create(self) -> SqliteBlobWriter:
        """Begin a content."""
        return SqliteBlobWriter(self, self._folder.halves / f"{os.getpid()}-{uuid4().hex}")

    def close(self) -> None:
        """Forget the contents that no object has taken."""
        with self._data.database.lock:
            self._finished.clear()
            self._half_bytes = 0

    def open(self, name: str) -> BinaryIO | None:
        """The content, to be read and closed."""
        if self.size(name) is None:
            return None
        try:
            return (self._folder.blobs / name).open("rb")
        except FileNotFoundError:  # removed this moment
            return None

    def size(self, name: str) -> int | None:
        """The bytes of a content."""
        rows = self._data.database.run("SELECT size FROM blobs WHERE name = ? AND holders > 0", name)
        return int(rows[0][0]) if rows else None

    def held(self) -> int:
        """The bytes of all contents."""
        return self._data.database.number("blob_bytes") + self._half_bytes

    def claim(self, size: int) -> None:
        """Take room for further bytes of a half; negative ones give it back.

        Raises:
            StoreFullError: there is no room.
        """
        most = self._data.settings.blob_bytes
        with self._data.database.lock:
            if size > 0 and self.held() + size > most:
                raise StoreFullError(f"The mock server holds {most} bytes of files and batches at most (blob_bytes).")
            self._half_bytes += size

    def keep(self, name: str, half: Path) -> None:
        """Hold a finished content until an object takes it."""
        with self._data.database.lock:
            self._finished.setdefault(name, []).append(half)

    def discard(self, name: str, half: Path, size: int) -> None:
        """Forget a finished content, unless an object took it."""
        with self._data.database.lock:
            halves = self._finished.get(name, [])
            if half not in halves:
                return
            self._forget_half(name, half)
            self._half_bytes -= size
        half.unlink(missing_ok=True)

    def take(self, names: Sequence[str]) -> None:
        """An object holds these contents from now on; inside a transaction.

        Raises:
            KeyError: there is no such content.
            StoreFullError: the disk does not take it.
        """
        database = self._data.database
        for name in names:
            rows = database.run("UPDATE blobs SET holders = holders + 1 WHERE name = ? RETURNING size", name)
            half = next(iter(self._finished.get(name, ())), None)
            if half is None:
                if not rows or not (self._folder.blobs / name).exists():
                    raise KeyError(name)
                continue
            size = half.stat().st_size
            # An equal content may be there already, or be about to be removed.
            try:
                half.rename(self._folder.blobs / name)
            except OSError as error:
                raise _full(error) from error
            self._forget_half(name, half)
            self._half_bytes -= size
            if not rows:
                database.run("INSERT INTO blobs VALUES (?, ?, 1)", name, size)

    def release(self, names: Sequence[str]) -> None:
        """An object does not hold these contents any more; inside a transaction."""
        for name in names:
            self._data.database.run("UPDATE blobs SET holders = holders - 1 WHERE name = ?", name)
            self.dead.add(name)

    def release_all(self, owner: int | None) -> None:
        """Remove the objects of a session, or of all, and release their contents; inside a transaction."""
        database = self._data.database
        rows = (
            database.run("DELETE FROM objects RETURNING blobs")
            if owner is None
            else database.run("DELETE FROM objects WHERE owner = ? RETURNING blobs", owner)
        )
        for (blobs,) in rows:
            self.release(unpack(blobs, list[str]))

    def remove_dead(self) -> None:
        """Remove the files that nobody holds any more."""
        while self.dead:
            name = self.dead.pop()
            dead = self._folder.halves / f"dead-{uuid4().hex}"
            with self._data.writing():
                gone = "DELETE FROM blobs WHERE name = ? AND holders <= 0 RETURNING name"
                if not self._data.database.run(gone, name):
                    continue
                # Out of the way at once: the same content may come again. To delete a large one takes a while.
                with suppress(FileNotFoundError):
                    (self._folder.blobs / name).rename(dead)
            dead.unlink(missing_ok=True)

    def find_dead(self) -> None:
        """Look for what other processes have left to be removed."""
        self.dead |= {name for (name,) in self._data.database.run("SELECT name FROM blobs WHERE holders <= 0")}

    def _forget_half(self, name: str, half: Path) -> None:
        self._finished[name].remove(half)
        if not self._finished[name]:
            del self._finished[name]


class SqliteBlobWriter:
    """See `mockserver.store.blobs.BlobWriter`."""

    def __init__(self, blobs: SqliteBlobs, half: Path) -> None:
        self._blobs = blobs
        self._half = half
        self._file: BinaryIO | None = None
        self._digest = sha256()
        self._name = ""
        self.size = 0

    def write(self, data: bytes) -> None:
        """Write further bytes."""
        try:
            self._blobs.claim(len(data))
            self.size += len(data)
            self._open().write(data)
            self._digest.update(data)
        except (OSError, StoreFullError) as error:
            self._give_up()
            raise _full(error) from error

    def finish(self) -> str:
        """End the content."""
        try:
            self._open().close()
        except OSError as error:
            self._give_up()
            raise _full(error) from error
        self._name = self._digest.hexdigest()
        self._blobs.keep(self._name, self._half)
        return self._name

    def discard(self) -> None:
        """Give the content up."""
        if self._name:
            self._blobs.discard(self._name, self._half, self.size)
        else:
            self._give_up()

    def _open(self) -> BinaryIO:
        if self._file is None:
            self._file = open(os.open(self._half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")  # noqa: PTH123, SIM115  it has no path any more, and the writer closes it
        return self._file

    def _give_up(self) -> None:
        self._blobs.claim(-self.size)
        self.size = 0
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._half.unlink(missing_ok=True)


def _full(error: OSError | StoreFullError) -> StoreFullError:
    return error if isinstance(error, StoreFullError) else StoreFullError(f"The disk takes no more: {error.strerror}.")
