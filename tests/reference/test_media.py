"""Heads of images and PDFs, made by hand and by Pillow."""

from __future__ import annotations

import io
import zlib
from base64 import b64encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mockserver.reference import media
from tests.pictures import IMAGES, file, pdf


@pytest.mark.parametrize("kind", IMAGES)
def test_head_tells_type_and_size(kind: str) -> None:
    assert media.read_picture(file(f"{kind} 640x480")) == media.Picture(f"image/{kind}", 640, 480)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"lossless": False}),
    ],
)
def test_real_files_are_read(kind: str, options: dict[str, bool]) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (37, 21), "teal").save(buffer, kind, **options)
    assert media.read_picture(buffer.getvalue()) == media.Picture(f"image/{kind.lower()}", 37, 21)


def test_jpeg_behind_a_long_preamble_is_read() -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (37, 21)).save(buffer, "JPEG", exif=b"Exif\0\0" + bytes(60_000), icc_profile=bytes(60_000))
    assert media.picture(b64encode(buffer.getvalue()).decode()) == media.Picture("image/jpeg", 37, 21)


@pytest.mark.parametrize(
    "data", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF....WEBPVP8X", b"BM...."]
)
def test_broken_heads_are_no_picture(data: bytes) -> None:
    assert media.read_picture(data) is None


@settings(max_examples=50)
@given(st.sampled_from(sorted(IMAGES)), st.binary(max_size=40), st.integers(0, 40))
def test_no_bytes_make_reading_fail(kind: str, noise: bytes, cut: int) -> None:
    data = IMAGES[kind](3, 4)[:cut] + noise
    found = media.read_picture(data)
    assert found is None or found.width > 0


@pytest.mark.parametrize(
    ("size", "edge", "tokens", "fitted"),
    [
        ((100, 50), 1568, 1568, (100, 50)),
        ((3136, 28), 1568, 1568, (1568, 14)),
        ((2000, 2000), 2576, 4784, (1932, 1932)),
    ],
)
def test_picture_is_fitted(size: tuple[int, int], edge: int, tokens: int, fitted: tuple[int, int]) -> None:
    assert media.fit(*size, edge, tokens) == fitted
    assert media.patches(*fitted) <= tokens


def test_base64_is_strict() -> None:
    assert media.decode("QUJD") == b"ABC"
    assert media.decode("") == b""
    assert [media.decode(text) for text in ("QUJ", "QUJD\n", "Ü")] == [None] * 3


@pytest.mark.parametrize("pages", [1, 3, 120])
def test_pages_are_counted(pages: int) -> None:
    assert media.read_pdf(pdf(pages)) == media.Pdf(pages, False)


def test_packed_pages_are_counted() -> None:
    packed = zlib.compress(b"<< /Type /Page >> << /Type/Page /Parent 1 0 R >> << /Type /Pages >>")
    body = b"1 0 obj << /Type /ObjStm /N 3 /Filter /FlateDecode >> stream\n" + packed + b"\nendstream endobj"
    assert media.read_pdf(b"%PDF-1.5\n" + body) == media.Pdf(2, False)


def test_locked_pdf_is_seen() -> None:
    assert media.read_pdf(pdf(1, locked=True)) == media.Pdf(1, True)


def test_other_bytes_are_no_pdf() -> None:
    assert media.read_pdf(b"hello") is None


def test_the_mere_head_of_a_pdf_has_no_pages() -> None:
    assert media.read_pdf(b"%PDF-1.7\nhello") == media.Pdf(0, False)


@pytest.mark.parametrize(
    "body", [b"/ObjStm stream\n" * 1_000_000, b"/ObjStm " * 2_000_000, b"/ObjStm stream\n" * 500_000 + b"endstream"]
)
def test_hostile_pdf_is_counted_at_once(body: bytes) -> None:
    assert media._count_compressed_pages(body) == 0
