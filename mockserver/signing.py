"""Signatures of thinking blocks: made like the API's own, and recognised when a block comes back.

A signature is base64 of a protobuf of the recorded form: a head (64 bytes of proof, model, kind, organization), three
short fields and a body as long as the thought. In ours the 64 bytes are a marker, digests of the thought and of the
conversation before it, and a MAC keyed with the server's secret. What carries no marker of ours but is built like a
real signature is foreign: it came from the real API, which signs with a key we don't have.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b, shake_128
from hmac import compare_digest
from typing import Any

import orjson

OK, FOREIGN, INVALID, MODIFIED = "ok", "foreign", "invalid", "modified"

# Stands at two places, so that a changed byte in one of them does not turn our signature into a foreign one.
_MARKER = b"\xe5mock\x9a\x01"
_PROOF = 64
_MAC = 24
# What the proof says of the thought.
_SHOWN, _OMITTED, _REDACTED = b"\x00", b"\x01", b"\x02"

_ORGANIZATION = b"00000000-0000-0000-0000-000000000000"
# Two flags and a time in seconds (that of the virtual clock): the end of a head recorded in August 2026.
_HEAD_END = b"\x88\x01\x01\xa8\x01\x80\xb9\x95\xd7\x06"
# Recorders that mask secrets leave such placeholders; replayed recordings must be accepted.
_MASKED = re.compile(r"\w+_REDACTED_\w+")
# "3-7-sonnet: constant 248 mostly" (source: recorded): its body does not grow.
_CONSTANT = "claude-3-7-"
_CONSTANT_BODY = 29
# Retired before heads began to name the model (source: recorded until 2026-02).
_SHORT_HEAD = re.compile(r"claude-(?:opus|sonnet)-4(?:-[01])?(?:-20\d{6})?|")
_REDACTED_BODY = 602
_PLAUSIBLE = 64


@dataclass(frozen=True)
class Seal:
    """What one of our signatures proves.

    ``text`` and ``prefix`` are digests; ``prefix`` is empty when unbound. ``model`` is "" where heads don't name it.
    """

    kind: bytes
    model: str
    text: bytes
    prefix: bytes


class Signer:
    """Signs thinking blocks and examines them, with a key derived from one server's ``secret``."""

    def __init__(self, secret: bytes) -> None:
        self._key = blake2b(secret, digest_size=32, person=b"thinking").digest()
        # Stands where there is no prefix; zeros would not look like a signature.
        self._unbound = blake2b(self._key, digest_size=16).digest()

    def sign(self, thinking: str, model: str, prefix: bytes = b"", *, shown: bool = True) -> str:
        """The signature of ``thinking``; its length grows with the text as recorded.

        ``prefix`` is what `prefix_digest` gave, for models which bind their thoughts to the conversation before them.
        ``shown=False`` says that the block leaves the text out (display ``omitted``).
        """
        text = thinking.encode("utf-8", "surrogatepass")
        size = _CONSTANT_BODY if model.startswith(_CONSTANT) else len(text) + 16
        return self._wrap(_SHOWN if shown else _OMITTED, _digest(text), prefix or self._unbound, model, size)

    def redacted(self, *seed: object) -> str:
        """The ``data`` of a redacted_thinking block; the same ``seed`` gives the same data."""
        return self._wrap(_REDACTED, _digest(repr(seed).encode()), self._unbound, "", _REDACTED_BODY)

    def examine(self, block: Mapping[str, Any]) -> str:
        """``ok`` (ours, intact), ``modified`` (ours, other text), ``foreign`` (the real API's) or ``invalid``.

        ``block`` is a thinking or redacted_thinking block. Text put into a field that was empty is "ignored, not
        rejected" (source: the API's page on preserved thinking).
        """
        is_redacted = block.get("type") == "redacted_thinking"
        encoded = block.get("data" if is_redacted else "signature")
        data = _decoded(encoded)
        if _MARKER not in data:
            return FOREIGN if _is_plausible(data) or _MASKED.fullmatch(str(encoded)) else INVALID
        said = self._open(data)
        if said is None or (said[:1] == _REDACTED) is not is_redacted:
            return INVALID
        if said[:1] != _SHOWN:
            return OK
        text = str(block.get("thinking", "")).encode("utf-8", "surrogatepass")
        return OK if said[1:17] == _digest(text) else MODIFIED

    def seal(self, block: Mapping[str, Any]) -> Seal | None:
        """What the signature of a thinking block proves when it is ours and intact, else None."""
        data = _decoded(block.get("signature"))
        said = self._open(data) if _MARKER in data else None
        if said is None:
            return None
        prefix = said[17:]
        return Seal(said[:1], _model(data), said[1:17], b"" if prefix == self._unbound else prefix)

    def _wrap(self, kind: bytes, text: bytes, prefix: bytes, model: str, size: int) -> str:
        said = kind + text + prefix
        noise = shake_128(self._key + said + model.encode("utf-8", "replace")).digest(65 + size)
        head = _head(_MARKER + said + bytes(_MAC), model)
        sealed = (
            _field(0x0A, head)
            + _field(0x12, noise[:12])
            + _field(0x1A, noise[12:24])
            + _field(0x22, _MARKER + noise[24:65])
            + _field(0x2A, noise[65:])
        )
        start = b"\x08\x02" if model == "claude-opus-5" else b""
        data = start + _field(0x12, sealed) + (b"\x18\x02" if model.startswith(_CONSTANT) else b"\x18\x01")
        at = data.index(_MARKER) + _PROOF
        return b64encode(data[: at - _MAC] + self._mac(data) + data[at:]).decode()

    def _mac(self, data: bytes) -> bytes:
        """The MAC of signature bytes whose own MAC is zeros."""
        return blake2b(data, digest_size=_MAC, key=self._key).digest()

    def _open(self, data: bytes) -> bytes | None:
        """What the proof in ``data`` says (kind, digests of text and prefix), or None when its MAC does not hold."""
        start = data.index(_MARKER)
        end = start + _PROOF - _MAC
        blank = data[:end] + bytes(_MAC) + data[end + _MAC :]
        return data[start + len(_MARKER) : end] if compare_digest(self._mac(blank), data[end : end + _MAC]) else None


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()


