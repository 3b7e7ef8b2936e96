"""Lists of files in their three shapes, paged through while files come and go."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer
from tests.strict import error_of

OLD = {"anthropic-beta": "files-api-2025-04-14"}
AGENTS = {"anthropic-beta": "managed-agents-2026-04-01"}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}
    transport = MockServer(profile="anthropic", api_keys=("k",)).transport
    with httpx.Client(transport=transport, base_url="http://mock", headers=headers) as found:
        yield found


def upload(client: httpx.Client, count: int) -> list[str]:
    """The ids of new files, latest first."""
    ids = [client.post("/v1/files", files={"file": (f"{n}.txt", b"x")}).json()["id"] for n in range(count)]
    return ids[::-1]


def ask(client: httpx.Client, query: str = "", headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = client.get(f"/v1/files?{query}", headers=headers or {}).raise_for_status()
    shown: dict[str, Any] = answer.json()
    return shown


def ids_of(page: dict[str, Any]) -> list[str]:
    return [each["id"] for each in page["data"]]


def test_list_goes_from_page_to_page(client: httpx.Client) -> None:
    ids = upload(client, 5)
    first = ask(client, "limit=2")
    assert (ids_of(first), list(first)) == (ids[:2], ["data", "next_page"])
    assert first["next_page"].startswith("page_")
    second = ask(client, f"limit=2&page={first['next_page']}")
    third = ask(client, f"limit=2&page={second['next_page']}")
    assert (ids_of(second), ids_of(third), third["next_page"]) == (ids[2:4], ids[4:], None)


def test_list_has_twenty_files_by_default(client: httpx.Client) -> None:
    ids = upload(client, 21)
    assert ids_of(ask(client)) == ids[:20]
    assert ids_of(ask(client, headers=OLD)) == ids[:20]
    assert ask(client, "limit=21")["next_page"] is None


def test_pages_hold_each_file_once_while_files_come_and_go(client: httpx.Client) -> None:
    ids, seen, query = upload(client, 6), list[str](), "limit=2"
    while True:
        page = ask(client, query)
        seen += ids_of(page)
        if page["next_page"] is None:
            break
        query = f"limit=2&page={page['next_page']}"
        upload(client, 1)
        client.delete(f"/v1/files/{page['data'][-1]['id']}")
    assert seen == ids


def test_beta_pages_by_ids_in_both_directions(client: httpx.Client) -> None:
    ids = upload(client, 5)
    page = ask(client, "limit=2", OLD)
    assert page["data"][0].keys() == {"type", "id", "size_bytes", "created_at", "filename", "mime_type", "downloadable"}
    del page["data"]
    assert page == {"has_more": True, "first_id": ids[0], "last_id": ids[1]}
    cases: dict[str, tuple[list[str], bool]] = {
        f"limit=2&after_id={ids[1]}": (ids[2:4], True),
        f"limit=2&after_id={ids[2]}": (ids[3:], False),
        f"limit=2&before_id={ids[4]}": (ids[2:4], True),
        f"limit=2&before_id={ids[2]}": (ids[:2], False),
        f"limit=9&before_id={ids[2]}": (ids[:2], False),
        f"before_id={ids[0]}": ([], False),
        "after_id=file_unknown": ([], False),
    }
    for query, (expected, more) in cases.items():
        page = ask(client, query, OLD)
        assert (ids_of(page), page["has_more"]) == (expected, more), query
        assert page["first_id"] == (expected[0] if expected else None)


def test_beta_goes_on_behind_a_deleted_file(client: httpx.Client) -> None:
    ids = upload(client, 4)
    client.delete(f"/v1/files/{ids[1]}")
    assert ids_of(ask(client, f"after_id={ids[1]}", OLD)) == ids[2:]
    assert ids_of(ask(client, f"before_id={ids[1]}", OLD)) == ids[:1]


def test_files_that_are_gone_take_no_room_in_a_page(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(count: int) -> None:
        for _ in range(count):
            client.post("/v1/files", files={"file": ("a", b"x")}, data={"expires_in_seconds": "3600"})

    (first,) = upload(client, 1)
    leave(5)
    (middle,) = upload(client, 1)
    leave(5)
    (last,) = upload(client, 1)
    later = time.time() + 31 * 86_400.0
    monkeypatch.setattr(time, "time", lambda: later)
    page = ask(client, "limit=2")
    assert ids_of(page) == [last, middle]
    assert ids_of(ask(client, f"limit=2&page={page['next_page']}")) == [first]
    assert ask(client, "limit=3")["next_page"] is None
    for query, expected in ((f"after_id={last}", [middle]), (f"before_id={first}", [middle]), ("", [last])):
        page = ask(client, f"limit=1&{query}", OLD)
        assert (ids_of(page), page["has_more"]) == (expected, True)


def test_agents_get_the_keys_of_both_shapes(client: httpx.Client) -> None:
    ids = upload(client, 3)
    page = ask(client, "limit=2", AGENTS)
    assert set(page) == {"data", "has_more", "first_id", "last_id", "next_page"}
    assert "expires_at" in page["data"][0]
    assert ids_of(ask(client, f"limit=2&page={page['next_page']}", AGENTS)) == ids[2:]
    after = ask(client, f"after_id={ids[0]}&limit=1", AGENTS)
    assert (ids_of(after), after["has_more"], after["next_page"]) == (ids[1:2], True, None)
    both = ask(client, "limit=2", {"anthropic-beta": f"{OLD['anthropic-beta']},{AGENTS['anthropic-beta']}"})
    assert "next_page" not in both


def test_ids_restrict_the_list(client: httpx.Client) -> None:
    ids = upload(client, 4)
    client.delete(f"/v1/files/{ids[3]}")
    query = "&".join(f"ids[]={each}" for each in (ids[2], "file_unknown", ids[0], ids[3], ids[2]))
    page = ask(client, query)
    assert (ids_of(page), page["next_page"]) == ([ids[0], ids[2]], None)
    assert ids_of(ask(client, f"ids={ids[1]},{ids[0]}")) == ids[:2]
    assert ask(client, f"ids[]={ids[0]}", AGENTS)["first_id"] == ids[0]


@pytest.mark.parametrize("headers", [{}, OLD, AGENTS], ids=["none", "files", "agents"])
def test_other_scope_has_no_files(client: httpx.Client, headers: dict[str, str]) -> None:
    upload(client, 1)
    assert ask(client, "scope_id=sesn_1", headers)["data"] == []


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=0", "limit: Input should be greater than or equal to 1"),
        ("limit=1001", "limit: Input should be less than or equal to 1000"),
        ("limit=ten", "limit: Input should be a valid integer, unable to parse string as an integer"),
        ("page=2", "page: Invalid page token"),
        ("page=page_", "page: Invalid page token"),
        ("page=page_%C3%A4", "page: Invalid page token"),
        ("page=page_c2tpbGw6NA", "page: Invalid page token"),  # of another list
        ("before_id=file_1", "before_id: Extra inputs are not permitted"),
        ("after_id=file_1", "after_id: Extra inputs are not permitted"),
        ("ids[]=file_1&limit=3", "ids: Cannot be combined with page or limit"),
        ("ids[]=file_1&page=page_1", "ids: Cannot be combined with page or limit"),
        (
            "&".join(f"ids[]=f{n}" for n in range(101)),
            "ids: List should have at most 100 items after validation, not 101",
        ),
    ],
)
def test_wrong_parameter_is_refused(client: httpx.Client, query: str, message: str) -> None:
    assert error_of(client.get(f"/v1/files?{query}"), 400)["message"] == message


def test_scenario_lists_files_of_its_own() -> None:
    server = MockServer()
    api = server.session("k")
    with httpx.Client(transport=server.transport, base_url="http://mock", headers={"x-api-key": "k"}) as client:
        (known,) = upload(client, 1)
        api.when(endpoint="files", method="GET").reply(json={"data": [{"id": known}, {"id": "f2", "filename": "b"}]})
        page = ask(client)
        assert [(each["id"], each["filename"]) for each in page["data"]] == [(known, "0.txt"), ("f2", "b")]
        assert page["next_page"] is None
