"""Fits a schema to a call: removes the parts that its version and its beta headers do not enable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]


def fit(root: str, defs: Mapping[str, Json], betas: frozenset[str] | None, version: str) -> Json:
    """The definition ``root`` and all it refers to as one schema; ``betas`` None means all, ``version`` "" any."""
    fitter = _Fitter(betas, version)
    fitted: dict[str, Json] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in fitted:
            fitted[name] = fitter.fit(defs[name])
            waiting += _find_references(fitted[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": f"#/$defs/{root}",
        "$defs": {name: fitted[name] for name in sorted(fitted)},
    }


def collect_definitions(root: str, defs: Mapping[str, Json]) -> list[str]:
    """The names of the definitions that ``root`` refers to, directly or not, beginning with its own."""
    found: dict[str, None] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += _find_references(defs[name])
    return list(found)


def list_betas(value: Any) -> Iterator[str]:
    """The beta headers that the marks of a schema name."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "x-beta":
                yield from item
            elif key.startswith("x-beta-"):
                yield from (beta for betas in item.values() for beta in betas)
            else:
                yield from list_betas(item)
    elif isinstance(value, list):
        for item in value:
            yield from list_betas(item)


class _Fitter:
    """Removes the parts that the betas and the version do not enable."""

    def __init__(self, betas: frozenset[str] | None, version: str) -> None:
        self._betas = betas
        self._version = version

    def fit(self, schema: Json) -> Json:
        fitted = {key: self._fit_value(key, value) for key, value in schema.items() if not key.startswith("x-beta")}
        fitted.pop("x-versions", None)
        self._drop_types(schema, fitted)
        self._drop_values(schema, fitted)
        self._drop_tags(schema, fitted)
        optional = [key for key, betas in schema.get("x-beta-optional", {}).items() if self._is_enabled(betas)]
        if optional:
            fitted["required"] = [key for key in fitted["required"] if key not in optional]
        return fitted

    def _fit_value(self, key: str, value: Any) -> Any:
        if key == "properties":
            return {name: self.fit(item) for name, item in value.items() if self._is_included(item)}
        if key == "allOf":
            return [self.fit(item) for item in value if self._is_included(item)]
        if key in ("items", "then", "additionalProperties") and isinstance(value, dict):
            return self.fit(value)
        return value

    def _is_included(self, schema: Json) -> bool:
        versions = schema.get("x-versions", ())
        return self._is_enabled(schema.get("x-beta")) and (
            not versions or not self._version or self._version in versions
        )

    def _is_enabled(self, betas: list[str] | None) -> bool:
        return betas is None or self._betas is None or not self._betas.isdisjoint(betas)

    def _drop_types(self, schema: Json, fitted: Json) -> None:
        """Drop each type whose condition is not enabled."""
        for member in schema.get("allOf", ()):
            if not self._is_included(member):
                fitted["type"] = [kind for kind in fitted["type"] if kind != member["if"]["type"]]
        if fitted.get("allOf") == []:
            del fitted["allOf"]

    def _drop_values(self, schema: Json, fitted: Json) -> None:
        gates = schema.get("x-beta-enum", {})
        if gates:
            fitted["enum"] = [value for value in schema["enum"] if self._is_enabled(gates.get(value))]

    def _drop_tags(self, schema: Json, fitted: Json) -> None:
        gates = schema.get("x-beta-tags", {})
        dropped = {tag for tag, betas in gates.items() if not self._is_enabled(betas)}
        if dropped:
            fitted["x-tags"] = [tag for tag in schema["x-tags"] if tag not in dropped]
            fitted["x-mapping"] = {tag: schema["x-mapping"][tag] for tag in fitted["x-tags"]}
            known = schema["properties"]["type"]["enum"]
            fitted["properties"] = {"type": {"enum": [tag for tag in known if tag not in dropped]}}
            fitted["allOf"] = [item for item in fitted["allOf"] if _tag_of(item) not in dropped]


def _tag_of(branch: Json) -> str | None:
    """The tag that a branch of a union applies to."""
    condition: Json = branch["if"].get("properties", {}).get("type", {})
    return condition.get("const")


def _find_references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rpartition("/")[2]
        for item in value.values():
            yield from _find_references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _find_references(item)
