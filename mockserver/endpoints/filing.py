"""The one place that finds files: those of a session, and those that fixtures declare for all.

A session's own file comes before a declared one of the same id. A declared file that a session deletes is gone for it
alone: an object of the kind ``deleted_file`` with its id says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import msgspec

from mockserver.endpoints.parts import Parts
from mockserver.records.files import KIND, FileObject
from mockserver.store.objects import StoredObject

DELETED = "deleted_file"
# "Metadata and list entry stay up to 30 days" after a file has expired (source: the documentation, 2026-09).
GRACE = 30 * 86_400


def encode(file: FileObject) -> bytes:
    """What the store keeps of a file."""
    return msgspec.json.encode(file)


def decode(found: StoredObject) -> FileObject:
    """The file of an object of the store."""
    return msgspec.json.decode(found.data, type=FileObject)


def add_file(parts: Parts, session: str, file: FileObject) -> None:
    """Give a session a file, whose content is in the store; the content lives as long as the file."""
    parts.store.objects.add(session, KIND, file.id, encode(file), blobs=(file.blob,) if file.blob else ())


def find_file(parts: Parts, session: str, file_id: str, at: float) -> FileObject | None:
    """The file of that id, also one that has expired in the 30 days before ``at``: see ``FileObject.is_expired``.

    None when it is unknown to the session, deleted, or gone.
    """
    found = parts.store.objects.get(session, KIND, file_id)
    file = decode(found) if found else _find_declared(parts, session, file_id)
    return file if file and is_there(file, at) else None


def was_held(parts: Parts, session: str, file_id: str) -> bool:
    """Whether a session has, or had, a file of that id, as far as the store remembers."""
    objects = parts.store.objects
    return objects.find_number(session, KIND, file_id) is not None or objects.get(session, DELETED, file_id) is not None


def is_there(file: FileObject, at: float) -> bool:
    """Whether something of a file is left at a time."""
    return not file.is_expired(at - GRACE)


def open_file(parts: Parts, file: FileObject) -> BinaryIO | None:
    """The content of a file, to be read and closed; None when it is gone, deleted meanwhile or from the disk."""
    if file.path:
        try:
            return Path(file.path).open("rb")
        except OSError:
            return None
    return parts.store.blobs.open(file.blob)


def read_file(parts: Parts, file: FileObject, most: int = -1) -> bytes | None:
    """The content of a file, or its first ``most`` bytes; None when it is gone."""
    opened = open_file(parts, file)
    if opened is None:
        return None
    with opened:
        return opened.read(most)


def remove_file(parts: Parts, session: str, file_id: str) -> bool:
    """Delete a file of a session; whether it was there. A declared one of its id does not come back in its place."""
    was_own = parts.store.objects.remove(session, KIND, file_id)
    is_declared = _find_declared(parts, session, file_id) is not None
    if is_declared:
        parts.store.objects.add(session, DELETED, file_id, b"{}")
    return was_own or is_declared


def list_declared(parts: Parts, session: str) -> list[FileObject]:
    """The files of fixtures that a session has not deleted, in the order of the fixtures."""
    return [file for file in parts.fixtures.declared.values() if _is_visible(parts, session, file.id)]


def _find_declared(parts: Parts, session: str, file_id: str) -> FileObject | None:
    file = parts.fixtures.declared.get(file_id)
    return file if file and _is_visible(parts, session, file_id) else None


def _is_visible(parts: Parts, session: str, file_id: str) -> bool:
    objects = parts.store.objects
    return objects.get(session, DELETED, file_id) is None and objects.get(session, KIND, file_id) is None
