"""Compares the committed schemas with a fresh derivation from the installed SDK, field by field, the catalogue of
models with the SDK's model ids, and the refusals of threads with the SDK's codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from mockserver.derive import derivation, overlay, sdk
from mockserver.reference import catalog, schemas
from mockserver.store.threads import REFUSALS

# In a union, these repeat what its mapping says.
_REPEATS = frozenset({"allOf", "x-tags", "properties"})


def find_differences() -> list[str]:
    """A line for each difference between the committed schemas and the installed SDK; empty when they agree."""
    try:
        fresh = derivation.derive()
    except ValueError as error:
        return [f"the installed SDK is too different to compare: {error}"]
    lines = [f"{place}: the overlay speaks of it, the SDK does not have it" for place in fresh.lost]
    lines += [f"{place}: beta only, but no header is known" for place in overlay.find_ungated(fresh.files)]
    for name, schema in fresh.files.items():
        path = schemas.folder() / name
        lines += _compare(json.loads(path.read_bytes()) if path.exists() else {}, schema, name)
    unknown = [name for name in sdk.list_models() if not catalog.lookup(name).is_named(name)]
    lines += [f"models.yaml {name}: new in the SDK" for name in unknown]
    return [*lines, *(f"threads.py {code}: new in the SDK" for code in sdk.list_thread_codes() if code not in REFUSALS)]


def _compare(old: Any, new: Any, place: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old | new:
            if not (key in _REPEATS and "x-mapping" in old and "x-mapping" in new):
                yield from _compare_key(old, new, key, place)
    elif isinstance(old, list) and isinstance(new, list) and sorted(map(str, old)) != sorted(map(str, new)):
        yield from (f"{place}: new in the SDK: {json.dumps(item)}" for item in new if item not in old)
        yield from (f"{place}: no longer in the SDK: {json.dumps(item)}" for item in old if item not in new)
    elif old != new:
        yield f"{place}: {json.dumps(old)} is now {json.dumps(new)}"


def _compare_key(old: dict[str, Any], new: dict[str, Any], key: str, place: str) -> Iterator[str]:
    where = place if key in ("$defs", "properties") else f"{place} {key}"
    if key not in new:
        yield f"{where}: no longer in the SDK"
    elif key not in old:
        yield f"{where}: new in the SDK"
    else:
        yield from _compare(old[key], new[key], where)
