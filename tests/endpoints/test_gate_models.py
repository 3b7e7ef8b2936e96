"""``GET /v1/models`` of a gateway, over a socket: three shapes, an error with status 200, keys, scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.reference import catalog
from mockserver.testing.server import MockServer

FILE = """
like: new-api
keys:
  sk-gpt: {models: ["gpt-*"]}
  sk-old: token_expired
models:
  house-1: {owner: house}
"""
SCENARIOS = """
scenarios:
  - name: own list
    when: {endpoint: models, session: listed}
    reply: {json: {data: [{id: one, display_name: One}, {id: two}]}}
  - name: own page
    when: {endpoint: models, session: page}
    reply: {json: {has_more: true}}
  - name: own model
    when: {endpoint: "models/{id}", session: changed}
    reply: {json: {display_name: Mine}}
"""
MODELS = "/v1/models"
ANTHROPIC = {"x-api-key": "sk-a", "anthropic-version": "2023-06-01"}
BEARER = {"authorization": "Bearer sk-a"}
UNKNOWN = {
    "message": "The model 'no/such' does not exist",
    "type": "invalid_request_error",
    "param": "model",
    "code": "model_not_found",
}
KNOWN = [model.id for model in catalog.standard().models if model.lifecycle != "retired"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "gateway.yaml").write_text(FILE, "utf-8")
    (folder / "scenarios.yaml").write_text(SCENARIOS, "utf-8")
    with (
        MockServer(folder / "scenarios.yaml", gateway=str(folder / "gateway.yaml")) as server,
        httpx.Client(base_url=server.url) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def one_api() -> Iterator[httpx.Client]:
    with MockServer(gateway="one-api") as server, httpx.Client(base_url=server.url) as client:
        yield client


def read(client: httpx.Client, headers: Mapping[str, str], path: str = MODELS) -> Any:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    return response.json()


def test_list_has_the_shape_of_the_client(client: httpx.Client) -> None:
    plain = read(client, BEARER)
    assert sorted(plain) == ["data", "object", "success"]
    names = [model["id"] for model in plain["data"]]
    assert names[: len(KNOWN)] == KNOWN
    assert "house-1" in names
    page = read(client, ANTHROPIC)
    assert [model["id"] for model in page["data"]] == names
    assert (page["first_id"], page["has_more"], page["last_id"]) == (names[0], False, names[-1])
    google = read(client, {"x-goog-api-key": "sk-a"})
    assert [model["name"] for model in google["models"]] == names
    assert read(client, {}, f"{MODELS}?key=sk-a") == google


def test_one_api_has_one_shape(one_api: httpx.Client) -> None:
    for headers in (BEARER, {**BEARER, **ANTHROPIC}):
        listed = read(one_api, headers)
        assert sorted(listed) == ["data", "object"]
        assert listed["data"][0]["permission"][0]["allow_sampling"] is True
    assert one_api.get(MODELS, headers=ANTHROPIC).status_code == 401


def test_one_model_is_shown_in_the_shape_of_the_client(client: httpx.Client) -> None:
    shown = read(client, BEARER, f"{MODELS}/house-1")
    assert (shown["id"], shown["owned_by"], shown["supported_endpoint_types"]) == ("house-1", "house", None)
    shown = read(client, ANTHROPIC, f"{MODELS}/{KNOWN[0]}")
    assert (shown["id"], shown["type"]) == (KNOWN[0], "model")


def test_unknown_model_is_an_error_with_status_200(client: httpx.Client, one_api: httpx.Client) -> None:
    for each in (client, one_api):
        assert read(each, BEARER, f"{MODELS}/no/such") == {"error": UNKNOWN}
    assert read(client, ANTHROPIC, f"{MODELS}/no/such") == {"error": UNKNOWN}


def test_key_lists_what_it_may_use(client: httpx.Client) -> None:
    headers = {"authorization": "Bearer sk-gpt"}
    names = [model["id"] for model in read(client, headers)["data"]]
    assert names
    assert all(name.startswith("gpt-") for name in names)
    assert "error" in read(client, headers, f"{MODELS}/{KNOWN[0]}")


def test_bad_keys_list_nothing(client: httpx.Client) -> None:
    assert client.get(MODELS).status_code == 401
    assert client.get(MODELS, headers={"x-api-key": "sk-old"}).status_code == 401


def test_scenario_lists_its_own_models(client: httpx.Client) -> None:
    headers = {**BEARER, "x-mock-session": "listed"}
    listed = read(client, headers)
    assert [model["id"] for model in listed["data"]] == ["one", "two"]
    assert (listed["success"], "display_name" in listed["data"][0]) == (True, False)
    page = read(client, {**ANTHROPIC, **headers})
    assert [model["display_name"] for model in page["data"]] == ["One", "two"]
    assert (page["first_id"], page["last_id"]) == ("one", "two")
    assert read(client, headers, f"{MODELS}/one")["id"] == "one"
    assert "error" in read(client, headers, f"{MODELS}/{KNOWN[0]}")


def test_scenario_of_the_list_says_nothing_of_a_model(client: httpx.Client) -> None:
    headers = {**ANTHROPIC, "x-mock-session": "page"}
    assert read(client, headers)["has_more"] is True
    assert read(client, headers, f"{MODELS}/no/such") == {"error": UNKNOWN}


def test_scenario_changes_a_model(client: httpx.Client) -> None:
    headers = {**ANTHROPIC, "x-mock-session": "changed"}
    shown = read(client, headers, f"{MODELS}/any")
    assert (shown["id"], shown["display_name"]) == ("any", "Mine")


def test_server_without_a_gateway_lists_as_ever(running: MockServer, key: str) -> None:
    page = httpx.get(f"{running.url}{MODELS}", headers={"authorization": f"Bearer {key}"}).json()
    assert sorted(page) == ["data", "first_id", "has_more", "last_id"]
