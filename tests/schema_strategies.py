"""Hypothesis strategies of instances that fit our schemas (see ``mockserver.reference.schemas``)."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.schema_cases import TEXTS, resolve, types

Json = dict[str, Any]
Strategy = st.SearchStrategy[Any]

# Values where any JSON belongs.
FREE = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text("ab_", min_size=1, max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
# Below this depth objects hold only what they must, so that unions that contain themselves end.
DEEPEST = 6


def instances(schema: Json, root: Json | None = None, depth: int = 0) -> Strategy:
    """Instances of the schema: any tag, any type it allows, any choice of optional properties."""
    root = root or schema
    schema = resolve(schema, root)
    if "const" in schema:
        return st.just(schema["const"])
    if "x-tags" in schema:
        others = [_make_typed(schema, root, kind, depth) for kind in types(schema) if kind != "object"]
        return st.one_of(_make_union(schema, root, depth), *others)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return st.one_of(*(_make_typed(schema, root, kind, depth) for kind in types(schema)))


def _make_union(schema: Json, root: Json, depth: int) -> Strategy:
    tags = schema["x-tags"] if depth < DEEPEST else schema["x-tags"][:1]
    return st.sampled_from(tags).flatmap(lambda tag: _make_tagged(schema, root, tag, depth))


def _make_tagged(schema: Json, root: Json, tag: str, depth: int) -> Strategy:
    target = {"$ref": schema["x-mapping"][tag]}
    return instances(target, root, depth + 1).map(lambda instance: {**instance, "type": tag})


def _make_typed(schema: Json, root: Json, kind: str, depth: int) -> Strategy:
    if kind == "object":
        return _make_object(_select_type(schema, "object", root), root, depth)
    if kind == "array":
        least = schema.get("minItems", 0)
        items = instances(schema["items"], root, depth + 1) if "items" in schema else FREE
        # No two alike, as JSON Schema asks of the names in ``required``.
        return st.lists(items, min_size=least, max_size=max(least, 2 if depth < DEEPEST else 0), unique_by=repr)
    if kind == "string":
        return _make_string(_select_type(schema, "string", root))
    return _make_plain(schema, kind)


def _select_type(schema: Json, kind: str, root: Json) -> Json:
    """The part of a schema of several types that applies to one of them."""
    for member in schema.get("allOf", ()):
        if member["if"].get("type") == kind:
            return resolve(member["then"], root)
    return schema


def _make_object(schema: Json, root: Json, depth: int) -> Strategy:
    properties = schema.get("properties", {})
    required = {key: instances(properties[key], root, depth + 1) for key in schema.get("required", ())}
    optional = {key: instances(part, root, depth + 1) for key, part in properties.items() if key not in required}
    if "properties" not in schema:
        return st.just({})
    return st.fixed_dictionaries(required, optional=optional if depth < DEEPEST else {})


def _make_string(schema: Json) -> Strategy:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "pattern" in schema:
        fitting = [text for text in TEXTS if text.startswith("srvtoolu_") or "srv" not in schema["pattern"]]
        return st.sampled_from([text for text in fitting if ":" not in text])
    return st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 9), 9))


def _make_plain(schema: Json, kind: str) -> Strategy:
    if kind == "boolean":
        return st.booleans()
    if kind == "null":
        return st.none()
    schema = {**schema, **schema.get("anyOf", [{}])[0]}
    least = schema.get("minimum", schema.get("exclusiveMinimum", -1) + 1)
    most = schema.get("maximum", least + 1000)
    return st.integers(least, most) if kind == "integer" else st.floats(least, most)
