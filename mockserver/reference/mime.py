"""The media types of files, by what says most: the upload, the content, the name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from mockserver.reference.media import read_picture

UNKNOWN, TEXT, PDF = "application/octet-stream", "text/plain", "application/pdf"
# "mime_type: 1 to 255 characters" (source: the constraints of 2026-05).
_TYPE = re.compile(r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}", re.ASCII)
_OFFICE = "application/vnd.openxmlformats-officedocument"
# Their own table: that of the standard library depends on the machine and on the version.
BY_EXTENSION: Mapping[str, str] = MappingProxyType(
    {
        "bin": UNKNOWN,
        "css": "text/css",
        "csv": "text/csv",
        "docx": f"{_OFFICE}.wordprocessingml.document",
        "gif": "image/gif",
        "html": "text/html",
        "htm": "text/html",
        "jpg": "image/jpeg",
        "jpeg": "image/jpeg",
        "js": "text/javascript",
        "json": "application/json",
        "md": "text/markdown",
        "pdf": PDF,
        "png": "image/png",
        "pptx": f"{_OFFICE}.presentationml.presentation",
        "py": "text/x-python",
        "svg": "image/svg+xml",
        "tar": "application/x-tar",
        "tsv": "text/tab-separated-values",
        "txt": TEXT,
        "webp": "image/webp",
        "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
        "xml": "application/xml",
        "yaml": "application/yaml",
        "yml": "application/yaml",
        "zip": "application/zip",
    }
)
_EXTENSIONS = {kind: extension for extension, kind in reversed([*BY_EXTENSION.items()])}
_SPOKEN = ("", UNKNOWN, "application/binary", "binary/octet-stream")


def find_type(said: str, filename: str, head: bytes) -> str:
    """The media type of a file.

    Args:
        said: what its upload says, "" for nothing; a type that stands for any bytes says nothing.
        filename: its name, "" for none.
        head: the beginning of its content, some kilobytes.
    """
    kind = said.partition(";")[0].strip().lower()
    if kind not in _SPOKEN and _TYPE.fullmatch(kind):
        return kind
    picture = read_picture(head)
    if picture is not None:
        return picture.media_type
    if head.startswith(b"%PDF-"):
        return PDF
    return BY_EXTENSION.get(filename.rpartition(".")[2].lower()) or _guess(head)


def find_extension(kind: str) -> str:
    """The extension of a media type, with its dot; "" when none is known."""
    extension = _EXTENSIONS.get(kind, "")
    return f".{extension}" if extension and kind != UNKNOWN else ""


def _guess(head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return BY_EXTENSION["zip"]
    if not head or b"\x00" in head:
        return UNKNOWN
    try:
        # A character may be cut at the end.
        head[: max(len(head) - 3, 1)].decode()
    except UnicodeDecodeError as error:
        return TEXT if error.reason == "unexpected end of data" else UNKNOWN
    return TEXT
