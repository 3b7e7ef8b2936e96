"""Builds in advance what each server needs when it starts: the catalogue, texts, and the commonest request schemas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import yaml

from mockserver.derive import surface
from mockserver.records.call import VERSIONS
from mockserver.reference import prebuilt, schemas


def build() -> Iterator[tuple[str, Any]]:
    """The name and the content of every prebuilt file."""
    for name in ("models", "client_tags", "tool_words"):
        yield name, yaml.safe_load((prebuilt.FOLDER.parent / f"{name}.yaml").read_bytes())
    for path in sorted((prebuilt.FOLDER.parent / "texts").glob("*.yaml")):
        yield f"texts-{path.stem}", yaml.safe_load(path.read_bytes())
    yield "endpoints", _build_endpoints()
    yield "betas", {endpoint: sorted(schemas.compute_relevant_betas(endpoint)) for endpoint in schemas.ENDPOINTS}
    for version in VERSIONS:
        yield f"plain-{version}", schemas.build_text_schema(version)
        for betas in (frozenset[str](), schemas.compute_relevant_betas("messages")):
            yield (
                schemas.prebuilt_name("messages", version, betas),
                schemas.build_optimized_schema("messages", version, betas),
            )


def _build_endpoints() -> dict[str, Any]:
    """The routes of the API as a tree of segments with the methods at their ends; those that it has no more; and those
    of other wire formats.
    """
    noted = yaml.safe_load((prebuilt.FOLDER.parent / "endpoints.yaml").read_bytes())
    tree: dict[str, Any] = {}
    for route in sorted({*(surface.read_noted(schemas.folder()).routes or ()), *noted["also"]}):
        method, _, path = route.partition(" ")
        node = tree
        for segment in path.split("/")[1:]:
            node = node.setdefault(segment, {})
        node.setdefault("", []).append(method)
    return {"known": tree, "removed": noted["removed"], "wires": noted["wires"]}


def write() -> list[str]:
    """Write the prebuilt files and return the names of those that changed."""
    prebuilt.FOLDER.mkdir(exist_ok=True)
    changed = []
    for name, value in build():
        path, data = prebuilt.FOLDER / f"{name}.json", orjson.dumps(value) + b"\n"
        if not path.exists() or path.read_bytes() != data:
            path.write_bytes(data)
            changed.append(path.name)
    return changed
