"""Contents: bytes that objects hold, too many to keep them in memory."""

from __future__ import annotations

from typing import BinaryIO, Protocol


class BlobWriter(Protocol):
    """A content that is being written. It leaves nothing unless it is finished and an object takes it."""

    @property
    def size(self) -> int:
        """The bytes written so far."""

    def write(self, data: bytes) -> None:
        """Write further bytes.

        Raises:
            StoreFullError: there is no room; the content is given up.
        """

    def finish(self) -> str:
        """End the content; returns its name, which ``ObjectStore.add`` takes. Two equal contents may have one name.

        Raises:
            StoreFullError: there is no room; the content is given up.
        """

    def discard(self) -> None:
        """Give the content up; does nothing when an object holds it."""


class BlobStore(Protocol):
    """Contents by name, from which it cannot be guessed where they lie."""

    def create(self) -> BlobWriter:
        """Begin a content."""

    def open(self, name: str) -> BinaryIO | None:
        """The content, to be read and closed; None when no object holds it. One that is open can be read to its end."""

    def size(self, name: str) -> int | None:
        """The bytes of a content."""

    def held(self) -> int:
        """The bytes of all contents."""
