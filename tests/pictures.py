"""Files for tests, named by a few words: ``png 3x4``, ``jpeg 3x4 padded 1000`` (of base64 text), ``pdf 2 locked``,
``gif 3x4 cut 1``, ``png 3x4 announced 3x5`` (of which a row is missing)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable


def file(name: str) -> bytes:
    """The bytes of the file that these words describe; images are whole, their pixels are not, but for PNG and GIF.

    ``cut N`` leaves N bytes out at the end, ``flip N`` changes the byte N places before it.
    """
    kind, size, *options = name.split()
    data = pdf(int(size), locked="locked" in options) if kind == "pdf" else IMAGES[kind](*map(int, size.split("x")))
    if "announced" in options:
        data = ANNOUNCING[kind](data, *map(int, options[-1].split("x")))
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
    rows = (b"\0" + b"\xff" * -(-width // 8)) * height
    return make_png(struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0), rows)


def make_png(header: bytes, rows: bytes) -> bytes:
    """A PNG of this IHDR and of these rows."""
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_part(*part) for part in parts)


def png_part(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG with its length and its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def announce_png(data: bytes, width: int, height: int) -> bytes:
    """The PNG with another size in its head."""
    return data[:8] + png_part(b"IHDR", struct.pack(">II", width, height) + data[24:29]) + data[33:]


def announce_gif(data: bytes, width: int, height: int) -> bytes:
    """The GIF with another size in its heads."""
    size = struct.pack("<HH", width, height)
    return data[:6] + size + data[10:24] + size + data[28:]


def gif(width: int, height: int) -> bytes:
    """A GIF of one colour, in codes of which each makes a run that is one pixel longer."""
    bits, missing = [f"{4:03b}"], width * height
    for made, code in enumerate((0, *range(6, 4096), *[4095] * (missing // 4090))):
        if missing <= 0:
            break
        # The codes so far, and the one that this code makes, tell how wide it is.
        bits.append(f"{code:0{min(12, max(3, (made + 5).bit_length()))}b}")
        missing -= min(made + 1, 4091)
    stream = "".join(reversed(bits))
    packed = int(stream, 2).to_bytes(-(-len(stream) // 8), "little")
    blocks = b"".join(bytes([len(packed[at : at + 255])]) + packed[at : at + 255] for at in range(0, len(packed), 255))
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\0\0" + bytes(6)
    return head + b"," + struct.pack("<HHHH", 0, 0, width, height) + b"\0\x02" + blocks + b"\0;"


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
ANNOUNCING: dict[str, Callable[[bytes, int, int], bytes]] = {"png": announce_png, "gif": announce_gif}
