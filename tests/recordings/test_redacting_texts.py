"""What looks like a secret, and is none, stays; what hides behind another form does not."""

from __future__ import annotations

import json
import time
from base64 import b64decode, b64encode, urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest
from msgspec.structs import replace

from mockserver.recordings.redacting import make_rules, redact, redact_body, redact_text
from tests.recordings.planting import FORMED, OTHERS, make
from tests.recordings.planting import forms_of as list_forms

RULES = make_rules(())
UUID = "0f0e0d0c-1111-4222-8333-444455556666"
NOBODY = "00000000-0000-4000-8000-000000000000"

STAY = [
    "How is the weather in Oslo?",
    "The price is $3.50, or 3,50 €; call 0800-123456.",
    "2026-11-30T16:20:11.123Z",
    # Code, packages and repositories.
    "@app.route('/')\n@decorator\ndef a(self): return self @ other",
    "c = a@b; d = A@B.T",
    "npm install pkg@1.2.3 @scope/pkg@^2.0.0 react@18.0.0-rc.next left@1.x",
    "git clone git@github.com:me/project.git",
    "ssh host; scp a.txt host:b.txt",
    "![icon](icon@2x.png) logo@3x.webp",
    "os.environ['ANTHROPIC_API_KEY']",
    'api_key=os.environ["API_KEY"], token=token',
    "export ANTHROPIC_API_KEY=$KEY",
    "client = Anthropic(api_key=get_key())",
    "def login(password: str, token: str | None = None) -> None: ...",
    "max_tokens=1024, input_tokens: 12345678, cache_read_input_tokens: 5000000000",
    "sk-learn-estimators and sk-toggle",
    # Ids and hashes that are nobody's.
    UUID,
    f"session {UUID} of run {UUID}",
    "msg_01XFDUDYJgAACzvnptvVoYEL toolu_01A09q90qw90lq917835lq9 req_018EeWyXxfu5pfWkrYcMdjWG",
    "d41d8cd98f00b204e9800998ecf8427e",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "org_settings_page org-chart account_balance user_profile workspace_root organization: ACME",
    "claude-sonnet-4-5-20250929",
    # Beginnings of keys, and names that are like them.
    "gsk_ xai- pplx- r8_ tvly- lsv2_pt_ dapi hvs. SG. whsec_ sbp_ ntn_ figd_ https://hooks.slack.com/services/",
    "pip install xai-sdk==1.2.3 nvapi-client pplx-70b-online tvly-python; msg.text_of_the_message.of_the_user_1",
    "def gsk_scores_of_the_model_for_all_of_2024(): return hvs.read_secret_v2",
    "https://example.com/path/to/page?q=weather&page=2#token",
    "http://localhost:8000/v1/messages?beta=true",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    # Marks.
    "<secret> <redacted> redacted@example.com",
    f"organization_uuid: {NOBODY}, organization 00000000-0000-0000-0000-000000000000",
    "\\u00e9 %20 %zz \\uZZZZ \\u",
]


@pytest.mark.parametrize("text", STAY)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact_text(text, RULES) == text
    assert redact_body({"a": [text], "b": f'{{"c": "{text}"}}'}, RULES) == {"a": [text], "b": f'{{"c": "{text}"}}'}


BODIES = [
    {"logprobs": {"content": [{"token": " Oslo", "logprob": -0.1, "bytes": [1, 2]}, {"token": "!", "logprob": 0}]}},
    {"input": {"passphrase": "portal", "password": "xxxxxxxxxxxx"}},
    {"tools": [{"input_schema": {"properties": {"password": {"type": "string"}}, "required": ["password", "token"]}}]},
    {"usage": {"input_tokens": 12345678, "cache_creation": {"ephemeral_5m_input_tokens": 10**9}}},
    {"data": [{"user_id": UUID, "id": UUID, "hash": "9fceb02d0ae598e95dc970b74767f19372d61af8"}]},
    {"password": None, "token": True, "api_key": "", "secret": []},
    {"page_token": "eyJsaW1pdCI6MTB9", "next_page_token": "abcdefghijklmnop1234"},
]


