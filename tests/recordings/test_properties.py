"""Properties of canonical forms, for bodies of any shape."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.recordings.asked import Asked
from mockserver.recordings.cassette import IGNORABLE, IGNORED, Match
from mockserver.recordings.comparing import find_difference
from mockserver.recordings.normalising import normalise
from mockserver.records.prompt import Prompt

from .comparisons import ask, compare, recorded

WORDS = st.sampled_from(
    ["", "a", "Q", "2026-11-30", "at 16:20", "toolu_01A09q90qw90lq917835lq9", "x-anthropic-billing-header: a"]
)
TEXTS = st.lists(WORDS, max_size=3).map(" ".join) | st.text(max_size=8)
KEYS = st.sampled_from(
    ["type", "text", "content", "id", "tool_use_id", "input", "source", "data", "cache_control", "signature", "name"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)
BODIES = st.dictionaries(
    st.sampled_from(["messages", "system", "tools", "metadata", "thread", "container", "model", "stream", "requests"]),
    VALUES,
    max_size=5,
)
MATCHES = st.lists(st.sampled_from(IGNORABLE), unique=True).map(lambda names: Match(tuple(names)))
IDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)


def canonical(body: dict[str, Any], match: Match) -> dict[str, Any]:
    return normalise(Asked(body), match, write_date=lambda form, _: form)


def reorder(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reorder(below) for key, below in reversed(value.items())}
    return [reorder(each) for each in value] if isinstance(value, list) else value


@given(BODIES, MATCHES)
@settings(max_examples=80, deadline=None)
def test_canonical_form_is_its_own(body: dict[str, Any], match: Match) -> None:
    once = canonical(body, match)
    assert canonical(once, match) == once


@given(BODIES, MATCHES)
@settings(max_examples=60, deadline=None)
def test_order_of_keys_does_not_count(body: dict[str, Any], match: Match) -> None:
    assert orjson.dumps(canonical(reorder(body), match)) == orjson.dumps(canonical(body, match))


@given(BODIES, BODIES, MATCHES)
@settings(max_examples=80, deadline=None)
def test_difference_is_found_where_there_is_one(one: dict[str, Any], other: dict[str, Any], match: Match) -> None:
    """A diff is made of what differs, and the digests say the same as the walk."""
    assert compare(one, one, match, at=0) is None
    found = compare(one, other, match, at=0)
    if found is not None:
        assert found.path
        assert found.recorded != found.came


@given(st.lists(IDS, min_size=1, max_size=6), st.data())
@settings(max_examples=60, deadline=None)
def test_different_ids_stay_different(ids: list[str], data: st.DataObject) -> None:
    """Ids match when there is a renaming, one to one, that makes one list of the other."""
    others = data.draw(st.lists(IDS, min_size=len(ids), max_size=len(ids)))
    bodies = [ask([{"type": "tool_result", "tool_use_id": id_} for id_ in each]) for each in (ids, others)]
    is_renamed = len({*zip(ids, others, strict=True)}) == len({*ids}) == len({*others})
    found = find_difference(recorded(bodies[0]), Prompt(bodies[1]), Match(IGNORED))
    assert (found is None) == is_renamed
