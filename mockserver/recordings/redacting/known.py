"""Secrets that are known by themselves, such as the key of an exchange: wherever they stand, and however written."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote, quote_plus

import orjson

from mockserver.recordings.redacting.edits import Edit, apply, settle
from mockserver.recordings.redacting.marks import MARKS, NIL_UUID, SECRET, UUID, blank
from mockserver.records.masks.finding import encode_base64

# Shorter ones (``test``) are ordinary words, too.
LEAST = 8
_LONG = 16


def is_long_enough(secret: str) -> bool:
    """Whether a secret can be looked for by itself, and is not taken out already."""
    return len(secret) >= LEAST and secret not in (UUID, NIL_UUID) and not MARKS.search(secret)


def find_known(text: str, secrets: tuple[str, ...]) -> Iterator[Edit]:
    """Where the secrets stand in a text, in any of their forms; shorter ones as whole words only."""
    for secret in secrets:
        for form, mark in _list_forms(secret):
            at = text.find(form)
            while at >= 0:
                end = at + len(form)
                if len(secret) >= _LONG or not _is_within_word(text, at, end):
                    yield Edit(at, end, mark)
                at = text.find(form, end)


def hide_known(body: bytes, secrets: Iterable[str]) -> bytes:
    """A body without these secrets, in any of their forms; nothing else is looked for."""
    known = tuple(secret for secret in secrets if is_long_enough(secret))
    text = body.decode("utf-8", "surrogateescape") if known else ""
    edits = settle(text, find_known(text, known)) if text else []
    return apply(text, edits).encode("utf-8", "surrogateescape") if edits else body


def _is_within_word(text: str, start: int, end: int) -> bool:
    return (start > 0 and text[start - 1].isalnum()) or (end < len(text) and text[end].isalnum())


@lru_cache(maxsize=1024)
def _list_forms(secret: str) -> tuple[tuple[str, str], ...]:
    """The forms in which a secret may be written, the longest first, and the mark for each."""
    mark = blank(secret) if blank(secret) == UUID else SECRET
    quoted = _quote(secret)
    plain = {secret, quoted, _quote(quoted), quoted.replace("/", "\\/"), quote(secret, safe="")}
    plain |= {quote(secret), quote_plus(secret), secret.upper() if mark == UUID else secret}
    forms = dict.fromkeys(plain, mark)
    if len(secret) >= _LONG:
        raw = secret.encode("utf-8", "surrogatepass")
        forms |= zip(encode_base64(secret), encode_base64("x" * len(raw)), strict=True)
        forms |= {raw.hex(): "0" * 2 * len(raw)}
    return tuple(sorted(forms.items(), key=lambda item: (-len(item[0]), item[0])))


def _quote(text: str) -> str:
    return orjson.dumps(text.encode("utf-8", "replace").decode()).decode()[1:-1]


def replace_bytes(data: bytes, secrets: tuple[str, ...]) -> bytes:
    """The bytes with the secrets in them replaced by as many others."""
    for secret in secrets:
        for raw in _list_bytes(secret):
            data = data.replace(raw, _fill(secret, raw)) if raw in data else data
    return data


@lru_cache(maxsize=1024)
def _list_bytes(secret: str) -> tuple[bytes, ...]:
    """The forms in which bytes may hold a secret; none of a short one."""
    if len(secret) < _LONG:
        return ()
    forms = (secret, b64encode(secret.encode("utf-8", "replace")).decode(), *encode_base64(secret))
    return tuple(form.encode("utf-8", "replace") for form in forms)


def _fill(secret: str, raw: bytes) -> bytes:
    return UUID.encode() if blank(secret) == UUID and len(raw) == len(UUID) else b"x" * len(raw)
