"""The times of the pieces of an answer, packed."""

from __future__ import annotations

import pytest

from mockserver.store.calls import MOST_TIMES, Departure, pack_times, unpack_times


@pytest.mark.parametrize("number", [0, 1, 7, MOST_TIMES, MOST_TIMES + 1, 3 * MOST_TIMES + 5])
def test_times_come_back_in_bounded_bytes(number: int) -> None:
    times = [float(index) for index in range(number)]
    packed = pack_times(times)
    assert len(packed) <= 4 * MOST_TIMES
    found = unpack_times(Departure(pieces=number, times=packed))
    assert len(found) == number
    step = -(-number // MOST_TIMES) or 1
    assert all(0 <= time - kept < step for time, kept in zip(times, found, strict=True))


def test_broken_bytes_are_no_times() -> None:
    assert unpack_times(Departure(pieces=3, times=b"abc")) == []
