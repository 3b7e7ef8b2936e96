"""Ids as the API writes them: a prefix, ``01`` and a 128-bit number as 22 base58 characters, made from a seed.

No clock is read here. Ids that carry a time (UUIDv7) carry a virtual one: ``EPOCH`` plus the milliseconds the caller
has counted (one per call of a session is enough). So the same requests to two fresh servers get the same ids, and ids
still sort in the order in which they were given out.
"""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from hashlib import blake2b

# No 0, O, I, l (source: 9,232 recorded ids without exception).
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# 2026-11-01T00:00:00Z in milliseconds: where the virtual clock starts.
EPOCH = 1_793_491_200_000

_PAIRS = tuple(a + b for a in ALPHABET for b in ALPHABET)
# The values that so many digits have.
_TWO, _FOUR, _EIGHT = 58**2, 58**4, 58**8
# The fixed bits of a UUIDv7 (version and variant), and a mask of its random bits.
_FIXED = 7 << 76 | 0b10 << 62
_RANDOM = (1 << 62) - 1
_SALT = 0x9E37_79B9_7F4A_7C15


def make(prefix: str, *material: object) -> str:
    """A random-looking id (``toolu``, ``srvtoolu``, ``mcptoolu`` ...): the same ``material`` gives the same id.

    ``material`` is any mix of strings, numbers and bytes; its ``repr`` is hashed.
    """
    return f"{prefix}_01{_encode(_hash(prefix, material))}"


def make_timed(prefix: str, millis: int, seed: int) -> str:
    """An id that begins with a time, a UUIDv7 (``req``, ``msg``, ``file``, ``container``).

    ``millis`` counts virtual milliseconds since ``EPOCH``; see the module's first lines for why it is not the clock.
    ``seed``, a number as good as random, decides the rest.
    """
    high = (EPOCH + millis) << 80 | _FIXED | (seed & 0xFFF) << 64
    return f"{prefix}_01{_encode(high | (seed ^ _SALT) * _make_multiplier(prefix) & _RANDOM)}"


def make_dated(millis: int, seed: int, mark: str = "", letters: str = ALPHANUMERIC) -> str:
    """The id of a request as new-api and one-api write it: a date and a time, nanoseconds without leading zeros, a
    ``mark``, eight ``letters`` (source: source code of new-api, 2026, and one-api, 2025).

    ``millis`` and ``seed`` as for ``make_timed``; the date is that of the virtual clock in UTC.
    """
    at = read_clock(millis)
    nanoseconds = at.microsecond * 1000 + seed % 1_000_000
    base = len(letters)
    end = "".join([letters[(seed >> 16) // base**place % base] for place in range(8)])
    return f"{at:%Y%m%d%H%M%S}{nanoseconds}{mark}{end}"


def read_clock(millis: int) -> datetime:
    """The time of the virtual clock after so many virtual milliseconds; for times that an answer shows."""
    return datetime.fromtimestamp((EPOCH + millis) / 1000, timezone.utc)


@lru_cache(maxsize=64)
def _make_multiplier(prefix: str) -> int:
    """An odd number: multiplying by it maps no two seeds to the same value."""
    return _hash(prefix, ()) | 1


def _hash(prefix: str, material: tuple[object, ...]) -> int:
    return int.from_bytes(blake2b(repr((prefix, material)).encode(), digest_size=16).digest(), "big")


def _encode(number: int) -> str:
    """``number`` (128 bits) as 22 characters, most significant first."""
    # Integers of at most 60 bits divide faster than longer ones: six digits, then eight and eight.
    number, last = divmod(number, _EIGHT)
    first, middle = divmod(number, _EIGHT)
    (a, b), (c, d) = divmod(middle, _FOUR), divmod(last, _FOUR)
    pairs, two = _PAIRS, _TWO
    return (
        f"{_encode_six(first)}{pairs[a // two]}{pairs[a % two]}{pairs[b // two]}{pairs[b % two]}"
        f"{pairs[c // two]}{pairs[c % two]}{pairs[d // two]}{pairs[d % two]}"
    )


# The most significant digits of an id that carries a time stay the same for thousands of milliseconds.
@lru_cache(maxsize=64)
def _encode_six(number: int) -> str:
    high, low = divmod(number, _FOUR)
    return f"{_PAIRS[high]}{_PAIRS[low // _TWO]}{_PAIRS[low % _TWO]}"
