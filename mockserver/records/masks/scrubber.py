"""Masks what is secret in a call, in everything that shows the call or its answer."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl, quote_plus, urlencode

import orjson
from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.masks.documents import mask_document, may_be_document
from mockserver.records.masks.names import is_secret
from mockserver.records.masks.rules import OPEN_PARAMETERS
from mockserver.records.masks.searching import has_secret_name
from mockserver.records.masks.texts import HIDDEN, LONG, label, mask, mask_escaped, mask_text, show_session


class Objection(Protocol):
    """What the API says against a call, as ``records.errors.Finding`` does."""

    @property
    def message(self) -> str:
        """The message."""

    @property
    def path(self) -> str:
        """The place in the body."""


F = TypeVar("F", bound=Objection)
# Of a secret that a message cuts short, so many characters are enough to recognise it.
_CUT = 8
# Shorter values are looked for nowhere else, nor more than so many of a body.
LEAST, _MOST = 4, 200
# Lists of many calls search bodies of up to so many bytes for secrets, when a text of so many characters may repeat one,
# and keep the secrets of the latest such bodies.
_SMALL, _SHORT, _KEPT = 1 << 14, 200, 1024

_URL_SAFE = str.maketrans("+/", "-_")


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

    def content(self, text: str) -> str:
        """A text of the call's own. Short keys (``test``) are ordinary words too, and are not masked."""
        return self._mask(text, self._secrets, LONG)

    def brief(self, text: str) -> str:
        """The same for lists of many calls: a large body is not searched for secrets, unless it has been before."""
        body = self._call.body
        if "_secrets" in self.__dict__:
            secrets = self._secrets
        elif len(body) <= _SMALL and _may_repeat(text, body):
            secrets = _sort({*self._outer_secrets, *_find_in_small(body)})
        else:
            secrets = self._outer_secrets
        return self._mask(text, secrets, LONG)

    def finding(self, finding: F) -> F:
        """The API's objection to the call, in a message without secrets."""
        path = self.text(finding.path)
        message = self.text(finding.message.replace(finding.path, path) if finding.path else finding.message)
        return replace(finding, message=message, path=path)  # type: ignore[type-var]  # it is a record

    def value(self, value: Any) -> Any:
        """A JSON value with its strings and names masked as ``content``, and hidden at secret names."""
        return (
            json.loads(mask_document(json.dumps(value, ensure_ascii=False), self.content, lambda _: HIDDEN))
            if value
            else value
        )

    def document(self, body: bytes) -> bytes:
        """JSON, or what else a body may be, masked in the same way."""
        source, encoding = _read(body)
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
        """What is secret in the call because of its name, and long enough to be masked elsewhere."""
        return tuple(secret for secret in self._secrets if len(secret) >= LONG)[:_MOST]

    def body(self) -> bytes:
        """The body as sent, apart from what is masked."""
        return self.document(self._call.body)

    @cached_property
    def _secrets(self) -> tuple[str, ...]:
        return _sort({*self._outer_secrets, *_sort(_find_in_body(self._call.body))[:_MOST]})

    @cached_property
    def _outer_secrets(self) -> tuple[str, ...]:
        found = {*_find_in_headers(self._call.headers), *_find_in_query(self._call.query), *self._known}
        return _sort(found | {code for secret in found if len(secret) >= LONG for code in _encode_base64(secret)})

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


def _sort(secrets: set[str]) -> tuple[str, ...]:
    """The longest first: one may be a part of another."""
    return tuple(sorted(secrets - {""}, key=lambda secret: (-len(secret), secret)))


def _find_in_headers(headers: Mapping[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if is_secret(name):
            yield value
            scheme, _, last = value.rpartition(" ")
            yield last
            if scheme.lower() == "basic":
                yield from _decode_base64(last).split(":", 1)
            yield from _find_in_parameters(value)
            if "cookie" in name:
                yield from (pair.partition("=")[2].strip() for pair in value.split(";") if len(pair) >= LONG)


def _find_in_parameters(value: str) -> Iterator[str]:
    """The parameters of a scheme, such as ``Digest username="me", response="…"``, that may be secret."""
    pairs = (pair.partition("=") for pair in re.split(r"[,\s]+", value) if len(pair) >= LONG)
    return (text.strip('"') for name, sign, text in pairs if sign and name.lower() not in OPEN_PARAMETERS)


def _encode_base64(text: str) -> Iterator[str]:
    """The text in Base64, at each of the three places where it may begin behind another (``user:…``).

    Without the letters at both ends, which depend on what stands there.
    """
    raw = text.encode("utf-8", "surrogatepass")
    for before in range(3):
        whole = bytes(before) + raw
        shown = b64encode(whole[: len(whole) // 3 * 3]).decode()[(0, 2, 3)[before] :]
        yield shown
        yield shown.translate(_URL_SAFE)


def _decode_base64(text: str) -> str:
    """The text that stands in Base64; "" when it is none."""
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def _find_in_query(query: str) -> Iterator[str]:
    return (value for name, value in parse_qsl(query) if is_secret(name))


def _may_repeat(text: str, body: bytes) -> bool:
    """Whether a text may hold a long secret of the body: the body has a part of it that long, besides the text itself.

    Most texts of lists, such as models and paths, do not, which is found out much sooner than what is secret.
    """
    if len(text) < LONG and "…" not in text and "..." not in text:
        return False
    if len(text) > _SHORT or not text.isascii() or re.search(r"\.\.\.|[\"\\]", text) or re.search(rb"\\[u/]", body):
        return True
    raw = text.encode()
    often = body.count(raw)
    return often > 1 or any(body.count(raw[at : at + LONG]) > often for at in range(len(raw) - LONG + 1))


@lru_cache(maxsize=_KEPT)
def _find_in_small(body: bytes) -> tuple[str, ...]:
    return _sort(_find_in_body(body))[:_MOST]


def _find_in_body(body: bytes) -> set[str]:
    found: set[str] = set()

    def hide(text: str) -> str:
        found.add(text)
        return text

    def look(text: str) -> str:
        return mask_document(text, look, hide) if may_be_document(text) else text

    source = _read(body)[0]
    if not has_secret_name(source):
        return found
    mask_document(source, look, hide)
    # As they stand in a message that quotes them as JSON, too.
    quoted = {orjson.dumps(text, default=str).decode()[1:-1] for text in found if _is_unicode(text)}
    return {text for text in found | quoted if len(text) >= LEAST}


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _read(body: bytes) -> tuple[str, str]:
    """The text of a body, and the encoding it is written in."""
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return body.decode("latin-1"), "latin-1"


def _is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True
