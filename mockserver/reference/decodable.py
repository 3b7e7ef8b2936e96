"""Tells whether an image can be decoded, as far as that shows without decoding it: its parts are whole, and it ends.

Checksums are compared, and lengths followed from part to part; of PNGs the pixels are unpacked to count them, within a
budget (source of what is looked for: recorded 2025-08, a PNG with a wrong checksum and without its end; JPEG, GIF and
WebP by analogy).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from mockserver.records.budget import Budget, OverBudgetError
from mockserver.reference import pixels

_JPEG_END = b"\xff\xd9"
_JPEG_SCAN = 0xDA
# Start-of-frame markers of JPEG, arithmetic coding included, and markers without a length.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD8)))
_GIF_EXTENSION, _GIF_IMAGE = 0x21, 0x2C


def is_decodable(data: bytes, budget: Budget) -> bool:
    """Whether the image in ``data`` is whole; True also for what is no known image, or has more parts than the budget.

    Args:
        data: the bytes of a file.
        budget: the steps that may be taken, one a part, and as its characters the bytes that may be unpacked to count
            pixels; when these are used up, pixels are not counted.
    """
    check = next((check for start, check in _CHECKS.items() if data.startswith(start)), None)
    if check is None:
        return True
    try:
        return check(data, budget)
    except OverBudgetError:
        return True
    except (struct.error, IndexError):
        # A part, or its length, is cut off.
        return False


def _is_png_whole(data: bytes, budget: Budget) -> bool:
    packed: list[memoryview] = []
    at, whole = 8, memoryview(data)
    while True:
        budget.take_steps()
        length, kind = struct.unpack_from(">I4s", data, at)
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        # A lower-case letter marks what a decoder may leave out.
        if kind[:1].isupper() and zlib.crc32(whole[at + 4 : at + 8 + length]) != checksum:
            return False
        if kind == b"IEND":
            return data[12:16] == b"IHDR" and pixels.holds_png(data[16:29], packed, budget)
        if kind == b"IDAT":
            packed.append(whole[at + 8 : at + 8 + length])
        at += 12 + length


def _is_jpeg_whole(data: bytes, budget: Budget) -> bool:
    at, has_frame = 2, False
    while True:
        budget.take_steps()
        if data[at] != 0xFF:
            return False
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        has_frame = has_frame or marker in _JPEG_FRAMES
        at += 1 if marker in _JPEG_BARE else 1 + struct.unpack_from(">H", data, at + 1)[0]
        if marker == _JPEG_SCAN:
            # There is something in the scan, and an end behind it.
            return has_frame and data.find(_JPEG_END, at) > at


def _is_gif_whole(data: bytes, budget: Budget) -> bool:
    at = 13 + _table_length(data[10])
    while data[at] == _GIF_EXTENSION:
        at = _skip_blocks(data, at + 2, budget)
    if data[at] != _GIF_IMAGE:
        return False
    width, height = struct.unpack_from("<HH", data, at + 5)
    start = at + 11 + _table_length(data[at + 9])
    end = _skip_blocks(data, start, budget)
    return data.find(b";", end) >= 0 and pixels.holds_gif(width, height, data[start - 1], end - start)


def _table_length(flags: int) -> int:
    """The bytes of the colour table that these flags announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip_blocks(data: bytes, at: int, budget: Budget) -> int:
    while size := data[at]:
        budget.take_steps()
        at += size + 1
    return at + 1


def _is_webp_whole(data: bytes, budget: Budget) -> bool:
    end = 8 + int(struct.unpack_from("<I", data, 4)[0])
    at = 12
    while at < end <= len(data):
        budget.take_steps()
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in _WEBP_PIXELS:
            place, sign = _WEBP_PIXELS[kind]
            is_signed = at + 8 + length <= end and data.startswith(sign, at + 8 + place)
            return is_signed and (kind != b"VP8 " or pixels.holds_vp8(data[at + 8 : at + 11], length))
        at += 8 + length + (length & 1)
    return False


# The chunks of WebP with an image in them: where in it a sign stands, and which.
_WEBP_PIXELS = {b"VP8 ": (3, b"\x9d\x01\x2a"), b"VP8L": (0, b"\x2f"), b"ANMF": (0, b"")}

_CHECKS: dict[bytes, Callable[[bytes, Budget], bool]] = {
    b"\x89PNG\r\n\x1a\n": _is_png_whole,
    b"\xff\xd8\xff": _is_jpeg_whole,
    b"GIF8": _is_gif_whole,
    b"RIFF": _is_webp_whole,
}
