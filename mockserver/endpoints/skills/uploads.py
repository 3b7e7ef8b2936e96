"""An uploaded skill: the parts of a form, or the archive in it, become one folder with its SKILL.md.

Sources: the API's pages on skills, 2025-10 to 2026-08, for what is asked of a skill and for its bounds; observed texts
where one is named, the others are ours. Both API versions and both shapes.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import orjson
import yaml
from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.multipart import MOST_PARTS, Form, Limits, Part, read_form
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import excerpt

FILES = "files[]"
# "Maximum Skill upload size: 30 MB (all files combined)".
MOST_BYTES, MOST_FILES = 30 * 1024 * 1024, 1000
SKILL_FILE = "SKILL.md"
# Beside the files a form has other fields.
_LIMITS = Limits(MOST_BYTES, MOST_BYTES, MOST_FILES + MOST_PARTS)
_TITLES = ("display_name", "display_title")
_LONGEST_TITLE, _LONGEST_PATH = 255, 1024
# Of a front matter, which is YAML: longer ones would take long to read.
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.{0,16384}?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_SLUG = re.compile(r"[a-z0-9-]{1,64}")
_RESERVED = ("anthropic", "claude")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\\]")
_WRONG_PLACE = "SKILL.md file must be exactly in the top-level folder."
_DAMAGES = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


class Upload(Struct, frozen=True):
    """A skill that was uploaded. ``title`` is its name for people, if one was given; ``archive`` holds its files.

    ``skill_id``, ``version_id`` and ``number`` are those that a script gives, "" for none.
    """

    name: str
    description: str
    title: str | None
    archive: bytes
    skill_id: str = ""
    version_id: str = ""
    number: str = ""


class MemoryWriter:
    """Takes a content of a form; it is small enough to be packed in memory."""

    def __init__(self) -> None:
        self.data = bytearray()

    @property
    def size(self) -> int:
        """The bytes written so far."""
        return len(self.data)

    def write(self, data: bytes) -> None:
        """Write further bytes."""
        self.data += data

    def finish(self) -> str:
        """Nothing is kept of it."""
        return ""

    def discard(self) -> None:
        """Nothing is kept of it."""


def read_skill_form(call: Call) -> Form:
    """The form of a call, with the files in memory.

    Raises:
        ApiError: 400, it is no form; 413, it is too large.
    """
    with call.open() as body:
        return read_form(body, call.headers.get("content-type", ""), (FILES,), MemoryWriter, _LIMITS)


def show_form(call: Call, form: Form) -> Call:
    """The call as scenarios and the journal see it: a JSON object of the form's fields, the files by path and size."""
    files = [{"filename": part.filename, "size_bytes": part.size} for part in form.find(FILES)]
    fields = {key: text for key in _TITLES if (text := _read_field(form, key))}
    return replace(call, body=orjson.dumps({**fields, "files": files}), spool=None)


def make_upload(form: Form) -> Upload:
    """The skill in a form.

    Raises:
        ApiError: 400, it is no skill; 413, it is too large.
    """
    title, files = _read_title(form), _unpack(form.find(FILES))
    if not files:
        raise _refuse(f"{FILES}: Field required", "inferred")
    folder = _find_folder(files)
    about = _read_front_matter(files[f"{folder}/{SKILL_FILE}"])
    name, description = about.get("name") or folder, about.get("description", "")
    _check_about(name, description)
    if name != folder:
        told = f"The folder name '{excerpt(folder)}' must match the skill name '{excerpt(name)}' in SKILL.md."
        raise _refuse(told, "observed 2026-05")
    return Upload(name, description, title, _pack(files))


def _read_title(form: Form) -> str | None:
    """The name for people: in the beta it was called a title."""
    for key in _TITLES:
        text = _read_field(form, key)
        if len(text) > _LONGEST_TITLE:
            raise _refuse(f"{key}: String should have at most {_LONGEST_TITLE} characters", "SDK types, 2.14.0")
        if text:
            return text
    return None


def _read_field(form: Form, key: str) -> str:
    return "".join(part.value.decode("utf-8", "replace") for part in form.find(key)[-1:])


