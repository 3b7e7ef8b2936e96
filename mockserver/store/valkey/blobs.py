"""The contents of objects: files in a folder that all replicas share; the engine counts who holds them.

No two contents have one name, so no replica ever removes what another one has just written: no locks are needed, and a
network folder will do. What a replica wrote before it died, and no object holds, is removed after an hour.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import BinaryIO
from uuid import uuid4

from mockserver.store.errors import StoreFailedError, StoreFullError
from mockserver.store.kept.encoding import to_text
from mockserver.store.valkey.data import Data

# Seconds after which a file that no object holds was left behind.
ORPHANED = 3600.0
# Bytes of a content that are written between two looks at how much all replicas hold.
_LOOK = 1024 * 1024
_AT_ONCE = 500
_HALF = ".half"
_MISSING = (
    "The store of the mock server has no folder for contents, which files, skills and batches need: add files=DIR to "
    "the URL of --store, a folder that all replicas share."
)


class ValkeyBlobs:
    """See `mockserver.store.blobs.BlobStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self.folder = data.link.address.folder
        self._lock = Lock()
        # The sizes of finished contents that no object has taken yet, by name; and the bytes of all that are not taken.
        self._finished: dict[str, int] = {}
        self._loose_bytes = 0

    def create(self) -> ValkeyBlobWriter:
        """Begin a content."""
        return ValkeyBlobWriter(self, uuid4().hex)

    def open(self, name: str) -> BinaryIO | None:
        """The content, to be read and closed.

        Raises:
            StoreFailedError: an object holds it, and it is not in this replica's folder.
        """
        if self.size(name) is None or self.folder is None:
            return None
        try:
            return (self.folder / name).open("rb")
        except OSError as error:
            if self.size(name) is None:  # removed this moment
                return None
            raise StoreFailedError(
                f"The content of this object cannot be read from {self.folder} ({error.strerror}): all replicas of the "
                "mock server need the same folder (files= of --store)."
            ) from error

    def size(self, name: str) -> int | None:
        """The bytes of a content."""
        found = self._data.link.call("blob_size", name)
        return None if found is None else int(found)

    def held(self) -> int:
        """The bytes of all contents, and of those that this replica is writing."""
        return int(self._data.link.call("blob_held")) + self._loose_bytes

    def note(self, size: int) -> None:
        """So many bytes more are written, or (negative) given up, that no object holds yet."""
        with self._lock:
            self._loose_bytes += size

    def check_room(self) -> None:
        """See that all replicas together do not hold too much.

        Raises:
            StoreFullError: they do.
        """
        most = self._data.settings.blob_bytes
        if self.held() > most:
            raise StoreFullError(f"The mock server holds {most} bytes of files and batches at most (blob_bytes).")
        self.remove_dead()

    def make_folder(self) -> Path:
        """The folder, which is made when it is not there.

        Raises:
            StoreFullError: there is to be none.
            OSError: it cannot be made.
        """
        if self.folder is None:
            raise StoreFullError(_MISSING)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder

    def keep(self, name: str, size: int) -> None:
        """Hold a finished content until an object takes it."""
        with self._lock:
            self._finished[name] = size

    def find_new(self, name: str) -> int:
        """The bytes of a finished content that no object has taken; -1: it is no such."""
        with self._lock:
            return self._finished.get(name, -1)

    def note_taken(self, names: Iterable[str]) -> None:
        """An object holds these contents from now on."""
        with self._lock:
            for name in names:
                self._loose_bytes -= self._finished.pop(name, 0)

    def discard(self, name: str) -> None:
        """Forget a finished content, unless an object took it."""
        with self._lock:
            size = self._finished.pop(name, None)
            if size is None:
                return
            self._loose_bytes -= size
        self._unlink([name])

    def remove_dead(self) -> None:
        """Remove the files of contents that nobody holds any more, whoever held them."""
        if self.folder is None:
            return
        while found := self._data.link.call("blob_dead"):
            self._unlink(map(to_text, found))
            if len(found) < _AT_ONCE:
                return

    def remove_orphans(self) -> None:
        """Remove old files that no object holds: a replica died before one took them, or before it removed them."""
        names = self._list_old(time.time() - ORPHANED)
        while some := list(islice(names, _AT_ONCE)):
            known = [name.removesuffix(_HALF) for name in some]
            unknown = {to_text(name) for name in self._data.link.call("blob_unknown", *known)}
            with self._lock:
                unknown -= self._finished.keys()
            self._unlink(name for name, whole in zip(some, known, strict=True) if whole in unknown)

    def _list_old(self, before: float) -> Iterator[str]:
        if self.folder is None:
            return
        with suppress(OSError), os.scandir(self.folder) as found:
            for each in found:
                with suppress(OSError):
                    if each.stat().st_mtime < before:
                        yield each.name

    def _unlink(self, names: Iterable[str]) -> None:
        if self.folder is None:
            return
        for name in names:
            # What cannot be removed now is an orphan.
            with suppress(OSError):
                (self.folder / name).unlink()

    def close(self) -> None:
        """Give up the contents that no object has taken."""
        with self._lock:
            names: Sequence[str] = tuple(self._finished)
            self._finished.clear()
            self._loose_bytes = 0
        self._unlink(names)


class ValkeyBlobWriter:
    """See `mockserver.store.blobs.BlobWriter`."""

    def __init__(self, blobs: ValkeyBlobs, name: str) -> None:
        self._blobs, self._name = blobs, name
        self._file: BinaryIO | None = None
        self._half: Path | None = None
        self._is_finished = False
        self._look_at = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        """Write further bytes."""
        try:
            file = self._open()
            self._blobs.note(len(data))
            self.size += len(data)
            # What others write meanwhile is counted when an object takes the content.
            if self.size > self._look_at:
                self._look_at = self.size + _LOOK
                self._blobs.check_room()
            file.write(data)
        except (OSError, StoreFailedError) as error:
            self._give_up()
            raise self._explain(error) from error

    def finish(self) -> str:
        """End the content."""
        try:
            self._open().close()
            self._blobs.check_room()
            if self._half is not None:
                self._half.rename(self._half.with_name(self._name))
        except (OSError, StoreFailedError) as error:
            self._give_up()
            raise self._explain(error) from error
        self._is_finished = True
        self._blobs.keep(self._name, self.size)
        return self._name

    def discard(self) -> None:
        """Give the content up."""
        if self._is_finished:
            self._blobs.discard(self._name)
        else:
            self._give_up()

    def _open(self) -> BinaryIO:
        if self._file is None:
            self._half = self._blobs.make_folder() / f"{self._name}{_HALF}"
            self._file = open(os.open(self._half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")  # noqa: PTH123, SIM115  it has no path any more, and the writer closes it
        return self._file

    def _give_up(self) -> None:
        self._blobs.note(-self.size)
        self.size = 0
        if self._file is not None and self._half is not None:
            with suppress(OSError):
                self._file.close()
            with suppress(OSError):
                self._half.unlink()

    def _explain(self, error: OSError | StoreFailedError) -> StoreFailedError:
        if isinstance(error, StoreFailedError):
            return error
        return StoreFullError(f"The folder {self._blobs.folder} takes no more: {error.strerror} (files= of --store).")
