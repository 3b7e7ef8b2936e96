"""Files that the API holds: uploaded, declared by fixtures, or made by the code execution tool."""

from __future__ import annotations

from msgspec import Struct

# The kind of its objects in a store.
KIND = "file"


class FileObject(Struct, frozen=True):
    """What is known of a file.

    Times are seconds since 1970 by the clock of the session; ``expires_at`` is None where there is none. ``blob``
    is the name of its content in the store; a file that a fixture declares has a ``path`` instead. Only what the code
    execution tool made is ``downloadable``.
    """

    id: str
    filename: str
    mime_type: str
    size_bytes: int
    created_at: float
    downloadable: bool = False
    expires_at: float | None = None
    blob: str = ""
    path: str = ""

    def is_expired(self, at: float) -> bool:
        """Whether it has expired at a time."""
        return self.expires_at is not None and self.expires_at <= at
