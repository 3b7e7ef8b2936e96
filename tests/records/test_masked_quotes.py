"""Secrets in texts that are quoted in others: behind escaped quotes, at the names inside a harmless value, in keys."""

from __future__ import annotations

import json

import pytest

from mockserver.records.masks import is_secret_field, mask_text

SECRET = "Zq7hunterWx9Kp2m001"
FORMS = [
    *('password: "@"', 'api_key = "@"', 'export API_KEY="@"', '("x-api-key", "@")', '--password "@"'),
    *('client(api_key="@")', '{"password": "@"}', "password='@'", 'say "password: @" now', '"password=@"'),
    *('x {"a": "{\\"password\\": \\"@\\"}"}', "<password>@</password>", '<apiKey value="@"/>', '{"token": ["@"]} x'),
    *("config: api_key=@", "env: API_KEY=@", "environment:API_KEY=@", "args: --api-key=@", "run --set api_key=@"),
    *("run --env API_KEY=@", "docker run --env=API_KEY=@ x", "--set=api_key=@", "curl --header=x-api-key:@"),
    *('note="api_key=@"', "note='password: @'", 'log {"cmd": "export API_KEY=@"}', 'log {"args": ["--api-key", "@"]}'),
    *("log {\"msg\": \"user={'password': '@'}\"}", "log {'body': '{\"token\": \"@\"}'}", "x {'x-api-key': ['@']}"),
    *('INFO {"body": "{\\"api_key\\": \\"@\\"}"}', 'log {"body": "{\\"token\\": \\"@\\"}", "x": 1}'),
    *("h?next=https%3A%2F%2Fx%3Fapi_key%3D@", "h?next=https://x?api_key=@", "my.api.key=@", "--access.key=@"),
    *("- name: API_KEY\n  value: @", "spring.datasource.password: @", "password: @: wrong", "GET /token/@: wrong"),
    *("metadata.password: @: Extra inputs", "metadata.--api-key @: Extra inputs", "metadata.-Dpassword=@: Extra"),
    *("$env:API_KEY = '@'", 'password := "@"', "X-Auth-Token=@", "{'body': \"{'token': '@'}\"}"),
    *("password:\t@", 'password=>"@"', "{b'x-api-key': b'@'}", '<add key="ApiKey" value="@"/>'),
    '<input type="hidden" name="csrf_token" value="@">',
]


@pytest.mark.parametrize("form", FORMS)
def test_secrets_are_masked_however_often_they_are_quoted(form: str) -> None:
    text = form.replace("@", SECRET)
    for _ in range(3):
        assert SECRET not in mask_text(text)
        assert SECRET not in mask_text(f"user: expected zzz, got {text}")
        text = json.dumps(text)


@pytest.mark.parametrize(
    "text",
    [
        *("sk-learn-estimators-2024-guide", "basic english2", "set max_tokens: 4096", "first_token: 12345678"),
        *("tests pass: 12345678", "unit tests pass: 12345678, 3 fail", 'author: smith12345678, "token_count": 1234567'),
        *("token: invalid_request_error: wrong", "pass --limit 12345678", "name: key value: 12345678", "a.key: value"),
    ],
)
def test_ordinary_texts_stay(text: str) -> None:
    assert mask_text(text) == text


NAMES = ["jwtValue", "bearer_value", "auth_hash", "passValue", "ssh_key_base64", "cookie_hash", "client_key_value"]


@pytest.mark.parametrize("name", NAMES)
def test_every_last_word_may_be_told_more_closely(name: str) -> None:
    assert is_secret_field(name)


@pytest.mark.parametrize("unit", ["?a=", "a=", "a: ", '"a": "', "'a': \"", '\\"a\\": \\"', "--a ", "<a ", "AB=", "/a/"])
@pytest.mark.parametrize("hint", ["", "token", "token_count"])
def test_names_in_values_take_time_in_proportion(unit: str, hint: str) -> None:
    for name in ("a", "A"):
        text = unit.replace(name, hint or name) * 30_000
        assert mask_text(f"{text}token password: key value=(") is not None
