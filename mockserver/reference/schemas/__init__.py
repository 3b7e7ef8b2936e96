"""The JSON Schemas of ``schemas/``: loaded, fitted to a call's version and betas, compiled once and cached.

Every schema has one form, so that a checker can walk it and a person can read it:

    union of objects    ``x-tags`` lists the values of ``type`` in the order error messages name them, ``x-mapping``
                        maps each to its definition; ``allOf`` holds the same as one condition for each tag.
                        ``x-default-tag`` is the tag of an object whose ``type`` is absent or null (a custom tool).
                        ``x-tag-key`` is the property in place of ``type`` (``role``, of messages of the chat wire).
    several types       ``type`` is a list. ``items`` and lengths apply to one type by nature; constraints on
                        objects or enumerated strings stand in ``allOf`` behind ``if: {type: ...}``.
    nullable            "null" is in ``type``, and null is last in ``enum``.
    objects             ``additionalProperties`` is false, except where the caller's own keys belong.
                        ``properties`` stand in the order the API checks them (where known).
    marks               ``x-beta`` (a property or an ``allOf`` member), ``x-beta-tags`` and ``x-beta-enum`` (tag or
                        value to headers): exists only when one of these beta headers was sent.
                        ``x-beta-optional``: property to headers that make it optional.
                        In ``chat_responses.json`` they name forms of answers in place of headers (``new-api``).
                        ``x-versions``: exists only in these API versions.

A fitted schema holds no marks: the parts that are not enabled have been removed.
"""

from __future__ import annotations

from mockserver.reference.schemas.files import folder
from mockserver.reference.schemas.requests import (
    ENDPOINTS,
    accepts,
    build_optimized_schema,
    build_text_schema,
    clear_caches,
    compute_relevant_betas,
    keep_files,
    known_betas,
    prebuilt_name,
    relevant_betas,
    request_explainer,
    request_schema,
    request_validator,
)
from mockserver.reference.schemas.responses import CHAT_RESPONSES, RESPONSES, response_schema, response_validator

__all__ = [
    "CHAT_RESPONSES",
    "ENDPOINTS",
    "RESPONSES",
    "accepts",
    "build_optimized_schema",
    "build_text_schema",
    "clear_caches",
    "compute_relevant_betas",
    "folder",
    "keep_files",
    "known_betas",
    "prebuilt_name",
    "relevant_betas",
    "request_explainer",
    "request_schema",
    "request_validator",
    "response_schema",
    "response_validator",
]
