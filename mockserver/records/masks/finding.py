"""Finds the secrets of a call by their names: its key and other values, which it may repeat elsewhere."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from functools import lru_cache
from urllib.parse import parse_qsl

import orjson

from mockserver.records.masks.documents import mask_document, may_be_document
from mockserver.records.masks.names import is_secret
from mockserver.records.masks.rules import OPEN_PARAMETERS
from mockserver.records.masks.searching import has_secret_name
from mockserver.records.masks.texts import LONG

# Shorter values are looked for nowhere else, nor more than so many of a body.
LEAST, MOST = 4, 200
# Lists of many calls search bodies of up to so many bytes, when a text of so many characters may repeat a secret,
# and keep what was found in the latest such bodies.
SMALL, _SHORT, _KEPT = 1 << 12, 200, 1024
_URL_SAFE = str.maketrans("+/", "-_")


def sort(secrets: set[str]) -> tuple[str, ...]:
    """The longest first: one may be a part of another."""
    return tuple(sorted(secrets - {""}, key=lambda secret: (-len(secret), secret)))


def find_in_headers(headers: Mapping[str, str]) -> Iterator[str]:
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


# The same callers come again.
@lru_cache(maxsize=_KEPT)
def encode_base64(text: str) -> tuple[str, ...]:
    """The text in Base64, at each of the three places where it may begin behind another (``user:…``).

    Without the letters at both ends, which depend on what stands there.
    """
    raw, shown = text.encode("utf-8", "surrogatepass"), list[str]()
    for before in range(3):
        whole = bytes(before) + raw
        code = b64encode(whole[: len(whole) // 3 * 3]).decode()[(0, 2, 3)[before] :]
        shown += code, code.translate(_URL_SAFE)
    return tuple(shown)


def _decode_base64(text: str) -> str:
    """The text that stands in Base64; "" when it is none."""
    try:
        return b64decode(text, validate=True).decode()
    except ValueError:
        return ""


def find_in_query(query: str) -> Iterator[str]:
    return (value for name, value in parse_qsl(query) if is_secret(name))


def may_repeat(text: str, body: bytes, times: int) -> bool:
    """Whether a text may hold a long secret of the body: the body has a part of it that long.

    ``times`` is how often the whole text stands in the body for sure, as the model does once.

    Most texts of lists, such as models and paths, do not, which is found out much sooner than what is secret.
    """
    if len(text) < LONG and "…" not in text and "..." not in text:
        return False
    if len(text) > _SHORT or not text.isascii() or re.search(r"\.\.\.|[\"\\]", text) or re.search(rb"\\[u/]", body):
        return True
    raw = text.encode()
    return any(body.count(raw[at : at + LONG]) > times for at in range(len(raw) - LONG + 1))


@lru_cache(maxsize=_KEPT)
def find_in_small(body: bytes) -> tuple[str, ...]:
    return sort(find_in_body(body))[:MOST]


def find_in_body(body: bytes) -> set[str]:
    found: set[str] = set()

    def hide(text: str) -> str:
        found.add(text)
        return text

    def look(text: str) -> str:
        return mask_document(text, look, hide) if may_be_document(text) else text

    source = read_body(body)[0]
    if not has_secret_name(source):
        return found
    mask_document(source, look, hide)
    # As they stand in a message that quotes them as JSON, too.
    quoted = {orjson.dumps(text, default=str).decode()[1:-1] for text in found if _is_unicode(text)}
    return {text for text in found | quoted if len(text) >= LEAST}


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def read_body(body: bytes) -> tuple[str, str]:
    """The text of a body, and the encoding it is written in."""
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return body.decode("latin-1"), "latin-1"
