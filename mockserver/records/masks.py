"""Masks the secrets of a recorded call before it is shown: keys, tokens and cookies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl, urlencode

HIDDEN = "***"
# Shorter values are hidden entirely: four characters would be too large a part of them.
_SHOWN_FROM = 12
_LONG = 16
# No more than this many characters of a caller's own value, key or header are repeated.
EXCERPT = 64
_KEY = r"sk-ant-[\w-]{4,}"
_SENSITIVE = r"(?i)api-?_?key|auth|token|secret|cookie|credential|password|^key$"
# Headers whose name matches although their value is no secret.
_NOT_SENSITIVE = frozenset({"x-stainless-auth-scheme"})


@cache
def _token_field() -> re.Pattern[bytes]:
    """The one field of a request that holds a secret, `mcp_servers[].authorization_token` (source: SDK types).

    Each letter of its name may also be escaped, as in any JSON string.
    """
    name = "".join(rf"(?:{letter}|\\u00(?i:{ord(letter):02x}))" for letter in "authorization_token")
    return re.compile(rf'("{name}"\s*:\s*")((?:[^"\\]|\\.)*)'.encode(), re.DOTALL)


def mask(value: str) -> str:
    """The secret as it may be shown: its kind and its last four characters (``sk-…wxyz``), or ``***``."""
    scheme, separator, rest = value.partition(" ")
    if separator:
        return f"{scheme} {mask(rest)}" if scheme.lower() in ("bearer", "basic") else HIDDEN
    if len(value) < _SHOWN_FROM:
        return HIDDEN
    start = next((prefix for prefix in ("sk-ant-", "sk-") if value.startswith(prefix)), "")
    return f"{start}…{value[-4:]}"


def mask_keys(text: str) -> str:
    """The text with everything masked that looks like a key of the API."""
    return re.sub(_KEY, lambda found: mask(found[0]), text)


def excerpt(text: str) -> str:
    """The beginning of a caller's value, keys masked: error messages repeat no more of it."""
    shown = mask_keys(text)
    return shown if len(shown) <= EXCERPT else f"{shown[:EXCERPT]}..."


def hide_key(text: str, key: str | None) -> str:
    """The text with the caller's key masked, because clients log error messages."""
    return text.replace(key, mask(key)) if key and len(key) >= _LONG else text


def label(key: str) -> str:
    """A name for the session of a key: the masked key, or four hex digits of the hash of a short key."""
    shown = mask(key)
    return f"key-{blake2b(key.encode(), digest_size=2).hexdigest()}" if shown == HIDDEN else shown


def is_secret(name: str) -> bool:
    """Whether a header or query parameter of this name holds a secret."""
    return name not in _NOT_SENSITIVE and re.search(_SENSITIVE, name) is not None


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with every secret value masked; cookies are hidden whole."""
    return {
        name: (HIDDEN if "cookie" in name else mask(value)) if is_secret(name) else value
        for name, value in headers.items()
    }


def mask_query(query: str) -> str:
    """The query string with every secret value hidden."""
    if not re.search(_SENSITIVE, query):
        return query
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name, HIDDEN if is_secret(name) else value) for name, value in pairs], safe="*")


def mask_body(body: bytes) -> bytes:
    """The body with the authorization tokens of MCP servers hidden."""
    if b"authorization" not in body and b"\\u00" not in body:
        return body
    return _token_field().sub(lambda found: found[1] + HIDDEN.encode(), body)


class Scrubber:
    """Masks the secrets of one call wherever they appear in its journal entry."""

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        found = {*_find_secrets(headers, body)} - {""}
        self._secrets = sorted(found, key=len, reverse=True)

    def text(self, text: str, *, least: int = 1) -> str:
        """The text with each secret of at least ``least`` characters masked, where it stands as a whole word."""
        for secret in self._secrets:
            if len(secret) >= least and secret in text:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", mask(secret), text)
        return text

    def value(self, value: Any) -> Any:
        """The JSON value with its strings masked. Short keys (``test``) are ordinary words too, and are not masked."""
        if isinstance(value, str):
            return self.text(value, least=_LONG)
        if isinstance(value, Mapping):
            return {name: self.value(item) for name, item in value.items()}
        return [self.value(item) for item in value] if isinstance(value, list | tuple) else value


def _find_secrets(headers: Mapping[str, str], body: bytes) -> Iterator[str]:
    for name, value in headers.items():
        if is_secret(name) and value:
            yield value
            yield value.rpartition(" ")[2]
    for found in _token_field().finditer(body):
        text = found[2].decode(errors="replace")
        yield text
        with suppress(ValueError):
            # As a value in the parsed body: without escapes.
            yield str(json.loads(f'"{text}"', strict=False))