@pytest.mark.parametrize("body", BODIES)
def test_fields_that_are_no_secrets_stay(body: object) -> None:
    assert redact_body(body, RULES) == body


GO = {
    "jane.doe@corp-mail.io": "redacted@example.com",
    "Jane <jane@example.com>, -bob@a.b.co.uk-, 'o'neil@x.org'": "Jane <redacted@example.com>, "
    "-redacted@example.com-, 'redacted@example.com'",
    "mailto:jane@corp.io?subject=x": "mailto:redacted@example.com?subject=x",
    "Co-Authored-By: Jane <12345+jane@users.noreply.github.com>": "Co-Authored-By: Jane <redacted@example.com>",
    "jane%40corp.io": "redacted@example.com",
    "jürgen@bücher.de": "redacted@example.com",
    "https://jane:s3cret@host.example/a": "https://<secret>@host.example/a",
    "https://jane@host.example/a": "https://<secret>@host.example/a",
    f"Your organization ({UUID}) of 30,000": f"Your organization ({NOBODY}) of 30,000",
    f"(org: {UUID}, model: m)": f"(org: {NOBODY}, model: m)",
    f"/v1/organizations/{UUID}/users": f"/v1/organizations/{NOBODY}/users",
    f'{{\\"organization_uuid\\": \\"{UUID}\\", \\"id\\": \\"{UUID}\\"}}': f'{{\\"organization_uuid\\": \\"{NOBODY}\\", '
    f'\\"id\\": \\"{UUID}\\"}}',
    f"accountId={UUID}&workspace_id={UUID.upper()}": f"accountId={NOBODY}&workspace_id={NOBODY}",
    "wrkspc_01JwQvzr7rXLA5AGx3HKfFUJ": "wrkspc_000000000000000000000000",
    "ANTHROPIC_API_KEY=abcdef123456": "ANTHROPIC_API_KEY=<secret>",
    "curl -H 'x-api-key: abcdef123456' -u me": "curl -H 'x-api-key: <secret>' -u me",
    "Authorization: Bearer abcdef123456": "Authorization: Bearer <secret>",
    "Cookie: sid=abcdef; theme=dark": "Cookie: <secret>",
    "postgres://me:s3cret@db/x": "postgres://<secret>@db/x",
    '{"client_secret": "a b c d 1", "a": 1}': '{"client_secret": "<secret>", "a": 1}',
    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----": "-----BEGIN PRIVATE KEY"
    "-----<secret>-----END PRIVATE KEY-----",
}


@pytest.mark.parametrize("key", OTHERS)
@pytest.mark.parametrize("filler", ["", "A sentence of an ordinary text. " * 2000])
def test_keys_of_others_go(key: str, filler: str) -> None:
    assert redact_text(f"{filler}use '{key}', or {key}", RULES) == f"{filler}use '<secret>', or <secret>"


@pytest.mark.parametrize("text", GO)
def test_what_is_a_secret_goes(text: str) -> None:
    assert redact_text(text, RULES) == GO[text]
    assert redact_text(GO[text], RULES) == GO[text]


def test_long_texts_are_searched_to_their_end() -> None:
    key = FORMED["key of the API"]
    filler = "A sentence of an ordinary text. " * 4000
    assert redact_text(f"{filler}{key} {filler}{key}", RULES) == f"{filler}<secret> {filler}<secret>"
    address = "x" * 500 + "@corp.io"
    assert redact_text(address, RULES) == "redacted@example.com"


PERSON = "4f" * 32
PEOPLE = 'as {{\\"device_id\\":\\"{0}\\",\\"account_uuid\\":\\"{1}\\",\\"session_id\\":\\"{1}\\"}}'
HIDDEN_DEEPER = {
    PEOPLE.format(PERSON, UUID): PEOPLE.format("0" * 64, NOBODY),
    "of org-AbCdEfGhIjKlMnOp12345678": "of org-000000000000000000000000",
    r'it says "\u006aane@corp.io" there': 'it says "redacted@example.com" there',
    r"a line \u0073k-ant-api03-abcdefgh": "a line <secret>",
}


@pytest.mark.parametrize("text", HIDDEN_DEEPER)
def test_what_hides_behind_escapes_and_neighbours_goes(text: str) -> None:
    assert redact_text(text, RULES) == HIDDEN_DEEPER[text]


