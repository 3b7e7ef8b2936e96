"""Files for tests, named by a few words: ``png 3x4``, ``jpeg 3x4 padded 1000`` (of base64 text), ``pdf 2 locked``."""

from __future__ import annotations

import struct
from collections.abc import Callable


def file(name: str) -> bytes:
    """The bytes of the file that these words describe; images have a valid header and no content."""
    kind, size, *options = name.split()
    data = pdf(int(size), locked="locked" in options) if kind == "pdf" else HEADS[kind](*map(int, size.split("x")))
    if "padded" in options:
        data = data.ljust(int(options[-1]) // 4 * 3, b"\0")
    return data


def pdf(pages: int, *, locked: bool = False) -> bytes:
    """A PDF with that many page objects."""
    objects = b"".join(b"%d 0 obj\n<< /Type /Page /Parent 1 0 R >>\nendobj\n" % (number + 2) for number in range(pages))
    lock = b"/Encrypt 9 0 R" if locked else b""
    start = b"%PDF-1.4\n1 0 obj\n<< /Type /Pages /Count " + str(pages).encode() + b" >>\nendobj\n"
    return start + objects + b"trailer << /Root 1 0 R " + lock + b" >>\n%%EOF"


HEADS: dict[str, Callable[[int, int], bytes]] = {
    "png": lambda width, height: b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + struct.pack(">II", width, height) + bytes(9),
    "gif": lambda width, height: b"GIF89a" + struct.pack("<HH", width, height) + bytes(9),
    "jpeg": lambda width, height: (
        b"\xff\xd8\xff\xe0\0\x04\0\0\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width) + bytes(12)
    ),
    "webp": lambda width, height: (
        b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0"
        + bytes(4)
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
        + bytes(9)
    ),
}
