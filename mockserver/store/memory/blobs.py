"""Contents of a store in memory: small ones are held there, larger ones in temporary files."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from mockserver.store.errors import StoreFullError
from mockserver.store.memory.data import Data

# Bytes of a content that is held in memory, and of all such ones.
SMALL, MOST_SMALL = 1024 * 1024, 16 * 1024 * 1024


class Content(Struct, eq=False):
    """A content: its bytes, or the file that holds them. ``holders`` are the objects that have it."""

    size: int
    data: bytes | None
    path: Path | None
    holders: int = 0


class MemoryBlobs:
    """See `mockserver.store.blobs.BlobStore`."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._contents: dict[str, Content] = {}
        self._numbers = 0
        self._held = 0
        self._small = 0
        self._folder: Path | None = None

    def create(self) -> MemoryBlobWriter:
        """Begin a content."""
        return MemoryBlobWriter(self)

    def open(self, name: str) -> BinaryIO | None:
        """The content, to be read and closed."""
        with self._data.lock:
            found = self._contents.get(name)
            if found is None or not found.holders:
                return None
            return found.path.open("rb") if found.path else BytesIO(found.data or b"")

    def size(self, name: str) -> int | None:
        """The bytes of a content."""
        with self._data.lock:
            found = self._contents.get(name)
            return found.size if found and found.holders else None

    def held(self) -> int:
        """The bytes of all contents."""
        return self._held

    def claim(self, size: int) -> None:
        """Take room for further bytes; negative ones give it back.

        Raises:
            StoreFullError: there is no room.
        """
        with self._data.lock:
            most = self._data.settings.blob_bytes
            if size > 0 and self._held + size > most:
                raise StoreFullError(f"The mock server holds {most} bytes of files and batches at most (blob_bytes).")
            self._held += size

    def claim_memory(self, size: int) -> bool:
        """Take room in memory for further bytes; whether there is any."""
        with self._data.lock:
            if self._small + size > MOST_SMALL:
                return False
            self._small += size
            return True

    def make_path(self) -> Path:
        """A new path in the folder of this store, which goes when the store goes."""
        with self._data.lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="mockserver-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            self._numbers += 1
            return self._folder / str(self._numbers)

    def keep(self, content: Content) -> str:
        """Hold a finished content under a new name."""
        with self._data.lock:
            self._numbers += 1
            name = f"blob-{self._numbers}"
            self._contents[name] = content
            return name

    def take(self, names: Sequence[str]) -> None:
        """An object holds these contents from now on."""
        for name in names:
            self._contents[name].holders += 1

    def release(self, names: Sequence[str]) -> None:
        """An object does not hold these contents any more."""
        with self._data.lock:
            for name in names:
                found = self._contents[name]
                found.holders -= 1
                if found.holders <= 0:
                    self._delete(name, found)

    def discard(self, name: str) -> None:
        """Forget a content, unless an object holds it."""
        with self._data.lock:
            found = self._contents.get(name)
            if found is not None and not found.holders:
                self._delete(name, found)

    def _delete(self, name: str, content: Content) -> None:
        del self._contents[name]
        self._held -= content.size
        if content.path is None:
            self._small -= content.size
        else:
            content.path.unlink(missing_ok=True)


class MemoryBlobWriter:
    """See `mockserver.store.blobs.BlobWriter`."""

    def __init__(self, blobs: MemoryBlobs) -> None:
        self._blobs = blobs
        self._data = bytearray()
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._name = ""
        self.size = 0

    def write(self, data: bytes) -> None:
        """Write further bytes."""
        try:
            self._blobs.claim(len(data))
            self.size += len(data)
            if self._file is None:
                self._data += data
                if len(self._data) > SMALL:
                    self._spill()
            else:
                self._file.write(data)
        except (OSError, StoreFullError) as error:
            self._give_up()
            raise _full(error) from error

    def finish(self) -> str:
        """End the content."""
        try:
            if self._file is None and not self._blobs.claim_memory(self.size):
                self._spill()
            if self._file is not None:
                self._file.close()
        except OSError as error:
            self._give_up()
            raise _full(error) from error
        self._name = self._blobs.keep(Content(self.size, bytes(self._data) if self._path is None else None, self._path))
        return self._name

    def discard(self) -> None:
        """Give the content up."""
        if self._name:
            self._blobs.discard(self._name)
        else:
            self._give_up()

    def _spill(self) -> None:
        self._path = self._blobs.make_path()
        self._file = self._path.open("wb")
        self._file.write(self._data)
        self._data = bytearray()

    def _give_up(self) -> None:
        self._blobs.claim(-self.size)
        self.size, self._data = 0, bytearray()
        if self._file is not None and self._path is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)
            self._file = self._path = None


def _full(error: OSError | StoreFullError) -> StoreFullError:
    return error if isinstance(error, StoreFullError) else StoreFullError(f"The disk takes no more: {error.strerror}.")
