"""The shape of JSON values: which keys and types they have, and never which texts, ids or numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

# What a model or a caller writes as it likes has no shape of its own.
FREE = frozenset(("input", "input_schema", "metadata"))
# Deeper values are looked at no more: no answer of the API is half as deep.
DEEPEST = 40
# Places of one value that are told; an answer with more is told of by these.
MOST_PLACES = 200

_NAMES = {type(None): "null", bool: "boolean", int: "number", float: "number", str: "string", list: "array"}


class Keys(Struct, frozen=True):
    """The keys of objects of one type, each with the shape of its value. ``optional`` are those that some lack."""

    shapes: Mapping[str, Shape]
    optional: frozenset[str] = frozenset()


class Shape(Struct, frozen=True):
    """What is known of the values at one place.

    ``kinds`` are their JSON types. ``variants`` are the objects among them, and among the items of arrays, by their
    ``type``; "": by none. ``items`` is the shape of all other items of arrays, None where there were none.
    """

    kinds: frozenset[str] = frozenset()
    variants: Mapping[str, Keys] = {}
    items: Shape | None = None


class Change(Struct, frozen=True):
    """A place where a shape is another one than before: the kind of change, and both sides in words.

    ``kind`` is ``key_gone``, ``key_new``, ``type``, ``null`` (a value where null was, or the other way), or ``variant``
    (an object of a type that was not there).
    """

    kind: str
    place: str
    was: str = ""
    now: str = ""


def describe(value: Any, depth: int = 0) -> Shape:
    """The shape of a JSON value."""
    if depth > DEEPEST:
        return Shape()
    if isinstance(value, dict):
        return Shape(frozenset(("object",)), {tag_of(value): _describe_keys(value, depth)})
    if isinstance(value, list):
        return _describe_items(value, depth)
    return Shape(frozenset((_NAMES[type(value)],)))


def _describe_keys(value: Mapping[str, Any], depth: int) -> Keys:
    return Keys({key: _describe_value(key, below, depth) for key, below in value.items()})


def _describe_value(key: str, value: Any, depth: int) -> Shape:
    return Shape(frozenset(("object",))) if key in FREE and isinstance(value, dict) else describe(value, depth + 1)


def _describe_items(value: Sequence[Any], depth: int) -> Shape:
    objects = merge_all(describe(item, depth + 1) for item in value if isinstance(item, dict))
    others = [describe(item, depth + 1) for item in value if not isinstance(item, dict)]
    return Shape(frozenset(("array",)), objects.variants, merge_all(others) if others else None)


def tag_of(value: object) -> str:
    """The ``type`` of an object; "" where it has none, and of what is no object."""
    tag = value.get("type") if isinstance(value, dict) else ""
    return tag if isinstance(tag, str) else ""


def merge_all(shapes: Iterable[Shape]) -> Shape:
    """The shape of all values that have one of these shapes."""
    merged = None
    for shape in shapes:
        merged = shape if merged is None else merge(merged, shape)
    return merged or Shape()


def merge(one: Shape, other: Shape) -> Shape:
    """The shape of values that have one or the other."""
    both = {tag: _merge_keys(one.variants.get(tag), keys) for tag, keys in other.variants.items()}
    items = merge(one.items, other.items) if one.items and other.items else one.items or other.items
    return Shape(one.kinds | other.kinds, {**one.variants, **both}, items)


def _merge_keys(one: Keys | None, other: Keys) -> Keys:
    if one is None:
        return other
    shapes = {**one.shapes, **other.shapes}
    common = one.shapes.keys() & other.shapes.keys()
    shapes.update({key: merge(one.shapes[key], other.shapes[key]) for key in common})
    return Keys(shapes, one.optional | other.optional | (shapes.keys() - common))


def fill(own: Shape, others: Shape) -> Shape:
    """A shape with the variants, and the items of empty arrays, that only others show."""
    missing = {tag: keys for tag, keys in others.variants.items() if tag not in own.variants}
    filled = {tag: _fill_keys(keys, others.variants.get(tag)) for tag, keys in own.variants.items()}
    return Shape(own.kinds, {**filled, **missing}, own.items or others.items)


def _fill_keys(own: Keys, others: Keys | None) -> Keys:
    known = others.shapes if others else {}
    shapes = {key: fill(shape, known[key]) if key in known else shape for key, shape in own.shapes.items()}
    return Keys(shapes, own.optional)


def compare(known: Shape, now: Shape, place: str) -> Iterator[Change]:
    """Where values are shaped otherwise than those before were."""
    gained = now.kinds - known.kinds
    if gained and known.kinds:
        is_null = "null" in gained or known.kinds == {"null"}
        yield Change("null" if is_null else "type", place, _list(known.kinds), _list(now.kinds))
    for tag, keys in now.variants.items():
        at = _name_variant(place, tag, is_item="array" in now.kinds)
        if tag in known.variants:
            yield from _compare_keys(known.variants[tag], keys, at)
        elif known.variants:
            yield Change("variant", at, _list(known.variants), tag)
    if known.items and now.items:
        yield from compare(known.items, now.items, f"{place}[]")


def _compare_keys(known: Keys, now: Keys, place: str) -> Iterator[Change]:
    for key, shape in known.shapes.items():
        at = _join(place, key)
        if key in now.shapes:
            yield from compare(shape, now.shapes[key], at)
        if key not in known.optional and (key not in now.shapes or key in now.optional):
            yield Change("key_gone", at, _list(shape.kinds))
    for key, shape in now.shapes.items():
        if key not in known.shapes:
            yield Change("key_new", _join(place, key), "", _list(shape.kinds))


def name_place(value: Any, path: Iterable[str | int]) -> str:
    """The place of the value at a path, as ``compare`` names it: ``content[text].citations[char_location].file_id``."""
    place = ""
    for key in path:
        try:
            is_item, value = isinstance(value, list), value[key]
        except (KeyError, IndexError, TypeError):
            return _join(place, str(key))
        at = place if is_item else _join(place, str(key))
        place = _name_variant(at, tag_of(value), is_item=is_item)
    return place


def _name_variant(place: str, tag: str, *, is_item: bool) -> str:
    # "message[message]" would say nothing more.
    return f"{place}[{tag}]" if place and (is_item or (tag and tag != place.rpartition(".")[2])) else place


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _list(names: Iterable[str]) -> str:
    return " or ".join(sorted(filter(None, names)))