def _head(proof: bytes, model: str) -> bytes:
    if model.startswith(_CONSTANT):
        return b"\x08\x06\x18\x02" + _field(0x22, proof)
    short = b"\x08\x0b\x18\x02" + _field(0x2A, proof)
    if _SHORT_HEAD.fullmatch(model):
        return short
    name = _field(0x32, model.encode("utf-8", "replace"))
    kind = b"\x38\x00" + _field(0x42, b"thinking")
    return short + name + kind + _field(0x5A, _ORGANIZATION) + _field(0x72, _digest(proof)) + _HEAD_END


def _field(tag: int, value: bytes) -> bytes:
    """One length-delimited protobuf field."""
    length, size = b"", len(value)
    while size > 0x7F:
        length += bytes((size & 0x7F | 0x80,))
        size >>= 7
    return b"%c%b%c%b" % (tag, length, size, value)


def _decoded(encoded: object) -> bytes:
    """The bytes of a base64 text; empty for anything else."""
    try:
        return b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
    except ValueError:
        return b""


def _model(data: bytes) -> str:
    """The model named in the head of a whole signature."""
    head = _fields((_fields((_fields(data) or {}).get(2, b"")) or {}).get(1, b"")) or {}
    return head.get(6, b"").decode("utf-8", "replace")


def _is_plausible(data: bytes) -> bool:
    """Whether ``data`` is built like a recorded signature: whole fields, one of them a message that has a head."""
    fields = _fields(data) if len(data) >= _PLAUSIBLE else None
    if not fields or 2 not in fields:
        return False
    inner = _fields(fields[2])
    return bool(inner) and 1 in (inner or ())


def _fields(data: bytes) -> dict[int, bytes] | None:
    """The protobuf fields of ``data`` by number (varints as empty bytes), or None when it is not whole."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        value, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 2:
            found[number] = data[at : at + value]
            at += value
        elif wire == 0:
            found[number] = b""
        else:
            return None
    return found if at == len(data) else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """The varint at ``at`` and the place after it; past the end when it is cut."""
    value = shift = 0
    while at < len(data):
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
        shift += 7
    return value, len(data) + 1


# What a thought is bound to -------------------------------------------------------------------------------------


def prefix_digest(body: Mapping[str, Any], message_index: int) -> bytes:
    """16 bytes for what stands before a message: system, the set of tools, the earlier messages, earlier thoughts.

    Moving ``cache_control``, reordering tools, adding a deferred tool or rotating the URL of an image changes nothing
    (source: the API's page on preserved thinking). Compare with `is_same_prefix`.
    """
    messages = list(_merged((body.get("messages") or ())[:message_index]))
    thoughts = [block for message in messages for block in message["content"] if _is_thought(block)]
    for message in messages:
        message["content"] = [_bare(block) for block in message["content"] if not _is_thought(block)]
    tools = sorted(_dump(_bare(tool)) for tool in body.get("tools") or () if not tool.get("defer_loading"))
    system = [_bare(block) for block in _listed(body.get("system") or ())]
    what = b"\0".join((_dump(system), *tools, _dump(messages)))
    last = str(thoughts[-1].get("signature") or thoughts[-1].get("data")).encode() if thoughts else None
    return blake2b(what, digest_size=12).digest() + (blake2b(last, digest_size=4).digest() if last else bytes(4))


def is_same_prefix(sealed: bytes, found: bytes) -> bool:
    """Whether a block sealed with one prefix may stand behind another: thoughts may be removed from the front only."""
    return sealed[:12] == found[:12] and found[12:] in (sealed[12:], bytes(4))


def _merged(messages: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """The messages as lists of blocks, consecutive ones of one role as one."""
    current: dict[str, Any] | None = None
    for message in messages:
        content = list(_listed(message.get("content") or ()))
        if current and current["role"] == message.get("role"):
            current["content"] += content
            continue
        if current:
            yield current
        current = {"role": message.get("role"), "content": content}
    if current:
        yield current


def _listed(content: Any) -> Iterable[Any]:
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def _is_thought(block: Any) -> bool:
    return isinstance(block, dict) and block.get("type") in ("thinking", "redacted_thinking")


def _bare(block: Any) -> Any:
    """A block without what may change: cache marks, nulls, and the address of a source given by URL."""
    if not isinstance(block, dict):
        return block
    kept = {key: value for key, value in block.items() if key != "cache_control" and value is not None}
    if kept.get("type") == "url":
        kept.pop("url", None)
    # Blocks stand in blocks below these keys only; what a tool was given is nobody's to change.
    if "source" in kept:
        kept["source"] = _bare(kept["source"])
    if isinstance(inner := kept.get("content"), list):
        kept["content"] = [_bare(each) for each in inner]
    return kept


def _dump(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Nested deeper than orjson writes: taken for the same as any other such value.
        return b""
