"""The files of a test's session: what the application uploaded, and what the test puts there for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO

from mockserver.endpoints import filing, uploads
from mockserver.endpoints.file_lists import Listing
from mockserver.endpoints.multipart import HEAD
from mockserver.endpoints.parts import Parts
from mockserver.records.errors import ApiError
from mockserver.records.files import KIND, FileObject
from mockserver.records.masks import show_line, show_value
from mockserver.records.moments import read_duration
from mockserver.reference.ids import make_timed
from mockserver.store.blobs import BlobWriter
from mockserver.store.errors import StoreFullError
from mockserver.testing.assertions import Count, Request, list_requests
from mockserver.testing.callers import raise_at_call

# More than any session has.
_ALL = 1_000_000
_PIECE = 256 * 1024


class MockFile:
    """A file of a session.

    Attributes:
        id: its id, by which a request refers to it.
        filename: its name as the API keeps it.
        mime_type: its type.
        size: its bytes.
        downloadable: whether the API lets it be downloaded.
        created_at: when it was made, in UTC.
        expires_at: when it expires, in UTC; None: never.
    """

    def __init__(self, mock: Parts, file: FileObject) -> None:
        self._mock, self._file = mock, file
        self.id, self.filename, self.mime_type, self.size = file.id, file.filename, file.mime_type, file.size_bytes
        self.downloadable = file.downloadable
        self.created_at = _read_time(file.created_at)
        self.expires_at = None if file.expires_at is None else _read_time(file.expires_at)

    def __repr__(self) -> str:
        return f"<MockFile {show_line(self.filename)} ({show_line(self.mime_type)}, {self.size} bytes)>"

    @property
    def bytes(self) -> bytes:
        """Its content.

        Raises:
            LookupError: it was deleted meanwhile.
        """
        content = filing.read_file(self._mock, self._file)
        if content is None:
            raise LookupError(
                f"the content of {show_line(self.filename)} is gone: it was deleted, or the session reset"
            )
        return content

    @property
    def text(self) -> str:
        """Its content as a text in UTF-8.

        Raises:
            LookupError: it was deleted meanwhile.
            UnicodeDecodeError: it is no such text.
        """
        return self.bytes.decode("utf-8-sig")


class MockFiles:
    """The files that a session holds, earliest first: ``messages_api.files["report.pdf"].text``.

    They are those that were uploaded or added, and not deleted; what fixtures declare is not among them.
    """

    def __init__(self, mock: Parts, session: str, folders: Sequence[Path] = ()) -> None:
        self._mock, self._session, self._folders = mock, session, folders

    def __repr__(self) -> str:
        return f"<MockFiles {list(self)}>"

    def __len__(self) -> int:
        return len(self._list())

    def __iter__(self) -> Iterator[MockFile]:
        return iter([MockFile(self._mock, file) for file in self._list()])

    def __getitem__(self, name: int | str) -> MockFile:
        """The file at a place, such as -1 for the latest, or by its id, or the latest of that name."""
        files = self._list()
        if isinstance(name, int):
            return MockFile(self._mock, files[name])
        for file in reversed(files):
            if name in (file.id, file.filename):
                return MockFile(self._mock, file)
        held = ", ".join(show_line(file.filename) for file in files) or "none"
        raise KeyError(f"there is no file {show_value(name)}; there are: {held}")

    @raise_at_call
    def add(
        self,
        content: bytes | str | PathLike[str],
        filename: str | None = None,
        *,
        mime_type: str = "",
        downloadable: bool = False,
        expires_in: str | float | timedelta | None = None,
    ) -> MockFile:
        """Put a file into the session, as if it had been uploaded: ``messages_api.files.add("report.pdf").id``.

        Args:
            content: its bytes, or the path of a file; a relative one is looked for beside the test, at pytest's root,
                then in the current directory.
            filename: its name; by default that of the path, else as the API names one without a name.
            mime_type: its type; by default that of its content or its name.
            downloadable: whether it can be downloaded, as files that the code execution tool made.
            expires_in: the time until it expires, from now: ``2h``, ``30d``, or seconds; None: never.

        Raises:
            OSError: there is no such file, or it cannot be read.
            TypeError: an argument is of another type.
            ValueError: the name is none that the API takes, or the server has no room for the content.
        """
        _check_types(filename="" if filename is None else filename, mime_type=mime_type, downloadable=downloadable)
        path, content = (None, content) if isinstance(content, bytes) else (self._find(Path(content)), b"")
        given = filename if filename is not None else path.name if path else ""
        writer = self._mock.store.blobs.create()
        try:
            with path.open("rb") if path else BytesIO(content) as stream:
                head = _write(writer, stream)
            name, kind = uploads.name_file(given, mime_type, head)
            file = self._make(name, kind, writer.size, downloadable, expires_in)
            self._mock.store.sessions.touch(self._session)
            filing.add_file(self._mock, self._session, uploads.finish_content(writer, file))
        except (ApiError, StoreFullError) as error:
            raise ValueError(str(error)) from None
        finally:
            writer.discard()
        return self[file.id]

    def _list(self) -> list[FileObject]:
        listing = Listing(self._mock, self._session, self._now())
        return [row.file for row in reversed(listing.above(0, _ALL))]

    def _now(self) -> float:
        return self._mock.store.clocks.active(self._session).read(self._mock.clock.now())

    def _find(self, path: Path) -> Path:
        return next((found for folder in self._folders if (found := folder / path).exists()), path)

    def _make(
        self, name: str, kind: str, size: int, downloadable: bool, expires_in: str | float | timedelta | None
    ) -> FileObject:
        at = self._now()
        expires_at = None if expires_in is None else at + read_duration(expires_in)
        return FileObject(self._make_id(name, size), name, kind, size, at, downloadable, expires_at)

    def _make_id(self, name: str, size: int) -> str:
        """An id that no file of the session has or had."""
        number = len(self)
        while True:
            number += 1
            found = make_timed("file", number, uploads.seed_of(self._session, name, size, number))
            if self._mock.store.objects.find_number(self._session, KIND, found) is None:
                return found


def _check_types(**given: object) -> None:
    for name, value in given.items():
        wanted, kind = ("True or False", bool) if name == "downloadable" else ("a text", str)
        if not isinstance(value, kind):
            raise TypeError(f"{name}: expected {wanted}, got {show_value(value)}")


def _write(writer: BlobWriter, stream: BinaryIO) -> bytes:
    """Write a content; returns its beginning."""
    head = b""
    while piece := stream.read(_PIECE):
        head = head or piece[:HEAD]
        writer.write(piece)
    return head


def complain_of_uploads(requests: Sequence[Request], filename: str | None, mime_type: str | None, count: Count) -> str:
    """Complain unless so many uploads that the API took fit.

    Args:
        requests: those to the endpoint of files.
        filename: the name that the API gave; None: any.
        mime_type: the type that the API gave; None: any.
        count: how many.
    """
    taken = [each for each in requests if each.entry.method == "POST" and each.entry.status == 200]
    wanted = {"filename": filename, "mime_type": mime_type}
    fitting = [each for each in taken if all(_says(each, key, value) for key, value in wanted.items())]
    if count.holds(len(fitting)):
        return ""
    words = "".join(f" with {key} {show_value(value)}" for key, value in wanted.items() if value is not None)
    lines = [f"expected {count} that uploaded a file{words}, but {len(fitting)} of the {len(taken)} made fit"]
    lines += [f"  {_describe(each.entry.answer)}" for each in taken]
    return "\n".join([*lines, *list_requests(requests)])


def _says(request: Request, key: str, value: str | None) -> bool:
    return value is None or (request.entry.answer or {}).get(key) == value


def _describe(answer: Any) -> str:
    shown = answer if isinstance(answer, dict) else {}
    return f"{shown.get('filename')} ({shown.get('mime_type')}, {shown.get('size_bytes')} bytes)"


def _read_time(seconds: float) -> datetime:
    # As the API shows it, in milliseconds.
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
