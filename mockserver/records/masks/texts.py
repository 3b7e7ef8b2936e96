"""Masks what looks like a secret in a text, wherever the text comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from typing import Any
from urllib.parse import unquote

from mockserver.records.masks.documents import mask_document, may_be_document
from mockserver.records.masks.patterns import Pattern
from mockserver.records.masks.searching import mask_patterns
from mockserver.records.terminal import escape_line, escape_text

HIDDEN = "***"
# Shorter values are hidden entirely: four characters would be too large a part of them.
_SHOWN_FROM = 12
# Shorter texts hold nothing that looks like a secret: ``?sig=x``.
_SHORTEST = 6
# Shorter keys (``test``) are ordinary words too.
LONG = 16
# No more than this many characters of a caller's own value, key or header are repeated.
EXCERPT = 64
_WORD, _QUOTED = re.compile(r"[^\s\"'<>\\]+"), re.compile("%[0-9a-fA-F]{2}")
_KEY = r"sk-ant-[\w-]{4,}"
# A secret as `conceal` writes it: no header can hold the sign of what is left out.
_CONCEALED = re.compile("((?:sk-(?:ant-)?)?…(?:.{4}|key-[0-9a-f]{4}))(?:#[0-9a-f]+)?")


def mask(value: str) -> str:
    """The secret as it may be shown: its kind and its last four characters (``sk-…wxyz``), or ``***``."""
    if "…" in value and (concealed := _CONCEALED.fullmatch(value)):
        return HIDDEN if "…key-" in value else concealed[1]
    scheme, separator, rest = value.partition(" ")
    if separator:
        return f"{scheme} {mask(rest)}" if scheme.lower() in ("bearer", "basic") else HIDDEN
    if len(value) < _SHOWN_FROM:
        return HIDDEN
    start = next((prefix for prefix in ("sk-ant-", "sk-") if value.startswith(prefix)), "")
    return f"{start}…{value[-4:]}"


def excerpt(text: str) -> str:
    """The beginning of a caller's value, keys masked: error messages repeat no more of it."""
    shown = re.sub(_KEY, lambda found: mask(found[0]), text)
    return shown if len(shown) <= EXCERPT else f"{shown[:EXCERPT]}..."


def hide_key(text: str, key: str | None) -> str:
    """The text with the caller's key masked, because clients log error messages."""
    return text.replace(key, mask(key)) if key and len(key) >= LONG else text


def label(key: str) -> str:
    """A name for the session of a key: the masked key, or four hex digits of the hash of a short key."""
    shown = mask(key)
    if key.startswith("…key-") and shown == HIDDEN:
        return key[1:].partition("#")[0]
    if shown != HIDDEN:
        return shown
    # Names may have half characters.
    return f"key-{blake2b(key.encode('utf-8', 'surrogatepass'), digest_size=2).hexdigest()}"


def conceal(value: str, digest: Callable[[str], str] = lambda _: "") -> str:
    """The value of a secret header as it may be written: ``mask`` and ``label`` show the same of it as of the value.

    ``digest`` gives hexadecimal digits by which the key in it may be found again, "" for none.
    """
    scheme, separator, rest = value.partition(" ")
    if separator and scheme.lower() == "bearer":
        return f"{scheme} {conceal(rest.strip(), digest)}"
    if "…" in value and _CONCEALED.fullmatch(rest or value):
        return value
    shown, digits = mask(value), digest(value)
    return f"{f'…{label(value)}' if shown == HIDDEN else shown}{digits and f'#{digits}'}"


def show_session(name: str) -> str:
    """The name of a session as it may be shown: a label where it looks like a key."""
    return label(name) if name.startswith("sk-") else mask_text(name)


def show_text(text: str) -> str:
    """A text of several lines as it may be printed: without secrets, and unable to steer a terminal."""
    return escape_text(mask_text(text))


def show_line(text: str) -> str:
    """The same as a part of one line."""
    return escape_line(mask_text(text))


def mask_text(text: str) -> str:
    """The text with everything masked that looks like a secret: keys of known forms, and what stands at secret names
    in addresses and in JSON.
    """
    if may_be_document(text):
        text = mask_document(text, mask_text, lambda _: HIDDEN)
    return mask_escaped(text, _mask_patterns)


def mask_value(value: Any) -> Any:
    """A value of JSON with its secrets masked."""
    if not isinstance(value, dict | list):
        return mask_text(value) if isinstance(value, str) else value
    text = json.dumps(value, ensure_ascii=False, default=str)
    masked = mask_document(text, mask_text, lambda _: HIDDEN)
    return value if masked == text else json.loads(masked)


def show_value(value: object) -> str:
    """The ``repr`` of a value that somebody gave, for a message that says what is wrong with it."""
    return mask_text(repr(value))


def mask_escaped(text: str, hide: Callable[[str], str]) -> str:
    """The text masked by a function, also where its characters are written as escapes of JSON or of addresses."""
    masked = hide(text)
    if "\\u" in masked:
        plain = unescape(masked)
        hidden = hide(plain)
        masked = masked if hidden == plain else hidden
    return _WORD.sub(partial(_mask_quoted, hide), masked) if _QUOTED.search(masked) else masked


def _mask_quoted(hide: Callable[[str], str], word: re.Match[str]) -> str:
    """A word of a text, without its percent signs when it holds a secret written with them."""
    if _QUOTED.search(word[0]) is None:
        return word[0]
    plain = unquote(word[0])
    hidden = hide(plain)
    return word[0] if hidden == plain else hidden


def unescape(text: str) -> str:
    r"""The text with its ``\u`` escapes as characters."""
    return re.sub(r"\\+u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)


def _mask_patterns(text: str) -> str:
    return text if len(text) < _SHORTEST else mask_patterns(text, _replace)


def _replace(pattern: Pattern, found: re.Match[str]) -> str:
    groups = found.groupdict()
    secret = groups.get("secret", found[0])
    shown = HIDDEN if pattern.hide else mask(secret)
    at = found.start("secret") - found.start() if "secret" in groups else 0
    return f"{found[0][:at]}{shown}{found[0][at + len(secret) :]}"
