"""The schemas of requests: fitted to the version and the betas of a call, compiled once and cached."""

from __future__ import annotations

from functools import cache, lru_cache

import jsonschema_rs

from mockserver.reference import prebuilt
from mockserver.reference.betas import UNLISTED_BETAS
from mockserver.reference.schemas.files import Json, read_bytes, read_definitions, read_file
from mockserver.reference.schemas.gates import collect_definitions, fit, list_betas
from mockserver.reference.schemas.optimization import optimize, restrict_to_text

ENDPOINTS = {
    "messages": "MessageCreateParams",
    "count_tokens": "MessageCountTokensParams",
    "batches": "BatchCreateParams",
    "files": "FileUploadParams",
}
_REQUEST_FILES = ("requests.json", "blocks.json", "tools.json")


@cache
def known_betas() -> frozenset[str]:
    """Every ``anthropic-beta`` value that the API accepts: those the SDK lists, and the others that are known."""
    return frozenset(read_file("betas.json")["enum"]).union(UNLISTED_BETAS)


def request_schema(endpoint: str, version: str, betas: frozenset[str]) -> Json:
    """The schema of a request body, self-contained, fitted to the version and the betas sent.

    ``endpoint`` is one of ``ENDPOINTS``; raises ``KeyError`` for another one. Betas that change nothing share one
    schema. The result is shared: don't change it.
    """
    return _fit_request(endpoint, version, betas & relevant_betas(endpoint))


def accepts(endpoint: str, version: str, betas: frozenset[str], body: Json) -> bool:
    """Whether the body fits the schema of a request.

    Requests without tools are first checked against the part of the schema that is about text. It compiles in a tenth
    of the time, so a process that only gets such requests never compiles the whole schema.
    """
    if endpoint == "messages" and "tools" not in body and _compile_text_validator(version).is_valid(body):
        return True
    return request_validator(endpoint, version, betas).is_valid(body)


def request_validator(endpoint: str, version: str, betas: frozenset[str]) -> jsonschema_rs.Validator:
    """The fastest validator of a request body; it accepts exactly the bodies that fit ``request_schema``.

    Meant for ``is_valid``: its errors are about unions as a whole. Those of ``request_explainer`` are exact.
    """
    return _compile_validator(endpoint, version, betas & relevant_betas(endpoint) if betas else betas)


@lru_cache(maxsize=64)
def request_explainer(endpoint: str, version: str, betas: frozenset[str]) -> jsonschema_rs.Validator:
    """A validator of ``request_schema`` itself, whose errors point into the intended member of a union."""
    return jsonschema_rs.Draft202012Validator(request_schema(endpoint, version, betas))


@cache
def relevant_betas(endpoint: str) -> frozenset[str]:
    """The betas that change the schema of an endpoint."""
    known = prebuilt.read("betas")
    return frozenset(known[endpoint]) if known else compute_relevant_betas(endpoint)


def compute_relevant_betas(endpoint: str) -> frozenset[str]:
    """``relevant_betas``, computed from the schemas instead of read from the prebuilt file."""
    defs = read_definitions(_REQUEST_FILES)
    return frozenset(list_betas([defs[name] for name in collect_definitions(ENDPOINTS[endpoint], defs)]))


def build_optimized_schema(endpoint: str, version: str, betas: frozenset[str]) -> Json:
    """The schema that the validator of a request is compiled from."""
    optimized: Json = optimize(_fit_request(endpoint, version, betas))
    return optimized


def build_text_schema(version: str) -> Json:
    """The part of the schema of ``messages`` that accepts requests with nothing but text."""
    return restrict_to_text(build_optimized_schema("messages", version, frozenset()))


def prebuilt_name(endpoint: str, version: str, betas: frozenset[str]) -> str:
    """The name of the prebuilt file of a schema with no beta, or with all: these are the most common."""
    return f"{endpoint}-{version}{'-beta' if betas else ''}"


@lru_cache(maxsize=64)
def _fit_request(endpoint: str, version: str, betas: frozenset[str]) -> Json:
    return fit(ENDPOINTS[endpoint], read_definitions(_REQUEST_FILES), betas, version)


@lru_cache(maxsize=64)
def _compile_validator(endpoint: str, version: str, betas: frozenset[str]) -> jsonschema_rs.Validator:
    is_common = not betas or betas == relevant_betas(endpoint)
    stored = prebuilt.read(prebuilt_name(endpoint, version, betas)) if is_common else None
    return jsonschema_rs.Draft202012Validator(stored or build_optimized_schema(endpoint, version, betas))


@lru_cache(maxsize=4)
def _compile_text_validator(version: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(prebuilt.read(f"plain-{version}") or build_text_schema(version))


def keep_files() -> None:
    """Read the files of requests now, so that none need be opened later."""
    for name in (*_REQUEST_FILES, "betas.json"):
        read_bytes(name)


def clear_caches() -> None:
    """Read the files again when they are next needed."""
    compiled = (_fit_request, _compile_validator, _compile_text_validator)
    for function in (relevant_betas, read_bytes, read_definitions, *compiled):
        function.cache_clear()
    prebuilt.forget_files()
