"""Tells whether the packed data of an image can hold all the pixels that its head announces.

Source: all PNGs that the API took in recordings hold all their pixels (2024 to 2026-08); that others cannot be
processed is by analogy with those that are cut (recorded 2025-08), GIF and WebP likewise.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator

from mockserver.records.budget import Budget, OverBudgetError

# Of a PNG, by colour type: the samples of a pixel, and the bits that a sample may have.
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Of each pass of an interlaced PNG: the first column and row, and the steps to the next ones.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
# Deflate makes no more bytes of one; bytes that are unpacked at a time.
_RATIO, _PIECE = 1032, 1 << 16
# The longest codes of a GIF have 12 bits.
_LARGEST_CODE = 11


def holds_png(header: bytes, parts: list[memoryview], budget: Budget) -> bool:
    """Whether a PNG with this IHDR has a colour type, a size and all its rows in its IDAT ``parts``.

    The characters of ``budget`` are the bytes that may be unpacked; True also when these are used up.
    """
    needed = _count_rows(header)
    if not needed or sum(map(len, parts)) * _RATIO < needed:
        return False
    try:
        for size in _unpack(parts):
            budget.spend(size)
            needed -= size
            if needed <= 0:
                return True
    except zlib.error:
        return False
    except OverBudgetError:
        return True
    return False


def _count_rows(header: bytes) -> int:
    """The bytes of all rows, each with its filter; 0 for a header that means nothing."""
    width, height, depth, colour, compression, filtering, interlace = struct.unpack_from(">IIBBBBB", header)
    if depth not in _DEPTHS.get(colour, ()) or compression or filtering or interlace > 1:
        return 0
    bits = depth * _SAMPLES[colour]
    total = 0
    for left, top, right, down in _PASSES if interlace else ((0, 0, 1, 1),):
        columns, rows = -(-(width - left) // right), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + -(-columns * bits // 8))
    return total


def _unpack(parts: Iterable[memoryview]) -> Iterator[int]:
    """The lengths of the pieces that deflated data makes; its pieces are not kept."""
    unpacker = zlib.decompressobj()
    for part in parts:
        rest: bytes | memoryview = part
        while piece := unpacker.decompress(rest, _PIECE):
            yield len(piece)
            rest = unpacker.unconsumed_tail


def holds_gif(width: int, height: int, code: int, size: int) -> bool:
    """Whether ``size`` bytes of codes, which begin with ``code`` bits, can make so many pixels.

    Each code makes a run at most one pixel longer than the one before it.
    """
    codes = size * 8 // (code + 1)
    return code <= _LARGEST_CODE and codes * (codes + 1) // 2 >= width * height


def holds_vp8(start: bytes, length: int) -> bool:
    """Whether a lossy WebP frame of so many bytes has room for the first partition that its ``start`` announces."""
    return (int.from_bytes(start[:3], "little") >> 5) + 10 <= length
