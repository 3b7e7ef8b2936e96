"""The words of PDFs."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.reference.pdf_text import read_text


def file(content: bytes, dictionary: bytes = b"", *streams: bytes) -> bytes:
    objects = [b"1 0 obj << " + dictionary + b" >>\nstream\n" + content + b"\nendstream endobj"]
    objects += [b"2 0 obj << >>\nstream\r\n" + stream + b"\nendstream endobj" for stream in streams]
    return b"%PDF-1.4\n" + b"\n".join(objects) + b"\n%%EOF"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"BT (Hello, world!) Tj ET", "Hello, world!"),
        (b"BT [(Lor) 17 (em) -91 ( ) -35 (ipsum)] TJ ET", "Lorem ipsum"),
        (b"BT [(two) -333 (words)] TJ ET", "two words"),
        (b"BT (one) Tj 0 -14 Td (two) Tj T* (three) Tj ET", "one two three"),
        (rb"BT (a \(b\) \\ caf\351) Tj ET", "a (b) \\ caf\xe9"),
        (b"BT <48656c6c6f> Tj ET", "aaa"),
        (b"q 1 0 0 1 0 0 cm Q", ""),
    ],
)
def test_shown_strings_are_read(content: bytes, text: str) -> None:
    assert read_text(file(content)) == text
    assert read_text(file(zlib.compress(content), b"/Filter /FlateDecode")) == text


def test_codes_are_read_by_the_map_of_their_font() -> None:
    codes = b"1 beginbfchar <0003> <0020> endbfchar 2 beginbfrange <0024> <0026> <0041> <0044> <0044> <0061> endbfrange"
    assert read_text(file(b"BT <0024002500030044> Tj ET", b"", codes)) == "AB a"


@pytest.mark.parametrize(
    "dictionary", [b"/Subtype /Image", b"/Length1 99", b"/Type /ObjStm", b"/N 3 /Alternate /DeviceRGB"]
)
def test_other_streams_show_nothing(dictionary: bytes) -> None:
    assert read_text(file(b"BT (hidden) Tj ET", dictionary)) == ""


def test_broken_streams_are_left_out() -> None:
    assert read_text(file(b"no flate (x) Tj", b"/Filter /FlateDecode", b"BT (shown) Tj ET")) == "shown"


def test_great_ranges_are_bounded() -> None:
    codes = b"beginbfrange" + b" <0000> <ffff> <0041>" * 200 + b" endbfrange"
    assert len(read_text(file(b"BT <00000001> Tj ET", b"", codes))) == 2


@settings(max_examples=80)
@given(
    st.lists(
        st.sampled_from([b"(", b")", b"<", b">", b"\\", b"a", b"Tj", b"stream\n", b"endstream", b"12", b"beginbfchar"])
    )
)
def test_no_bytes_make_reading_fail(pieces: list[bytes]) -> None:
    assert isinstance(read_text(file(b" ".join(pieces) + b" Tj")), str)
