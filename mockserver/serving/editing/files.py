"""The scenario files of ``--allow-edit``: listed, read, and written scenario by scenario."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from mockserver.cassettes.emitting import emit
from mockserver.control.masking import list_secrets
from mockserver.control.requests import RefusalError
from mockserver.control.services import Mask
from mockserver.endpoints.parts import Parts
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.editing.cutting import Cut, cut_all, is_one, list_values
from mockserver.scenarios.editing.cutting import write_file as write_text
from mockserver.scenarios.editing.layout import find_layout
from mockserver.scenarios.editing.splicing import Insertion, Spliced, SpliceError, find_name, splice
from mockserver.scenarios.keeping import KeptFile
from mockserver.scenarios.reading.file_reader import MAX_DOCUMENT, FileReader, UnreadableError
from mockserver.scenarios.reading.source import Document
from mockserver.serving import assembly
from mockserver.serving.editing import paths
from mockserver.serving.editing.checking import PendingFile, check_file, check_keys, is_same, read_sent, refuse
from mockserver.serving.editing.writing import make_tag, parse_known, read_file, write_file

_OPTION = (
    "a server that was started with --allow-edit DIR (MockServer(allow_edit=DIR)): it writes into that folder alone"
)
# As recorders and importers write them: in their first lines.
_CASSETTE = re.compile(rb"^cassette\s*:", re.MULTILINE)
# Nothing in the file was sent.
_NOWHERE: tuple[Insertion, ...] = ()


class FixtureFiles:
    """The files of a server that may be edited.

    Args:
        mock: the parts of the server.
    """

    def __init__(self, mock: Parts) -> None:
        self._mock = mock
        self._lock = Lock()

    @property
    def folder(self) -> str:
        """The folder of ``--allow-edit``; "": there is none."""
        return self._mock.settings.allow_edit

    def list(self) -> tuple[str, ...]:
        """The paths of the files in the folder, without cassettes."""
        names = paths.list_names(self.folder) if self.folder else []
        return tuple(name for name in names if not _is_cassette(Path(self.folder, name)))

    def find(self, path: str) -> str | None:
        """The path in the folder of any file, if that may be written."""
        return paths.find_name(self.folder, path)

    def find_tag(self, name: str) -> str:
        """The entity tag of a file.

        Raises:
            RefusalError: 400, 403, 404 or 409, there is no such file, or it is none that may be edited.
        """
        return make_tag(self._read(name)[1])

    def read(self, name: str, mask: Mask) -> tuple[str, str]:
        """The text of a file, its secrets masked, and its entity tag.

        Raises:
            RefusalError: as for ``find_tag``; 409, it holds mistakes, so that nobody knows what in it is a secret.
        """
        path, content = self._read(name)
        text = _decode(path, content)
        try:
            secrets = _list_secrets(parse_known(self._mock, str(path), content))
        except ScenarioError as error:
            raise RefusalError(409, f"{path.name} cannot be shown: {error}", "a file that can be read") from error
        return mask(text, secrets), make_tag(content)

    def _read(self, name: str) -> tuple[Path, bytes]:
        path = self._locate(name)
        content = read_file(path)
        if content is None:
            raise RefusalError(404, f"There is no file {name[:100]!r}.", list(self.list()[:20]) or "a new one, by PUT")
        return path, content

    def write(self, name: str, sent: str, expected: Mapping[str, str], mask: Mask) -> tuple[dict[str, Any], str]:
        """Put scenarios into a file, each in place of the one of its name, else in front of the others.

        Args:
            name: the path of the file, which may be new, in a folder that is there.
            sent: the scenarios, in the form of a file, or one alone.
            expected: ``if-match`` and ``if-none-match``, entity tags as in the headers of that name; either may be
                missing.
            mask: masks what looks like a secret: a text that was shown with masks is not written.

        Returns:
            What was done, as it is shown, and the file's new entity tag.

        Raises:
            RefusalError: 400, there are mistakes in what was sent, or would be in the file; 403, no file may be
                written; 404, its folder is missing; 409, the file cannot take it; 412, it is not as expected; 507, it
                cannot be written.
        """
        path = self._locate(name)
        with self._lock:
            before = read_file(path)
            _check_tag(path, None if before is None else make_tag(before), expected)
            document = read_sent(self._mock, path, sent)
            spliced = _begin(sent, document) if before is None else self._put(path, before, sent, document, mask)
            pending = PendingFile(path, spliced.text, spliced.insertions or None)
            loaded = check_file(self._mock, pending)
            content = spliced.text.encode()
            write_file(path, before, content)
            done = {"file": name, "added": list(spliced.added), "replaced": list(spliced.replaced)}
            return {**done, "loaded": loaded is not None and self._load(path, loaded)}, make_tag(content)

    def _put(self, path: Path, before: bytes, sent: str, document: Document, mask: Mask) -> Spliced:
        """The text of a file with what was sent in it."""
        text = _decode(path, before)
        try:
            file = parse_known(self._mock, str(path), before)
        except ScenarioError as error:
            raise refuse(error.problems, PendingFile(path, "", _NOWHERE)) from error
        if file.is_cassette:
            raise RefusalError(409, f"{path.name} is a cassette, which is recorded, not edited.", "another file")
        if file.value is not None and not isinstance(file.value, dict):
            raise RefusalError(409, f"{path.name} is no scenario file.", 'a file with the key "scenarios"')
        check_keys(document, file, path.name)
        cuts = cut_all(sent, document, emit)
        _check_masks(path, text, file, cuts, mask)
        try:
            return splice(text, file, cuts)
        except SpliceError as error:
            message = f"{path.name} cannot take these scenarios: {error}."
            raise RefusalError(409, message, "the file edited by hand") from error

    def _locate(self, name: str) -> Path:
        if not self.folder:
            raise RefusalError(403, "This server writes no files.", _OPTION)
        return paths.locate(self.folder, name)

    def _load(self, path: Path, known: Mapping[str, KeptFile]) -> bool:
        """Load the fixtures again; whether the file is now among them as it is."""
        # A cassette that is being written would be loaded again.
        if self._mock.settings.record or assembly.reload(self._mock, known):
            return False
        return any(is_same(file, path) for file in self._mock.fixtures.scenarios.files)


def _is_cassette(path: Path) -> bool:
    """Whether a file looks like a cassette, which says so at its beginning."""
    try:
        return _CASSETTE.search(FileReader().look_into(path, MAX_DOCUMENT)[1]) is not None
    except UnreadableError:
        return False


def _check_tag(path: Path, tag: str | None, expected: Mapping[str, str]) -> None:
    wanted, unwanted = expected.get("if-match"), expected.get("if-none-match")
    if (wanted is not None and not _has_tag(wanted, tag)) or (unwanted is not None and _has_tag(unwanted, tag)):
        was_changed = tag is not None and wanted is not None
        state = "was changed since it was read" if was_changed else "exists" if tag is not None else "is not there"
        raise RefusalError(412, f"{path.name} {state}.", "the same again, after a look at it")


def _has_tag(tags: str, tag: str | None) -> bool:
    return tag is not None and (tags.strip() == "*" or tag in [each.strip() for each in tags.split(",")])


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise RefusalError(409, f"{path.name} is no UTF-8 text.", "a file in UTF-8") from error


def _begin(sent: str, document: Document) -> Spliced:
    """The text of a new file: what was sent as it is, one scenario below the key for scenarios."""
    cuts = cut_all(sent, document, emit)
    names = tuple(cut.value["name"] for cut in cuts)
    if not is_one(document):
        text = sent if find_layout(sent).is_open else _write_lines(document.value)
        return Spliced(text if text.endswith("\n") else f"{text}\n", names, ())
    (cut,) = cuts
    start = 1 + len(cut.comments)
    return Spliced(
        write_text(cut, cut.comments), names, (), (Insertion(start, start + len(cut.lines), 2 - cut.shift, cut),)
    )


def _list_secrets(file: Document) -> list[str]:
    """What the conditions of a file want where secrets stand."""
    held = file.value if isinstance(file.value, dict) else {}
    holders = [*list_values(file), held.get("defaults")]
    return [secret for each in holders if isinstance(each, dict) for secret in list_secrets(each.get("when"))]


def _write_lines(value: Mapping[str, Any]) -> str:
    """The content of a file whose scenarios were sent in brackets, which could take no further ones."""
    rest = {key: below for key, below in value.items() if key != "scenarios"}
    return f"{emit(rest, 0) if rest else ''}scenarios:\n{emit(value['scenarios'], 2)}"


def _check_masks(path: Path, text: str, file: Document, cuts: list[Cut], mask: Mask) -> None:
    """Refuse to write what stands for a secret in its place: texts are shown with masks."""
    names, secrets = {cut.value["name"] for cut in cuts}, _list_secrets(file)
    if mask(text, secrets) == text:
        return
    old = [line for cut in cut_all(text, file, emit) if find_name(cut.value) in names for line in cut.lines]
    masked = {shown.strip() for line in old if (shown := mask(line, secrets)) != line}
    problems = [
        Problem(Place(str(path), cut.line + number + 1), "this line shows a secret masked: write the secret itself")
        for cut in cuts
        for number, line in enumerate(cut.lines)
        if line.strip() in masked
    ]
    if problems:
        raise refuse(problems, PendingFile(path, ""))
