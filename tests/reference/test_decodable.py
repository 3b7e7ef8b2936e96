"""Images that can be decoded, and those that are cut or changed: made by hand, and by Pillow."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mockserver.records.budget import Budget
from mockserver.reference.decodable import is_decodable
from tests.pictures import IMAGES, file

KINDS = [
    ("PNG", {}),
    ("PNG", {"interlace": True}),
    ("GIF", {}),
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {"lossless": False}),
]
FRAMES = [
    ("PNG", {"save_all": True}),
    ("GIF", {"save_all": True}),
    ("WEBP", {"save_all": True}),
]


def drawn(kind: str, options: dict[str, bool]) -> bytes:
    """A file of that kind with a pattern in it, in several frames if it may have some."""
    buffer = io.BytesIO()
    image = Image.radial_gradient("L").convert("RGB").resize((61, 47))
    more = {"append_images": [image.rotate(90)]} if "save_all" in options else {}
    image.save(buffer, kind, **options, **more)
    return buffer.getvalue()


def check(data: bytes, steps: int = 1_000) -> bool:
    return is_decodable(data, Budget(steps))


@pytest.mark.parametrize(("kind", "options"), [*KINDS, *FRAMES])
def test_real_files_are_decodable(kind: str, options: dict[str, bool]) -> None:
    data = drawn(kind, options)
    assert check(data)
    assert check(data + b"more behind the end")


@pytest.mark.parametrize(("kind", "options"), KINDS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.99])
def test_cut_files_are_not(kind: str, options: dict[str, bool], part: float) -> None:
    data = drawn(kind, options)
    assert not check(data[: int(len(data) * part)])


@pytest.mark.parametrize("name", [f"{kind} 30x40" for kind in IMAGES])
def test_files_made_by_hand_are_whole(name: str) -> None:
    assert check(file(name))


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"hello", b"%PDF-1.4"])
def test_what_is_no_image_is_left_to_others(data: bytes) -> None:
    assert check(data)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF....WEBP", b"RIFF"])
def test_mere_heads_are_not(data: bytes) -> None:
    assert not check(data)


def test_too_many_parts_are_taken_as_good() -> None:
    """A limit may let a broken image through; it never refuses a good one."""
    data = drawn("GIF", {})
    assert check(data, steps=1)
    assert check(data[:-1], steps=1)
    assert not check(data[:-1])


def test_pngs_may_have_broken_remarks() -> None:
    data = drawn("PNG", {})
    assert check(data[:33] + b"\0\0\0\x01tEXtx\0\0\0\0" + data[33:])
    assert not check(data[:33] + b"\0\0\0\x01IDATx\0\0\0\0" + data[33:])


@settings(max_examples=100)
@given(st.sampled_from(sorted(IMAGES)), st.binary(max_size=40), st.integers(0, 60))
def test_no_bytes_make_the_check_fail(kind: str, noise: bytes, cut: int) -> None:
    assert check(IMAGES[kind](3, 4)[:cut] + noise) in (True, False)
