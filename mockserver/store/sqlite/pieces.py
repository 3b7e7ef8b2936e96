"""What is too large for one short transaction, in pieces: nobody who writes beside it waits for more than one."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.store.sqlite.database import Database

# Bytes of a piece.
PIECE = 64 * 1024


def save_pieces(database: Database, parts: Sequence[bytes]) -> int:
    """Write parts behind each other, in transactions of their own; returns the number under which they are found."""
    payload, at = database.next("payload"), 0
    for part in parts:
        view = memoryview(part)
        for begin in range(0, len(part), PIECE):
            database.run("INSERT INTO pieces VALUES (?, ?, ?)", payload, at, view[begin : begin + PIECE])
            at += 1
            database.give_way()
    return payload


def load_pieces(database: Database, payload: int, sizes: Sequence[int]) -> list[bytes]:
    """The parts that were written, of these sizes."""
    rows = database.scan("SELECT data FROM pieces WHERE payload = ? ORDER BY piece", payload)
    pieces, parts = iter(rows), []
    for size in sizes:
        part = bytearray()
        while len(part) < size:
            part += next(pieces)[0]
        parts.append(bytes(part))
    return parts
