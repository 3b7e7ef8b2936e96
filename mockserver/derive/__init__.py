"""Derives ``schemas/*.json`` from the SDK's types, the published constraints and a hand-kept overlay.

sdk          the SDK's types as raw schemas, GA and beta
merge        both in one, beta marked
shape        the one form all our schemas have
constraints  ranges and patterns of the published OpenAPI document
overlay      documented rules, beta headers
family       one file a family
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mockserver import schemas

Json = dict[str, Any]


def derive() -> dict[str, Json]:
    """The content of every schema file, by file name.

    Needs the ``anthropic`` SDK with its pydantic; raises ``ModuleNotFoundError`` without it. Raises ``ValueError`` when
    the SDK holds something the rules cannot express.
    """
    from mockserver.derive import family, sdk

    return family.split(definitions(), sdk.betas())


@cache
def definitions() -> dict[str, Json]:
    """All definitions by name, as they are before they are split into files."""
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
    overlay.apply_rules(defs, rules["rules"])
    overlay.apply_gates(defs, rules["gates"])
    for name, path in rules["named"].items():
        overlay.name_union(defs, name, path)
    return {name: defs[name] for name in family.homes_of(defs)}


def write(folder: Path) -> list[str]:
    """Writes every file into ``folder`` and returns the names of those that changed."""
    changed = []
    for name, schema in derive().items():
        path = folder / name
        text = json.dumps(schema, indent=1) + "\n"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            changed.append(name)
    return changed


def drift() -> list[str]:
    """Where the committed schemas and the installed SDK differ, a line each; empty when they agree."""
    from mockserver.derive import overlay

    lines = [f"beta only, but no header is known: {place}" for place in overlay.ungated(definitions())]
    for name, fresh in derive().items():
        path = schemas.folder() / name
        lines += _differences(json.loads(path.read_text()) if path.exists() else {}, fresh, name)
    return lines


def _side(roots: Mapping[str, tuple[str, str]], rules: Json) -> dict[str, Json]:
    from mockserver.derive import merge, sdk, shape

    both = [sdk.collect(roots, beta=beta, names=rules["sdk_names"]) for beta in (False, True)]
    if roots is sdk.REQUESTS:
        both = [sdk.without_models(defs) for defs in both]
    merged = merge.merge(*both)
    if roots is sdk.REQUESTS:
        for name, parts in rules["joined"].items():
            merged[name] = merge.join([merged[part] for part in parts])
            merged = merge.rename(merged, dict.fromkeys(parts, name))
    return shape.Shaper(merged, rules["tagged"]).all()


def _differences(old: Any, new: Any, place: str) -> Iterator[str]:
    """Type by type and field by field: what the SDK adds, lacks or changes against the committed schemas."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old | new:
            where = place if key in ("$defs", "properties") else f"{place} {key}"
            if key not in new:
                yield f"{where}: no longer in the SDK"
            elif key not in old:
                yield f"{where}: new in the SDK"
            else:
                yield from _differences(old[key], new[key], where)
    elif old != new:
        yield f"{place}: {json.dumps(old)} is now {json.dumps(new)}"
