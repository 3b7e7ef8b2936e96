"""Images that can be decoded, and those that are cut or changed: made by hand, and by Pillow."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mockserver.records.budget import Budget
from mockserver.reference.decodable import is_decodable
from tests.pictures import IMAGES, announce_gif, announce_png, file, gif, jpeg, make_png, png, png_part

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


def check(data: bytes, steps: int = 1_000, characters: int = 1_000_000) -> bool:
    return is_decodable(data, Budget(steps, characters))


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


MODES = ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"]


def painted(mode: str, width: int, height: int) -> bytes:
    """A PNG of that mode."""
    buffer = io.BytesIO()
    Image.new(mode, (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (8, 9), (61, 47)])
@pytest.mark.parametrize("mode", MODES)
def test_pngs_hold_each_of_their_rows(mode: str, size: tuple[int, int]) -> None:
    data = painted(mode, *size)
    assert check(data)
    assert not check(announce_png(data, size[0], size[1] + 1))


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (5, 9), (61, 47)])
@pytest.mark.parametrize("bits", [1, 8])
def test_interlaced_pngs_hold_each_of_their_passes(bits: int, size: tuple[int, int]) -> None:
    assert check(interlaced(*size, bits))
    assert not check(interlaced(*size, bits, missing=1))


def interlaced(width: int, height: int, bits: int, missing: int = 0) -> bytes:
    """A grey PNG in seven passes, the last bytes of which may be missing; its rows are counted pixel by pixel."""
    rows = [
        bytes(1 + -(-len(columns) * bits // 8))
        for left, top, right, down in ADAM7
        for _ in range(top, height, down)
        if (columns := range(left, width, right))
    ]
    return make_png(struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 1), b"".join(rows)[: -missing or None])


ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


@pytest.mark.parametrize(
    "header",
    [
        (0, 4, 8, 2, 0, 0, 0),
        (4, 4, 3, 0, 0, 0, 0),
        (4, 4, 8, 1, 0, 0, 0),
        (4, 4, 4, 6, 0, 0, 0),
        (4, 4, 8, 0, 1, 0, 0),
        (4, 4, 8, 0, 0, 1, 0),
        (4, 4, 8, 0, 0, 0, 2),
    ],
)
def test_heads_of_pngs_mean_something(header: tuple[int, ...]) -> None:
    assert check(make_png(struct.pack(">IIBBBBB", 4, 4, 8, 2, 0, 0, 0), bytes(52)))
    assert not check(make_png(struct.pack(">IIBBBBB", *header), bytes(1_000)))


def test_pixels_that_cannot_be_unpacked_are_none() -> None:
    data = png(30, 40)
    packed = data[41:-16]
    assert not check(data.replace(data[37:-12], png_part(b"IDAT", packed[:4] + b"\xff" * len(packed))[4:]))


def test_pixels_may_come_in_parts() -> None:
    data = png(30, 40)
    parts = [png_part(b"IDAT", data[at : at + 1]) for at in range(41, len(data) - 16)]
    assert check(data[:33] + b"".join(parts) + data[-12:])
    assert not check(data[:33] + b"".join(parts[:-12]) + data[-12:])


def test_pixels_beyond_the_budget_are_not_counted() -> None:
    """A bomb costs no more than the budget; what cannot hold so much, whatever it is, costs nothing."""
    short = announce_png(png(3000, 1000), 3000, 1001)
    assert not check(short)
    assert check(short, characters=100_000)
    assert not check(announce_png(short, 300_000, 300_000), characters=0)


@pytest.mark.parametrize("size", [(1, 1), (30, 40), (300, 400), (3000, 2000)])
def test_gifs_hold_their_pixels(size: tuple[int, int]) -> None:
    data = gif(*size)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
    assert check(data)
    assert not check(announce_gif(data, 65_535, 65_535))


def test_gifs_have_codes_of_twelve_bits_at_most() -> None:
    data = gif(3, 4)
    assert not check(data[:29] + b"\x0c" + data[30:])


def test_frames_of_webp_hold_what_they_announce() -> None:
    data = drawn("WEBP", {"lossless": False})
    at = data.index(b"VP8 ") + 8
    assert check(data)
    assert not check(data[:at] + (0xFFFFE0 | data[at]).to_bytes(3, "little") + data[at + 3 :])


def test_jpegs_hold_something_behind_the_head_of_their_scan() -> None:
    data = jpeg(3, 4)
    assert check(data)
    assert not check(data[:-6] + data[-2:])


def test_pngs_may_have_broken_remarks() -> None:
    data = drawn("PNG", {})
    assert check(data[:33] + b"\0\0\0\x01tEXtx\0\0\0\0" + data[33:])
    assert not check(data[:33] + b"\0\0\0\x01IDATx\0\0\0\0" + data[33:])


@settings(max_examples=100)
@given(st.sampled_from(sorted(IMAGES)), st.binary(max_size=40), st.integers(0, 60))
def test_no_bytes_make_the_check_fail(kind: str, noise: bytes, cut: int) -> None:
    assert check(IMAGES[kind](3, 4)[:cut] + noise) in (True, False)
