"""The JSON Schemas of ``schemas/``: loaded, fitted to a call's version and betas, compiled once and kept.

Every schema has one form, so that a checker can walk it and a person can read it:

    union of objects    ``x-tags`` lists the values of ``type`` in the order error messages name them, ``x-mapping``
                        leads from each to its definition; ``allOf`` says the same, a condition a tag.
                        ``x-default-tag`` is the tag of an object whose ``type`` is absent or null (a custom tool).
    several types       ``type`` is a list. ``items`` and lengths speak about one type by nature; what speaks about
                        objects or enumerated strings stands in ``allOf`` behind ``if: {type: ...}``.
    nullable            "null" is in ``type``, and null is last in ``enum``.
    objects             ``additionalProperties`` is false, except where the caller's own keys belong.
                        ``properties`` stand in the order the API checks them (where known).
    marks               ``x-beta`` (a property or an ``allOf`` member), ``x-beta-tags`` and ``x-beta-enum`` (tag or
                        value to headers): exists only when one of these beta headers was sent.
                        ``x-beta-optional``: property to headers that make it optional.
                        ``x-versions``: exists only in these API versions.

A fitted schema holds no marks any more: what is not enabled is gone.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from mockserver.reference import ready
from mockserver.reference.schemas.fitting import betas_of, fit, reachable
from mockserver.reference.schemas.quick import plain, quick

Json = dict[str, Any]

ENDPOINTS = {
    "messages": "MessageCreateParams",
    "count_tokens": "MessageCountTokensParams",
    "batches": "BatchCreateParams",
    "files": "FileUploadParams",
}
# Name to definition, and whether what needs a beta header may appear.
RESPONSES = {
    "message": ("CompleteMessage", False),
    "beta_message": ("CompleteMessage", True),
    "stream_event": ("RawMessageStreamEvent", False),
    "beta_stream_event": ("RawMessageStreamEvent", True),
    "error": ("ErrorResponse", False),
    "count_tokens": ("MessageTokensCount", False),
    "beta_count_tokens": ("MessageTokensCount", True),
    "batch": ("MessageBatch", False),
    "batch_list": ("MessageBatchList", False),
    "batch_deleted": ("DeletedMessageBatch", False),
    "batch_result": ("MessageBatchIndividualResponse", True),
    "file": ("FileMetadata", False),
    "file_list": ("FileList", False),
    "old_file": ("OldFileMetadata", True),
    "old_file_list": ("OldFileList", True),
    "file_deleted": ("DeletedFile", False),
    "model": ("ModelInfo", False),
    "beta_model": ("ModelInfo", True),
    "model_list": ("ModelList", False),
}
_REQUEST_FILES = ("requests.json", "blocks.json", "tools.json")
_RESPONSE_FILES = ("responses.json", "events.json", "errors.json")


def folder() -> Path:
    """Where the schemas are."""
    return ready.shipped("schemas")


@cache
def known_betas() -> frozenset[str]:
    """Every ``anthropic-beta`` value the SDK knows."""
    return frozenset(_read("betas.json")["enum"])


def request_schema(endpoint: str, version: str, betas: frozenset[str]) -> Json:
    """The schema of a request body, self-contained, fitted to the version and the betas sent.

    ``endpoint`` is one of ``ENDPOINTS``; raises ``KeyError`` for another one. Betas that make no difference cost
    nothing. The result is shared: don't change it.
    """
    return _request(endpoint, version, betas & relevant_betas(endpoint))


def accepts(endpoint: str, version: str, betas: frozenset[str], body: Json) -> bool:
    """Whether the schema of a request takes this body.

    What holds nothing but text is shown to a small part of the schema first, which is compiled in a tenth of the time:
    who sends nothing else never waits for the whole.
    """
    if endpoint == "messages" and "tools" not in body and _plain_validator(version).is_valid(body):
        return True
    return request_validator(endpoint, version, betas).is_valid(body)


def request_validator(endpoint: str, version: str, betas: frozenset[str]) -> jsonschema_rs.Validator:
    """The fastest validator of a request body; it takes exactly what ``request_schema`` takes.

    Meant for ``is_valid``: its errors speak about unions as a whole. ``request_explainer`` has exact ones.
    """
    return _request_validator(endpoint, version, betas & relevant_betas(endpoint) if betas else betas)


@lru_cache(maxsize=64)
def request_explainer(endpoint: str, version: str, betas: frozenset[str]) -> jsonschema_rs.Validator:
    """A validator of ``request_schema`` as it stands, whose errors lead into the union member that was meant."""
    return jsonschema_rs.Draft202012Validator(request_schema(endpoint, version, betas))


@cache
def response_schema(name: str) -> Json:
    """The strict schema of a response body or event, self-contained: every key of the wire, and no other.

    ``name`` is one of ``RESPONSES``; raises ``KeyError`` for another one. The result is shared: don't change it.
    """
    root, beta = RESPONSES[name]
    return fit(root, _definitions(_RESPONSE_FILES), None if beta else frozenset(), "")


@cache
def response_validator(name: str) -> jsonschema_rs.Validator:
    """The compiled validator of ``response_schema``."""
    return jsonschema_rs.Draft202012Validator(response_schema(name))


@cache
def relevant_betas(endpoint: str) -> frozenset[str]:
    """The betas that change the schema of an endpoint."""
    known = ready.read("betas")
    return frozenset(known[endpoint]) if known else work_out_betas(endpoint)


def work_out_betas(endpoint: str) -> frozenset[str]:
    """``relevant_betas``, from the schemas themselves."""
    defs = _definitions(_REQUEST_FILES)
    return frozenset(betas_of([defs[name] for name in reachable(ENDPOINTS[endpoint], defs)]))


def work_out_quick(endpoint: str, version: str, betas: frozenset[str]) -> Json:
    """The schema of which the validator of a request is made, from the schemas themselves."""
    quickened: Json = quick(_request(endpoint, version, betas))
    return quickened


def work_out_plain(version: str) -> Json:
    """The part of the schema of a request to ``messages`` that takes those with nothing but text."""
    return plain(work_out_quick("messages", version, frozenset()))


def name_of(endpoint: str, version: str, betas: frozenset[str]) -> str:
    """The name under which that schema is kept when it is one of the commonest: with no beta, or with all."""
    return f"{endpoint}-{version}{'-beta' if betas else ''}"


@lru_cache(maxsize=64)
def _request(endpoint: str, version: str, betas: frozenset[str]) -> Json:
    return fit(ENDPOINTS[endpoint], _definitions(_REQUEST_FILES), betas, version)


@lru_cache(maxsize=64)
def _request_validator(endpoint: str, version: str, betas: frozenset[str]) -> jsonschema_rs.Validator:
    is_common = not betas or betas == relevant_betas(endpoint)
    kept = ready.read(name_of(endpoint, version, betas)) if is_common else None
    return jsonschema_rs.Draft202012Validator(kept or work_out_quick(endpoint, version, betas))


@lru_cache(maxsize=4)
def _plain_validator(version: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(ready.read(f"plain-{version}") or work_out_plain(version))


def forget() -> None:
    """Reads the files anew when they are next asked for."""
    for remembered in (relevant_betas, _definitions, _request, _request_validator, _plain_validator):
        remembered.cache_clear()


def _read(name: str) -> Json:
    content: Json = orjson.loads((folder() / name).read_bytes())
    return content


@cache
def _definitions(files: tuple[str, ...]) -> dict[str, Json]:
    """The definitions of some files in one space of names."""
    found: dict[str, Json] = {}
    for file in files:
        text = (folder() / file).read_bytes()
        for other in files:
            # References into the other files become local.
            text = text.replace(b'"%b#/' % other.encode(), b'"#/')
        found |= orjson.loads(text)["$defs"]
    return found
