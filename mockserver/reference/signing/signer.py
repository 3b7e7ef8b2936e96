"""Signatures of thinking blocks: made like the API's own, and verified when a block comes back.

A signature is base64 of a protobuf of the recorded form: a head (64 bytes of proof, model, kind, organization), three
short fields and a body as long as the thought. In ours the 64 bytes are a marker, digests of the thought and of the
conversation before it, and a MAC keyed with the server's secret. A signature without our marker that is built like a
real one is foreign: it came from the real API, which signs with a key we don't have.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b, shake_128
from hmac import compare_digest
from typing import Any

from msgspec import Struct

from mockserver.reference.signing import encoding
from mockserver.reference.signing.prefix import (
    block_digests,
    equivalents,
    find_difference,
    is_summary,
    prefix_digest,
    summary_digest,
)

OK, FOREIGN, INVALID, MODIFIED = "ok", "foreign", "invalid", "modified"

# Stands at two places, so that a changed byte in one of them does not turn our signature into a foreign one.
_MARKER = b"\xe5mock\x9a\x01"
_PROOF = 64
_MAC = 24
# The kinds of proofs.
_SHOWN, _OMITTED, _REDACTED = b"\x00", b"\x01", b"\x02"
_REDACTED_BODY = 602
# Recorders that mask secrets leave such placeholders; replayed recordings must be accepted.
_MASKED = r"\w+_REDACTED_\w+"


def is_omitted(signature: object) -> bool:
    """Whether a signature of ours says that its block left the text out; not verified."""
    data = encoding.decode_base64(signature)
    return data.partition(_MARKER)[2][:1] == _OMITTED


class Seal(Struct, frozen=True):
    """The claims of one of our signatures.

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
        # Used where there is no prefix; zeros would not look like a signature.
        self._unbound = blake2b(self._key, digest_size=16).digest()

    def sign(self, thinking: str, model: str, prefix: bytes = b"", *, shown: bool = True) -> str:
        """The signature of ``thinking``; its length grows with the text as recorded.

        ``prefix`` is a `prefix_digest`, for models which bind their thoughts to the conversation before them.
        ``shown=False`` says that the block leaves the text out (display ``omitted``).
        """
        text = thinking.encode("utf-8", "surrogatepass")
        size = encoding.CONSTANT_BODY if model.startswith(encoding.CONSTANT_SIZE_MODELS) else len(text) + 16
        return self._encode(_SHOWN if shown else _OMITTED, _digest(text), prefix or self._unbound, model, size)

    def redacted(self, *seed: object, model: str = "", prefix: bytes = b"") -> str:
        """The ``data`` of a redacted_thinking block; the same ``seed`` gives the same data. The rest as in `sign`."""
        return self._encode(_REDACTED, _digest(repr(seed).encode()), prefix or self._unbound, model, _REDACTED_BODY)

    def examine(self, block: Mapping[str, Any]) -> str:
        """``ok`` (ours, intact), ``modified`` (ours, other text), ``foreign`` (the real API's) or ``invalid``.

        ``block`` is a thinking or redacted_thinking block. Text put into a field that was empty is "ignored, not
        rejected" (source: the API's page on preserved thinking).
        """
        is_redacted = block.get("type") == "redacted_thinking"
        encoded = _find_proof(block)
        data = encoding.decode_base64(encoded)
        if _MARKER not in data:
            return FOREIGN if encoding.is_plausible(data) or re.fullmatch(_MASKED, str(encoded)) else INVALID
        claims = self._open(data)
        if claims is None or (claims[:1] == _REDACTED) is not is_redacted:
            return INVALID
        if claims[:1] != _SHOWN:
            return OK
        text = str(block.get("thinking", "")).encode("utf-8", "surrogatepass")
        return OK if claims[1:17] == _digest(text) else MODIFIED

    def read_seal(self, block: Mapping[str, Any]) -> Seal | None:
        """The claims of a thought's signature (of a redacted one's data) when it is ours and intact, else None."""
        data = encoding.decode_base64(_find_proof(block))
        claims = self._open(data) if _MARKER in data else None
        if claims is None:
            return None
        prefix = claims[17:]
        return Seal(claims[:1], encoding.read_model(data), claims[1:17], b"" if prefix == self._unbound else prefix)

    def read_model(self, block: Mapping[str, Any]) -> str:
        """The model that made a thought, by its signature, be it ours or the real API's; "" where it names none."""
        data = encoding.decode_base64(_find_proof(block))
        return encoding.read_model(data) if encoding.is_plausible(data) else ""

    def binding(
        self, body: Mapping[str, Any], reads: Callable[[str], bool] = lambda _: True
    ) -> Callable[[int, int, Mapping[str, Any]], str]:
        """A function from a thinking block's message, position and content to the part of ``body`` that has changed.

        The part is ``system``, ``tools`` or ``messages``; "" when nothing before the block has changed, when the block
        is not bound, when it is not ours, and when ``reads`` says that the model asked does not read those of the model
        that made it: such a block is dropped, whatever came before it. An answer that was continued may come back as
        one message: its later thoughts were made after its first blocks.

        Behind a signed summary a thought may have been made after the summary, or after the messages in whose place
        that stands. Those are unknown when the API itself has signed; then no change of messages is told.
        """
        starts: list[bytes] = []
        views: list[list[dict[bytes, int]]] = []
        is_foreign = bool(summary := find_signed_summary(body)) and self.read_seal(summary) is None

        def find_change(message: int, position: int, block: Mapping[str, Any]) -> str:
            seal = self.read_seal(block)
            if seal is None or not seal.prefix or not reads(seal.model):
                return ""
            if not views:
                digests = self._view(body)
                starts.extend(each[0] if each else b"" for each in digests[0])
                views.extend([*map(_index, view)] for view in digests)
            same = equivalents(seal.prefix)
            if any(view[message].get(each, position + 1) <= position for view in views for each in same):
                return ""
            part = find_difference(seal.prefix, starts[message])
            return "" if is_foreign and part == "messages" else part

        return find_change

    def seal_conversation(self, body: Mapping[str, Any]) -> bytes:
        """What the signature of a summary of ``body`` is to hold as its ``prefix``, so that thoughts of turns kept
        behind the summary can still be verified. A turn may be kept through two summaries.
        """
        return summary_digest(body, next(iter(self._find_resumed(body)), b""))

    def _view(self, body: Mapping[str, Any]) -> list[list[list[bytes]]]:
        """The digests before each block: as it stands, and behind a signed summary as if its messages stood there."""
        return [block_digests(body), *(block_digests(body, resumed) for resumed in self._find_resumed(body))]

    def _find_resumed(self, body: Mapping[str, Any]) -> Iterable[bytes]:
        """The digests of the messages in whose place a signed summary stands.

        None without a summary of ours, nor with one that a model without bound thoughts has written, or that read
        another system prompt or other tools: no thought from before it stays valid (source: documented).
        """
        seal = self.read_seal(find_signed_summary(body))
        if seal is None or not seal.prefix or seal.prefix[:8] != prefix_digest(body, 0)[:8]:
            return ()
        return dict.fromkeys((seal.prefix[8:12], seal.prefix[12:]))

    def _encode(self, kind: bytes, text: bytes, prefix: bytes, model: str, size: int) -> str:
        claims = kind + text + prefix
        noise = shake_128(self._key + claims + model.encode("utf-8", "replace")).digest(72 + size)
        data = encoding.encode(_MARKER + claims + bytes(_MAC), _MARKER, noise, model)
        at = data.index(_MARKER) + _PROOF
        return b64encode(data[: at - _MAC] + self._mac(data) + data[at:]).decode()

    def _mac(self, data: bytes) -> bytes:
        """The MAC of a signature whose own MAC is still zeros."""
        return blake2b(data, digest_size=_MAC, key=self._key).digest()

    def _open(self, data: bytes) -> bytes | None:
        """The claims in ``data`` (kind, digests of text and prefix), or None when its MAC is wrong."""
        start = data.index(_MARKER)
        end = start + _PROOF - _MAC
        blank = data[:end] + bytes(_MAC) + data[end + _MAC :]
        return data[start + len(_MARKER) : end] if compare_digest(self._mac(blank), data[end : end + _MAC]) else None


def _index(digests: Sequence[bytes]) -> dict[bytes, int]:
    """The first place of each digest."""
    return {digest: place for place, digest in reversed([*enumerate(digests)])}


def find_signed_summary(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The signed summary that leads the conversation; empty when none does."""
    messages = body.get("messages")
    content = (messages[0].get("content") if messages else None) or ""
    blocks = () if isinstance(content, str) else content
    # Marks of models that took over may stand before it.
    first: Mapping[str, Any] = next((block for block in blocks if block.get("type") != "fallback"), {})
    return first if is_summary(first) and first.get("signature") else {}


def _find_proof(block: Mapping[str, Any]) -> object:
    return block.get("data" if block.get("type") == "redacted_thinking" else "signature")


def _digest(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).digest()
