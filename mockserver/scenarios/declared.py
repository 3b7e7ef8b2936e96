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
                if check(DECLARED, item):
                    self._add(item, reader)

    def _add(self, node: Node, reader: FileReader) -> None:
        given, at = node.value, node.at("id")
        if given["id"] in self.declared:
            at.complain(f'there is a file with the id "{given["id"]}" already: {self._places[given["id"]]}')
            return
        path = Path(node.document.file).parent / given["path"]
        try:
            size, head = reader.look_into(path, MOST)
        except UnreadableError as error:
            node.at("path").complain(f"the file {path} cannot be read: {error}")
            return
        name = given.get("filename") or path.name
        expires_at, expires_in = given.get("expires_at"), given.get("expires_in")
        self._places[given["id"]] = node.document.place(at.path)
        self.declared[given["id"]] = DeclaredFile(
            given["id"],
            name,
            find_type(given.get("mime_type", ""), name, head),
            size,
            str(path.absolute()),
            given.get("downloadable", False),
            None if expires_at is None else read_moment(expires_at),
            None if expires_in is None else read_duration(expires_in),
        )
