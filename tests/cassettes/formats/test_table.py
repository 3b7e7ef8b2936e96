"""What is told from what: formats by their content, the API from others, broken entries from sound ones."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from mockserver.cassettes.exporting import write_lines
from mockserver.cassettes.formats import form
from mockserver.cassettes.formats.form import UnknownFormatError
from mockserver.cassettes.formats.parsing import parse, read_file
from mockserver.cassettes.formats.table import read_data
from mockserver.cassettes.formats.traffic import find_path, name_stranger
from tests.cassettes.forms import vcr_json

ASKED: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
SAID: dict[str, Any] = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}


def interaction(**changes: Any) -> dict[str, Any]:
    request = {"body": json.dumps(ASKED), "headers": {}, "method": "POST", "uri": "https://a.example/v1/messages"}
    response = {"body": {"string": json.dumps(SAID)}, "headers": {}, "status": {"code": 200}}
    for key, value in changes.items():
        (request if key in request else response)[key] = value
    return {"request": request, "response": response}


def cassette(*interactions: Any) -> bytes:
    return json.dumps({"interactions": interactions, "version": 1}).encode()


def har(*interactions: Any) -> bytes:
    """The same exchanges without the bodies of their answers."""
    entries = [
        {
            "request": {"method": each["request"]["method"], "url": each["request"]["uri"]},
            "response": {"status": each["response"]["status"]["code"], "content": {"size": 9}},
        }
        for each in interactions
    ]
    return json.dumps({"log": {"entries": entries}}).encode()


# Formats -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b'{"log": {"entries": []}}', "har"),
        (b"interactions: []\nversion: 1\n", "vcr"),
        (b"http_interactions: []\nrecorded_with: VCR 6.0\n", "vcr"),
        (b"\xef\xbb\xbf" + b'{"interactions": []}', "vcr"),
        (gzip.compress(b'{"interactions": []}', mtime=0), "vcr"),
        (zlib.compress(b'{"log": {"entries": []}}'), "har"),
        (b'{"log": {"entries": [], "score": NaN}}', "har"),
        (b'{"fixtures": []}', "aimock"),
        (b'{"request": {}, "response": {}}', "lines"),
        (b'[{"request": {}, "response": {}}]', "lines"),
        (b'{"request": {}, "response": {}}\n{"request": {}, "response": {}}\n', "lines"),
    ],
)
def test_formats_are_told_by_content(data: bytes, name: str) -> None:
    assert read_data(data).format == name


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "none of the forms"),
        (b"hello", "none of the forms"),
        (b"[]", "none of the forms"),
        (b"scenarios: []", "none of the forms"),
        (b'{"a": ', "it is no JSON"),
        (b"a: [", "neither JSON nor YAML: line"),
        (b"\x00\xff\x00", "neither JSON nor YAML"),
        (b"\x1f\x8bnothing", "cannot be unpacked"),
        (b"&a [*a]", "repeats what it stands in"),
        (b"a: &a [" + b"x," * 1100 + b"]\nb: &b [" + b"*a," * 1100 + b"]", "more than 1,000,000 values"),
        (b"[" * 300 + b"]" * 300, "it has none of the forms"),
        (b"- " * 300 + b"a", "200 levels"),
    ],
)
def test_unreadable_files_say_why(data: bytes, words: str) -> None:
    with pytest.raises(UnknownFormatError, match=words):
        read_data(data)


def test_tags_construct_nothing() -> None:
    value = parse(b"a: !!python/object/apply:os.system [exit]\nb: !ruby/object:X {c: 1}\nd: 2026-01-02\ne: =").value
    assert value == {"a": ["exit"], "b": {"c": 1}, "d": "2026-01-02", "e": "="}


@pytest.mark.parametrize("bound", ["MAX_FILE", "MAX_VALUES"])
def test_large_files_are_refused(bound: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(f"mockserver.cassettes.formats.parsing.{bound}", 20)
    data = cassette(interaction())
    with pytest.raises(UnknownFormatError, match="split it"):
        parse(data)
    with pytest.raises(UnknownFormatError, match="split it"):
        parse(gzip.compress(data))
    (tmp_path / "large").write_bytes(data)
    if bound == "MAX_FILE":
        with pytest.raises(UnknownFormatError, match="split it"):
            read_file(tmp_path / "large")
        with pytest.raises(UnknownFormatError, match="split it"):
            read_file(Path("/dev/zero"))
    assert form.MAX_FILE == 64 * 1024 * 1024


# Traffic -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "headers", "path"),
    [
        ("https://api.anthropic.com/v1/messages", {}, "/v1/messages"),
        ("https://api.anthropic.com/v1/messages?beta=true", {}, "/v1/messages"),
        ("http://gateway.example:8080/anthropic/v1/messages", {}, "/v1/messages"),
        ("https://gateway.example/v1/proxy/v1/messages/count_tokens", {}, "/v1/messages/count_tokens"),
        ("https://api.anthropic.com/v1/models/claude-haiku-4-5", {}, "/v1/models/claude-haiku-4-5"),
        ("https://gateway.example/v1/files", {"anthropic-version": "2023-06-01"}, "/v1/files"),
        ("https://api.openai.com/v1/files", {}, None),
        ("https://api.openai.com/v1/models", {}, None),
        ("https://api.openai.com/v1/chat/completions", {}, None),
        ("https://api.openai.com/v1/threads/t/messages", {}, None),
        ("https://api.anthropic.com/v1/oauth/token", {}, None),
        ("https://api.anthropic.com/v1/organizations/usage", {"anthropic-version": "2023-06-01"}, None),
        ("https://api.anthropic.com/api/event_logging/batch", {}, None),
        ("https://api.anthropic.com/v1/complete", {"anthropic-version": "2023-06-01"}, None),
        ("https://statsig.anthropic.com/v1/rgstr", {}, None),
        ("https://evilanthropic.com/v1/models", {}, None),
        ("https://bedrock.example/model/anthropic.claude/invoke", {}, None),
        ("not an address", {}, None),
    ],
)
def test_traffic_of_the_api_is_told(url: str, headers: dict[str, str], path: str | None) -> None:
    assert find_path(url, headers, {}) == path


def test_answers_of_the_api_are_told_by_their_id() -> None:
    assert find_path("http://localhost/v1/models", {}, {"request-id": "req_011CY"}) == "/v1/models"


def test_preflights_are_left_out() -> None:
    reading = read_data(cassette(interaction(method="OPTIONS"), interaction()))
    assert (len(reading.exchanges), [*reading.left_out]) == (
        1,
        ["OPTIONS /v1/messages (a browser's question to the server, which answers it by itself)"],
    )


def test_others_are_left_out_by_name_without_secrets() -> None:
    chat = interaction(uri="https://user:secret@api.openai.com/v1/chat/completions?key=secret")
    reading = read_data(cassette(interaction(), chat, chat))
    assert len(reading.exchanges) == 1
    assert reading.left_out == {"POST https://api.openai.com/v1/chat/completions (not the Messages API)": 2}
    assert "secret" not in name_stranger("GET", "http://a:secret@b:80/c?secret")


# Entries -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "it has no request"),
        (None, "not what stands there in this form"),
        (interaction(status={"code": 0}), "its status is 0"),
        (interaction(status=None), "not what stands there in this form"),
        ({"request": {"method": "POST"}, "response": {"status": 200}}, "it has no protocol"),
        (interaction(headers={"Content-Encoding": ["br"]}, body="\u001b\u0080"), "encoded as br"),
        (interaction(body={"string": {"base64_string": "%"}}), ""),
    ],
)
def test_broken_entries_are_named_and_hide_no_other(entry: Any, words: str) -> None:
    reading = read_data(cassette(interaction(), entry, interaction()))
    assert len(reading.exchanges) == 2
    (broken,) = reading.broken
    assert broken.startswith("entry 2: ")
    assert words in broken


@pytest.mark.parametrize("write", [cassette, har])
def test_broken_entries_of_others_are_left_out(write: Any) -> None:
    """Browsers keep no images, and no answers that were cancelled."""
    stranger = interaction(uri="https://a.example/logo", headers={"Content-Encoding": ["br"]}, body="\u001b\u0080")
    mine = interaction(status={"code": 0})
    reading = read_data(write(stranger, interaction(status={"code": 0}, uri="https://a.example/logo"), mine))
    assert reading.left_out == {"POST https://a.example/logo (not the Messages API)": 2}
    assert reading.broken == ("entry 3: there is no answer: its status is 0",)


def test_broken_lines_are_named() -> None:
    line = json.dumps({"request": ASKED, "response": SAID}).encode()
    reading = read_data(b"\n".join([line, b'{"request": ', line, b""]))
    assert (len(reading.exchanges), reading.broken) == (2, ("entry 2: the line is no JSON",))


@pytest.mark.parametrize(("first", "words"), [(b"{", "the line is no JSON"), (b'{"a": 1}', "it has no request")])
def test_the_first_line_decides_nothing(first: bytes, words: str) -> None:
    reading = read_data(first + b"\n" + json.dumps({"request": ASKED, "response": SAID}).encode())
    assert (len(reading.exchanges), reading.broken) == (1, (f"entry 1: {words}",))


def test_side_files_with_a_broken_line_are_none_of_others() -> None:
    """As lines of others, their answers would be empty."""
    good = write_lines(read_data(cassette(interaction())).exchanges)
    with pytest.raises(UnknownFormatError, match="line 1"):
        read_data(b"{broken\n" + good)


def test_encoded_bodies_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.cassettes.formats.parts.MAX_BODY", 1000)
    from tests.cassettes.forms import vcr_packed

    row = {
        "method": "POST",
        "path": "/v1/messages",
        "request": ASKED,
        "status": 200,
        "response": {"text": "x" * 2000},
        "repo": "a",
        "file": "b",
        "response_headers": {},
        "request_headers": {},
    }
    reading = read_data(vcr_packed([row, row]))
    assert len(reading.broken) == 2
    assert len(read_data(vcr_json([row, row])).exchanges) == 2


def test_many_broken_entries_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.cassettes.formats.table._MOST_NAMED", 2)
    assert read_data(cassette(*[{}] * 5)).broken[2:] == ("3 more entries cannot be read",)
