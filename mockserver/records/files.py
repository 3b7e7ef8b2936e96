"""Files that the API holds: uploaded, declared by fixtures, or made by the code execution tool."""

from __future__ import annotations

from msgspec import Struct

from mockserver.records.specs import Text

# The kind of its objects in a store.
KIND = "file"
# What fixtures may say of a file; ids of other objects are of the same form, since they stand in paths, too.
OBJECT_ID = Text("an id", pattern=r"[A-Za-z0-9_-]{1,100}", form="an id of letters, digits, _ and -, at most 100")
FILE_TYPE = Text(
    "a media type", pattern=r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}", form="a media type such as text/csv"
)


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


class DeclaredFile(Struct, frozen=True):
    """A file that a fixture declares; ``expires_in`` are seconds from when the server began."""

    id: str
    filename: str
    mime_type: str
    size_bytes: int
    path: str
    downloadable: bool = False
    expires_at: float | None = None
    expires_in: float | None = None

    def make(self, at: float) -> FileObject:
        """The file as made at a time."""
        return FileObject(
            self.id,
            self.filename,
            self.mime_type,
            self.size_bytes,
            at,
            self.downloadable,
            self.expires_at if self.expires_in is None else at + self.expires_in,
            path=self.path,
        )


class MadeFile(Struct, frozen=True):
    """A file that the code execution tool makes in an answer; ``mime_type`` is "" where its name and content tell."""

    id: str
    filename: str
    content: bytes
    mime_type: str = ""
