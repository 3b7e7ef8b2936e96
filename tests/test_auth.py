"""Keys, versions, betas and charsets, as each profile takes them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

import pytest

from mockserver.auth import api_version, authenticate, charset
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.settings import Settings
from mockserver.reference import schemas
from mockserver.reference.betas import UNLISTED_BETAS

RELAY = Settings()
RELAY_WITH_KEYS = Settings(api_keys=("sk-one", "sk-two"))
ANTHROPIC = Settings(profile="anthropic")
ANTHROPIC_WITH_KEYS = Settings(profile="anthropic", api_keys=("sk-one", "sk-two"))

VERSION = {"anthropic-version": "2023-06-01"}
KEY = {"x-api-key": "sk-one"}
BOTH = {**VERSION, **KEY}
UNKNOWN_VERSION = 'anthropic-version: "{}" is not a valid version'
BETA_TEXT = (
    "Unexpected value(s) {} for the `anthropic-beta` header. "
    "Please consult our documentation at platform.claude.com/docs or try again without the header."
)


def refusal(headers: Mapping[str, str], settings: Settings) -> Finding | None:
    try:
        authenticate(Call("POST", "/v1/messages", headers), settings)
    except ApiError as error:
        return error.finding
    return None


@pytest.mark.parametrize(
    ("headers", "settings"),
    [
        ({}, RELAY),
        ({"authorization": "sk-any"}, RELAY),
        ({"anthropic-version": "1999-01-01", "anthropic-beta": "no-such-beta"}, RELAY),
        ({"x-api-key": "sk-one"}, RELAY_WITH_KEYS),
        ({"authorization": "Bearer sk-two"}, RELAY_WITH_KEYS),
        ({"authorization": "sk-two"}, RELAY_WITH_KEYS),
        (BOTH, ANTHROPIC),
        ({**VERSION, "authorization": "Bearer anything"}, ANTHROPIC),
        ({**VERSION, "authorization": "anything"}, ANTHROPIC),
        ({**KEY, "anthropic-version": "2026-10-21"}, ANTHROPIC),
        (BOTH, ANTHROPIC_WITH_KEYS),
        # Of two keys x-api-key counts (seen live, 2026-10 and 2026-11).
        ({**BOTH, "authorization": "Bearer sk-three"}, ANTHROPIC_WITH_KEYS),
        ({**KEY, "authorization": "sk-three"}, RELAY_WITH_KEYS),
        ({**VERSION, "x-api-key": "", "authorization": "Bearer sk-two"}, ANTHROPIC_WITH_KEYS),
        ({**BOTH, "anthropic-beta": ""}, ANTHROPIC),
        ({**BOTH, "content-type": "application/json; charset=ISO-8859-1"}, ANTHROPIC),
        ({**BOTH, "content-type": 'application/json; charset="utf-8"'}, ANTHROPIC),
    ],
)
def test_call_is_let_in(headers: Mapping[str, str], settings: Settings) -> None:
    assert refusal(headers, settings) is None


@pytest.mark.parametrize(
    ("headers", "settings", "status", "text"),
    [
        ({}, RELAY_WITH_KEYS, 401, "x-api-key header is required"),
        ({"x-api-key": ""}, RELAY_WITH_KEYS, 401, "x-api-key header is required"),
        ({"authorization": "Bearer "}, RELAY_WITH_KEYS, 401, "x-api-key header is required"),
        ({"x-api-key": "sk-three"}, RELAY_WITH_KEYS, 401, "API key is invalid."),
        ({"authorization": "Bearer sk-three"}, RELAY_WITH_KEYS, 401, "API key is invalid."),
        ({"authorization": "clé"}, RELAY_WITH_KEYS, 401, "API key is invalid."),
        ({"x-api-key": "sk-three", "authorization": "Bearer sk-one"}, RELAY_WITH_KEYS, 401, "API key is invalid."),
        (
            {**VERSION, "x-api-key": "sk-three", "authorization": "sk-one"},
            ANTHROPIC_WITH_KEYS,
            401,
            "API key is invalid.",
        ),
        (VERSION, ANTHROPIC, 401, "x-api-key header is required"),
        # Reported 2026-01 and 2026-07.
        *(
            (
                {**KEY, "anthropic-version": value},
                ANTHROPIC,
                400,
                f'anthropic-version: "{value}" is not a valid version',
            )
            for value in ("2023-10-01", "2026-10-22", "latest", "2026-10-21, 2023-06-01")
        ),
        ({**VERSION, "x-api-key": "sk-one, sk-two"}, ANTHROPIC, 401, "API key is invalid."),
        ({**VERSION, "x-api-key": "bad"}, ANTHROPIC_WITH_KEYS, 401, "API key is invalid."),
        (KEY, ANTHROPIC, 400, "anthropic-version: header is required"),
        (
            {**KEY, "anthropic-version": "2023-06-01, 2023-06-01"},
            ANTHROPIC,
            400,
            'anthropic-version: "2023-06-01, 2023-06-01" is not a valid version',
        ),
        ({**BOTH, "anthropic-beta": "no-such-beta"}, ANTHROPIC, 400, BETA_TEXT.format("`no-such-beta`")),
        ({**BOTH, "anthropic-beta": "b, a,b"}, ANTHROPIC, 400, BETA_TEXT.format("`b`, `a`")),
    ],
)
def test_call_is_turned_away(headers: Mapping[str, str], settings: Settings, status: int, text: str) -> None:
    finding = refusal(headers, settings)
    assert finding
    assert (finding.status, finding.message) == (status, text)
    assert finding.path in ("x-api-key", "anthropic-version", "anthropic-beta")


def test_key_is_checked_before_version() -> None:
    finding = refusal({}, ANTHROPIC)
    assert finding
    assert finding.type == "authentication_error"


def test_every_known_beta_is_let_in() -> None:
    headers = {**BOTH, "anthropic-beta": ",".join(sorted(schemas.known_betas()))}
    assert schemas.known_betas()
    assert refusal(headers, ANTHROPIC) is None


def test_betas_of_the_user_are_let_in() -> None:
    mine = Settings(profile="anthropic", accepted_betas=("mine-2027-01-01", "no-such-beta"))
    headers = {**BOTH, "anthropic-beta": "mine-2027-01-01,no-such-beta"}
    assert refusal(headers, mine) is None
    finding = refusal({**headers, "anthropic-beta": "mine-2027-01-01,other"}, mine)
    assert finding
    assert finding.message == BETA_TEXT.format("`other`")
    assert refusal(headers, ANTHROPIC)


def test_each_beta_that_the_sdk_does_not_list_has_its_source() -> None:
    listed = {*json.loads((schemas.folder() / "betas.json").read_text())["enum"]}
    assert not listed & UNLISTED_BETAS.keys()
    for name, source in UNLISTED_BETAS.items():
        assert re.fullmatch(r"[a-z0-9-]+-20\d\d-?\d\d-?\d\d", name)
        assert re.match("(recorded|captured: |sent: |documented)", source)


@pytest.mark.parametrize("settings", [RELAY, ANTHROPIC])
def test_other_charset_has_its_code(settings: Settings) -> None:
    finding = refusal({**BOTH, "content-type": "application/json; charset=utf-16"}, settings)
    assert finding
    assert finding.details == {"error_code": "unsupported_charset"}
    assert finding.status == 400


def test_no_key_is_ever_repeated() -> None:
    finding = refusal({**VERSION, "x-api-key": "sk-secret"}, ANTHROPIC_WITH_KEYS)
    assert finding
    assert "sk-secret" not in str(finding)


def test_long_header_values_are_shortened() -> None:
    for name in ("anthropic-version", "anthropic-beta", "content-type"):
        value = "application/json; charset=" * (name == "content-type") + "x" * 5000
        finding = refusal({**BOTH, name: value}, ANTHROPIC)
        assert finding
        assert len(finding.message) < 300


def test_what_looks_like_a_key_is_not_repeated() -> None:
    for name in ("anthropic-version", "anthropic-beta", "content-type"):
        value = "application/json; charset=" * (name == "content-type") + f"sk-ant-api03-{'x' * 90}wxyz"
        finding = refusal({**BOTH, name: value}, ANTHROPIC)
        assert finding
        assert "sk-ant-…wxyz" in finding.message
        assert "x" * 5 not in finding.message


@pytest.mark.parametrize(
    ("given", "expected"),
    [(None, "2023-06-01"), ("2023-06-01", "2023-06-01"), ("2026-10-21", "2026-10-21"), ("2030-01-01", "2023-06-01")],
)
def test_relay_has_a_version_for_all(given: str | None, expected: str) -> None:
    headers = {"anthropic-version": given} if given else {}
    assert api_version(Call("POST", "/", headers), RELAY) == expected


def test_anthropic_has_no_version_for_strangers() -> None:
    with pytest.raises(ApiError, match="is not a valid version"):
        api_version(Call("POST", "/", {"anthropic-version": "2030-01-01"}), ANTHROPIC)


def test_the_first_version_is_still_one() -> None:
    assert api_version(Call("POST", "/", {"anthropic-version": "2023-01-01"}), ANTHROPIC) == "2023-06-01"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "utf-8"),
        ("application/json", "utf-8"),
        ("application/json;charset=us-ascii", "utf-8"),
        ("application/json; CHARSET=Latin1", "iso-8859-1"),
    ],
)
def test_charset_is_read(given: str, expected: str) -> None:
    assert charset(Call("POST", "/", {"content-type": given})) == expected


def test_session_is_that_of_the_key_that_counts() -> None:
    assert Call("POST", "/v1/messages", {**KEY, "authorization": "Bearer sk-two"}).session == "sk-one"


@pytest.mark.parametrize("headers", [{}, {"anthropic-version": "1999-01-01"}])
def test_chat_wire_names_no_version(headers: Mapping[str, str]) -> None:
    call = Call("POST", "/v1/chat/completions", {**KEY, **headers})
    authenticate(call, ANTHROPIC, "chat")
    with pytest.raises(ApiError, match="anthropic-version"):
        authenticate(call, ANTHROPIC, "messages")
