"""Whatever stands in the place of a value, a file is read, or it is said why not; and what was read can be written."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from mockserver.cassettes.exporting import write_lines
from mockserver.cassettes.formats.form import Content, UnknownFormatError
from mockserver.cassettes.formats.har_writing import write_har
from mockserver.cassettes.formats.parsing import parse
from mockserver.cassettes.formats.table import read_content, read_data
from tests.cassettes.formats.test_aimock import ANSWERS, MATCHES, fixtures
from tests.cassettes.formats.test_journal import ENTRY, journal
from tests.cassettes.forms import FORMS, recorded_rows

LARGE = 10**30
JUNK: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, float("inf"), float("nan"), LARGE, "", "\ud800", "a" * 100, "http://[", "::", "\x00"),
    *([], {}, [[]], [None], ["x", "y"], {"a": 1}, {"string": None}, {"code": None}, b"\xff"),
)
ROWS = [row for row in recorded_rows() if len(json.dumps(row)) < 3000][:2]
SAMPLES = {
    **{name: form(ROWS) for name, form in FORMS.items()},
    "journal": journal({**ENTRY, "stream": True, "unmatched": False}),
    "aimock": fixtures(*({"match": match, "response": said} for (match, _) in MATCHES for said, _ in ANSWERS[2:5])),
}
TRIES = 300


def list_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in pairs:
        yield from list_paths(below, (*path, key))


def spoil(value: Any, path: tuple[Any, ...], junk: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = junk


@pytest.mark.parametrize("sample", SAMPLES)
def test_junk_is_read_or_refused(sample: str) -> None:
    random, content = Random(15), parse(SAMPLES[sample])
    paths, read = [*list_paths(content.value)], 0
    for _ in range(TRIES):
        value = copy.deepcopy(content.value)
        spoil(value, random.choice(paths), random.choice(JUNK))
        try:
            reading = read_content(Content(value, content.is_lines))
        except UnknownFormatError:
            continue
        read += 1
        json.dumps([*reading.scenarios, *reading.left_out, *reading.broken], allow_nan=False)
        assert len(read_data(write_har(reading.exchanges)).exchanges) == len(reading.exchanges)
        if reading.exchanges:
            assert len(read_data(write_lines(reading.exchanges)).exchanges) == len(reading.exchanges)
    assert read > TRIES / 2
