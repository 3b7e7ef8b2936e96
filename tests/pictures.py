"""Files for tests, named by a few words: ``png 3x4``, ``jpeg 3x4 padded 1000`` (of base64 text), ``pdf 2 locked``,
``gif 3x4 cut 1``."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable


def file(name: str) -> bytes:
    """The bytes of the file that these words describe; images are whole, their pixels are not.

    ``cut N`` leaves N bytes out at the end, ``flip N`` changes the byte N places before it.
    """
    kind, size, *options = name.split()
    data = pdf(int(size), locked="locked" in options) if kind == "pdf" else IMAGES[kind](*map(int, size.split("x")))
    if "padded" in options:
        data = data.ljust(int(options[-1]) // 4 * 3, b"\0")
    if "cut" in options:
        data = data[: -int(options[-1])]
    if "flip" in options:
        at = len(data) - int(options[-1])
        data = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
    return data


def pdf(pages: int, *, locked: bool = False) -> bytes:
    """A PDF with that many page objects."""
    objects = b"".join(b"%d 0 obj\n<< /Type /Page /Parent 1 0 R >>\nendobj\n" % (number + 2) for number in range(pages))
    lock = b"/Encrypt 9 0 R" if locked else b""
    start = b"%PDF-1.4\n1 0 obj\n<< /Type /Pages /Count " + str(pages).encode() + b" >>\nendobj\n"
    return start + objects + b"trailer << /Root 1 0 R " + lock + b" >>\n%%EOF"


def png(width: int, height: int) -> bytes:
    """A white PNG of one bit a pixel."""
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = (b"\0" + b"\xff" * -(-width // 8)) * height
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_png_part, parts))


def _png_part(part: tuple[bytes, bytes]) -> bytes:
    kind, data = part
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def gif(width: int, height: int) -> bytes:
    """A GIF of two colours; its pixels are missing, its blocks are not."""
    return (
        b"GIF89a"
        + struct.pack("<HH", width, height)
        + b"\x80\0\0"
        + bytes(6)
        + (b"," + struct.pack("<HHHH", 0, 0, width, height) + b"\0\x02\x02\x44\x01\0;")
    )


def jpeg(width: int, height: int) -> bytes:
    """A JPEG without tables."""
    frame = b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\0"
    return b"\xff\xd8\xff\xe0\0\x04\0\0" + frame + b"\xff\xda\0\x08\x01\x01\0\0?\0" + bytes(4) + b"\xff\xd9"


def webp(width: int, height: int) -> bytes:
    """A WebP in the extended form."""
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunks = b"WEBPVP8X\x0a\0\0\0" + bytes(4) + size + b"VP8L\x06\0\0\0\x2f" + bytes(5)
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


IMAGES: dict[str, Callable[[int, int], bytes]] = {"png": png, "gif": gif, "jpeg": jpeg, "webp": webp}
