"""Derives ``schemas/*.json`` from the SDK's types, the published constraints and a hand-kept overlay.

Each module is a step:

    sdk          the SDK's types as raw schemas, GA and beta
    merge        both in one, beta marked
    shape        the one form all our schemas have
    constraints  ranges and patterns of the published OpenAPI document
    overlay      documented rules, beta headers
    family       one file a family
    comparison   what another SDK would change

Of the table of the scenario format, ``scenarios`` writes the schema for editors, with the ``faults`` of theirs, and
``pages`` the tables of the docs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from mockserver.reference import schemas

Json = dict[str, Any]

__all__ = ["Derivation", "definitions", "derive", "drift", "write"]


class Derivation(Struct, frozen=True):
    """What was derived: the ``files`` by name, and ``lost``, what the sources speak of but the SDK does not have."""

    files: dict[str, Json]
    lost: tuple[str, ...]


def derive() -> Derivation:
    """The content of every schema file.

    Needs the ``anthropic`` SDK with its pydantic; raises ``ModuleNotFoundError`` without it. Raises ``ValueError`` when
    the SDK holds something the rules cannot express.
    """
    from mockserver.derive import family, sdk

    defs, lost = definitions()
    return Derivation(family.split(defs, sdk.betas()), lost)


@cache
def definitions() -> tuple[dict[str, Json], tuple[str, ...]]:
    """All definitions by name, as they are before they are split into files, and what is lost."""
    import yaml

    from mockserver.derive import constraints, family, overlay, sdk

    sources = schemas.folder() / "sources"
    rules = yaml.safe_load((sources / "overlay.yaml").read_text())
    published = constraints.Constraints(
        json.loads((sources / "constraints.json").read_text()), rules["published_names"]
    )
    defs = _side(sdk.REQUESTS, rules)
    for name, schema in defs.items():
        published.apply(name, schema)
    defs |= _side(sdk.RESPONSES, rules)
    lost = [*overlay.apply_rules(defs, rules["rules"]), *overlay.apply_gates(defs, rules["gates"])]
    lost += overlay.name_unions(defs, rules["named"])
    homes = family.homes_of(defs)
    lost += [name for name in homes if name not in defs]
    return {name: defs[name] for name in homes if name in defs}, tuple(lost)


def write(folder: Path) -> list[str]:
    """Writes every file into ``folder`` and returns the names of those that changed.

    Raises ``ValueError`` when the overlay speaks of something the SDK does not have.
    """
    derivation = derive()
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


def drift() -> list[str]:
    """Where the committed schemas and the installed SDK differ, a line each; empty when they agree.

    Needs the ``anthropic`` SDK; raises ``ModuleNotFoundError`` without it.
    """
    from mockserver.derive.comparison import differences

    return differences()


def _side(roots: Mapping[str, tuple[str, str]], rules: Json) -> dict[str, Json]:
    from mockserver.derive import merge, sdk, shape

    both = [sdk.collect(roots, beta=beta, names=rules["sdk_names"]) for beta in (False, True)]
    if roots is sdk.REQUESTS:
        both = [sdk.without_models(defs) for defs in both]
    merged = merge.merge(*both)
    if roots is sdk.REQUESTS:
        for name, parts in rules["joined"].items():
            merged[name] = merge.join([merged[part] for part in parts if part in merged])
            merged = merge.rename(merged, dict.fromkeys(parts, name))
    return shape.Shaper(merged, rules["tagged"]).all()
