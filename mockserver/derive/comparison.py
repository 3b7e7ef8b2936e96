"""Compares what was derived from one SDK with the SDKs that are installed: the schemas field by field, the catalogue of
models with the SDK's ids and days, the refusals of threads with its codes, and the rest of its surface."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from mockserver.derive import derivation, meanings, overlay, sdk, surface
from mockserver.derive.derivation import Derivation
from mockserver.derive.surface import Surface
from mockserver.reference import catalog, schemas
from mockserver.store.threads import REFUSALS

PYTHON, TYPESCRIPT, OPENAI = "anthropic", "@anthropic-ai/sdk", "openai"
# In a union, these repeat what its mapping says.
_REPEATS = frozenset({"allOf", "x-tags", "properties"})
# The surface tells of these.
_TOLD_ELSEWHERE = frozenset({"betas.json"})


class Difference(Struct, frozen=True):
    """One difference: where, what, what it means for users, and from which SDK."""

    place: str
    change: str
    means: str
    sdk: str = PYTHON

    def __str__(self) -> str:
        return f"{self.place}: {self.change}"


def find_differences(typescript: Path | None = None) -> list[Difference]:
    """The differences from the installed SDKs; empty when they agree.

    Args:
        typescript: the folder of the TypeScript SDK, if that is compared too.
    """
    noted = surface.read_noted(schemas.folder())
    found = [*_compare_python(noted), *_tell(_compare_chat, OPENAI)]
    if typescript is not None:
        found += _compare_surface(noted, surface.read_typescript(typescript), TYPESCRIPT)
    return found


def _compare_python(noted: Surface) -> Iterator[Difference]:
    found = _tell(_compare_schemas, PYTHON)
    yield from found
    if not any(each.means == meanings.STRANGE for each in found):
        yield from _compare_surface(noted, surface.read_python(), PYTHON)


def _tell(compare: Callable[[], list[str]], name: str) -> list[Difference]:
    """The differences of the lines that comparing with an SDK makes, or one that it cannot be compared."""
    try:
        lines = compare()
    except ValueError as error:
        text = f"the installed SDK is too different to compare: {error}"
        return [Difference("schemas", text, meanings.STRANGE, name)]
    parts = [line.partition(": ") for line in lines]
    return [Difference(place, change, meanings.of_schema(place, change), name) for place, _, change in parts]


def _compare_schemas() -> list[str]:
    """A line for each difference of the schemas, of the models' ids and of the threads' codes.

    Raises:
        ValueError: the SDK holds something that no rule can express.
    """
    fresh = derivation.derive()
    lines = [*_list_lost(fresh)]
    lines += [f"{place}: beta only, but no header is known" for place in overlay.find_ungated(fresh.files)]
    lines += _compare_files(fresh)
    unknown = [name for name in sdk.list_models() if not catalog.lookup(name).is_named(name)]
    lines += [f"models.yaml {name}: new in the SDK" for name in unknown]
    return [*lines, *(f"threads.py {code}: new in the SDK" for code in sdk.list_thread_codes() if code not in REFUSALS)]


def _compare_chat() -> list[str]:
    """A line for each difference of the chat wire's schemas; none where the openai SDK is not installed.

    Raises:
        ValueError: the SDK holds something that no rule can express.
    """
    if importlib.util.find_spec(OPENAI) is None:
        return []
    from mockserver.derive import chat

    fresh = chat.derive()
    return [*_list_lost(fresh), *_compare_files(fresh)]


def _list_lost(fresh: Derivation) -> Iterator[str]:
    return (f"{place}: the overlay speaks of it, the SDK does not have it" for place in fresh.lost)


def _compare_files(fresh: Derivation) -> Iterator[str]:
    for name, schema in fresh.files.items():
        path = schemas.folder() / name
        if name not in _TOLD_ELSEWHERE:
            yield from _compare(json.loads(path.read_bytes()) if path.exists() else {}, schema, name)


def _compare_surface(noted: Surface, found: Surface, name: str) -> Iterator[Difference]:
    """The differences of betas, errors, routes and discriminators from what was noted, of days from the catalogue."""
    before = noted.parts()
    for part, now in found.parts().items():
        if part == "retirements":
            continue
        known = before.get(part, {})
        if name == TYPESCRIPT and part == "errors":
            # It has no table of statuses without a code.
            known = {error: "" for error in known if " " in error}
        for key in sorted(known.keys() | now.keys()):
            change = _describe_change(known.get(key), now.get(key))
            if change:
                yield Difference(f"{part} {key}", change, meanings.of_surface(part, key, key in now), name)
    for model, change, day in _compare_days(found.retirements):
        yield Difference(f"retirements {model}", change, meanings.of_day(model, day), name)


def _describe_change(before: str | None, now: str | None) -> str:
    if before == now:
        return ""
    if before is None:
        return f"new in the SDK{': ' + now if now else ''}"
    return "no longer in the SDK" if now is None else f"{before} is now {now}"


def _compare_days(retirements: Mapping[str, str] | None) -> Iterator[tuple[str, str, str | None]]:
    """The models of which the SDK and the catalogue name other last days: the model, the change, the SDK's day."""
    if retirements is None:
        return
    named = set()
    for name, day in retirements.items():
        model = catalog.lookup(name)
        named.add(model.id)
        known = (model.sdk_retires_at or model.retires_at or "")[:10] if model.is_named(name) else ""
        if known != day:
            yield name, f"{known} is now {day}" if known else f"new in the SDK: {day}", day
    for model in catalog.models():
        if model.lifecycle == "deprecated" and model.retires_at and model.id not in named:
            yield model.id, f"no longer in the SDK, {model.retires_at[:10]} in the catalogue", None


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
