"""Bodies that are no JSON, or no object."""

from __future__ import annotations

import tracemalloc

import pytest

from mockserver.records.budget import Limits
from mockserver.records.errors import Finding
from mockserver.validation import parsing
from mockserver.validation.parsing import DEEPEST, parse

JSON_TEXT = "The request body is not valid JSON: "


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "Input is a zero-length, empty document: line 1 column 1 (char 0)"),
        (b"{not json", "unexpected character: line 1 column 2 (char 1)"),
        (b'{"model": "claude-haiku-4-5", "max_tokens"', "unexpected end of data: line 1 column 43 (char 42)"),
        (b'{"a": "\\udc00"}', "invalid high surrogate in string: line 1 column 8 (char 7)"),
        (b'{"a": "\n"}', "unexpected control character in string: line 1 column 8 (char 7)"),
        (b"[" * 2000, "array and object recursion depth exceeded: line 1 column 1026 (char 1025)"),
        (b'{"a": -}', "no digit after minus sign: line 1 column 8 (char 7)"),
        (b"{} {}", "unexpected content after document: line 1 column 4 (char 3)"),
        (b'{"a": NaN}', "unexpected character: line 1 column 7 (char 6)"),
        (b"\xef\xbb\xbf{}", "unexpected character: line 1 column 1 (char 0)"),
        (b'{"a": "\xff"}', "str is not valid UTF-8: surrogates not allowed: line 1 column 1 (char 0)"),
    ],
)
def test_bad_json_is_told_in_the_parsers_words(body: bytes, detail: str) -> None:
    finding = parse(body)
    assert isinstance(finding, Finding)
    assert (finding.status, finding.message) == (400, JSON_TEXT + detail)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"[{\\"[": 1, "x":', b"}]")])
def test_what_could_not_be_written_again_is_not_read(opening: bytes, closing: bytes) -> None:
    levels = len(closing)

    def nested(depth: int) -> bytes:
        return b'{"a": \n' + opening * (depth // levels) + b"1" + closing * (depth // levels) + b"}"

    assert isinstance(parse(nested(DEEPEST - 2)), dict)
    finding = parse(nested(DEEPEST + 2))
    assert isinstance(finding, Finding)
    place = len(b'{"a": \n') + len(opening) * (DEEPEST // levels)
    said = f"{JSON_TEXT}array and object recursion depth exceeded: line 2 column "
    assert finding.message.startswith(said)
    assert abs(int(finding.message.rpartition("char ")[2].rstrip(")")) - place) <= len(opening)


@pytest.mark.parametrize("body", [b"[]", b"7", b"null", b'"text"', b"true"])
def test_body_must_be_an_object(body: bytes) -> None:
    finding = parse(body)
    assert isinstance(finding, Finding)
    assert finding.message == "Input does not match the expected shape."


@pytest.mark.parametrize("charset", ["iso-8859-1", "Latin1"])
def test_latin_bodies_are_understood(charset: str) -> None:
    assert parse('{"text": "é"}'.encode("latin-1"), charset) == {"text": "é"}
    assert parse(b'{"text": "e"}', charset) == {"text": "e"}


def test_too_many_objects_and_lists_are_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes memory; 32 MB of nested lists took a gigabyte. Brackets within texts are none."""
    monkeypatch.setattr(parsing, "LIMITS", Limits(body_containers=1_000))
    words = b'{"a": ["' + b"[{" * 2_000 + b'\\"[", "[' + b'"]}'
    assert isinstance(parse(words), dict)
    assert isinstance(parse(b'{"a": [' + b"[],{}," * 499 + b"1]}"), dict)
    finding = parse(b'{"a": [' + b"[],{}," * 500 + b"1]}")
    assert isinstance(finding, Finding)
    assert (finding.status, finding.rule) == (400, "json.size")
    assert "1,002 objects and lists, 1,000 at most" in finding.message


def test_objects_and_lists_are_counted_between_thousands_of_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "LIMITS", Limits(body_containers=3_000))
    item = rb'{"[{\\": "\"[{[{", "}": "\\\\"},'
    assert isinstance(parse(b'{"a": [' + item * 2_900 + b"1]}"), dict)
    finding = parse(b'{"a": [' + item * 3_000 + b"1]}")
    assert isinstance(finding, Finding)
    assert "3,002 objects and lists" in finding.message


def test_millions_of_escapes_take_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "LIMITS", Limits(body_containers=10))
    text, deep = b'"' + b'\\"[' * 300_000 + b'"', b"[" * 300 + b"]" * 300
    tracemalloc.start()
    assert isinstance(parse(b'{"a": ' + text + b"}"), dict)
    monkeypatch.undo()
    assert isinstance(parse(b'{"a": ' + text + b', "b": ' + deep + b"}"), Finding)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * len(text)
