"""Sentences of a generated reply, picked from patterns (``make schemas`` reads those of ``data/texts/``)."""

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
# Marks that stand before what their likes end.
OPENINGS = {"¿": "?", "¡": "!"}


class Phrases(Struct, frozen=True):
    """The patterns of one language: lists of sentences by what they are for (``body``, ``question`` ...).

    ``asks`` holds what a user writes for the topics that have sentences of their own (``greeting``, ``identity``).
    """

    language: str
    space: str
    lists: Mapping[str, tuple[str, ...]]
    asks: Mapping[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The languages there are texts in, as two-letter codes."""
    return tuple(sorted(name.removeprefix("texts-") for name in prebuilt.list_names() if name.startswith("texts-")))


@lru_cache(maxsize=64)
def phrases(language: str) -> Phrases:
    """The patterns of ``language``, read once."""
    given = prebuilt.read(f"texts-{language}")
    return Phrases(
        language=language,
        space=given["space"],
        lists={name: tuple(value) for name, value in given.items() if isinstance(value, list)},
        asks={name: re.compile(pattern, re.IGNORECASE) for name, pattern in given["asks"].items()},
    )


def of_locale(locale: str, rng: Random) -> Phrases:
    """The sentences for a locale such as ``fi_FI``: our own when the language has some, else Faker's.

    Raises ValueError when neither knows the locale.
    """
    language = locale.partition("_")[0].lower()
    return phrases(language) if language in languages() else _faked(locale, rng)


def check_locale(locale: str) -> None:
    """Raises ValueError when there is no text for the locale. Imports Faker only for a language that is not ours."""
    if locale.partition("_")[0].lower() not in languages():
        _faker(locale)


# Calls are answered in several threads, and share the generators.
_faking = Lock()


def _faked(locale: str, rng: Random) -> Phrases:
    fake = _faker(locale)
    with _faking:
        fake.seed_instance(rng.getrandbits(32))
        lines = tuple(fake.sentence().replace("{", "").replace("}", "") for _ in range(50))
    return Phrases(locale, " ", dict.fromkeys(phrases("en").lists, lines), {})


@lru_cache(maxsize=8)
def _faker(locale: str) -> Any:
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
        return _balanced(line.strip(ENDS))
    head = line[:length].rpartition(" ")[0]
    return _balanced((head if len(head) > length // 2 else line[: length - 1]).rstrip(ENDS)) + "…"


def _balanced(line: str) -> str:
    """The line without the last "¿" or "¡" when the mark that belongs to it was left out."""
    for opening, closing in OPENINGS.items():
        if opening in line and line.count(opening) > line.count(closing):
            before, _, after = line.rpartition(opening)
            line = before + after
    return line


def opening(known: Phrases, text: str) -> str | None:
    """The name of the list whose sentences begin an answer to the user's ``text``; None when there is no text."""
    if not text.strip():
        return None
    for name, pattern in known.asks.items():
        if pattern.search(text):
            return name
    return "question" if "?" in text or "？" in text or "؟" in text else "request"


def patterns(known: Phrases, name: str, rng: Random) -> Iterator[str]:
    """Patterns of the list ``name`` without end: all of them in a random order, then in another, and so on."""
    pool = list(known.lists[name])
    while True:
        # Drawn one by one: most replies take two or three of some twenty.
        for index in range(len(pool)):
            other = rng.randrange(index, len(pool))
            pool[index], pool[other] = pool[other], pool[index]
            yield pool[index]
