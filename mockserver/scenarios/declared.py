"""The files that fixtures declare for the Files API: ``files: [{id: file_report, path: report.pdf}]``."""

from __future__ import annotations

from pathlib import Path

from mockserver.records.errors import Place
from mockserver.records.files import DeclaredFile
from mockserver.records.moments import read_duration, read_moment
from mockserver.reference.mime import find_type
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.declared import DECLARED, FILES
from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError
from mockserver.scenarios.reading.node import Node

KEY = "files"
# Bytes of a file: what the API takes of an upload (source: the documentation, 2026-09).
MOST = 500 * 1024 * 1024


class DeclarationReader:
    """Gathers the files that fixtures declare. Their contents stay where they are; only the beginning is looked at."""

    def __init__(self) -> None:
        self.declared: dict[str, DeclaredFile] = {}
        self._places: dict[str, Place] = {}

    def read(self, node: Node, reader: FileReader | None) -> None:
        """Read the key ``files`` of a document; mistakes are noted there.

        Args:
            node: the document.
            reader: looks at the files; None when a document may name none.
        """
        if KEY not in node.value:
            return
        below = node.at(KEY)
        if reader is None:
            below.complain(f"{KEY} works in fixture files only, which a server is started with", key=True)
        elif not isinstance(below.value, list):
            check(FILES, below)
        else:
            for item in below:
                self._read_one(item, reader)

    def _read_one(self, node: Node, reader: FileReader) -> None:
        # A mistake hides no other.
        is_sound = all([check(DECLARED, node), self._is_new(node)])
        found = _look_into(node, reader)
        if is_sound and found is not None:
            declared = _make(node, *found)
            self.declared[declared.id] = declared

    def _is_new(self, node: Node) -> bool:
        """Whether the id of a file, if it has one, is that of no other."""
        name = node.value.get("id") if isinstance(node.value, dict) else None
        if not isinstance(name, str):
            return True
        at = node.at("id")
        if name in self._places:
            at.complain(f'there is a file with the id "{name}" already: {self._places[name]}')
            return False
        self._places[name] = node.document.place(at.path)
        return True


def _look_into(node: Node, reader: FileReader) -> tuple[Path, int, bytes] | None:
    """The path of a file, its size and its beginning; None when it cannot be read, or there is none to read."""
    given = node.value.get("path") if isinstance(node.value, dict) else None
    if not isinstance(given, str):
        return None
    path = Path(node.document.file).parent / given
    try:
        return path, *reader.look_into(path, MOST)
    except UnreadableError as error:
        node.at("path").complain(f"the file {path} cannot be read: {error}")
        return None


def _make(node: Node, path: Path, size: int, head: bytes) -> DeclaredFile:
    given = node.value
    name = given.get("filename") or path.name
    expires_at, expires_in = given.get("expires_at"), given.get("expires_in")
    return DeclaredFile(
        given["id"],
        name,
        find_type(given.get("mime_type", ""), name, head),
        size,
        str(path.absolute()),
        given.get("downloadable", False),
        None if expires_at is None else read_moment(expires_at),
        None if expires_in is None else read_duration(expires_in),
    )
