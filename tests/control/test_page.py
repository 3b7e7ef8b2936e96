"""The page of the inspector as it is served: to whom, with which headers, and never an old one."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockserver.control import page
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery
from tests.control.desk import Desk

LOCAL = "localhost:8000"
ADDRESSES = ("/_mock/", *(f"/_mock/inspector/{name}" for name in page.list_files()))


def ask(address: str, method: str = "GET", query: str = "", desk: Desk | None = None, **headers: str) -> Delivery:
    named = {"host": LOCAL, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return (desk or Desk()).control.handle(Call(method, address, named, query=query))[0]


def read(delivery: Delivery) -> bytes:
    return b"".join(piece.data for piece in delivery.pieces)


@pytest.mark.parametrize("address", ADDRESSES)
def test_page_and_its_files_are_shown(address: str) -> None:
    shown, head = ask(address), ask(address, "HEAD")
    headers = dict(shown.headers)
    assert (shown.status, head.status, read(head)) == (200, 200, b"")
    assert int(headers["content-length"]) == len(read(shown)) > 0
    assert dict(head.headers)["content-length"] == headers["content-length"]
    assert len(headers) == len(shown.headers), "each header once"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_policy_of_the_page_lets_nothing_in() -> None:
    first, second = ask("/_mock/"), ask("/_mock/")
    policy = dict(first.headers)["content-security-policy"]
    nonces = re.findall("'nonce-([^']+)'", policy)
    assert (len(nonces), read(first).count(nonces[0].encode())) == (1, 1)
    assert read(first) != read(second), "a nonce is used once"
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["script-src"] == rules["connect-src"] == "'self'"
    assert (rules["require-trusted-types-for"], rules["trusted-types"]) == ("'script'", "'none'")
    assert "unsafe" not in policy


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_is_an_old_one(address: str) -> None:
    """A browser asks each time, and is not sent again what it has."""
    headers = dict(ask(address).headers)
    if address == "/_mock/":
        assert (headers["cache-control"], "etag" in headers) == ("no-store", False)
        return
    assert headers["cache-control"] == "no-cache"
    tag = headers["etag"]
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = ask(address, if_none_match=condition)
        assert (again.status, read(again)) == (304, b"")
        assert dict(again.headers)["etag"] == tag
        assert "content-length" not in dict(again.headers)
    assert ask(address, if_none_match='"other"').status == 200


def test_tag_tells_one_content_from_another() -> None:
    tags = {dict(ask(address).headers)["etag"] for address in ADDRESSES[1:]}
    assert len(tags) == len(ADDRESSES) - 1


@pytest.mark.parametrize("name", ["nothing.js", "..%2fpage.py", "../page.py", "index.html", "build.json", "", "a/b.js"])
def test_nothing_else_is_a_file_of_the_page(name: str) -> None:
    assert ask(f"/_mock/inspector/{name}").status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("address", ["/_mock", *ADDRESSES[:2]])
def test_page_can_only_be_looked_at(address: str, method: str) -> None:
    assert ask(address, method).status == 405


@pytest.mark.parametrize("address", ADDRESSES)
def test_page_asks_for_the_token_and_needs_none(address: str) -> None:
    desk = Desk(control_token="key-of-the-desk")
    for method in ("GET", "HEAD"):
        assert ask(address, method, desk=desk, host="10.0.0.1:8000").status == 200
    assert ask(address, "POST", desk=desk).status == 401
    assert b"key-of-the-desk" not in read(ask(address, query="token=key-of-the-desk", desk=desk))


@pytest.mark.parametrize("address", ["/_mock", *ADDRESSES])
@pytest.mark.parametrize(
    ("changes", "headers"),
    [
        ({}, {"host": "evil.example"}),
        ({}, {"origin": "https://evil.example"}),
        ({"control_token": "key-of-the-desk"}, {"origin": "https://evil.example"}),
        ({"control_token": "key-of-the-desk"}, {"origin": "https://evil.example", "x_mock_token": "key-of-the-desk"}),
    ],
)
def test_page_is_closed_to_strangers(address: str, changes: dict[str, Any], headers: dict[str, str]) -> None:
    assert ask(address, desk=Desk(**changes), **headers).status == 403


@pytest.mark.parametrize(
    ("path", "query", "location"),
    [
        ("/_mock", "", "_mock/"),
        ("/_mock", "token=a%20b&x=1", "_mock/?token=a%20b&x=1"),
        ("/mounted/_mock", "", "_mock/"),
        ("/_mock", "x=\r\nset-cookie: a", "_mock/?x=%0D%0Aset-cookie:%20a"),
    ],
)
def test_page_without_its_slash_is_found(path: str, query: str, location: str) -> None:
    """Its files are beside it."""
    got = ask(path, query=query)
    assert (got.status, dict(got.headers)["location"], read(got)) == (307, location, b"")
    assert ask(path, "HEAD", query).status == 307


def test_name_of_a_scenario_may_end_as_the_page_does() -> None:
    assert ask("/_mock/scenarios/a/_mock", "DELETE", "session=s").status == 404
