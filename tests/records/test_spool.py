"""Bodies in temporary files."""

from __future__ import annotations

import io
import tempfile
from typing import Any

import pytest

from mockserver.records.spool import Spool


def test_each_reader_reads_from_the_beginning() -> None:
    spool = Spool()
    for piece in (b"one ", b"two ", b"three"):
        spool.write(piece)
    first, second = spool.open(), spool.open()
    assert first.read(5) == b"one t"
    assert second.read() == b"one two three"
    assert first.read() == b"wo three"
    assert first.seek(-5, io.SEEK_END) == 8
    assert first.read() == b"three"
    assert spool.size == 13


def test_spool_without_bytes_is_empty() -> None:
    assert Spool().open().read() == b""


def test_full_disk_is_noted_and_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.BytesIO):
        def write(self, _: Any) -> int:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", Full)
    spool = Spool()
    spool.write(b"x")
    spool.write(b"y")
    assert (spool.error, spool.size, spool.open().read()) == ("No space left on device", 0, b"")
