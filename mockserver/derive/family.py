"""Splits the definitions into files, one a family, and points references at the right file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.derive.shape import Json, name_of

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_NOTE = "Derived by `make schemas`. Change schemas/sources/overlay.yaml, not this file."

_NAMES = frozenset({"properties", "x-mapping", "x-beta-tags", "x-beta-enum", "x-beta-optional"})
_KEYWORDS = ("$ref", "type", "const", "enum", "required", "properties", "items", "additionalProperties")

Families = Mapping[str, tuple[str, ...]]

# Each family with the types it starts from. A type belongs to the first family that reaches it.
FAMILIES: Families = {
    "errors.json": ("ErrorResponse",),
    "responses.json": (
        "CompleteMessage",
        "MessageTokensCount",
        "MessageBatch",
        "MessageBatchList",
        "DeletedMessageBatch",
        "MessageBatchIndividualResponse",
        "FileMetadata",
        "FileList",
        "OldFileMetadata",
        "OldFileList",
        "DeletedFile",
        "ModelInfo",
        "ModelList",
    ),
    "events.json": ("RawMessageStreamEvent",),
    "tools.json": ("ToolUnionParam",),
    "blocks.json": ("ContentBlockParam",),
    "requests.json": ("MessageCreateParams", "MessageCountTokensParams", "BatchCreateParams", "FileUploadParams"),
}


def list_betas(betas: list[str]) -> Json:
    """The file of the beta headers."""
    return {"$schema": _DRAFT, "$comment": _NOTE, "type": "string", "enum": betas}


def split(defs: Mapping[str, Json], families: Families = FAMILIES) -> dict[str, Json]:
    """The files of the families, by name."""
    homes = find_homes(defs, families)
    files: dict[str, Json] = {}
    for family in families:
        own = sorted(name for name, home in homes.items() if home == family)
        files[family] = {
            "$schema": _DRAFT,
            "$comment": _NOTE,
            "$defs": {name: _point_references(defs[name], family, homes) for name in own},
        }
    return files


def find_references(value: Any) -> Iterator[str]:
    """The names a schema refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield name_of(value)
        for item in value.values():
            yield from find_references(item)
    elif isinstance(value, list):
        for item in value:
            yield from find_references(item)


def find_homes(defs: Mapping[str, Json], families: Families = FAMILIES) -> dict[str, str]:
    """The file of each definition; definitions that no root reaches are left out."""
    homes: dict[str, str] = {}
    for family, roots in families.items():
        waiting = list(roots)
        while waiting:
            name = waiting.pop()
            if name not in homes:
                homes[name] = family
                waiting += find_references(defs.get(name, {}))
    return homes


def _point_references(value: Any, family: str, homes: Mapping[str, str], *, names: bool = False) -> Any:
    """The schema with each "#/$defs/Name" pointing to the file that holds it, its keywords in a fixed order.

    ``names``: the keys are names of the API, whose order matters.
    """
    if isinstance(value, dict):
        keys = value if names else sorted(value, key=_rank)
        return {key: _point_references(value[key], family, homes, names=not names and key in _NAMES) for key in keys}
    if isinstance(value, list):
        return [_point_references(item, family, homes) for item in value]
    if isinstance(value, str) and value.startswith("#/$defs/"):
        home = homes[value.rpartition("/")[2]]
        return value if home == family else home + value
    return value


def _rank(keyword: str) -> tuple[int, str]:
    return (_KEYWORDS.index(keyword) if keyword in _KEYWORDS else len(_KEYWORDS)), keyword
