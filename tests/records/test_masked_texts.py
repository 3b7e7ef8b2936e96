"""Secrets in texts, in the forms that people and programs write them, are masked; long texts as fast as short ones."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mockserver.records.call import Call
from mockserver.records.masks import HIDDEN, Scrubber, is_secret, is_secret_field, mask_headers, mask_text
from mockserver.records.masks import names as mask_names
from mockserver.records.masks.searching import PIECE, has_secret_name

SECRET = "a1b2c3d4e5f6g7h8"
FORMS = [
    *("SENDGRID_API_KEY: SG.@.@", "token: hvs.@", "git_token=@.x", "password: @.@", "--api-key @.@ -v"),
    *("password: Pa$@", "--password 'a$@'", "API_KEY=@$@", "password: 'a({<@'", "password: `@`", "token: @<br>"),
    *("aws_session_token = " + "@" * 50, "--token " + "@" * 50, "password: " + "@" * 50 + "("),
    *("//registry.npmjs.org/:_authToken=@", "_token=@", "-DPASSWORD=@", "java -Ddb.password=@ x", "run -password=@"),
    *(r'Use {"password": "abcdefgh\"@"}', r'Use {"password": "ab\"@"}', r'Use "{\"token\": \"abcdefgh\\\"@\"}"'),
    '--b\r\nContent-Disposition: form-data; name="api_key"\r\nContent-Type: text/plain\r\n\r\n@\r\n',
    'Content-Disposition: form-data; name="token"; filename="a"\r\n\r\n@\r\n',
    *('<password type="x">@</password>', "<password>\n  @\n</password>", "<password><![CDATA[@]]></password>"),
    *('x [{"name":"x-api-key","value":"@"}]', "x [{'Name': 'x-api-key', 'Value': '@'}]"),
    *('x [{"value":"@","name":"x-api-key"}]', r'"x [{\"name\":\"x-api-key\",\"value\":\"@\"}]'),
    *("https://x/auth/@/", "-----BEGIN PRIVATE KEY-----\n" + "@" * 4 + "\n" + "@" * 4),
]


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_secrets_in_texts_are_masked(form: str) -> None:
    shown = mask_text(form.replace("@", SECRET))
    assert SECRET not in shown
    assert mask_text(shown) == shown


@pytest.mark.parametrize("form", FORMS)
def test_secret_is_masked_where_two_pieces_of_a_long_text_meet(form: str) -> None:
    text = form.replace("@", SECRET)
    for shift in {0, 1, len(text) // 2, len(text) - 9}:
        long = " word" * ((PIECE - shift) // 5) + " " + text + " word" * (PIECE // 5)
        assert SECRET not in mask_text(long)


@pytest.mark.parametrize(
    "text",
    [
        "bearer authentication1, bearer tokens",
        "The file begins with -----BEGIN RSA PRIVATE KEY----- and then there are some words.",
        "token = response.access_token2.value(x); password=request.form.get('x1'); api_key = settings.KEY_1",
        "password: see example.com/page1, token: v1.2.3, password: `string`, token: auth.service1.example.com",
        "The author says: " + "the key of it all; " * 5000,
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize("name", ["x-secretary", "x-routing-key", "x-signature-version", "x-partition-key"])
def test_ordinary_headers_stay(name: str) -> None:
    assert mask_headers({name: "value"}) == {name: "value"}


FIELDS = ["pass", "DB_PASS", "jwt", "bearer", "sshKey", "access_keys", "authHeader", "client_key", "hmac_key"]


@pytest.mark.parametrize("name", FIELDS)
def test_further_fields_are_secret(name: str) -> None:
    assert scrub({"a": {name: "x"}}) == {"a": {name: HIDDEN}}


def scrub(body: Any, **headers: str) -> Any:
    return json.loads(Scrubber(Call("POST", "/", headers, json.dumps(body).encode())).body())


def test_name_and_value_may_be_written_in_any_case() -> None:
    assert scrub([{"Name": "x-api-key", "Value": "x"}]) == [{"Name": "x-api-key", "Value": HIDDEN}]
    assert scrub([{"VALUE": "x", "Key": "token"}]) == [{"VALUE": HIDDEN, "Key": "token"}]


def test_names_that_a_schema_requires_are_no_secrets() -> None:
    schema = {"dependentRequired": {"password": ["auth"]}, "dependencies": {"token": ["x"]}}
    assert scrub({"tools": [{"input_schema": schema}]}) == {"tools": [{"input_schema": schema}]}
    assert scrub({"dependencies": {"token": "x"}}) == {"dependencies": {"token": HIDDEN}}


@pytest.mark.parametrize(
    "header", [f'Digest username="a", response="{SECRET}"', f'Foo a="{SECRET}"', f"AWS4-HMAC-SHA256 Signature={SECRET}"]
)
def test_parameters_of_a_scheme_are_masked_elsewhere(header: str) -> None:
    assert scrub({"a": f"It is {SECRET}."}, authorization=header) == {"a": "It is …g7h8."}


def test_public_parameters_of_a_scheme_stay_elsewhere() -> None:
    assert scrub({"a": "/v1/messages/and/more"}, authorization='Digest uri="/v1/messages/and/more"') == {
        "a": "/v1/messages/and/more"
    }


def test_user_in_a_host_is_hidden() -> None:
    assert mask_headers({"host": f"me:{SECRET}@evil"}) == {"host": "***@evil"}


def test_no_long_name_is_held() -> None:
    long = "x" * 100_000 + "_token"
    assert is_secret(long)
    assert is_secret_field(long)
    mask_names._is_secret.cache_clear()
    is_secret_field(long)
    is_secret_field("y" * 100_000 + long[-150:])
    is_secret_field("y" * 100_000 + long[-250:])
    assert mask_names._is_secret.cache_info().currsize == 2, "of the last two the same end is held as of the first"


def test_long_text_is_searched_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """No single search holds up the other threads for long."""
    from mockserver.records.masks import searching

    sizes: list[int] = []

    class Spy:
        def __init__(self, pattern: re.Pattern[str]) -> None:
            self._pattern = pattern

        def search(self, text: str, start: int, end: int) -> re.Match[str] | None:
            sizes.append(end - start)
            return self._pattern.search(text, start, end)

        def match(self, text: str, start: int) -> re.Match[str] | None:
            return self._pattern.match(text, start)

    compiled = searching._compile
    monkeypatch.setattr(searching, "_compile", lambda pattern: Spy(compiled(pattern)))
    text = "the api key: a word, 'token' of author=x. " * 10_000
    assert mask_text(text) == text
    assert len(sizes) > 20
    assert max(sizes) < 2 * PIECE


@pytest.mark.parametrize("unit", ["password=a(", "token=aaaaaaaaaa{", "-----BEGIN PRIVATE KEY-----", '"name":"token",'])
@pytest.mark.parametrize("unit_end", ["", "x" * 400])
def test_new_rules_take_time_in_proportion(unit: str, unit_end: str) -> None:
    assert mask_text((unit + unit_end) * 2000) is not None
    assert mask_text(unit * 20_000) is not None


def test_ordinary_request_needs_no_search_for_names() -> None:
    ordinary = '{"model": "m", "max_tokens": 9, "messages": [{"content": "The key of the author"}]}'
    assert not has_secret_name(ordinary)
    assert has_secret_name(ordinary.replace("model", "api_key"))
    assert has_secret_name(ordinary + " " * PIECE + '"to\\u006ben": 1')


@pytest.mark.parametrize("scheme", ["", "Token ", "Bearer ", "Basic "])
def test_header_in_a_text_is_masked_whatever_its_scheme(scheme: str) -> None:
    assert "abcdefgh12345678" not in mask_text(f"curl -H 'Authorization: {scheme}abcdefgh12345678' x")


@pytest.mark.parametrize("end", ["", "<"])
@pytest.mark.parametrize(
    "unit", ["cookie:", "/token/", "password=a ", "://a@", "--key ", '{"token":', "['a', ", "%41", "<a>"]
)
def test_masking_takes_time_in_proportion(unit: str, end: str) -> None:
    """With the square of the length this would take minutes, and the test its time limit."""
    assert mask_text(unit * 20_000 + end) is not None