def _unpack(parts: Sequence[Part]) -> dict[str, bytes]:
    """The files by their paths; one archive alone stands for the files in it."""
    if len(parts) > MOST_FILES:
        raise _refuse(f"{FILES}: the form holds more than {MOST_FILES} files.")
    for index, part in enumerate(parts):
        if part.filename is None:
            raise _refuse(f"{FILES}.{index}: Expected UploadFile, received: <class 'str'>", "observed 2026-06")
    contents = [(part.filename or "", _content(part)) for part in parts]
    if len(contents) == 1 and contents[0][0].lower().endswith(".zip"):
        contents = _read_archive(contents[0][1])
    files: dict[str, bytes] = {}
    for path, content in contents:
        _check_path(path)
        if path in files:
            raise _refuse(f"{FILES}: '{excerpt(path)}' is there twice.")
        files[path] = content
    return files


def _content(part: Part) -> bytes:
    return bytes(part.writer.data) if isinstance(part.writer, MemoryWriter) else b""


def _read_archive(data: bytes) -> list[tuple[str, bytes]]:
    try:
        with ZipFile(BytesIO(data)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            if len(entries) > MOST_FILES:
                raise _refuse(f"{FILES}: the archive holds more than {MOST_FILES} files.")
            return _inflate(archive, entries)
    except _DAMAGES as error:
        raise _refuse(f"{FILES}: the archive cannot be read.") from error


def _inflate(archive: ZipFile, entries: Sequence[ZipInfo]) -> list[tuple[str, bytes]]:
    contents, left = [], MOST_BYTES
    for entry in entries:
        with archive.open(entry) as content:
            read = content.read(left + 1)
        left -= len(read)
        if left < 0:
            raise ApiError(Finding("Request exceeds the maximum size", "skills.size", "documented 2025-10", status=413))
        contents.append((entry.filename, read))
    return contents


def _check_path(path: str) -> None:
    is_bad = len(path) > _LONGEST_PATH or _CONTROLS.search(path) or not path.isprintable()
    if is_bad or any(segment in ("", ".", "..") for segment in path.split("/")):
        raise _refuse(f"{FILES}: '{excerpt(path)}' is no path below a folder.")


def _find_folder(files: Mapping[str, bytes]) -> str:
    """The folder of SKILL.md, in which all else must be."""
    folders = [path.partition("/")[0] for path in files if path.count("/") == 1 and path.endswith(f"/{SKILL_FILE}")]
    if not folders:
        raise _refuse(_WRONG_PLACE, "observed 2026-05")
    if not all(path.startswith(f"{folders[0]}/") for path in files):
        raise _refuse("All files must be inside the top-level folder", "observed 2025-10")
    return folders[0]


def _read_front_matter(content: bytes) -> dict[str, str]:
    """The texts at the head of SKILL.md."""
    found = _FRONT_MATTER.match(content.decode("utf-8", "replace"))
    if found is None:
        raise _refuse("SKILL.md must start with YAML frontmatter (---).")
    try:
        about = _read_texts(found[1])
    except yaml.YAMLError as error:
        raise _refuse("The frontmatter of SKILL.md is no valid YAML.") from error
    if about is None:
        raise _refuse("The frontmatter of SKILL.md must be a mapping with name and description.")
    return about


def _read_texts(text: str) -> dict[str, str] | None:
    """The texts of a mapping in YAML; None when it is none. No value is made of it, however deep or repeated it is."""
    texts: dict[str, str] = {}
    depth, key = 0, None
    for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
        if depth == 0 and isinstance(event, (yaml.ScalarEvent, yaml.SequenceStartEvent)):
            return None
        if depth == 1 and isinstance(event, yaml.NodeEvent):
            value = event.value if isinstance(event, yaml.ScalarEvent) else ""
            if key is not None:
                texts[key] = value.strip()
            key = value if key is None else None
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
    return texts


def _check_about(name: str, description: str) -> None:
    """Check what is said of the skill (source: documented, 2025-10)."""
    checks: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: _SLUG.fullmatch(name), "name: at most 64 lowercase letters, digits and hyphens"),
        (lambda: not any(word in name for word in _RESERVED), "name: the words anthropic and claude are reserved"),
        (lambda: description, "description: it is required"),
        (lambda: len(description) <= 1024, "description: at most 1024 characters"),
        (lambda: not re.search(r"<[^>]*>", description), "description: XML tags are not allowed"),
    )
    for holds, told in checks:
        if not holds():
            raise _refuse(f"SKILL.md: {told}.", "documented 2025-10; text ours")


def _pack(files: Mapping[str, bytes]) -> bytes:
    """The same files always make the same archive."""
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_STORED) as archive:
        for path, content in files.items():
            archive.writestr(ZipInfo(path), content)
    return packed.getvalue()


def _refuse(message: str, source: str = "ours, docs/scenarios.md") -> ApiError:
    return ApiError(Finding(message, "skills.upload", source))
