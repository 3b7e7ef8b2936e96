"""GET /v1/models and /v1/models/{id}."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest

from mockserver.endpoints.models import list_models, show_model
from mockserver.records.errors import ApiError
from mockserver.reference import catalog, lifecycle
from mockserver.testing.server import MockServer
from tests.strict import error_of

CATALOGUE = catalog.standard()
DATA = Path(__file__).parent.parent / "data"


def ids(page: dict[str, Any]) -> list[str]:
    return [model["id"] for model in page["data"]]


def test_newest_model_comes_first() -> None:
    created = [model["created_at"] for model in list_models(CATALOGUE, "limit=1000")["data"]]
    assert created == sorted(created, reverse=True)


def test_models_are_shown_as_recorded() -> None:
    for recorded in json.loads((DATA / "wires/models.json").read_text())["data"]:
        shown = show_model(CATALOGUE, recorded["id"])
        assert keep_known(recorded, shown) == list_items(recorded)


def list_items(value: Any) -> Any:
    """The value with its objects as lists of pairs, so that their order counts."""
    return [(key, list_items(each)) for key, each in value.items()] if isinstance(value, dict) else value


def keep_known(recorded: Any, shown: Any) -> Any:
    """What is shown, in the same form, without keys that are newer than the recording."""
    if not isinstance(recorded, dict):
        return shown
    return [(key, keep_known(recorded[key], each)) for key, each in shown.items() if key in recorded]


def test_active_models_have_no_days_of_an_end() -> None:
    catalogue = lifecycle.on_day(CATALOGUE, "2026-09-01")
    shown = show_model(catalogue, "claude-sonnet-4-5")
    assert (shown["lifecycle"], shown["deprecated_at"], shown["retires_at"]) == ("active", None, None)
    shown = show_model(CATALOGUE, "claude-sonnet-4-5")
    assert (shown["lifecycle"], shown["retires_at"]) == ("deprecated", "2026-11-30T00:00:00Z")


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


@pytest.mark.parametrize(
    ("name", "supported"),
    [("claude-opus-5-5", True), ("claude-sonnet-4-6", True), ("claude-haiku-4-5", False), ("claude-opus-4-5", False)],
)
def test_compaction_is_shown_under_its_beta(name: str, supported: bool) -> None:
    shown = show_model(CATALOGUE, name, ["compact-2026-09-04"])["capabilities"]
    assert shown["compaction"] == {"supported": supported, "summarize": {"supported": supported}}
    assert list(shown)[2:5] == ["code_execution", "compaction", "context_management"]
    for other in ((), ("compact-2026-01-12",)):
        assert "compaction" not in show_model(CATALOGUE, name, other)["capabilities"]
    (listed,) = list_models(CATALOGUE, "limit=1", ["compact-2026-09-04"])["data"]
    assert "compaction" in listed["capabilities"]


@pytest.mark.parametrize(
    ("name", "targets"),
    [
        ("claude-opus-5-5", ["claude-opus-4-8", "claude-opus-5"]),
        ("claude-opus-5", ["claude-opus-4-8"]),
        ("claude-sonnet-5-5", ["claude-sonnet-5"]),
        ("claude-haiku-5-5", []),
        ("claude-haiku-4-5", []),
    ],
)
@pytest.mark.parametrize("beta", ["server-side-fallback-2026-06-01", "server-side-fallback-2026-07-01"])
def test_fallback_models_are_shown_under_their_beta(name: str, targets: list[str], beta: str) -> None:
    shown = show_model(CATALOGUE, name, ["files-api-2025-04-14", beta])
    assert shown["allowed_fallback_models"] == targets
    assert list(shown)[6:9] == ["capabilities", "allowed_fallback_models", "deprecated_at"]
    assert "allowed_fallback_models" not in show_model(CATALOGUE, name, ["files-api-2025-04-14"])


def test_listed_models_have_their_fallbacks_under_the_beta() -> None:
    shown = list_models(CATALOGUE, "limit=1000", ["server-side-fallback-2026-07-01"])["data"]
    assert {tuple(model["allowed_fallback_models"]) for model in shown} >= {(), ("claude-sonnet-5",)}
    assert not any("allowed_fallback_models" in model for model in list_models(CATALOGUE, "limit=1000")["data"])


ANY = ("gpt-4o", "claude-nobody", "anthropic/claude-opus-4.6:thinking", "openai/o3", "模型", "claude-3.7-sonnet")


def ask(server: MockServer, path: str) -> httpx.Response:
    headers = {"x-api-key": "any", "anthropic-version": "2023-06-01"}
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=headers) as client:
        answer: httpx.Response = client.get(path)
        return answer


@pytest.mark.parametrize("name", ANY)
def test_gateway_knows_what_messages_are_answered_for(name: str) -> None:
    server = MockServer()
    # As SDKs send it, and as it is typed.
    for path in (quote(name, safe=""), name):
        shown = ask(server, f"/v1/models/{path}").raise_for_status().json()
        assert (shown["id"], shown["type"]) == (name, "model")
    assert ask(server, "/v1/models/claude-haiku-4-5").json()["id"] == "claude-haiku-4-5-20251001"
    assert ask(server, "/v1/models/anthropic/claude-opus-4.6").json()["display_name"] == "Claude Opus 4.6"


@pytest.mark.parametrize("name", ["%2e", "a%2Fb", "100%25", "%"])
def test_name_is_decoded_once(name: str) -> None:
    with MockServer() as server:
        headers = {"x-api-key": "any", "anthropic-version": "2023-06-01"}
        answers = [
            ask(server, f"/v1/models/{quote(name, safe='')}"),
            httpx.get(f"{server.url}/v1/models/{quote(name, safe='')}", headers=headers),
        ]
    assert [answer.raise_for_status().json()["id"] for answer in answers] == [name, name]


@pytest.mark.parametrize("name", ANY)
def test_api_knows_its_own_names_only(name: str) -> None:
    server = MockServer(profile="anthropic")
    # A name in two parts is another path.
    told = "Not found" if "/" in name else f"model: {name}"
    for path in (quote(name, safe=""), name):
        assert error_of(ask(server, f"/v1/models/{path}"), 404)["message"] == told
