"""Secrets are masked wherever they may be shown: by the names they stand at, and by what they look like."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mockserver
from mockserver.records.call import Call
from mockserver.records.masks import (
    HIDDEN,
    Scrubber,
    conceal,
    is_secret,
    is_secret_field,
    label,
    mask,
    mask_headers,
    mask_query,
    mask_strings,
    mask_text,
    show_session,
)
from mockserver.records.masks.patterns import PATTERNS

KEY = "sk-ant-api03-AbCdEfGh-wxyz"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("sk-ant-api03-0123456789-wxyz", "sk-ant-…wxyz"),
        ("sk-0123456789wxyz", "sk-…wxyz"),
        ("Bearer sk-0123456789wxyz", "Bearer sk-…wxyz"),
        ("0123456789wxyz", "…wxyz"),
        ("sk-any", "***"),
        ("", "***"),
        ("Digest username=a, response=0123456789", "***"),
    ],
)
def test_masked_values_show_four_characters(value: str, shown: str) -> None:
    assert mask(value) == shown


def test_labels_tell_short_keys_apart() -> None:
    labels = {label(key) for key in ("sk-any", "sk-one", "test")}
    assert len(labels) == 3
    assert all(shown.startswith("key-") for shown in labels)
    assert label("sk-0123456789wxyz") == "sk-…wxyz"


@pytest.mark.parametrize(
    "value",
    [KEY, "sk-0123456789wxyz", "0123456789wxyz", "sk-any", "test", "Bearer test", f"Bearer {KEY}", "Digest a=b, c=d"],
)
def test_concealed_values_are_shown_as_the_values_are(value: str) -> None:
    """Also when they are concealed once more: what is written is not what it was, and looks the same."""
    kept = conceal(value)
    assert kept != value
    assert conceal(kept) == kept
    assert mask(kept) == mask(value)
    calls = [Call("GET", "/", {"authorization": each}) for each in (kept, value)]
    assert len({label(call.key or "") for call in calls}) == 1


SECRET_NAMES = [
    *("x-api-key", "authorization", "proxy-authorization", "cookie", "set-cookie", "x-goog-api-key", "x-auth-token"),
    *(
        "x-custom-key",
        "x-custom-token",
        "x-client-secret",
        "x-hub-signature",
        "x-amz-security-token",
        "x-amz-signature",
    ),
    *("x-jwt-assertion", "x-signature-ed25519", "x-pass", "x-csrf", "x-sas", "code"),
    *("x-amz-credential", "apikey", "sig", "key", "access_token", "x-db-password", "jwt", "www-authenticate"),
]
OTHER_NAMES = [
    *("content-type", "anthropic-version", "anthropic-beta", "x-mock-session", "user-agent", "host", "referer"),
    *("x-author", ":authority", "x-token-count", "x-max-tokens", "x-tokenizer", "x-stainless-auth-scheme"),
    *("idempotency-key", "sec-websocket-key", "monkey", "x-keyboard", "beta", "limit", "after_id", "page_token"),
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_headers_are_masked(name: str) -> None:
    assert mask_headers({name: "secret"}) == {name: "***"}


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_other_headers_stay(name: str) -> None:
    assert not is_secret(name)
    assert mask_headers({name: "value"}) == {name: "value"}


def test_secrets_in_queries_are_masked() -> None:
    assert mask_query("beta=true&api_key=sk-0123456789&key=x") == "beta=true&api_key=***&key=***"
    assert mask_query("X-Amz-Signature=abc&sig=def") == "X-Amz-Signature=***&sig=***"
    assert mask_query("api%5Fkey=x") == "api_key=***"
    assert mask_query("beta=true&x=%41;") == "beta=true&x=%41;"


FIELDS = [
    *("secrets", "passwords", "api_keys", "auth_tokens", "client_secret_value", "GITHUB_PAT"),
    *("authorization_token", "api_key", "apiKey", "x-api-key", "accessToken", "access_token", "refresh_token", "token"),
    *("secret", "client_secret", "clientSecret", "password", "passwd", "passphrase", "private_key", "cookie"),
    *("auth", "tokenValue", "secret_value", "password2", "authToken1", "passwordHash", "secretKeyBase64"),
    *("credentials", "AWS_SECRET_ACCESS_KEY", "Authorization", "X-Amz-Signature"),
]
# The API's own fields are tested apart.
OTHER_FIELDS = [
    *("key", "keys", "author", "authority", "max_tokens", "token_count", "tokenizer", "tokens", "auth_type", "oauth"),
    *("page_token", "next_page_token", "first_token", "public_key", "primary_key", "keyboard", "monkey", "secretary"),
    *("passing", "compass", "signature", "encrypted_content", "data", "id", "tool_use_id", "sig"),
]


@pytest.mark.parametrize("name", FIELDS)
def test_secret_fields_are_hidden(name: str) -> None:
    assert scrub({"a": [{name: "x"}]}) == {"a": [{name: HIDDEN}]}


@pytest.mark.parametrize("name", OTHER_FIELDS)
def test_other_fields_stay(name: str) -> None:
    assert not is_secret_field(name)
    assert scrub({"a": [{name: "x"}]}) == {"a": [{name: "x"}]}


def test_no_field_of_the_api_but_its_tokens_is_secret() -> None:
    schemas = Path(mockserver.__file__).parent.parent / "schemas"
    files = [file for file in schemas.rglob("*.json") if file.name != "config.json"]  # the options of our own server
    names = {name for file in files for name in property_names(orjson.loads(file.read_bytes()))}
    assert len(names) > 200
    assert {name for name in names if is_secret_field(name)} == {
        "authorization_token",
        "fallback_credit_token",
        "token",
    }


def property_names(schema: Any) -> Iterator[str]:
    """The names of all fields that a schema describes."""
    if isinstance(schema, dict):
        properties = schema.get("properties")
        yield from properties if isinstance(properties, dict) else ()
    for item in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from property_names(item)


def scrub(body: Any, headers: dict[str, str] | None = None) -> Any:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    shown = Scrubber(Call("POST", "/", headers or {}, raw)).body()
    return shown if isinstance(body, bytes) else orjson.loads(shown)


@pytest.mark.parametrize("value", ["x", 7, 1.5, ["x", 7], {"a": "x", "b": {"c": 7}}])
def test_a_token_of_any_shape_is_hidden(value: Any) -> None:
    shown = json.dumps(scrub({"authorization_token": value}))
    assert HIDDEN in shown
    assert not any(letter in shown for letter in ('"x"', "7", "1.5"))


@pytest.mark.parametrize("value", [None, True, False, ""])
def test_what_says_nothing_stays(value: Any) -> None:
    assert scrub({"authorization_token": value, "password": value}) == {"authorization_token": value, "password": value}


def test_schema_of_a_secret_field_stays() -> None:
    schema = {
        "type": "object",
        "properties": {"password": {"type": "string"}, "key": {"type": "string"}},
        "$defs": {"token": {"properties": {"token": {"type": "string"}}}},
        "required": ["password", "token"],
    }
    assert scrub({"tools": [{"name": "login", "input_schema": schema}]})["tools"][0]["input_schema"] == schema
    assert scrub({"properties": {"max_tokens": {"default": 7}}}) == {"properties": {"max_tokens": {"default": 7}}}
    assert scrub({"properties": {"password": "hunter2"}}) == {"properties": {"password": HIDDEN}}


AROUND = [
    [["api_key", "@"], ["a", "b"]],
    [["a", "b"], ["x-custom-key", "@"]],
    {"a": {"name": "Authorization", "value": "@"}},
    {"a": [{"name": "API_KEY", "value": {"b": ["@"]}}]},
    {"in": "header", "name": "X-Api-Key", "schema": {"type": "string", "default": "@"}, "example": "@"},
    {"args": ["--api-key", "@", "b"]},
    {"headers": {"X-Custom-Key": "@", "X-Hub-Signature": ["@"]}},
    {"auth": {"a": "@"}},
    {"properties": {"password": {"default": "@", "const": "@", "enum": ["@"], "examples": ["@"]}}},
    {"properties": {"password": {"anyOf": [{"type": "null"}, {"const": "@"}], "items": {"enum": ["@"]}}}},
    {"a": '{"b": ["c", {"api_key": "@"}]}'},
]


@pytest.mark.parametrize("value", AROUND, ids=str)
def test_what_stands_around_a_value_makes_it_a_secret(value: Any) -> None:
    sent = json.dumps(value)
    assert json.dumps(scrub(value)) == sent.replace("@", HIDDEN)
    assert "@" not in scrub(sent.partition("@")[0].encode() + b"@").decode(), "cut short"


def test_name_of_a_value_may_stand_behind_it() -> None:
    value = {"a": [{"value": "@", "b": {"c": [1]}, "key": "x-api-key"}]}
    assert json.dumps(scrub(value)) == json.dumps(value).replace("@", HIDDEN)


@pytest.mark.parametrize(
    "value",
    [
        {"required": ["password", "name"], "type": ["token", "null"]},
        {"name": "token", "input": {"value": "a"}, "description": "b"},
        {"name": "primary_key", "value": "id"},
        {"name": "max_tokens", "value": "7", "default": 8},
        {"properties": {"credentials": {"properties": {"type": {"enum": ["basic"]}}}, "a": {"default": "b"}}},
        {"args": ["--verbose", "a", "--max-tokens", "9"]},
        {"headers": {"content-type": "a", "idempotency-key": "b", "anthropic-version": "c"}},
    ],
    ids=str,
)
def test_what_stands_around_an_ordinary_value_leaves_it(value: Any) -> None:
    assert scrub(value) == value


LOOKS = [
    (f"My key is {KEY}.", "My key is sk-ant-…wxyz."),
    (f"/v1/{KEY}/x", "/v1/sk-ant-…wxyz/x"),
    ("sk-proj-0123456789wxyz", "sk-…wxyz"),
    ("AKIAIOSFODNN7EXAMPLE", "…MPLE"),
    ("id=ASIAIOSFODNN7EXAMPLE", "id=…MPLE"),
    ("ghp_0123456789abcdefwxyz, glpat-0123456789abcdefwxyz", "…wxyz, …wxyz"),
    ("xoxb-0123456789wxyz hf_0123456789abcdefwxyz", "…wxyz …wxyz"),
    ("AIzaSyD-0123456789abcdefghijklmnop_wxyz sk_live_0123456789wxyz", "…wxyz …wxyz"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl", "…dXJl"),
    ("Bearer abc123def456", "Bearer …f456"),
    ("Bearer AbCdEfGhIjKlMnOpwxyz", "Bearer …wxyz"),
    ("bearer ABCDEFGHIJKLMNOPQRSTWXYZ, and more", "bearer …WXYZ, and more"),
    ("curl -H 'Authorization: Bearer abcdefghwxyz'", "curl -H 'Authorization: Bearer …wxyz'"),
    ("Bearer internationalization, the bearer token", "Bearer internationalization, the bearer token"),
    ("authorization: Basic dXNlcjpwYXNzd29yZA==", "authorization: Basic …ZA=="),
    ("https://user:pass@host/x", "https://***@host/x"),
    ("https://host/x?api_key=a&b=c#access_token=d", "https://host/x?api_key=***&b=c#access_token=***"),
    ("https://host/?X-Amz-Date=1&X-Amz-Signature=abc", "https://host/?X-Amz-Date=1&X-Amz-Signature=***"),
    ('{"password": "hunter2-hunter2"}', '{"password": "***"}'),
    ("{'api_key': 'hunter2-hunter2'}", "{'api_key': '***'}"),
    (r"{\"access_token\":\"hunter2-hunter2\"}", r"{\"access_token\":\"***\"}"),
    ("export ANTHROPIC_API_KEY=hunter2-hunter2", "export ANTHROPIC_API_KEY=***"),
    ("password: hunter2-hunter2\ntoken = 'hunter2-hunter2'", "password: ***\ntoken = '***'"),
    ("curl -H 'x-api-key: hunter2-hunter2' -d x", "curl -H 'x-api-key: ***' -d x"),
    (r"https:\/\/me:hunter2@host", r"https:\/\/***@host"),
    ("password: hunter2, PASSWORD=swordfish", "password: ***, PASSWORD=***"),
    (r'"[a]\nprivate_key = hunter2\n"', r'"[a]\nprivate_key = ***\n"'),
    ("config:\n  authToken1: hunter2\n", "config:\n  authToken1: ***\n"),
    ("export ANTHROPIC_API_KEY='swordfish'", "export ANTHROPIC_API_KEY='***'"),
    ("login --api-key hunter2 --token=hunter2", "login --api-key *** --token=***"),
    ("my token: correct-horse-battery.", "my token: ***."),
    ('Result: {"password": "hunter2"}', 'Result: {"password": "***"}'),
    (
        '{"api_key": "v", "b": [{"name": "x-api-key", "value": "v"}]}',
        '{"api_key": "***", "b": [{"name": "x-api-key", "value": "***"}]}',
    ),
    (r'{"a": "{\"password\": \"v\"}"}', r'{"a": "{\"password\": \"***\"}"}'),
    (
        "[('x-api-key', 'hunter2'), (b'authorization', b'hunter2')]",
        "[('x-api-key', '***'), (b'authorization', b'***')]",
    ),
    ("https://host/v1/token/hunter2/x", "https://host/v1/token/***/x"),
    ("/secret=hunter2", "/secret=***"),
    ("https://host/?session=abc;jsessionid=abc x", "https://host/?session=***"),
    ("Set-Cookie: id=abc; Path=/", "Set-Cookie: ***"),
    ("postgres://me:pass@word@host/x", "postgres://***@host/x"),
    ("5%20 sk%2Dant%2Dapi03%2DAbCdEfGh%2Dwxyz", "5%20 sk-ant-…wxyz"),
    ("c2stYW50LWFwaTAzLUFiQ2RFZkdoLXd4eXo=", "…eXo="),
    ("Basic dXNlcm5hbWVwYXNzd3JvZA", "Basic …JvZA"),
    ("<password>hunter2</password>", "<password>***</password>"),
    ("{'password' => 'hunter2'}", "{'password' => '***'}"),
    ('{"token":"hun…', '{"token":"***'),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "-----BEGIN RSA PRIVATE KEY-----***"),
    (r"{\u0022a\u0022: \u0022\u0073k-ant-api03-AbCdEfGh-wxyz", '{"a": "sk-ant-…wxyz'),
]


@pytest.mark.parametrize(("text", "shown"), LOOKS)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert mask_text(text).startswith(shown)
    assert mask_text(mask_text(text)) == mask_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The bearer of news, a basic understanding, basic JavaScript",
        "task-force-of-seven-people, sk-learn-estimators, disk-0123456789abcdef",
        "token = tokenizer.next2(); password: string; api_key=os.environ['X1']; secret = make_secret2(x)",
        "key = 0123456789, max_tokens: 0123456789, the access_token: see chapter 12345678",
        "https://example.com/@user?page=2&limit=3&page_token=x",
        'Send {"password": "string", "max_tokens": "0123456789", "key": "0123456789"}',
        '{"max_tokens": "0123456789", "key": "0123456789", "page_token": "0123456789"}',
        "tests/token/case_file1.yaml:3: /secrets/fixture12/a/b.yaml:3:1 /v1/organizations/api_keys/apikey_01234567",
        "--api-key KEY --token TOKEN, --control-token (or MOCKSERVER_CONTROL_TOKEN)",
        "/v1/messages/count_tokens /v1/tokens/0123456789 /page_token/0123456789",
        "token: string, password: str = '', PASSWORD=None",
        "('password', 'username') ['token', 'first'] 100%20 5%41",
        "mail me@example.com",
        "API_KEY=$API_KEY TOKEN=${TOKEN_1} MAX_TOKENS=12345678 API_KEY=os.environ['X']",
        "x-note: 0123456789, x-mock-session: 0123456789, authorization: none",
        "eyJhbGciOiJIUzI1NiJ9",
        "ErUBCkYIBxgCIkDK+1Y2/abc==",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert mask_text(text) == text


def test_hints_are_in_lower_case() -> None:
    assert all(hint == hint.lower() for pattern in PATTERNS for hint in pattern.hints)


@pytest.mark.parametrize("name", ["t", "demo", "test worker-1", "tests/a.py::test[1]"])
def test_chosen_names_of_sessions_stay(name: str) -> None:
    assert show_session(name) == name


def test_own_key_is_masked_wherever_it_stands() -> None:
    key = "correct-horse-battery-staple"
    call = Call(
        "POST", f"/v1/{key}", {"x-api-key": key, "x-note": f"{key}!"}, orjson.dumps({key: [f"a{key}b"]}), f"a={key}"
    )
    scrubber = Scrubber(call)
    assert scrubber.path() == "/v1/…aple?a=…aple"
    assert scrubber.headers() == {"x-api-key": "…aple", "x-note": "…aple!"}
    assert orjson.loads(scrubber.body()) == {"…aple": ["a…apleb"]}
    assert scrubber.text(f"got {key[:20]}...") == "got ***..."


def test_own_key_is_masked_in_other_encodings() -> None:
    key = "correct-horse-battery-staple"
    basic = b64encode(b"me:hunter2-of-mine-alone").decode()
    scrubber = Scrubber(Call("POST", "/", {"x-api-key": key, "authorization": f"Basic {basic}"}))
    assert scrubber.content(f"a {b64encode(key.encode()).decode()}") == "a …YXBsZQ=="
    assert scrubber.content(f"5%20 {key.replace('-', '%2D')}!") == "5%20 …aple!"
    assert scrubber.content("It is hunter2-of-mine-alone.") == "It is …lone."


def test_short_keys_are_ordinary_words() -> None:
    call = Call("POST", "/test", {"x-api-key": "test"}, b'{"a": "a test"}')
    assert (Scrubber(call).path(), Scrubber(call).body()) == ("/test", b'{"a": "a test"}')
    assert Scrubber(call).text("key test, tested") == "key ***, tested"


BROKEN = [
    b'{"authorization_token": "hunter2',
    b'{"authorization_token": hunter2',
    b'{"authorization_token": ["hunter2", {"a": "hunter2',
    b'{"a": 1, "authorization_token": "hunter2", "authorization_token": 1}',
    b'\xff{"\\u0061uthorization_token": "hunter2"}',
    b'{"authorization_token": "hunter2\\x"}',
    b"grant=1&password=hunter2",
]


@pytest.mark.parametrize("body", BROKEN)
def test_secrets_in_broken_bodies_are_hidden(body: bytes) -> None:
    assert b"hunter2" not in scrub(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["a", "token", "properties"]) | st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_masking_keeps_the_shape(value: Any) -> None:
    """Nothing but scalars at secret names changes, and what is written is JSON again."""
    scrubber = Scrubber(Call("POST", "/", {}))
    raw = json.dumps(value).encode()
    shown = json.loads(scrubber.document(raw))
    assert shown == scrubber.value(value) == json.loads(mask_like_a_walk(value))
    assert mask_strings(raw.decode(), str) == raw.decode()


def mask_like_a_walk(value: Any) -> str:
    def walk(value: Any, hidden: bool = False, described: bool = False) -> Any:
        if isinstance(value, dict):
            return {
                mask_text(name): walk(
                    item,
                    hidden or (is_secret_field(name) and not (described and isinstance(item, dict))),
                    name == "properties",
                )
                for name, item in value.items()
            }
        if isinstance(value, list):
            return [walk(item, hidden) for item in value]
        if isinstance(value, str):
            return HIDDEN if hidden and value else mask_text(value)
        return value if value is None or isinstance(value, bool) or not hidden else HIDDEN

    return json.dumps(walk(value))
