"""Words with which users ask for the API's own tools, from ``data/tool_words.yaml``, compiled for searching."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from mockserver.reference import prebuilt

# Languages that write no spaces: their words have no boundaries.
UNSPACED = ("zh", "ja")
# A word of another language ends where their characters begin.
UNSPACED_SIGNS = "\u3040-\u30ff\u3400-\u9fff"
WORD = rf"[^\W{UNSPACED_SIGNS}]"
# Letters with accents stand in names of hosts; parentheses belong to a URL in pairs.
URL_SIGN = r"[A-Za-z0-9._~:/?#@!$&*+,;=%\u00c0-\u1fff-]"
URL = rf"https?://(?:{URL_SIGN}|\({URL_SIGN}*\))+"
# Marks before a URL: quotation marks, and the text of a link in Markdown.
MARKS = r"(?:\[[^\]\n]{0,80}\]\()?[(<\"'`\u00ab\u2018\u201c\u201e*_]{0,3}"
# Some words between a verb and what it is about.
GAP = r"(?:\S+ ){0,6}?"
# How far a negation reaches: so many words before a phrase, or characters in a language without spaces.
REACH = r"(?:\s+\S+){0,3}\s*\Z"
UNSPACED_REACH = r"[^。！？，、；\n]{0,8}\Z"
CLAUSE = r"[.!?;,:](?=\s)|[。！？；，\n]"


@lru_cache(maxsize=1)
def list_tools() -> frozenset[str]:
    """The tools that have words, by their type without its date."""
    return frozenset(_read()["tools"])


@lru_cache(maxsize=1)
def _read() -> Any:
    return prebuilt.read("tool_words")


def find(text: str, tool: str, names: Iterable[str] = ()) -> int | None:
    """Where the text first asks for the tool, and does not say that it is not wanted; None when it does not.

    ``names`` are what a server is called, and its tools.
    """
    pattern = _compile(tool, tuple(filter(None, names)))
    return next((found.start() for found in pattern.finditer(text) if not _is_negated(text, found)), None)


def find_name(text: str, name: str) -> int | None:
    """Where the text first has the name as a whole word, and does not say that it is not wanted; None when nowhere."""
    found = re.finditer(rf"(?<!{WORD}){re.escape(name)}(?!{WORD})", text, re.IGNORECASE)
    return next((each.start() for each in found if not _is_negated(text, each)), None)


def drop_fillers(text: str) -> str:
    """The text without the words at its beginning that lead to what is searched for."""
    between = r"[^\w\"'\u00ab\u201c\u300c]*"
    return re.sub(rf"(?i)\A{between}(?:(?:{_read()['fillers']})\b{between})*", "", text)


def cut_rest(text: str) -> str:
    """The text up to the words that lead to something else to do."""
    return re.split("|".join(_read()["ends"].values()), text, maxsplit=1, flags=re.IGNORECASE)[0]


def find_end(text: str, tool: str) -> int:
    """Where the words end with which the text asks for the tool; 0 when it does not."""
    found = _compile(tool, ()).search(text)
    return found.end() if found else 0


def find_urls(text: str) -> list[str]:
    """The URLs in the text, without the punctuation after them."""
    return [_trim(url) for url in re.findall(URL, text, re.IGNORECASE)]


def find_wanted_urls(text: str) -> list[str]:
    """The URLs in the text before which it does not say that they are not wanted."""
    before = _compile_negations()[0]
    found = re.finditer(URL, text, re.IGNORECASE)
    return [_trim(url[0]) for url in found if not before.search(_find_clause(text, url.start()))]


def _trim(url: str) -> str:
    return url.rstrip(".,;:!?*")


@lru_cache(maxsize=256)
def _compile(tool: str, names: tuple[str, ...]) -> re.Pattern[str]:
    called = "|".join(re.sub(r"(?:\\?[ _-])+", r"[ _-]?", re.escape(name)) for name in names) or "(?!)"
    parts: list[str] = []
    for language, phrases in _read()["tools"][tool].items():
        joined = (
            "|".join(phrases).replace("{gap}", GAP).replace("{url}", MARKS + URL).replace("{name}", f"(?:{called})")
        )
        parts.append(joined if language in UNSPACED else _bound(joined))
    return re.compile("|".join(parts), re.IGNORECASE)


def _bound(phrases: str) -> str:
    """Phrases of a spaced language, at word boundaries, with any white space."""
    spaced = re.sub(r" (\?)?", lambda found: r"\s*" if found[1] else r"\s+", phrases)
    return rf"(?<!{WORD})(?:{spaced})(?!{WORD})"


def _is_negated(text: str, found: re.Match[str]) -> bool:
    before, after, undone = _compile_negations()
    clause = _find_clause(text, found.start())
    # "suche nicht im Internet": the negation may stand inside the phrase, before its last word.
    inside = found[0].rpartition(" ")[0]
    is_before = before.search(clause) and not undone.search(clause)
    return bool(is_before or before.search(inside) or after.match(text, found.end()))


def _find_clause(text: str, end: int) -> str:
    """The clause before ``end``, so far as a negation may reach."""
    return re.split(CLAUSE, text[max(0, end - 80) : end])[-1]


@lru_cache(maxsize=1)
def _compile_negations() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    words: Mapping[str, Mapping[str, str]] = _read()
    undone = "|".join(each if key in UNSPACED else _bound(each) for key, each in words["undone"].items())
    before = "|".join(_reach(words["before"]))
    after = "|".join(words["after"].values())
    patterns = (before, rf"\s*(?:{after})", undone)
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)  # type: ignore[return-value]


def _reach(words: Mapping[str, str]) -> Iterator[str]:
    for language, negations in words.items():
        yield f"(?:{negations}){UNSPACED_REACH}" if language in UNSPACED else _bound(negations) + REACH