def test_base64_keeps_its_alphabet_and_padding() -> None:
    text = "subjects?>~~ÿÿÿ? of jane@corp.io ~~ÿÿÿ>>"
    for encode, decode in ((b64encode, b64decode), (urlsafe_b64encode, urlsafe_b64decode)):
        code = encode(text.encode()).decode()
        assert {"-", "_"} & {*code} or {"+", "/"} & {*code}
        redacted = redact_text(f"see {code}, {code.rstrip('=')}.", RULES)
        first, second = redacted.removeprefix("see ").removesuffix(".").split(", ")
        assert decode(first).decode() == text.replace("jane@corp.io", "redacted@example.com")
        assert second == first.rstrip("=")


@pytest.mark.parametrize("name", ["x-api-key", "cookie", "authorization"])
def test_a_word_as_a_key_is_none(name: str) -> None:
    """Another key at the replay, and the request is the same."""
    value = {"cookie": "the_theme=anthropic", "authorization": "Bearer anthropic"}.get(name, "anthropic")
    exchange = make("What is anthropic?", headers={name: value})
    assert redact(exchange, RULES).request.body == exchange.request.body


@pytest.mark.parametrize("secret", ['quote"and\\slash/99+key', "plain-key-of-27182818"])
def test_known_secrets_in_every_form(secret: str) -> None:
    rules = replace(RULES, secrets=(secret,))
    quoted = json.dumps(secret)[1:-1]
    forms = [
        secret,
        quoted,
        json.dumps(quoted)[1:-1],
        quoted.replace("/", "\\/"),
        quote(secret, safe=""),
        quote_plus(secret),
    ]
    for form in forms:
        assert redact_text(f"a ({form}) b", rules) == "a (<secret>) b"
    assert redact_text(f"a {secret.encode().hex()} b", rules) == f"a {'00' * len(secret)} b"
    for before in ("", "a", "ab"):
        # Behind letters that are no Base64 of their own, nothing can be decoded.
        code = b64encode(before.encode() + secret.encode()).decode()
        redacted = redact_text(f"z{code}", rules)
        assert len(redacted) <= len(code) + 1 + 8
        assert [form for form in list_forms(secret) if form in redacted.encode()] == []


@pytest.mark.parametrize("unit", ["jane.doe@corp.io ", f"{'A' * 23}B "])
def test_very_many_finds_take_no_longer_each(unit: str) -> None:
    rules = replace(RULES, secrets=tuple(f"a-key-without-a-form-{number}" for number in range(20)))
    began = time.process_time()
    redact_text(unit * (600_000 // len(unit)), rules)
    assert time.process_time() - began < 7


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_text_in_utf_16_keeps_its_length(encoding: str) -> None:
    secrets = f"{FORMED['key of the API']} {FORMED['e-mail']}"
    body = f"\ufeffA text 🌍 with {secrets} in it".encode(encoding)
    exchange = make(body=body, headers={"content-type": "text/plain"})
    redacted = redact(exchange, RULES).request.body
    assert len(redacted) == len(body)
    assert (
        redacted.decode(encoding)
        == f"\ufeffA text 🌍 with {' '.join('x' * len(each) for each in secrets.split())} in it"
    )
    assert redact(redact(exchange, RULES), RULES) == redact(exchange, RULES)


def test_very_many_values_at_secret_names_are_taken_out_in_time() -> None:
    values = [f"secret-number-{number}-x" for number in range(2000)]
    body = {
        "a": [{"password": value, "note": "a word and another"} for value in values],
        "b": values[0] + " word" * 1000,
    }
    began = time.process_time()
    redacted = redact_body(body, RULES)
    assert time.process_time() - began < 10
    assert {each["password"] for each in redacted["a"]} == {"<secret>"}


def test_a_mark_is_never_cut() -> None:
    assert redact_text("x<secret> y", make_rules(["x<"])) == "<redacted> y"
    assert redact_text("a <secret>x", make_rules([">x"])) == "a <redacted>"
    assert redact_text("<secret>", make_rules(["secret", "sec", ">"])) == "<secret>"
