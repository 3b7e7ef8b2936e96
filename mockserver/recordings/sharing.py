"""Keeps what JSON bodies have in common once: the messages of a conversation, its system text, its tools."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

import msgspec
import orjson
from msgspec import Raw

# By key of a body: the exchange whose value it has, or for messages also how many of the first ones.
Shared = Mapping[str, int | tuple[int, int]]
MESSAGES = "messages"
# Bytes of a value that are worth a reference.
_WORTH = 200
_Parts = dict[str, bytes]

_read_parts = msgspec.json.Decoder(dict[str, Raw])
_read_items = msgspec.json.Decoder(list[Raw])


def minify(body: bytes) -> bytes | None:
    """A JSON object or list without the space between its tokens, which stay as they are; None when it is neither."""
    if body.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        # Both read it: what has half a character, or is nested too deeply, is kept as text.
        orjson.loads(body)
        return msgspec.json.format(body, indent=-1)
    except (ValueError, RecursionError):
        return None


class Shelf:
    """The values of earlier bodies, to which later ones may refer."""

    def __init__(self) -> None:
        # Who had a value first, and who a beginning of messages, by its digest.
        self._values: dict[tuple[str, bytes], int] = {}
        self._beginnings: dict[bytes, tuple[int, int]] = {}
        # What was restored: bodies, and the parts and messages of those that are referred to.
        self._bodies: dict[int, bytes] = {}
        self._parts: dict[int, _Parts] = {}
        self._items: dict[int, list[bytes]] = {}

    def add(self, number: int, body: bytes) -> tuple[bytes, dict[str, int | tuple[int, int]]]:
        """What is new in a body, and where the rest of it is.

        Args:
            number: the exchange that later bodies refer to.
            body: its body. One that is no JSON object, or has a key twice, is new as a whole.
        """
        parts = _split(body)
        if parts is None or _join(parts) != body:
            return body, {}
        shared: dict[str, int | tuple[int, int]] = {}
        for key, value in parts.items():
            if len(value) < _WORTH:
                continue
            known = self._values.setdefault((key, _digest(value)), number)
            if known != number:
                shared[key], parts[key] = known, b"null"
            elif key == MESSAGES and (found := self._find_beginning(number, value)) is not None:
                shared[key], parts[key] = found
        return _join(parts), shared

    def _find_beginning(self, number: int, value: bytes) -> tuple[tuple[int, int], bytes] | None:
        """The longest beginning that these messages share with earlier ones, and what follows it."""
        if (items := _split_items(value)) is None or _join_items(items) != value:
            return None
        digest, longest = b"", None
        for count, item in enumerate(items, 1):
            digest = _digest(digest + item)
            known = self._beginnings.setdefault(digest, (number, count))
            if known[0] != number:
                longest = known
        if longest is None or len(_join_items(items[: longest[1]])) < _WORTH:
            return None
        return longest, _join_items(items[longest[1] :])

    def restore(self, number: int, own: bytes, shared: Shared) -> bytes:
        """The body of which ``own`` is new, and ``shared`` the rest.

        Raises:
            ValueError: it refers to what is not there.
        """
        body = own
        if shared:
            parts = _split(own) or {}
            for key, source in shared.items():
                if key not in parts:
                    raise ValueError(f"shared: there is no {key} in json")
                parts[key] = self._find(number, key, source, parts[key])
            body = _join(parts)
        self._bodies[number] = body
        return body

    def _find(self, number: int, key: str, source: int | tuple[int, int], own: bytes) -> bytes:
        if isinstance(source, int):
            return self._find_value(source, key)
        earlier, count = source
        if key != MESSAGES or not 0 < count <= len(self._list_items(earlier)):
            raise ValueError(f"shared: exchange {earlier} has no {count} first {key}")
        items = [*self._list_items(earlier)[:count], *(_split_items(own) or ())]
        self._items[number] = items
        return _join_items(items)

    def _find_value(self, number: int, key: str) -> bytes:
        if number not in self._parts:
            self._parts[number] = _split(self._bodies.get(number, b"")) or {}
        value = self._parts[number].get(key)
        if value is None:
            raise ValueError(f"shared: there is no earlier exchange {number} with {key}")
        return value

    def _list_items(self, number: int) -> list[bytes]:
        if number not in self._items:
            self._items[number] = _split_items(self._find_value(number, MESSAGES)) or []
        return self._items[number]


def _digest(value: bytes) -> bytes:
    return blake2b(value, digest_size=16).digest()


def _split(body: bytes) -> _Parts | None:
    """The values of a JSON object; None when it is none."""
    try:
        return {key: bytes(value) for key, value in _read_parts.decode(body).items()}
    except msgspec.DecodeError:
        return None


def _join(parts: _Parts) -> bytes:
    return b"{" + b",".join([orjson.dumps(key) + b":" + value for key, value in parts.items()]) + b"}"


def _split_items(value: bytes) -> list[bytes] | None:
    """The items of a JSON list; None when it is none."""
    try:
        return [bytes(item) for item in _read_items.decode(value)]
    except msgspec.DecodeError:
        return None


def _join_items(items: list[bytes]) -> bytes:
    return b"[" + b",".join(items) + b"]"
