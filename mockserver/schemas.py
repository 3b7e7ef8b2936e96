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

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

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
    "file_deleted": ("DeletedFile", False),
    "model": ("ModelInfo", False),
    "beta_model": ("ModelInfo", True),
    "model_list": ("ModelList", False),
}
_REQUEST_FILES = ("requests.json", "blocks.json", "tools.json")
_RESPONSE_FILES = ("responses.json", "events.json", "errors.json")
# Blocks and tools that are met most often are tried first.
_FREQUENT = ("text", "tool_use", "tool_result", "custom", "thinking")


def folder() -> Path:
    """Where the schemas are: the checkout's ``schemas/``, or in an installed package beside this module."""
    here = Path(__file__).parent
    installed = here / "_schemas"
    return installed if installed.is_dir() else here.parent / "schemas"


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


def request_validator(endpoint: str, version: str, betas: frozenset[str]) -> jsonschema_rs.Validator:
    """The fastest validator of a request body; it takes exactly what ``request_schema`` takes.

    Meant for ``is_valid``: its errors speak about unions as a whole. ``request_explainer`` has exact ones.
    """
    return _request_validator(endpoint, version, betas & relevant_betas(endpoint))


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
    return _fitted(root, _definitions(_RESPONSE_FILES), None if beta else frozenset(), "")


@cache
def response_validator(name: str) -> jsonschema_rs.Validator:
    """The compiled validator of ``response_schema``."""
    return jsonschema_rs.Draft202012Validator(response_schema(name))


@cache
def relevant_betas(endpoint: str) -> frozenset[str]:
    """The betas that change the schema of an endpoint."""
    defs = _definitions(_REQUEST_FILES)
    return frozenset(_betas([defs[name] for name in _reachable(ENDPOINTS[endpoint], defs)]))


@lru_cache(maxsize=64)
def _request(endpoint: str, version: str, betas: frozenset[str]) -> Json:
    return _fitted(ENDPOINTS[endpoint], _definitions(_REQUEST_FILES), betas, version)


@lru_cache(maxsize=64)
def _request_validator(endpoint: str, version: str, betas: frozenset[str]) -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(_quick(_request(endpoint, version, betas)))


def _read(name: str) -> Json:
    content: Json = orjson.loads((folder() / name).read_bytes())
    return content


@cache
def _definitions(files: tuple[str, ...]) -> dict[str, Json]:
    """The definitions of some files in one space of names."""
    return {name: _local(schema) for file in files for name, schema in _read(file)["$defs"].items()}


def _local(value: Any) -> Any:
    """The schema with references into other files made local."""
    if isinstance(value, dict):
        return {key: _local(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_local(item) for item in value]
    if isinstance(value, str) and "#/$defs/" in value:
        return value[value.index("#") :]
    return value


def _fitted(root: str, defs: Mapping[str, Json], betas: frozenset[str] | None, version: str) -> Json:
    """The definition ``root`` and all it needs; ``betas`` None means all."""
    fitter = _Fitter(betas, version)
    fitted: dict[str, Json] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in fitted:
            fitted[name] = fitter.fit(defs[name])
            waiting += _references(fitted[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/$defs/{root}",
        "$defs": {name: fitted[name] for name in sorted(fitted)},
    }


class _Fitter:
    """Takes out what the betas and the version don't enable."""

    def __init__(self, betas: frozenset[str] | None, version: str) -> None:
        self._betas = betas
        self._version = version

    def fit(self, schema: Json) -> Json:
        fitted = {key: self._value(key, value) for key, value in schema.items() if not key.startswith("x-beta")}
        fitted.pop("x-versions", None)
        self._drop_types(schema, fitted)
        self._drop_values(schema, fitted)
        self._drop_tags(schema, fitted)
        freed = [key for key, betas in schema.get("x-beta-optional", {}).items() if self._enabled(betas)]
        if freed:
            fitted["required"] = [key for key in fitted["required"] if key not in freed]
        return fitted

    def _value(self, key: str, value: Any) -> Any:
        if key == "properties":
            return {name: self.fit(item) for name, item in value.items() if self._exists(item)}
        if key == "allOf":
            return [self.fit(item) for item in value if self._exists(item)]
        if key in ("items", "then", "additionalProperties") and isinstance(value, dict):
            return self.fit(value)
        return value

    def _exists(self, schema: Json) -> bool:
        versions = schema.get("x-versions", ())
        return self._enabled(schema.get("x-beta")) and (not versions or not self._version or self._version in versions)

    def _enabled(self, betas: list[str] | None) -> bool:
        return betas is None or self._betas is None or not self._betas.isdisjoint(betas)

    def _drop_types(self, schema: Json, fitted: Json) -> None:
        """A condition on a type that is gone takes the type with it."""
        for member in schema.get("allOf", ()):
            if not self._exists(member):
                fitted["type"] = [kind for kind in fitted["type"] if kind != member["if"]["type"]]
        if fitted.get("allOf") == []:
            del fitted["allOf"]

    def _drop_values(self, schema: Json, fitted: Json) -> None:
        gates = schema.get("x-beta-enum", {})
        if gates:
            fitted["enum"] = [value for value in schema["enum"] if self._enabled(gates.get(value))]

    def _drop_tags(self, schema: Json, fitted: Json) -> None:
        gates = schema.get("x-beta-tags", {})
        gone = {tag for tag, betas in gates.items() if not self._enabled(betas)}
        if gone:
            fitted["x-tags"] = [tag for tag in schema["x-tags"] if tag not in gone]
            fitted["x-mapping"] = {tag: schema["x-mapping"][tag] for tag in fitted["x-tags"]}
            known = schema["properties"]["type"]["enum"]
            fitted["properties"] = {"type": {"enum": [tag for tag in known if tag not in gone]}}
            fitted["allOf"] = [item for item in fitted["allOf"] if _tag(item) not in gone]


def _tag(branch: Json) -> str | None:
    """The tag a branch of a union is about."""
    condition: Json = branch["if"].get("properties", {}).get("type", {})
    return condition.get("const")


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        for item in value.values():
            yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _reachable(root: str, defs: Mapping[str, Json]) -> list[str]:
    found: list[str] = []
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.append(name)
            waiting += _references(defs[name])
    return found


def _betas(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "x-beta":
                yield from item
            elif key.startswith("x-beta-"):
                yield from (beta for betas in item.values() for beta in betas)
            else:
                yield from _betas(item)
    elif isinstance(value, list):
        for item in value:
            yield from _betas(item)


def _quick(value: Any) -> Any:
    """The same schema with unions as alternatives, which the engine tells apart faster than conditions."""
    if isinstance(value, list):
        return [_quick(item) for item in value]
    if not isinstance(value, dict):
        return value
    quick = {key: _quick(item) for key, item in value.items() if not key.startswith("x-")}
    if "x-mapping" in value:
        quick["allOf"] = [item for item in quick["allOf"] if not _is_branch(item)]
        tags = sorted(value["x-tags"], key=lambda tag: _FREQUENT.index(tag) if tag in _FREQUENT else len(_FREQUENT))
        refs = dict.fromkeys(value["x-mapping"][tag] for tag in tags)
        others = [kind for kind in value["type"] if kind != "object"] if isinstance(value["type"], list) else []
        quick["anyOf"] = [{"$ref": ref} for ref in refs] + ([{"type": others}] if others else [])
        if not quick["allOf"]:
            del quick["allOf"]
    return quick


def _is_branch(item: Json) -> bool:
    return "type" in item["if"].get("properties", {})
