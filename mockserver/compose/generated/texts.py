"""Sentences of a generated reply, from the patterns in ``data/texts/``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from locale import normalize
from random import Random
from threading import Lock
from typing import Any

from msgspec import Struct

from mockserver.reference import prebuilt

TOPIC_LENGTH = 48
ENDS = " \t\n.,;:!?…。！？、，；：؟،।"
# Punctuation that opens a sentence, with the mark that closes it.
OPENING_MARKS = {"¿": "?", "¡": "!"}


class Phrases(Struct, frozen=True):
    """The patterns of one language: lists of sentences by what they are for (``body``, ``question`` ...).

    ``asks`` holds patterns of user texts for the topics that have sentences of their own (``greeting``, ``identity``).
    """

    language: str
    space: str
    lists: Mapping[str, tuple[str, ...]]
    asks: Mapping[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def list_languages() -> tuple[str, ...]:
    """The languages that have texts, as two-letter codes."""
    return tuple(sorted(name.removeprefix("texts-") for name in prebuilt.list_names() if name.startswith("texts-")))


@lru_cache(maxsize=64)
def read_phrases(language: str) -> Phrases:
    """The patterns of ``language``, read once."""
    data = prebuilt.read(f"texts-{language}")
    return Phrases(
        language=language,
        space=data["space"],
        lists={name: tuple(value) for name, value in data.items() if isinstance(value, list)},
        asks={name: re.compile(pattern, re.IGNORECASE) for name, pattern in data["asks"].items()},
    )


def find_phrases(locale: str, rng: Random) -> Phrases:
    """The sentences for a locale such as ``fi_FI``: our own when the language has some, else Faker's.

    Raises ValueError when neither knows the locale.
    """
    language = locale.partition("_")[0].lower()
    return read_phrases(language) if language in list_languages() else _make_phrases(locale, rng)


def check_locale(locale: str) -> None:
    """Raise ValueError when there are no texts for the locale. Imports Faker only for a language without own texts."""
    if locale.partition("_")[0].lower() not in list_languages():
        _make_faker(locale)


# Calls are answered in several threads, and share the generators.
_generator_lock = Lock()


def _make_phrases(locale: str, rng: Random) -> Phrases:
    fake = _make_faker(locale)
    with _generator_lock:
        fake.seed_instance(rng.getrandbits(32))
        lines = tuple(fake.sentence().replace("{", "").replace("}", "") for _ in range(50))
    return Phrases(locale, " ", dict.fromkeys(read_phrases("en").lists, lines), {})


@lru_cache(maxsize=8)
def _make_faker(locale: str) -> Any:
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    # Faker itself completes "fi" to "fi_FI" in this way.
    if normalize(locale).partition(".")[0] not in AVAILABLE_LOCALES:
        raise ValueError(f"unknown locale {locale!r}: expected one such as en_US or zh_CN")
    return Faker(locale)


def shorten(text: str, length: int) -> str:
    """The first words of a text on one line, at most ``length`` characters, without the final punctuation."""
    line = " ".join(text[: 4 * length].split())
    if len(line) <= length:
        return _drop_unclosed(line.strip(ENDS))
    head = line[:length].rpartition(" ")[0]
    return _drop_unclosed((head if len(head) > length // 2 else line[: length - 1]).rstrip(ENDS)) + "…"


def _drop_unclosed(line: str) -> str:
    """The line without its last "¿" or "¡" when the closing mark has been cut off."""
    for opening, closing in OPENING_MARKS.items():
        if opening in line and line.count(opening) > line.count(closing):
            before, _, after = line.rpartition(opening)
            line = before + after
    return line


def choose_opening(known: Phrases, text: str) -> str | None:
    """The name of the list of sentences that begin an answer to the user's ``text``; None when there is no text."""
    if not text.strip():
        return None
    for name, pattern in known.asks.items():
        if pattern.search(text):
            return name
    return "question" if "?" in text or "？" in text or "؟" in text else "request"


def iterate_patterns(known: Phrases, name: str, rng: Random) -> Iterator[str]:
    """An endless series of patterns from the list ``name``: all in random order, then in another order, and so on."""
    pool = list(known.lists[name])
    while True:
        # Shuffled one by one, because most replies use two or three of some twenty.
        for index in range(len(pool)):
            other = rng.randrange(index, len(pool))
            pool[index], pool[other] = pool[other], pool[index]
            yield pool[index]
