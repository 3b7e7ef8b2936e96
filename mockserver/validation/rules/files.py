"""Rules of the files that blocks name: whether they are there, and suit the block."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.blocks.held_files import MEDIA_TYPES, MOST, MOST_IN_ALL, HeldFiles, measure, media_type, name_file
from mockserver.records.errors import Finding
from mockserver.records.files import FileObject
from mockserver.validation.facts import BlockRef, Facts, refuse
from mockserver.validation.texts import excerpt

KINDS = (*MEDIA_TYPES, "container_upload")
# What the API says of a file of another type in a block.
_UNSUITABLE = {
    "image": "Unsupported image file format: {}. Supported image formats are JPEG, PNG, GIF, and WebP.",
    "document": "Unsupported document file format: {}. Only PDF and plaintext documents are supported.",
}
_DECLARE = "upload it to this server first, with the same key or session, or declare it under `files` of a fixture"


def files_found(facts: Facts) -> Finding | None:
    """Each file is there and has not expired. A gateway's caller may have uploaded one elsewhere: it is refused only
    when this server has had it.

    Source: documented, files, 2026-07 and 2026-09; status and text as those of the files endpoints (inferred).
    """
    for ref, file_id, files in _list_named(facts):
        file = files.find(file_id)
        if file is None and facts.profile != "anthropic" and not files.was_held(file_id):
            continue
        if file is None or file.is_expired(files.at):
            hint = _DECLARE if file is None else "the file has expired by the clock of this session"
            return refuse(f"File `{excerpt(file_id)}` not found.", status=404, path=ref.path, hint=hint)
    return None


def files_suit(facts: Facts) -> Finding | None:
    """A file is of a type that its block takes, and not too large for it; a container takes any.

    Source: observed 2025-09 (document); images by analogy, and those of sizes.
    """
    for ref, file_id, files in _list_named(facts):
        kind, file = str(ref.block["type"]), files.find(file_id)
        if file is not None and kind in MEDIA_TYPES:
            return _complain(ref, kind, file, files)
    return None


def _complain(ref: BlockRef, kind: str, file: FileObject, files: HeldFiles) -> Finding:
    """Why the content of a file that is there was not put in."""
    if media_type(file) not in MEDIA_TYPES[kind]:
        hint = "" if kind == "image" else "a `container_upload` takes files of any type"
        return refuse(_UNSUITABLE[kind].format(excerpt(file.mime_type)), path=ref.path, hint=hint)
    size, most = measure(kind, file), MOST[kind]
    if size > most:
        text = f"{kind} exceeds {most >> 20} MB maximum: {size} bytes > {most} bytes"
        return refuse(f"{ref.path}.{kind}.source.file: {text}")
    if files.is_known(kind, file.id):
        hint = f"the contents of its files are more than {MOST_IN_ALL >> 20} MB in all"
        return refuse("Request exceeds the maximum size", status=413, path=ref.path, hint=hint)
    return refuse(f"File `{excerpt(file.id)}` not found.", status=404, path=ref.path, hint="its content is gone")


def _list_named(facts: Facts) -> Iterator[tuple[BlockRef, str, HeldFiles]]:
    """The blocks that still name a file, because its content was not put in or goes to a container, in their order."""
    if facts.files is None:
        return
    for ref in sorted(facts.survey.of(*KINDS), key=lambda ref: ref.indices):
        if (file_id := name_file(ref.block)) is not None:
            yield ref, file_id, facts.files
