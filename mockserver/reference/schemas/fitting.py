"""Fits a schema to a call: takes out what the version and the betas sent don't enable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]


def fit(root: str, defs: Mapping[str, Json], betas: frozenset[str] | None, version: str) -> Json:
    """The definition ``root`` and all it needs as one schema; ``betas`` None means all, ``version`` "" any."""
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


def reachable(root: str, defs: Mapping[str, Json]) -> list[str]:
    """The names of the definitions that ``root`` leads to, its own first."""
    found: dict[str, None] = {}
    waiting = [root]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = None
            waiting += _references(defs[name])
    return list(found)


def betas_of(value: Any) -> Iterator[str]:
    """The beta headers a schema speaks of."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "x-beta":
                yield from item
            elif key.startswith("x-beta-"):
                yield from (beta for betas in item.values() for beta in betas)
            else:
                yield from betas_of(item)
    elif isinstance(value, list):
        for item in value:
            yield from betas_of(item)


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
