"""Finds what is to be taken out of a text: in the text itself, and behind the escapes and encodings in it."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Sequence
from functools import lru_cache, partial
from urllib.parse import unquote_to_bytes

import orjson

from mockserver.recordings.redacting.edits import (
    Edit,
    Piece,
    apply,
    apply_all,
    decode_literal,
    settle,
    spread,
    unescape,
)
from mockserver.recordings.redacting.expressions import Rules, RulesKey, find_expressions
from mockserver.recordings.redacting.forms import KEY, ORGANIZATION, USER_ID, find_forms, is_word
from mockserver.recordings.redacting.known import find_known, replace_bytes
from mockserver.recordings.redacting.locating import locate
from mockserver.recordings.redacting.marks import REDACTED, SECRET, blank
from mockserver.records.masks.documents import PLAIN_WORDS, Scalar, find_scalars, find_strings, may_be_document
from mockserver.records.masks.patterns import Pattern
from mockserver.records.masks.searching import has_secret_name, mask_patterns

# Shorter texts hold nothing that has a form.
_SHORTEST = 6
# Texts of so many characters are remembered with their edits, some of the latest.
_REMEMBERED_FROM, _REMEMBERED_TO = 64, 16_384
# A text in a text in a text: deeper nothing is looked for.
_DEEPEST = 4
# Escapes of JSON in a text, and words with those of addresses.
_UNICODE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|((?!)))")
_LONGEST_WORD = 4096
_NEAR = 1000
_WORD_END = re.compile(r"[\s\"'<>\\]|\Z")
_PERCENT = re.compile(r"((?:%[0-9a-fA-F]{2})+)")
# Base64, and what is so long that it is nothing else.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_BLOB = re.compile(r"[A-Za-z0-9+/]{2048,}={0,2}\Z")
# How a text in UTF-16 begins.
_WIDE = {BOM_UTF16_LE: "utf-16-le", BOM_UTF16_BE: "utf-16-be"}
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def redact_text(text: str, rules: Rules, depth: int = 0) -> str:
    """The text without what is to be taken out; taking it out again changes nothing."""
    return apply_all(text, partial(find_in_text, rules=rules, depth=depth))


def redact_source(source: str, rules: Rules) -> str:
    """The same of JSON, lines of JSON, or what else a body may be; all but what is taken out stays as it is."""
    return apply_all(source, partial(find_in_source, rules=rules))


def find_in_source(source: str, rules: Rules) -> Sequence[Edit]:
    """The edits of a body, which may be JSON."""
    if _is_document(source):
        return settle(source, [*find_in_document(source, rules), *find_by_path(source, rules)])
    return find_in_text(source, rules)


def _is_document(source: str) -> bool:
    """Whether a body is JSON, which may be broken or several lines of it; of a text in quotes: whether it is valid."""
    first = source[:200].lstrip("\ufeff \t\r\n")[:1]
    if first != '"':
        return first in ("{", "[")
    try:
        return isinstance(orjson.loads(source), str)
    except orjson.JSONDecodeError:
        return False


def find_in_text(text: str, rules: Rules, depth: int = 0) -> Sequence[Edit]:
    """The edits of a text."""
    if len(text) < _SHORTEST and not rules.expressions:
        return ()
    if _REMEMBERED_FROM <= len(text) <= _REMEMBERED_TO:
        return _recall(text, rules.key, depth)
    return _search(text, rules, depth)


@lru_cache(maxsize=512)
def _recall(text: str, key: RulesKey, depth: int) -> Sequence[Edit]:
    """The edits of a text that may come again: each request of a conversation repeats those before it."""
    return _search(text, Rules(*key), depth)


def _search(text: str, rules: Rules, depth: int) -> Sequence[Edit]:
    found = [*find_known(text, rules.secrets), *find_expressions(text, rules)]
    if not _BLOB.match(text):
        found += _find_forms(text)
        if depth < _DEEPEST:
            found += _find_within(text, rules, depth + 1)
    if depth < _DEEPEST:
        found += _find_in_base64(text, rules, depth + 1)
    return settle(text, found) if found else found


def _find_forms(text: str) -> Iterator[Edit]:
    found: list[Edit] = []

    def note(_: Pattern, match: re.Match[str]) -> str:
        groups = match.re.groupindex
        span = match.span("secret") if "secret" in groups else match.span()
        if "name" not in groups or not is_word(text[slice(*span)]):
            found.append(Edit(*span, SECRET))
        return match[0]

    mask_patterns(text, note)
    yield from found
    yield from find_forms(text)


def _find_within(text: str, rules: Rules, depth: int) -> Iterator[Edit]:
    """What stands behind escapes, and in JSON."""
    if may_be_document(text):
        yield from find_in_document(text, rules, depth)
    if "\\u" in text:
        for start, end in _find_lines(text):
            plain, offsets = unescape(text[start:end], _UNICODE)
            if offsets is not None:
                yield from spread(find_in_text(plain, rules, depth), [Piece(0, len(plain), start, offsets)])
    if "%" in text:
        yield from _find_in_words(text, rules, depth)


def _find_in_words(text: str, rules: Rules, depth: int) -> Iterator[Edit]:
    """What stands in words with escapes of addresses."""
    done = 0
    while found := _PERCENT.search(text, done):
        window = text[max(done, found.start() - _LONGEST_WORD) : found.start()]
        start = found.start() - len(re.split(r"[\s\"'<>\\]", window)[-1])
        match = _WORD_END.search(text, found.end())
        done = match.start() if match else len(text)
        plain, offsets = unquote(text[start:done])
        yield from spread(find_in_text(plain, rules, depth), [Piece(0, len(plain), start, offsets)])


def _find_lines(text: str) -> Iterator[tuple[int, int]]:
    """The lines with escapes of JSON; of long ones what is near."""
    done = 0
    while (at := text.find("\\u", done)) >= 0:
        start = max(done, at - _NEAR, text.rfind("\n", max(done, at - _NEAR), at) + 1)
        done = text.find("\n", at, at + _NEAR)
        done = min(len(text), at + _NEAR) if done < 0 else done
        yield start, done


def unquote(word: str) -> tuple[str, list[int]]:
    """The text of a word of an address, and where each of its characters, and its end, stand in the word."""
    parts, offsets, done = list[str](), list[int](), 0
    for found in _PERCENT.finditer(word):
        parts.append(word[done : found.start()])
        offsets += range(done, found.start())
        at = found.start()
        for letter in unquote_to_bytes(found[0]).decode("utf-8", "surrogateescape"):
            parts.append(letter)
            offsets.append(at)
            at += 3 * len(letter.encode("utf-8", "surrogateescape"))
        done = found.end()
    offsets += range(done, len(word) + 1)
    return "".join([*parts, word[done:]]), offsets


def _find_in_base64(text: str, rules: Rules, depth: int) -> Iterator[Edit]:
    for run in _BASE64.finditer(text):
        letters = run[0].rstrip("=")
        data = _decode(letters)
        changed = _redact_bytes(data, rules, depth) if data else data
        if changed != data:
            code = b64encode(changed, b"-_" if "-" in letters or "_" in letters else None).decode()
            is_padded = letters != run[0] or len(letters) % 4 == 0
            yield Edit(*run.span(), code if is_padded else code.rstrip("="))


def _decode(letters: str) -> bytes:
    """The bytes of Base64, in either alphabet; empty where it is none."""
    if len(letters) % 4 == 1:
        return b""
    try:
        return b64decode(letters.replace("-", "+").replace("_", "/") + "=" * (-len(letters) % 4))
    except ValueError:
        return b""


def _redact_bytes(data: bytes, rules: Rules, depth: int) -> bytes:
    """What stands in Base64: a text as a text, anything else with as many bytes as it had."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = ""
    if text and not _CONTROLS.search(text):
        return redact_text(text, rules, depth).encode()
    return redact_binary(data, rules)


