"""GET /v1/models page by page: both directions, filters, and cursors that are not shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import anthropic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.endpoints.models import list_models
from mockserver.records.errors import ApiError
from mockserver.reference import catalog
from mockserver.testing.server import MockServer

CATALOGUE = catalog.standard()
STAGES = ("active", "deprecated", "retired")
SHOWN = STAGES[:2]


def ids(page: dict[str, Any]) -> list[str]:
    return [model["id"] for model in page["data"]]


def expect(stages: tuple[str, ...] = SHOWN) -> list[str]:
    return [model.id for model in CATALOGUE.models if model.lifecycle in stages]


def ask(**query: Any) -> dict[str, Any]:
    return list_models(CATALOGUE, urlencode(query, doseq=True))


@given(st.integers(1, 40), st.sets(st.sampled_from(STAGES)).map(tuple), st.booleans())
def test_pages_cover_the_list_once_in_both_directions(limit: int, stages: tuple[str, ...], is_back: bool) -> None:
    everything = expect(stages or SHOWN)
    asked: dict[str, Any] = {"limit": limit, "lifecycle[]": stages}
    cursor, end = ("before_id", "first_id") if is_back else ("after_id", "last_id")
    seen: list[str] = []
    # The oldest and the newest model are retired and active: a cursor need not be among those that are shown.
    page = ask(**asked, before_id=CATALOGUE.models[-1].id) if is_back else ask(**asked)
    if is_back:
        everything = [name for name in everything if name != CATALOGUE.models[-1].id]
    while True:
        names = ids(page)
        assert (page["first_id"], page["last_id"]) == ((names[0], names[-1]) if names else (None, None))
        assert len(page["data"]) == limit or not page["has_more"]
        seen = ids(page) + seen if is_back else seen + ids(page)
        if not page["has_more"]:
            break
        page = ask(**asked, **{cursor: page[end]})
    assert seen == everything


def test_page_before_an_id_ends_there() -> None:
    everything = expect()
    page = ask(limit=2, before_id=everything[3])
    assert (ids(page), page["has_more"]) == (everything[1:3], True)
    page = ask(limit=3, before_id=everything[3])
    assert (ids(page), page["has_more"]) == (everything[:3], False)


@pytest.mark.parametrize("cursor", ["after_id", "before_id"])
def test_nothing_comes_after_an_unknown_id(cursor: str) -> None:
    assert ask(**{cursor: "gpt-4o"}) == {"data": [], "has_more": False, "first_id": None, "last_id": None}


def test_cursor_may_be_an_alias_or_be_filtered_out() -> None:
    alias, full = "claude-haiku-4-5", "claude-haiku-4-5-20251001"
    assert ask(after_id=alias) == ask(after_id=full)
    everything = [model.id for model in CATALOGUE.models]
    after = set(everything[everything.index(full) + 1 :])
    page = ask(after_id=full, limit=1000, **{"lifecycle[]": "retired"})
    assert ids(page) == [name for name in expect(("retired",)) if name in after]


def test_before_counts_where_both_are_asked() -> None:
    everything = expect()
    assert ask(before_id=everything[2], after_id=everything[5]) == ask(before_id=everything[2])


@pytest.mark.parametrize("key", ["lifecycle[]", "lifecycle"])
def test_lifecycle_filters(key: str) -> None:
    assert ids(ask(limit=1000)) == expect()
    for stages in (("retired",), ("active",), ("retired", "active"), STAGES):
        assert ids(ask(limit=1000, **{key: stages})) == expect(stages)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("lifecycle[]=gone", "lifecycle.0: Input should be 'active', 'deprecated' or 'retired'"),
        ("lifecycle[]=active&lifecycle[]=", "lifecycle.1: Input should be 'active', 'deprecated' or 'retired'"),
        ("lifecycle[]=active&" * 4, "lifecycle: List should have at most 3 items after validation, not 4"),
        ("limit=0", "limit: Input should be greater than or equal to 1"),
        ("limit=-1", "limit: Input should be greater than or equal to 1"),
        ("limit=1001", "limit: Input should be less than or equal to 1000"),
        (f"limit={'9' * 5000}", "limit: Input should be less than or equal to 1000"),
        ("limit=", "limit: Input should be a valid integer, unable to parse string as an integer"),
        ("limit=x", "limit: Input should be a valid integer, unable to parse string as an integer"),
        ("limit=%C2%B2", "limit: Input should be a valid integer, unable to parse string as an integer"),
    ],
)
def test_bad_query_is_refused(query: str, told: str) -> None:
    with pytest.raises(ApiError) as caught:
        list_models(CATALOGUE, query)
    assert (caught.value.finding.status, caught.value.finding.message) == (400, told)


@pytest.mark.parametrize("limit", [1, 1000])
def test_limit_takes_its_ends(limit: int) -> None:
    assert ids(ask(limit=limit)) == expect()[:limit]


def test_sdk_pages_through() -> None:
    with MockServer() as server:
        client = anthropic.Anthropic(base_url=server.url, api_key="any", max_retries=0)
        assert [model.id for model in client.models.list(limit=3)] == expect()
        names = [model.id for model in client.beta.models.list(limit=4, lifecycle=["retired"])]
        assert names == expect(("retired",))
        back = [model.id for model in client.models.list(limit=3, before_id=expect()[-1])]
    assert sorted(back) == sorted(expect()[:-1])
