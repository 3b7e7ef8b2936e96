"""Records as bytes: MessagePack, and JSON for the rare ones whose texts hold half a character."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_PACKED, _JSON = b"\x01", b"\x02"
_encoder = msgspec.msgpack.Encoder()
_DECODERS: dict[Any, Any] = {}


def pack(record: object) -> bytes:
    """The bytes of a record; the first one says how they are written."""
    try:
        return _PACKED + _encoder.encode(record)
    except UnicodeEncodeError:
        # JSON has escapes for half a character (a lone surrogate), MessagePack has not.
        return _JSON + json.dumps(msgspec.to_builtins(record, str_keys=True)).encode()


def unpack(data: bytes, kind: type[T]) -> T:
    """The record that these bytes stand for."""
    if data[:1] == _PACKED:
        return _decoder(kind).decode(memoryview(data)[1:])  # type: ignore[no-any-return]
    return msgspec.convert(json.loads(data[1:]), kind, str_keys=True)


def _decoder(kind: Any) -> Any:
    found = _DECODERS.get(kind)
    if found is None:
        found = _DECODERS[kind] = msgspec.msgpack.Decoder(kind)
    return found


def to_bytes(text: str) -> bytes:
    """A text as the database holds it: it may have half characters, which SQLite's texts may not."""
    return text.encode("utf-8", "surrogatepass")


def to_text(data: bytes) -> str:
    """The text again."""
    return data.decode("utf-8", "surrogatepass")
