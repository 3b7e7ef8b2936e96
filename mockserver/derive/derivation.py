"""The whole derivation: from the SDK, the published constraints and the overlay to the content of every file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

from mockserver.derive import constraints, family, merge, overlay, sdk, shape
from mockserver.reference import schemas

Json = dict[str, Any]


class Derivation(Struct, frozen=True):
    """The ``files`` by name, and ``lost``: the places that the sources name and the SDK does not have."""

    files: dict[str, Json]
    lost: tuple[str, ...]


def derive() -> Derivation:
    """The content of every schema file; raises ``ValueError`` when the SDK holds something that no rule can express."""
    defs, lost = make_definitions()
    return Derivation({"betas.json": family.list_betas(sdk.list_betas()), **family.split(defs)}, lost)


@cache
def make_definitions() -> tuple[dict[str, Json], tuple[str, ...]]:
    """All definitions by name, before they are split into files, and the places that are lost."""
    sources = schemas.folder() / "sources"
    rules = yaml.safe_load((sources / "overlay.yaml").read_text())
    published = constraints.Constraints(
        json.loads((sources / "constraints.json").read_text()), rules["published_names"]
    )
    defs = _define_side(sdk.REQUESTS, rules)
    for name, schema in defs.items():
        published.apply(name, schema)
    defs |= _define_side(sdk.RESPONSES, rules)
    lost = [*overlay.apply_rules(defs, rules["rules"]), *overlay.apply_gates(defs, rules["gates"])]
    lost += overlay.name_unions(defs, rules["named"])
    homes = family.find_homes(defs)
    lost += [name for name in homes if name not in defs]
    return {name: defs[name] for name in homes if name in defs}, tuple(lost)


def write(derivation: Derivation, folder: Path) -> list[str]:
    """Write every file into ``folder`` and return the names of those that changed.

    Raises ``ValueError`` when the sources name something that the SDK does not have.
    """
    if derivation.lost:
        raise ValueError("not in the SDK: " + ", ".join(derivation.lost))
    changed = []
    for name, schema in derivation.files.items():
        path = folder / name
        text = json.dumps(schema, indent=1) + "\n"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            changed.append(name)
    return changed


def _define_side(roots: Mapping[str, tuple[str, str]], rules: Json) -> dict[str, Json]:
    """The definitions of requests or of responses, GA and beta in one."""
    both = [sdk.collect(roots, beta=beta, names=rules["sdk_names"]) for beta in (False, True)]
    if roots is sdk.REQUESTS:
        both = [sdk.drop_models(defs) for defs in both]
    merged = merge.merge(*both)
    if roots is sdk.REQUESTS:
        for name, parts in rules["joined"].items():
            merged[name] = merge.join([merged[part] for part in parts if part in merged])
            merged = merge.rename(merged, dict.fromkeys(parts, name))
    return shape.Shaper(merged, rules["tagged"]).shape_all()
