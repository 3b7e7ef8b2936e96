"""Adds the ranges, lengths and patterns of the API's published OpenAPI document to definitions of the same name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

# The keywords taken over, by the JSON type they speak about.
_KEYWORDS = {
    "string": ("minLength", "maxLength", "pattern"),
    "integer": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    "array": ("minItems", "maxItems"),
}
# Words of a name that only tell requests from responses, or beta from GA.
_SIDES = frozenset({"Beta", "Request", "Param", "Params"})


class Constraints:
    """The published constraints; ``names`` maps our definitions to theirs where the words of both differ."""

    def __init__(self, document: Json, names: Mapping[str, str]) -> None:
        self._schemas: dict[str, Json] = document["components"]["schemas"]
        self._names = names
        self._by_words = {
            _split_name(name): name.removeprefix("Beta") for name in self._schemas if not _is_response(name)
        }

    def find(self, name: str) -> list[str]:
        """The published names of our definition, beta before GA; empty when the document is older than it."""
        plain = self._names.get(name) or self._by_words.get(_split_name(name), "")
        return [published for published in (f"Beta{plain}", plain) if published in self._schemas]

    def apply(self, name: str, schema: Json) -> None:
        """Add the published constraints to each property of the definition; where beta and GA differ, GA wins."""
        for published in self.find(name):
            properties = self._schemas[published].get("properties", {})
            for key, target in schema.get("properties", {}).items():
                if key in properties:
                    self._add(target, properties[key])

    def _add(self, target: Json, source: Json) -> None:
        types = target.get("type", [])
        for member in self._list_members(source):
            kind = member["type"]
            if kind not in ([types] if isinstance(types, str) else types):
                continue
            target |= {key: member[key] for key in _KEYWORDS.get(kind, ()) if key in member}
            if kind == "array" and "items" in target:
                self._add(target["items"], member.get("items", {}))

    def _list_members(self, source: Json) -> Iterator[Json]:
        """The schema's alternatives, references followed."""
        if "$ref" in source:
            yield from self._list_members(self._schemas[source["$ref"].rpartition("/")[2]])
        for member in source.get("anyOf", ()):
            yield from self._list_members(member)
        if "type" in source:
            yield source


def _split_name(name: str) -> tuple[str, ...]:
    """The words of a name in order of the alphabet: BashTool_20250124 and ToolBash20250124Param are the same."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|\d+", name)
    return tuple(sorted(word.capitalize() for word in words if word not in _SIDES))


def _is_response(name: str) -> bool:
    return name.removeprefix("Beta").startswith("Response")