def redact_binary(data: bytes, rules: Rules) -> bytes:
    """Bytes that are no text without the secrets that are known, the API's keys and the organization of a signature.

    A text in UTF-16 is without all that is taken out of texts. As many bytes come in their place.
    """
    if data[:2] in _WIDE:
        data = _redact_wide(data, _WIDE[data[:2]], rules)
    data = KEY.sub(lambda found: b"x" * len(found[0]), data) if b"sk-ant-" in data else data
    if b"Z$" in data:
        data = ORGANIZATION.sub(lambda found: b"Z$" + blank(found[1].decode()).encode(), data)
    return replace_bytes(data, rules.secrets)


def _redact_wide(data: bytes, encoding: str, rules: Rules) -> bytes:
    text = data.decode(encoding, "replace")
    edits = [Edit(start, end, "x" * (end - start)) for start, end, _ in find_in_text(text, rules)]
    redacted = apply(text, edits).encode(encoding)
    return redacted if edits and len(redacted) == len(data) else data


def find_in_document(source: str, rules: Rules, depth: int = 0) -> Iterator[Edit]:
    """The edits of a JSON text: of its strings and names, and of all that stands at secret names."""
    if not has_secret_name(source) and '"metadata"' not in source:
        for start, end in find_strings(source, 0 if rules.expressions else _SHORTEST):
            yield from find_in_scalar(source, Scalar(start, end), rules, depth)
        return
    for scalar in find_scalars(source):
        yield from find_in_scalar(source, scalar, rules, depth)


def find_in_scalar(source: str, scalar: Scalar, rules: Rules, depth: int = 0) -> Iterator[Edit]:
    """The edits of a string, number or word of a JSON text."""
    start, end = scalar.start, scalar.end
    piece = source[start:end]
    if not piece.startswith('"'):
        is_secret = scalar.is_hidden and piece not in PLAIN_WORDS and not is_word(piece)
        if is_secret or (len(piece) > _SHORTEST and find_in_text(piece, rules, depth)):
            yield Edit(start, end, f'"{SECRET}"')
        return
    last = end - 1 if len(piece) > 1 and piece.endswith('"') else end
    if scalar.is_hidden:
        if "authorization" in scalar.name.lower() or not is_word(decode_literal(source[start + 1 : last])):
            yield Edit(start + 1, last, SECRET)
    elif last - start > _SHORTEST or rules.expressions:
        literal = source[start + 1 : last]
        if edits := find_in_text(decode_literal(literal), rules, depth):
            text, offsets = unescape(literal)
            yield from spread(edits, [Piece(0, len(text), start + 1, offsets, is_literal=True)])
        if scalar.name == "user_id" and scalar.parent == "metadata":
            for found in USER_ID.finditer(source, start + 1, last):
                yield Edit(*found.span(), blank(found[0]))


def find_by_path(source: str, rules: Rules) -> Iterator[Edit]:
    """The edits of valid JSON at the JSONPaths of the rules."""
    if not rules.paths:
        return
    try:
        value = orjson.loads(source)
    except orjson.JSONDecodeError:
        return
    wanted = {location for find in rules.paths for location in find(value)}
    if wanted:
        yield from (Edit(start, end, f'"{REDACTED}"') for start, end in locate(source, wanted))
