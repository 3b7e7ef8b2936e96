"""Ids: alphabet, length, determinism and order."""

from __future__ import annotations

import re

import pytest

from mockserver.reference import ids

SHAPE = re.compile(r"01[1-9A-HJ-NP-Za-km-z]{22}")


def decoded(identifier: str) -> int:
    """The number an id stands for, by the plain definition of base58."""
    number = 0
    for character in identifier.partition("_")[2][2:]:
        number = number * 58 + ids.ALPHABET.index(character)
    return number


@pytest.mark.parametrize("prefix", ["toolu", "srvtoolu", "mcptoolu"])
def test_random_id_has_recorded_shape(prefix: str) -> None:
    for seed in range(200):
        made = ids.make(prefix, seed, b"\x00", "text\ud800")
        assert made.startswith(f"{prefix}_")
        assert SHAPE.fullmatch(made.partition("_")[2])


def test_same_material_gives_same_id() -> None:
    assert ids.make("toolu", 1, "a") == ids.make("toolu", 1, "a")
    assert ids.make("toolu", 1, "a") != ids.make("toolu", 1, "b")
    assert ids.make("toolu", "a", "b") != ids.make("toolu", "ab")
    assert ids.make("toolu", 1) != "toolu" + ids.make("srvtoolu", 1)[len("srvtoolu") :]


def test_timed_id_is_uuid_7() -> None:
    for millis in (0, 1, 123_456_789):
        made = ids.make_timed("msg", millis, 7)
        number = decoded(made)
        assert made.startswith("msg_011C")
        assert SHAPE.fullmatch(made.partition("_")[2])
        assert number >> 80 == ids.EPOCH + millis
        assert number >> 76 & 0xF == 7
        assert number >> 62 & 0b11 == 0b10


def test_timed_ids_of_different_seeds_or_prefixes_differ() -> None:
    made = {ids.make_timed(prefix, 1, seed).partition("_")[2] for prefix in ("msg", "req") for seed in range(1000)}
    assert len(made) == 2000


def test_timed_ids_sort_by_time() -> None:
    made = [ids.make_timed("req", millis, 7) for millis in range(50)]
    assert made == sorted(made)
    assert len(set(made)) == 50


def test_largest_number_fits() -> None:
    assert len(ids._encode((1 << 128) - 1)) == 22


def test_dated_id_tells_the_virtual_time() -> None:
    made = ids.make_dated(61_500, 0xFEDC_BA98_7654_3210)
    assert re.fullmatch(r"20261101000101500\d{6}[a-zA-Z0-9]{8}", made)
    assert made == ids.make_dated(61_500, 0xFEDC_BA98_7654_3210)
    marked = ids.make_dated(61_500, 0xFEDC_BA98_7654_3210, "8268d9d6", "0123456789")
    assert re.fullmatch(r"20261101000101500\d{6}8268d9d6\d{8}", marked)
    # Nanoseconds have no leading zeros.
    assert re.fullmatch(r"20261101000000\d{1,6}[a-zA-Z0-9]{8}", ids.make_dated(0, 1))
    assert len({ids.make_dated(1, seed << 16) for seed in range(10_000)}) == 10_000
