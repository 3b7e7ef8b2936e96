"""The files that code execution made in an answer: kept before it leaves, so that they can be downloaded."""

from __future__ import annotations

from collections.abc import Iterable

from mockserver.endpoints.filing import add_file
from mockserver.endpoints.parts import Parts
from mockserver.records.errors import ApiError, Finding
from mockserver.records.files import FileObject, MadeFile
from mockserver.reference.mime import find_type
from mockserver.store.errors import StoreFullError

# The bytes of a content that tell its type.
_HEAD = 8192
_FULL = Finding(
    "There is no room for a file that the code execution tool made.",
    rule="storage_quota",
    source="SDK types, 2.14.0: the code; its status and text inferred",
    details={"error_code": "storage_quota_exceeded"},
)


def keep_files(parts: Parts, session: str, made: Iterable[MadeFile], at: float) -> None:
    """Give a session files that were made at a time, in seconds since 1970.

    Raises:
        ApiError: there is no room for a content; the files before it are kept.
    """
    for each in made:
        add_file(parts, session, _keep(parts, each, at))


def _keep(parts: Parts, made: MadeFile, at: float) -> FileObject:
    kind = find_type(made.mime_type, made.filename, made.content[:_HEAD])
    try:
        writer = parts.store.blobs.create()
        writer.write(made.content)
        blob = writer.finish()
    except StoreFullError as error:
        raise ApiError(_FULL) from error
    return FileObject(made.id, made.filename, kind, len(made.content), at, downloadable=True, blob=blob)
