"""Mutations of JSON values and of bytes, each decided by a random generator alone."""

from __future__ import annotations

import marshal
from collections.abc import Callable
from random import Random
from typing import Any

# Values that programs stumble over.
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**53, 2**64 - 1, -(2**63), 1e308, 0.1, "", " ", "\x00", "\u202e", "\u2028", "😀",
    "é" * 300, "{{ prompt.user }}", "{{ 1|round(-10**9) }}", "(a+)+$", "$..*", "../../etc/passwd",
    "sk-ant-api03-fuzzfuzzfuzzfuzz", [], {}, [[]], {"": {}}, "text", "tool_use", "tool_result", "thinking", "image",
    "document", "user", "assistant", "system", "auto", "any", "tool", "enabled", "adaptive", "ephemeral", "base64",
    "url", "claude-opus-5", "claude-haiku-4-5", {"type": "text", "text": "x"}, {"$ref": ""}, {"const": 1},
    {"type": "object", "properties": {"a": {"$ref": "#"}}}, {"type": "string", "pattern": "^(a+)+$"},
    {"minProperties": 100_000}, {"type": "array", "minItems": 10**6},
)  # fmt: skip

Path = tuple[Any, ...]


def mutate_json(value: Any, rng: Random) -> Any:
    """A copy of the value with one to four places changed."""
    mutated = _copy(value)
    for _ in range(rng.randint(1, 4)):
        places = [place for place in list_places(mutated) if place]
        if not places:
            return rng.choice(ODD)
        _change(mutated, rng.choice(places), rng)
    return mutated


def _copy(value: Any) -> Any:
    """A copy of a JSON value, however deep."""
    return marshal.loads(marshal.dumps(value))  # noqa: S302  it was written right here


def list_places(value: Any, path: Path = ()) -> list[Path]:
    """The path of the value, and those of everything inside it."""
    found = [path]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += list_places(inner, (*path, key))
    return found


def _change(root: Any, path: Path, rng: Random) -> None:
    """Replace, remove, double, move or nest what stands at a path."""
    target = root
    for key in path[:-1]:
        target = target[key]
    key = path[-1]
    way = rng.randrange(7)
    if way == 0:
        del target[key]
    elif way == 1 and isinstance(target, list):
        target.insert(key, _copy(target[key]))
    elif way == 2 and isinstance(target, dict):
        target[str(rng.choice(ODD))] = target.pop(key)
    elif way == 3:
        for _ in range(rng.choice((1, 3, 30, 200))):
            target[key] = [target[key]] if rng.random() < 0.5 else {"x": target[key]}
    elif way == 4 and isinstance(target[key], str):
        target[key] = target[key] * rng.choice((0, 2, 100))
    else:
        target[key] = _copy(rng.choice(ODD))


def mutate_bytes(data: bytes, rng: Random) -> bytes:
    """The bytes with one to four pieces changed."""
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(BYTE_WAYS)(data, rng)
    return data


def _flip(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def _insert(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(PIECES) + data[at:]


def _remove(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[at + rng.choice((1, 2, 10, 100)) :]


def _repeat(data: bytes, rng: Random) -> bytes:
    at, size = rng.randrange(len(data) + 1), rng.choice((1, 10, 100))
    return data[:at] + data[at : at + size] * rng.choice((2, 20)) + data[at + size :]


def _truncate(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


BYTE_WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (_flip, _insert, _remove, _repeat, _truncate)
PIECES = (
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b",", b"\xff\xfe", b"\x1f\x8b\x08", b"\r\n\r\n", b"0\r\n\r\n",
    b"%00", b"%ff", b"content-length: 5\r\n", b"content-length: 99999999999\r\n", b"transfer-encoding: chunked\r\n",
    b"expect: 100-continue\r\n", b"connection: upgrade\r\nupgrade: h2c\r\n", b"content-encoding: gzip\r\n",
    b"host: evil.example\r\n", b"{", b"[", b'"', b"}", b"]", b"- ", b"&a ", b"*a", b"!!python/object:os.system ",
    b"<<: *a\n", b"{% for x in y %}", b"{{", b"}}", b"{#", b"include: [/etc/*]\n",
)  # fmt: skip
