"""What an upload to ``POST /v1/files`` gives: a content in the store, and what is known of its file."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.endpoints.multipart import Form, Limits, Part, read_form
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.files import FileObject
from mockserver.reference.ids import make_timed
from mockserver.reference.mime import find_extension, find_type
from mockserver.store.blobs import BlobWriter
from mockserver.store.errors import StoreFullError

# "500 MB per file" (source: the documentation, 2026-09); a body holds headers and fields besides.
MOST = 500 * 1024 * 1024
MAX_BODY = MOST + 1024 * 1024
FILE, EXPIRES = "file", "expires_in_seconds"
# "Must be between 3600 (one hour) and 7776000 (ninety days)" (source: the SDK's types, 2.14.0).
_SHORTEST, _LONGEST = 3600, 7_776_000
# "1 to 255 characters", without these (source: the documentation, 2026-09; the text is ours).
_MOST_NAME = 255
# Those behind the control characters turn the direction of what stands behind them; that they are refused is ours.
_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00-\x1f\u200e\u200f\u202a-\u202e\u2066-\u2069]')
_BAD_NAME = (
    "file: Invalid filename. It must have 1 to 255 characters, and none of "
    '< > : " | ? * \\ /, the control characters 0 to 31, or marks of direction'
)
_FULL = "The file storage quota is exhausted. Delete files to free up space, then retry the upload. {}"
# Of a field that is not known, the journal shows so much.
_SHOWN = 1000


def read_upload(call: Call, parts: Parts) -> Form:
    """The form of a call; its file is in the store, until the form is left.

    Raises:
        ApiError: 400, it is no form, or the store has no room for it (``storage_quota_exceeded``); 413, it is too
            large.
    """
    limits, content_type = Limits(MOST, MAX_BODY), call.headers.get("content-type", "")
    try:
        with call.open() as body:
            return read_form(body, content_type, (FILE,), parts.store.blobs.create, limits)
    except StoreFullError as error:
        raise refuse_full(error) from error


def make_file(form: Form, millis: int, seed: int, at: float, *, is_old: bool) -> FileObject:
    """The file that a form uploads; its content has no name yet.

    Args:
        form: the form.
        millis: the virtual time of its id.
        seed: the chances of its id.
        at: when it is made.
        is_old: whether it is an upload of the beta, whose part has to name its type.

    Raises:
        ApiError: 400, there is no file, more than one, or a field is wrong.
    """
    found = form.find(FILE)
    if not found:
        raise _refuse("file: Field required")
    if len(found) > 1:
        raise _refuse(f"file: Expected one file, got {len(found)}")
    (part,) = found
    if is_old and not part.content_type:
        raise _refuse("file: The part needs a Content-Type")
    expires_at = None if (seconds := _read_seconds(form)) is None else at + seconds
    name, kind = name_file(part.filename or "", part.content_type, part.head)
    return FileObject(make_timed("file", millis, seed), name, kind, part.size, at, expires_at=expires_at)


def name_file(filename: str, content_type: str, head: bytes) -> tuple[str, str]:
    """The name and the media type of a file.

    "Only the final path component is kept; an absent or empty name is replaced with ``unnamed`` plus the extension of
    the type" (source: the SDK's types, 2.14.0).

    Raises:
        ApiError: 400, the name is not allowed.
    """
    name = filename.rpartition("/")[2]
    kind = find_type(content_type, name, head)
    name = name or f"unnamed{find_extension(kind)}"
    if _FORBIDDEN.search(name) or len(name) > _MOST_NAME or name in (".", ".."):
        raise _refuse(_BAD_NAME)
    return name, kind


def finish(form: Form, file: FileObject) -> FileObject:
    """The file with its content finished.

    Raises:
        ApiError: 400, the store has no room for it.
    """
    writer = form.find(FILE)[0].writer
    if writer is None:
        raise TypeError("the parts of that name are files")
    return finish_content(writer, file)


def finish_content(writer: BlobWriter, file: FileObject) -> FileObject:
    """The file with what was written as its content.

    Raises:
        ApiError: 400, the store has no room for it.
    """
    try:
        return replace(file, blob=writer.finish())
    except StoreFullError as error:
        raise refuse_full(error) from error


def show_form(call: Call, form: Form) -> Call:
    """The call as scenarios and the journal see it: in place of the bytes a JSON object of the form's fields."""
    body = {part.name: _show_part(part) for part in form.parts}
    return replace(call, body=orjson.dumps(body), spool=None)


def seed_of(*material: object) -> int:
    """A number as good as random, for the id of a file that no call uploads."""
    return int.from_bytes(blake2b(repr(material).encode(), digest_size=8).digest(), "big")


def refuse_full(error: StoreFullError) -> ApiError:
    """The refusal of a file for which there is no room. Source of status and code: the SDK's types, 2.14.0."""
    details = {"error_code": "storage_quota_exceeded"}
    return ApiError(Finding(_FULL.format(error), "files.storage", "SDK types; text inferred", details=details))


def _read_seconds(form: Form) -> int | None:
    given = form.find(EXPIRES)
    if not given:
        return None
    text = given[-1].value.decode("utf-8", "replace").strip()
    if not re.fullmatch(r"[+-]?[0-9]{1,12}", text):
        message = "Input should be a valid integer, unable to parse string as an integer"
    elif (seconds := int(text)) < _SHORTEST:
        message = f"Input should be greater than or equal to {_SHORTEST}"
    elif seconds > _LONGEST:
        message = f"Input should be less than or equal to {_LONGEST}"
    else:
        return seconds
    raise _refuse(f"{EXPIRES}: {message}")


def _show_part(part: Part) -> Any:
    if part.writer is None:
        return part.value[:_SHOWN].decode("utf-8", "replace")
    return {"filename": part.filename, "content_type": part.content_type or None, "size_bytes": part.size}


def _refuse(message: str) -> ApiError:
    return ApiError(Finding(message, "files.upload", "documentation of 2026-09; text inferred"))
