"""GET /v1/models and /v1/models/{id}."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.endpoints.models import list_models, show_model
from mockserver.records.errors import ApiError
from mockserver.reference import catalog

CATALOGUE = catalog.standard()


def ids(page: dict[str, Any]) -> list[str]:
    return [model["id"] for model in page["data"]]


def test_newest_model_comes_first() -> None:
    created = [model["created_at"] for model in list_models(CATALOGUE, "limit=1000")["data"]]
    assert created == sorted(created, reverse=True)


def test_pages_cover_the_catalogue_once() -> None:
    everything, seen, query = ids(list_models(CATALOGUE, "limit=1000")), [], "limit=3"
    while True:
        page = list_models(CATALOGUE, query)
        seen += ids(page)
        if not page["has_more"]:
            break
        query = f"limit=3&after_id={page['last_id']}"
    assert seen == everything


def test_page_before_an_id_ends_there() -> None:
    everything = ids(list_models(CATALOGUE, "limit=1000"))
    page = list_models(CATALOGUE, f"limit=2&before_id={everything[3]}")
    assert ids(page) == everything[1:3]
    assert page["has_more"] is True


def test_retired_models_are_shown_when_asked_for() -> None:
    retired = {model.id for model in CATALOGUE.models if model.lifecycle == "retired"}
    assert not retired & set(ids(list_models(CATALOGUE, "limit=1000")))
    assert set(ids(list_models(CATALOGUE, "limit=1000&lifecycle[]=retired"))) == retired


@pytest.mark.parametrize("limit", ["0", "1001", "x", "-1"])
def test_bad_limit_is_refused(limit: str) -> None:
    with pytest.raises(ApiError, match="limit"):
        list_models(CATALOGUE, f"limit={limit}")


def test_alias_finds_its_model() -> None:
    assert show_model(CATALOGUE, "claude-haiku-4-5")["id"] == "claude-haiku-4-5-20251001"


def test_unknown_model_is_not_found() -> None:
    with pytest.raises(ApiError) as caught:
        show_model(CATALOGUE, "claude-nobody")
    assert (caught.value.finding.status, caught.value.finding.message) == (404, "model: claude-nobody")


def test_capabilities_follow_the_catalogue() -> None:
    shown = show_model(CATALOGUE, "claude-haiku-4-5")["capabilities"]
    assert shown["code_execution"] == {"supported": False}
    assert shown["thinking"]["types"]["adaptive"] == {"supported": False}
    assert show_model(CATALOGUE, "claude-opus-5")["capabilities"]["effort"]["xhigh"] == {"supported": True}
