"""Masks what is secret in a call, in everything that shows the call or its answer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl, quote_plus, urlencode

import orjson
from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.masks.documents import mask_document
from mockserver.records.masks.finding import (
    LEAST,
    MOST,
    SMALL,
    encode_base64,
    find_in_body,
    find_in_headers,
    find_in_query,
    find_in_small,
    may_repeat,
    read_body,
    sort,
)
from mockserver.records.masks.names import is_secret
from mockserver.records.masks.texts import HIDDEN, LONG, label, mask, mask_escaped, mask_text, show_session


class Objection(Protocol):
    """The API's objection to a call, as ``records.errors.Finding`` does."""

    @property
    def message(self) -> str:
        """The message."""

    @property
    def path(self) -> str:
        """The place in the body."""

    @property
    def hint(self) -> str:
        """What leads here."""


F = TypeVar("F", bound=Objection)
# Of a secret that a message cuts short, so many characters are enough to recognise it.
_CUT = 8


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers with the value of every secret one masked; cookies are hidden whole."""
    return {
        name: (HIDDEN if "cookie" in name else mask(value)) if is_secret(name) else _hide_user(name, value)
        for name, value in headers.items()
    }


def _hide_user(name: str, value: str) -> str:
    """The header without user and password, where it is the address of a host."""
    return f"{HIDDEN}{value[value.rindex('@') :]}" if name in ("host", ":authority") and "@" in value else value


def mask_query(query: str, show: Callable[[str], str] = mask_text) -> str:
    """The query string with every secret value hidden, and the rest masked by ``show``."""
    pairs = parse_qsl(query, keep_blank_values=True)
    shown = [(show(name), HIDDEN if is_secret(name) else show(value)) for name, value in pairs]
    return show(query) if shown == pairs else _encode(shown)


def _encode(pairs: list[tuple[str, str]]) -> str:
    """The pairs as a query string, with the marks of what is masked readable."""
    return urlencode(pairs, safe="*").replace(quote_plus("…"), "…")


def name_session(call: Call, scrubber: Scrubber | None = None) -> str:
    """The session of a call as it may be shown: the name it gives, or the masked key it is named after."""
    named, key = call.headers.get("x-mock-session"), call.key
    if named:
        if named == key and len(named) >= LONG:
            return label(named)
        return show_session((scrubber or Scrubber(call)).brief(named) if len(named) >= LONG else named)
    return label(key) if key else ""


class Scrubber:
    """Masks the secrets of a call wherever they appear: what stands at secret names, what looks like a secret, and the
    values of the first kind wherever else they stand.
    """

    def __init__(self, call: Call, known: tuple[str, ...] = ()) -> None:
        """``known`` are secrets of earlier calls, which this one may repeat."""
        self._call = call
        self._known = known

    def text(self, text: str) -> str:
        """A message about the call, with each secret masked, where a short one stands as a whole word."""
        return self._mask(text, self._secrets, LEAST)

    def content(self, text: str, times: int = 0) -> str:
        """A text of the call's own. Short keys (``test``) are ordinary words too, and are not masked.

        ``times`` is how often the text stands in the body for sure: a model that stands there once repeats no secret.
        """
        has_none = "_secrets" not in self.__dict__ and not may_repeat(text, self._call.body, times)
        return self._mask(text, self._outer_secrets if has_none else self._secrets, LONG)

    def brief(self, text: str, times: int = 0) -> str:
        """The same for lists of many calls: a large body is not searched for secrets, unless it has been before."""
        body = self._call.body
        if "_secrets" in self.__dict__:
            return self._mask(text, self._secrets, LONG)
        if len(body) > SMALL or not may_repeat(text, body, times):
            return self._mask(text, self._outer_secrets, LONG)
        return self._mask(text, sort({*self._outer_secrets, *find_in_small(body)}), LONG)

    def finding(self, finding: F) -> F:
        """The API's objection to the call, in a message without secrets."""
        path = self.text(finding.path)
        message = self.text(finding.message.replace(finding.path, path) if finding.path else finding.message)
        hint = self.text(finding.hint) if finding.hint else ""
        return replace(finding, message=message, path=path, hint=hint)  # type: ignore[type-var]  # it is a record

    def value(self, value: Any) -> Any:
        """A JSON value with its strings and names masked as ``content``, and hidden at secret names."""
        return (
            json.loads(mask_document(json.dumps(value, ensure_ascii=False), self.content, lambda _: HIDDEN))
            if value
            else value
        )

    def document(self, body: bytes) -> bytes:
        """JSON, or what else a body may be, masked in the same way."""
        source, encoding = read_body(body)
        masked = mask_document(source, self.content, lambda _: HIDDEN)
        if not _is_json(body):
            masked = self.content(masked)
        return body if masked == source else masked.encode(encoding, "backslashreplace")

    def headers(self) -> dict[str, str]:
        """The headers of the call."""
        masked = mask_headers(self._call.headers)
        return {self.content(name): value if is_secret(name) else self.content(value) for name, value in masked.items()}

    def path(self, show: Callable[[str], str] | None = None) -> str:
        """The path, with its query when there is one; masked by ``show``, by default ``content``."""
        show = show or self.content
        path, query = show(self._call.path), self._call.query
        return f"{path}?{mask_query(query, show)}" if query else path

    def list_secrets(self) -> tuple[str, ...]:
        """The secrets of the call that are known by their names and long enough to be masked elsewhere."""
        return tuple(secret for secret in self._secrets if len(secret) >= LONG)[:MOST]

    def list_outer_secrets(self) -> tuple[str, ...]:
        """Those of them that stand outside of the body, also as they are written in Base64."""
        return tuple(secret for secret in self._outer_secrets if len(secret) >= LONG)

    def body(self) -> bytes:
        """The body as sent, apart from what is masked."""
        return self.document(self._call.body)

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        return sort({*self._outer_secrets, *sort(find_in_body(self._call.body))[:MOST]})

    @cached_property
    def _outer_secrets(self) -> tuple[str, ...]:
        found = {*find_in_headers(self._call.headers), *find_in_query(self._call.query), *self._known}
        return sort(found | {code for secret in found if len(secret) >= LONG for code in encode_base64(secret)})

    def _mask(self, text: str, secrets: tuple[str, ...], least: int) -> str:
        return mask_escaped(text, lambda plain: mask_text(_mask_secrets(plain, secrets, least)))


def _mask_secrets(text: str, secrets: tuple[str, ...], least: int) -> str:
    for secret in secrets:
        size = len(secret)
        if size >= LONG:
            if secret[:_CUT] in text:
                text = _mask_cut(text, secret).replace(secret, mask(secret))
        elif size >= least and secret in text:
            text = mask(secret).join(re.split(rf"(?<!\w){re.escape(secret)}(?!\w)", text))
    return text


def _mask_cut(text: str, secret: str) -> str:
    """The text without the beginnings of a secret that were cut short (``abcdefgh...``)."""
    if " " in secret:
        # A scheme and the secret itself, which is looked for alone.
        return text
    at = text.find(secret[:_CUT])
    while at >= 0:
        end = at + _CUT
        while end < len(text) and end - at < len(secret) and text[end] == secret[end - at]:
            end += 1
        if text.startswith(("...", "…"), end):
            text = f"{text[:at]}{HIDDEN}{text[end:]}"
            end = at
        at = text.find(secret[:_CUT], end)
    return text


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True
