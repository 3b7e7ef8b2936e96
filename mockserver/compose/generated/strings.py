"""Strings for a JSON Schema: by ``format``, by the property's name, or any words; never longer than allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from random import Random
from types import MappingProxyType
from typing import Any
from uuid import UUID

from msgspec import Struct

from mockserver.compose.generated import patterns
from mockserver.records.budget import Budget
from mockserver.reference.schemas.callers import is_valid
from mockserver.reference.schemas.searches import count_steps

NAMES = ("Ada Lovelace", "Alan Turing", "Grace Hopper", "Mary Shelley", "Niels Abel", "Emmy Noether")
CITIES = ("Oslo", "Lisbon", "Nairobi", "Osaka", "Toronto", "Lima")
COUNTRIES = ("Norway", "Portugal", "Kenya", "Japan", "Canada", "Peru")
WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "iris", "juniper", "kelp", "linen")


def _make_date(rng: Random) -> str:
    return f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"


def _make_time(rng: Random) -> str:
    return f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}Z"


def _make_email(rng: Random) -> str:
    return f"{rng.choice(WORDS)}.{rng.choice(WORDS)}@example.com"


def _make_host(rng: Random) -> str:
    return f"{rng.choice(WORDS)}.example.com"


def _make_uri(rng: Random) -> str:
    return f"https://{_make_host(rng)}/{rng.choice(WORDS)}"


def _make_path(rng: Random) -> str:
    return f"/{rng.choice(WORDS)}/{rng.choice(WORDS)}.txt"


def _make_ipv4(rng: Random) -> str:
    # Documentation addresses (RFC 5737).
    return f"192.0.2.{rng.randint(1, 254)}"


def _make_ipv6(rng: Random) -> str:
    return f"2001:db8::{rng.randint(1, 0xFFFF):x}"


def _make_uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _pick(words: tuple[str, ...]) -> Callable[[Random], str]:
    return lambda rng: rng.choice(words)


FORMATS: Mapping[str, Callable[[Random], str]] = MappingProxyType(
    {
        "date-time": lambda rng: f"{_make_date(rng)}T{_make_time(rng)}",
        "date": _make_date,
        "time": _make_time,
        "duration": lambda rng: f"PT{rng.randint(1, 59)}M",
        "email": _make_email,
        "idn-email": _make_email,
        "hostname": _make_host,
        "idn-hostname": _make_host,
        "uri": _make_uri,
        "iri": _make_uri,
        "url": _make_uri,
        "uri-reference": _make_path,
        "iri-reference": _make_path,
        "uri-template": lambda rng: f"/{rng.choice(WORDS)}/{{id}}",
        "ipv4": _make_ipv4,
        "ipv6": _make_ipv6,
        "uuid": _make_uuid,
        "json-pointer": lambda rng: f"/{rng.choice(WORDS)}",
        "relative-json-pointer": lambda rng: f"0/{rng.choice(WORDS)}",
        "regex": lambda rng: f"^{rng.choice(WORDS)}$",
    }
)
# The shortest text of a format, for limits that its usual texts exceed.
SHORTEST: Mapping[str, str] = MappingProxyType(
    {"email": "a@b.co", "idn-email": "a@b.co", "hostname": "a.co", "idn-hostname": "a.co", "duration": "PT1M"}
    | dict.fromkeys(("uri", "iri", "url"), "http://a.co")
    | dict.fromkeys(("uri-reference", "iri-reference", "uri-template", "json-pointer"), "/a")
    | {"ipv4": "192.0.2.1", "ipv6": "::1", "regex": "a"}
)
# Patterns of common property names with a function for their values; the first match counts.
VALUES_BY_NAME: tuple[tuple[re.Pattern[str], Callable[[Random], str]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"e-?mail", _make_email),
        (r"(url|uri|link|href)s?$", _make_uri),
        (r"host|domain", _make_host),
        (r"(path|file|filename|dir|directory)$", _make_path),
        (r"date$|day$", _make_date),
        (r"time$|_at$", lambda rng: f"{_make_date(rng)}T{_make_time(rng)}"),
        (r"phone", lambda rng: f"+1-555-01{rng.randint(0, 99):02}"),
        (r"city|location|place|destination|origin", _pick(CITIES)),
        (r"country", _pick(COUNTRIES)),
        (r"currency", _pick(("EUR", "USD", "JPY"))),
        (r"lang", _pick(("en", "de", "ja"))),
        (r"timezone", _pick(("Europe/Oslo", "Asia/Tokyo"))),
        (r"(^|_)id$|Id$|uuid", lambda rng: f"{rng.choice(WORDS)}-{rng.randint(1000, 9999)}"),
        (r"^name$|person|author|customer|user|first_?name|last_?name|full_?name", _pick(NAMES)),
        (r"command|cmd", lambda rng: f"echo {rng.choice(WORDS)}"),
        (r"code|script", lambda rng: f"print({rng.choice(WORDS)!r})"),
    )
)
# Names of properties for the user's own words, and for a sentence.
QUERY = re.compile(r"query|question|search|prompt|input|keyword|term$|(^|_)q$|topic|subject")
PROSE = re.compile(r"text|content|message|summary|description|reason|answer|explanation|comment|note|body|title")
# Keywords that no value depends on.
ANNOTATIONS = frozenset({"title", "description", "examples", "default", "$comment"})
PLACE = re.compile(r"city|location|place|destination")
MENTIONED = re.compile(r"\b(?:in|at|for|from|to|near|of)\s+([A-Z][\w'-]+(?:\s+[A-Z][\w'-]+)*)")


class Hints(Struct, frozen=True):
    """Sources of values: the user's text, its first words, and sentences in the user's language."""

    text: str = ""
    topic: str = ""
    prose: Callable[[], str] = lambda: "A generated value."


def make_string(schema: Mapping[str, Any], name: str, rng: Random, hints: Hints, budget: Budget) -> str:
    """A string for ``schema``; ``name`` is its property's.

    Raises ValueError when its ``pattern`` is broken, or the budget is used up.
    """
    low, high = int(schema.get("minLength") or 0), schema.get("maxLength")
    schema = {key: value for key, value in schema.items() if key not in ANNOTATIONS}
    make = FORMATS.get(schema.get("format", ""))
    if make or "pattern" in schema:
        candidates = _make_candidates(schema, make, low, rng, budget)
        found = next((text for text in candidates if _fits(schema, text, budget)), None)
        if found is not None:
            return found
    text = make(rng) if make else _make_from_name(name, rng, hints)
    if len(text) < low:
        # No word and its space is shorter than five characters.
        text = " ".join([text, *rng.choices(WORDS, k=low // 5 + 1)])[: max(low, len(text))]
    # A cut must not leave a space at the end: many programs strip it.
    return text if high is None or len(text) <= high else text[:high].rstrip().ljust(low, "x")


def _fits(schema: Mapping[str, Any], text: str, budget: Budget) -> bool:
    budget.spend(len(text))
    # Each keyword is written, compared and, when it is a pattern, searched for.
    pattern = schema.get("pattern", "")
    budget.take_steps(10 * len(schema) + len(pattern) + (count_steps(pattern, text) if pattern else 0))
    return is_valid(schema, text)


def _make_candidates(
    schema: Mapping[str, Any], make: Callable[[Random], str] | None, low: int, rng: Random, budget: Budget
) -> Iterator[str]:
    """Texts that may be valid for a schema with a format or a pattern, the most likely first."""
    for extra in (0, 0, 1, 3, low // 2, low):
        text = make(rng) if make else ""
        part = patterns.make_match(schema["pattern"], rng, extra, budget) if "pattern" in schema else ""
        yield text or part
        if text and part:
            # The text of the pattern replaces the beginning or the end of the text of the format.
            yield from (part + text[len(part) :], text[: len(text) - len(part)] + part, f"a{part}")
        for filler in ("x", "0", "A") if len(text or part) < low else ():
            yield (text or part).ljust(low, filler)
            yield (text or part).rjust(low, filler)
    if make:
        yield SHORTEST.get(schema["format"], "")


def _make_from_name(name: str, rng: Random, hints: Hints) -> str:
    place = MENTIONED.search(hints.text) if PLACE.search(name) else None
    if place:
        return place[1]
    lowered = name.lower()
    if hints.topic and QUERY.search(lowered):
        return hints.topic
    for pattern, make in VALUES_BY_NAME:
        if pattern.search(name if "Id" in pattern.pattern else lowered):
            return make(rng)
    return hints.prose() if PROSE.search(lowered) else f"{rng.choice(WORDS)} {rng.choice(WORDS)}"
