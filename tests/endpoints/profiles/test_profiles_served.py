"""User profiles over the SDK and as JSON, in each of their shapes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer
from tests.strict import error_of

PATH = "/v1/user_profiles"
HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
MARCH, AUGUST, SEPTEMBER = "user-profiles-2026-03-24", "user-profiles-2026-08-18", "user-profiles-2026-09-04"
LATER = "2100-01-01T00:00:00Z"
BASE = {"id", "created_at", "metadata", "name", "type", "updated_at"}


@pytest.fixture(params=["relay", "anthropic"])
def server(request: pytest.FixtureRequest) -> MockServer:
    return MockServer(profile=request.param)


@pytest.fixture
def http(server: MockServer) -> Iterator[httpx.Client]:
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        yield client


@pytest.fixture
def client(server: MockServer) -> anthropic.Anthropic:
    http = httpx.Client(transport=server.transport)
    return anthropic.Anthropic(base_url="http://mock", api_key="k", http_client=http, max_retries=0)


def test_profile_lives(client: anthropic.Anthropic) -> None:
    made = client.user_profiles.create(name="Bob", metadata={"a": "b"}, external_user_details={"country": "DE"})
    assert (made.name, made.access_type, made.enforcement_status) == ("Bob", "application", "unrestricted")
    assert client.user_profiles.retrieve(made.id) == made
    changed = client.user_profiles.update(
        made.id, metadata={"a": "", "c": "d"}, external_user_details={"reference_id": "7"}, access_type="passthrough"
    )
    assert (changed.name, changed.access_type, changed.metadata) == ("Bob", "passthrough", {"c": "d"})
    assert (changed.external_user_details.country, changed.external_user_details.reference_id) == ("DE", "7")
    assert changed.updated_at > made.updated_at == made.created_at
    assert client.user_profiles.retrieve(made.id) == changed
    assert client.user_profiles.delete(made.id).to_dict() == {"id": made.id, "type": "user_profile_deleted"}
    for gone in (client.user_profiles.retrieve, client.user_profiles.delete, client.user_profiles.update):
        with pytest.raises(anthropic.NotFoundError, match="not found"):
            gone(made.id)


@pytest.mark.parametrize(
    ("betas", "more"),
    [
        ("", {"access_type", "external_user_details", "programs", "enforcement_actions", "enforcement_status"}),
        (SEPTEMBER, {"access_type", "external_user_details", "trust_grants"}),
        (f"{AUGUST},{SEPTEMBER}", {"access_type", "external_user_details", "trust_grants"}),
        (AUGUST, {"access_type", "external_id", "external_user_onboarded_at", "trust_grants"}),
        (MARCH, {"external_id", "trust_grants"}),
    ],
)
def test_header_selects_the_shape(http: httpx.Client, betas: str, more: set[str]) -> None:
    http.headers["anthropic-beta"] = betas
    made = http.post(PATH, json={"name": "A"}).json()
    assert set(made) == BASE | more
    assert http.get(PATH).json() == {"data": [made], "next_page": None}


def test_old_fields_are_details_of_today(client: anthropic.Anthropic) -> None:
    onboarded = "2026-01-01T00:00:00Z"
    made = client.beta.user_profiles.create(external_id="7", external_user_onboarded_at=onboarded)
    assert made.external_id == "7"
    details = client.user_profiles.retrieve(made.id).external_user_details
    assert details.reference_id == "7"
    assert details.onboarded_at == made.external_user_onboarded_at is not None


@pytest.mark.parametrize(
    ("betas", "body", "told"),
    [
        ("", {"nmae": "x"}, "nmae: Extra inputs are not permitted"),
        ("", {"external_id": "x"}, "external_id: Extra inputs are not permitted"),
        (AUGUST, {"external_user_details": {}}, "external_user_details: Extra inputs are not permitted"),
        (MARCH, {"access_type": "application"}, "access_type: Extra inputs are not permitted"),
        (MARCH, {"external_id": 7}, "external_id: Input should be a valid string"),
        ("", {"name": "x" * 256}, "name: String should have at most 255 characters"),
        ("", {"name": ["x"]}, "name: Input should be a valid string"),
        ("", {"access_type": "x"}, "access_type: Input should be 'application' or 'passthrough'"),
        ("", {"access_type": None}, "access_type: Input should be 'application' or 'passthrough'"),
        ("", {"metadata": []}, "metadata: Input should be an object"),
        ("", {"metadata": {"a": ""}}, "metadata.a: String should have at least 1 character"),
        ("", {"metadata": {"a": "x" * 513}}, "metadata.a: String should have at most 512 characters"),
        (
            "",
            {"metadata": {str(n): "x" for n in range(17)}},
            "metadata: Dictionary should have at most 16 items after validation, not 17",
        ),
        ("", {"external_user_details": 1}, "external_user_details: Input should be an object"),
        ("", {"external_user_details": {"x": 1}}, "external_user_details.x: Extra inputs are not permitted"),
        (
            "",
            {"external_user_details": {"country": "de"}},
            "external_user_details.country: String should match pattern '^[A-Z]{2}$'",
        ),
        (
            "",
            {"external_user_details": {"entity_type": "dog"}},
            "external_user_details.entity_type: Input should be 'individual', 'business', 'non_profit' or 'government'",
        ),
        (
            "",
            {"external_user_details": {"email_hash": ""}},
            "external_user_details.email_hash: String should have at least 1 character",
        ),
        (
            "",
            {"external_user_details": {"onboarded_at": "2026-13-01T00:00:00Z"}},
            "external_user_details.onboarded_at: Input should be a valid datetime",
        ),
        (
            "",
            {"external_user_details": {"onboarded_at": LATER}},
            "external_user_details.onboarded_at: Input should be no more than 1 minute in the future",
        ),
    ],
)
def test_bad_body_is_refused(http: httpx.Client, betas: str, body: dict[str, Any], told: str) -> None:
    http.headers["anthropic-beta"] = betas
    assert error_of(http.post(PATH, json=body), 400)["message"] == told
    assert http.get(PATH).json()["data"] == []


def test_details_cannot_be_cleared(http: httpx.Client) -> None:
    given = {"external_user_details": {"country": None, "name_hash": "x"}}
    made = http.post(PATH, json=given).json()
    told = error_of(http.post(f"{PATH}/{made['id']}", json=given), 400)["message"]
    assert told == "external_user_details.country: Input should be a valid string"
    pairs = {"metadata": {str(number): "x" for number in range(16)}}
    assert http.post(f"{PATH}/{made['id']}", json=pairs).status_code == 200
    told = error_of(http.post(f"{PATH}/{made['id']}", json={"metadata": {"more": "x"}}), 400)["message"]
    assert told.startswith("metadata: Dictionary should have at most 16 items")


@pytest.mark.parametrize("body", [b"", b"{}", b"{broken", b"[]", b"null", b'{"a": 1}'])
def test_any_body_is_answered(http: httpx.Client, body: bytes) -> None:
    assert http.post(PATH, content=body).status_code == (200 if body in (b"", b"{}") else 400)


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_lists_page_to_their_end_in_each_order(client: anthropic.Anthropic, limit: int) -> None:
    names = ["Bob", "alice", None, "Carl", None]
    made = [client.user_profiles.create(name=name).id for name in names]
    by_name = [made[1], made[0], made[3]]
    nameless = [made[4], made[2]]

    def ask(**query: Any) -> list[str]:
        return [each.id for each in client.user_profiles.list(limit=limit, **query)]

    assert ask() == ask(order="desc", order_by="created_at") == made[::-1]
    assert ask(order="asc") == made
    assert ask(order="asc", order_by="name") == by_name + nameless
    assert ask(order_by="name") == by_name[::-1] + nameless
    assert ask(enforcement_status=["unrestricted", "banned"]) == made[::-1]
    assert ask(enforcement_status=["banned"]) == []


def test_list_goes_on_behind_what_was_deleted(client: anthropic.Anthropic) -> None:
    made = [client.user_profiles.create().id for _ in range(4)]
    for order, expected in (("desc", made[1::-1]), ("asc", made[2:])):
        page = client.user_profiles.list(limit=2, order=order)  # type: ignore[arg-type]  # one of two
        gone = client.user_profiles.create().id
        client.user_profiles.delete(gone)
        assert [each.id for each in page.get_next_page().data] == expected
    page = client.user_profiles.list(limit=2)
    client.user_profiles.delete(made[2])
    assert [each.id for each in page.get_next_page().data] == made[1::-1]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_list_by_name_goes_on_behind_what_was_deleted(client: anthropic.Anthropic, order: Any) -> None:
    names = ["b", "É", None, "a", "B", None, "c", "b"]
    for name in names:
        client.user_profiles.create(name=name)
    whole = [each.id for each in client.user_profiles.list(order=order, order_by="name")]
    seen = []
    for each in client.user_profiles.list(order=order, order_by="name", limit=1):
        seen.append(each.id)
        client.user_profiles.delete(each.id)
    assert seen == whole
    assert len(seen) == len(names)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("limit=101", "limit: Input should be less than or equal to 100"),
        ("order=up", "order: Input should be 'asc' or 'desc'"),
        ("order_by=age", "order_by: Input should be 'created_at' or 'name'"),
        ("page=page_1", "page: Invalid page token"),
        (
            "enforcement_status[]=x",
            "enforcement_status.0: Input should be 'unrestricted', 'pending', 'restricted' or 'banned'",
        ),
    ],
)
def test_bad_query_is_refused(http: httpx.Client, query: str, told: str) -> None:
    assert error_of(http.get(f"{PATH}?{query}"), 400)["message"] == told


def test_old_lists_have_no_filter(http: httpx.Client) -> None:
    http.headers["anthropic-beta"] = SEPTEMBER
    told = error_of(http.get(f"{PATH}?enforcement_status[]=banned"), 400)["message"]
    assert told == "enforcement_status: Extra inputs are not permitted"


def test_links_are_made(client: anthropic.Anthropic, http: httpx.Client) -> None:
    made = client.user_profiles.create()
    link = client.user_profiles.action_urls.create(made.id, action={"type": "enroll_end_user"})
    assert (link.type, link.url[:8]) == ("user_profile_action_url", "https://")
    assert client.beta.user_profiles.create_enrollment_url(made.id).type == "enrollment_url"
    path = f"{PATH}/{made.id}"
    assert error_of(http.post(f"{path}/enrollment_url"), 404)["message"] == "Not found"
    for body, told in (
        ({}, "action: Field required"),
        ({"action": {}}, "action.type: Field required"),
        ({"action": 7}, "action: Input should be an object"),
        ({"action": {"type": "x"}}, "action.type: Input should be 'enroll_end_user'"),
    ):
        assert error_of(http.post(f"{path}/action_urls", json=body), 400)["message"] == told
    error_of(http.post(f"{PATH}/uprof_x/action_urls", json={"action": {"type": "enroll_end_user"}}), 404)


def test_scenarios_change_and_fail(server: MockServer, http: httpx.Client) -> None:
    api = server.session("k")
    api.when(endpoint="user_profiles/{id}", method="GET").reply(json={"enforcement_status": "banned"})
    api.when(endpoint="user_profiles", method="POST", body={"$.name": "Bad"}).error("overloaded_error")
    assert http.post(PATH, json={"name": "Bad"}).status_code == 529
    made = http.post(PATH, json={"name": "Good"}).json()
    assert http.get(f"{PATH}/{made['id']}").json() == {**made, "enforcement_status": "banned"}
    assert error_of(http.get(f"{PATH}/{made['id']}/providers/google/data_controls"), 404)["message"].startswith("GET")


def test_id_that_a_script_gives_is_kept(server: MockServer, http: httpx.Client) -> None:
    server.session("k").when(endpoint="user_profiles", method="POST").reply(json={"id": "uprof_own"})
    made = http.post(PATH, json={"name": "Good"}).json()
    assert http.get(f"{PATH}/uprof_own").json() == made


def test_sessions_have_profiles_of_their_own(http: httpx.Client) -> None:
    made = http.post(PATH, json={}).json()
    error_of(http.get(f"{PATH}/{made['id']}", headers={"x-mock-session": "other"}), 404)
