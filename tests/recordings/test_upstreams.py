"""The upstream that options and the environment name, and its key."""

from __future__ import annotations

import pytest

from mockserver.recordings import upstreams
from mockserver.recordings.recorder import Upstream
from mockserver.recordings.upstreams import DEFAULT, check_client, check_loop, make_upstream, show_host

KEY = {"ANTHROPIC_API_KEY": "sk-1"}


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        ("", KEY, Upstream(DEFAULT, (("x-api-key", "sk-1"),))),
        ("", {"ANTHROPIC_AUTH_TOKEN": " t "}, Upstream(DEFAULT, (("authorization", "Bearer t"),))),
        ("", {**KEY, "ANTHROPIC_AUTH_TOKEN": "t"}, Upstream(DEFAULT, (("x-api-key", "sk-1"),))),
        ("", {**KEY, "ANTHROPIC_BASE_URL": "http://gw:80/a/"}, Upstream("http://gw:80/a", (("x-api-key", "sk-1"),))),
        (
            "https://me:pw@gw/x",
            {**KEY, "ANTHROPIC_BASE_URL": "http://other"},
            Upstream("https://me:pw@gw/x", (("x-api-key", "sk-1"),)),
        ),
    ],
)
def test_option_comes_before_the_environment(url: str, environ: dict[str, str], expected: Upstream) -> None:
    assert make_upstream(url, environ) == expected


def test_own_keys_of_clients_need_none() -> None:
    assert make_upstream("", {}, forward_auth=True) == Upstream(DEFAULT, forwards_auth=True)
    assert make_upstream("", KEY, forward_auth=True).headers == ()


def test_missing_key_is_told() -> None:
    with pytest.raises(ValueError, match=r"key for the upstream gw:81: set ANTHROPIC_API_KEY .* in the environment$"):
        make_upstream("http://me:secret@gw:81", {"ANTHROPIC_API_KEY": " "})


@pytest.mark.parametrize(
    "url",
    [
        "api.anthropic.com",
        "ftp://x",
        "http://",
        "http://x?a=b",
        "http://x#a",
        "http://x y",
        "http://x:port",
        "http://[x",
    ],
)
def test_no_base_url_is_told(url: str) -> None:
    with pytest.raises(ValueError, match="--upstream: expected a base URL such as"):
        make_upstream(url, KEY)
    with pytest.raises(ValueError, match="ANTHROPIC_BASE_URL: expected a base URL"):
        make_upstream("", {**KEY, "ANTHROPIC_BASE_URL": url})


def test_version_in_the_url_is_told() -> None:
    with pytest.raises(ValueError, match="ends with /v1, which clients add"):
        make_upstream("https://gw/v1/", KEY)


def test_key_that_no_header_may_hold_is_told() -> None:
    with pytest.raises(ValueError, match="ANTHROPIC_API_KEY: expected a key of printable ASCII") as raised:
        make_upstream("", {"ANTHROPIC_API_KEY": "sk-1\r\nx: y"})
    assert "sk-1" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://me:pw@Gw.example/x", "gw.example"), ("http://gw:81", "gw:81"), ("http://[::1]:8", "[::1]:8")],
)
def test_host_is_shown_without_secrets(url: str, host: str) -> None:
    assert show_host(url) == host


@pytest.mark.parametrize(
    ("url", "host", "port", "is_loop"),
    [
        ("http://localhost:8000", "127.0.0.1", 8000, True),
        ("http://127.0.0.1:8000/x", "0.0.0.0", 8000, True),  # noqa: S104
        ("http://[::1]:8000", "127.0.0.1", 8000, True),
        ("http://mock.localhost", "::1", 80, True),
        ("https://mock.example", "mock.example", 443, True),
        ("http://127.0.0.1:8001", "127.0.0.1", 8000, False),
        ("https://api.anthropic.com", "127.0.0.1", 443, False),
    ],
)
def test_loops_are_found(url: str, host: str, port: int, is_loop: bool) -> None:
    found = ""
    try:
        check_loop(Upstream(url), host, port)
    except ValueError as error:
        found = str(error)
    assert bool(found) == is_loop
    assert not found or "is this mock server itself" in found


def test_missing_client_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    check_client()
    monkeypatch.setattr(upstreams, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"pip install 'messages-mockserver\[record\]'"):
        check_client()
