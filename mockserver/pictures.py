"""Width and height of images, read from the first bytes of PNG, JPEG, GIF and WebP data."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from struct import unpack
from typing import Any

# Enough for the headers of nearly all images; a JPEG with larger metadata has no readable size.
_HEAD = 65_536


def size_of(source: Mapping[str, Any]) -> tuple[int, int] | None:
    """Width and height in pixels of a base64 ``source``; None for other sources and unreadable data."""
    encoded = source.get("data")
    if not isinstance(encoded, str):
        return None
    try:
        return measure(b64decode(encoded[:_HEAD]))
    except ValueError:
        return None


def measure(data: bytes) -> tuple[int, int] | None:
    """Width and height of the image whose first bytes are ``data``."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return unpack(">II", data[16:24])
    if data[:4] == b"GIF8" and len(data) >= 10:
        return unpack("<HH", data[6:10])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30:
        return _webp(data)
    return _jpeg(data) if data[:2] == b"\xff\xd8" else None


def _webp(data: bytes) -> tuple[int, int] | None:
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8 ":
        width, height = unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    bits = int.from_bytes(data[21:25], "little")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        # Start of frame; C4, C8 and CC are tables.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None
