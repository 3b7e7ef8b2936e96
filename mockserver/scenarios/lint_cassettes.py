"""Lint of cassettes: exchanges that no scenario uses, and those that today's rules or schemas do not know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from mockserver.recordings.cassette import Cassette
from mockserver.records.errors import Place, Problem
from mockserver.scenarios.reading.source import Document, KeyPath
from mockserver.scenarios.scripts import Extensions

_KEY = "recorded"
# Numbers that are told of one file.
_MOST = 10


def find_problems(cassette: Cassette, document: Document, extensions: Extensions) -> Iterator[Problem]:
    """The warnings about a cassette, whose scenarios stand in a document."""
    asked, given = _find_uses(document)
    yield from _find_unused(cassette, document, asked.keys() | given.keys())
    for number, path in asked.items():
        if number in cassette.exchanges:
            found = extensions.check_recorded_request(cassette.exchanges[number])
            yield from _place(found, document.place(path), number)
    for number, path in given.items():
        if number in cassette.exchanges:
            found = extensions.check_recorded_response(cassette.exchanges[number])
            yield from _place(found, document.place(path), number)


def _place(messages: Iterable[str], place: Place, number: int) -> Iterator[Problem]:
    return (Problem(place, f"exchange {number}: {message}", "warning") for message in messages)


def find_recorded_models(cassette: Cassette, document: Document) -> Iterator[tuple[str, Place]]:
    """The models that recorded requests name, and where these requests are asked for."""
    asked, _ = _find_uses(document)
    for number, path in asked.items():
        exchange = cassette.exchanges.get(number)
        # One that the condition names is told there.
        is_named = document.find((*path[:-1], "model")) is not None
        if exchange is not None and not is_named and (name := _read_model(exchange.request.body)):
            yield name, document.place(path)


def _read_model(body: bytes) -> str:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    name = parsed.get("model") if isinstance(parsed, dict) else ""
    return name if isinstance(name, str) else ""


def _find_unused(cassette: Cassette, document: Document, used: Iterable[int]) -> Iterator[Problem]:
    unused = [str(number) for number in sorted(cassette.exchanges.keys() - set(used))]
    if unused:
        shown = ", ".join(unused[:_MOST]) + (f" and {len(unused) - _MOST} more" if len(unused) > _MOST else "")
        message = f"no scenario uses these exchanges of the side file: {shown}"
        yield Problem(document.place(("cassette", "exchanges")), message, "warning")


def _find_uses(document: Document) -> tuple[dict[int, KeyPath], dict[int, KeyPath]]:
    """The numbers that stand in conditions, and those that stand in answers, each with the first place of it."""
    asked: dict[int, KeyPath] = {}
    given: dict[int, KeyPath] = {}
    for path, number in _find_numbers(document.value, ()):
        (asked if "when" in path[:-1] else given).setdefault(number, path)
    return asked, given


def _find_numbers(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, int]]:
    """Where the key ``recorded`` stands in scenarios, their conditions, and their answers, with its number."""
    if isinstance(value, Mapping):
        below = _BELOW.get(_name_level(path), ())
        for key in (key for key in below if key in value):
            yield from _find_numbers(value[key], (*path, key))
        number = value.get(_KEY)
        if _name_level(path) and isinstance(number, int) and not isinstance(number, bool):
            yield (*path, _KEY), number
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _find_numbers(item, (*path, index))


# The keys below a document, a scenario, and turns that say where they are counted from.
_BELOW: Mapping[str, tuple[str, ...]] = {
    "": ("scenarios",),
    "scenarios": ("when", "reply", "turns", "calls"),
    "turns": ("answers",),
}


def _name_level(path: KeyPath) -> str:
    return next((str(key) for key in reversed(path) if isinstance(key, str)), "")
