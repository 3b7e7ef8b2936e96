"""The encoding of signatures, as recorded: protobuf fields in base64.

start?                                 2 bytes, one model
field 2
    field 1, the head                  version, 64 bytes of proof, [model, kind, organization, ...]
    fields 2, 3, 4                     12, 12 and 48 bytes
    field 5, the body                  as long as the thought, and 16 bytes
end                                    2 bytes
"""

from __future__ import annotations

import re
from base64 import b64decode
from hashlib import blake2b

# "3-7-sonnet: constant 248 mostly" (source: recorded): its body does not grow with the thought.
CONSTANT_SIZE_MODELS = "claude-3-7-"
CONSTANT_BODY = 29
# Models retired before heads began to name the model (source: recorded until 2026-02).
_SHORT_HEAD = r"claude-(?:opus|sonnet)-4(?:-[01])?(?:-20\d{6})?|"
_ORGANIZATION = b"00000000-0000-4000-8000-000000000000"
# Two flags and a time in seconds (that of the virtual clock): the end of a head recorded in August 2026.
_HEAD_END = b"\x88\x01\x01\xa8\x01\x80\xb9\x95\xd7\x06"
# Real signatures are longer.
_SHORTEST = 64
# A varint of protobuf holds 64 bits.
_WIDEST = 63


def encode(proof: bytes, marker: bytes, noise: bytes, model: str) -> bytes:
    """The bytes of a signature by ``model``: the ``proof``, then the ``marker`` followed by fields of ``noise``."""
    fields = (
        _encode_field(0x0A, _encode_head(proof, model))
        + _encode_field(0x12, noise[:12])
        + _encode_field(0x1A, noise[12:24])
        + _encode_field(0x22, marker + noise[24 : 72 - len(marker)])
        + _encode_field(0x2A, noise[72:])
    )
    start = b"\x08\x02" if model == "claude-opus-5" else b""
    return (
        start + _encode_field(0x12, fields) + (b"\x18\x02" if model.startswith(CONSTANT_SIZE_MODELS) else b"\x18\x01")
    )


def decode_base64(encoded: object) -> bytes:
    """The bytes of a base64 string; empty for anything else."""
    try:
        return b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
    except ValueError:
        return b""


def read_model(data: bytes) -> str:
    """The model named in the head of a whole signature."""
    head = _read_fields((_read_fields((_read_fields(data) or {}).get(2, b"")) or {}).get(1, b"")) or {}
    return head.get(6, b"").decode("utf-8", "replace")


def is_plausible(data: bytes) -> bool:
    """Whether ``data`` is built like a recorded signature: complete fields, one of which is a message with a head."""
    outer = _read_fields(data) if len(data) >= _SHORTEST else None
    if not outer or 2 not in outer:
        return False
    inner = _read_fields(outer[2])
    return bool(inner) and 1 in (inner or ())


def _encode_head(proof: bytes, model: str) -> bytes:
    if model.startswith(CONSTANT_SIZE_MODELS):
        return b"\x08\x06\x18\x02" + _encode_field(0x22, proof)
    short = b"\x08\x0b\x18\x02" + _encode_field(0x2A, proof)
    if re.fullmatch(_SHORT_HEAD, model):
        return short
    name = _encode_field(0x32, model.encode("utf-8", "replace"))
    kind = b"\x38\x00" + _encode_field(0x42, b"thinking")
    return (
        short
        + name
        + kind
        + _encode_field(0x5A, _ORGANIZATION)
        + _encode_field(0x72, blake2b(proof, digest_size=16).digest())
        + _HEAD_END
    )


def _encode_field(tag: int, value: bytes) -> bytes:
    """One length-delimited protobuf field."""
    length, size = b"", len(value)
    while size > 0x7F:
        length += bytes((size & 0x7F | 0x80,))
        size >>= 7
    return b"%c%b%c%b" % (tag, length, size, value)


def _read_fields(data: bytes) -> dict[int, bytes] | None:
    """The protobuf fields of ``data`` by number (varints as empty bytes), or None when it is incomplete."""
    fields: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        value, at = _read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 2:
            fields[number] = data[at : at + value]
            at += value
        elif wire == 0:
            fields[number] = b""
        else:
            return None
    return fields if at == len(data) else None


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The varint at ``at`` and the place after it; past the end when it is cut or too long."""
    value = shift = 0
    while at < len(data) and shift <= _WIDEST:
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        shift += 7
    return value, len(data) + 1
