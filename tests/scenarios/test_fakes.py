"""``fake``: the same seed and time of the call give the same values, in any process, at any time, in any zone."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from mockserver.records.budget import LIMITS
from mockserver.scenarios.answering import fakes
from mockserver.scenarios.answering.fakes import Fake

AT = 1_800_000_000.0
# Every method of every provider. The clock of one process stands in another year.
SCRIPT = """
import datetime, sys, time
years = int(sys.argv[1])
if years:
    real, later = time.time, years * 366 * 86400
    time.time = lambda: real() + later
    class datetime_(datetime.datetime):
        @classmethod
        def now(cls, tz=None): return datetime.datetime.fromtimestamp(time.time(), tz)
        today = utcnow = now
    datetime.datetime = datetime_
from mockserver.scenarios.answering.fakes import Fake, _find_generator
for locale in ("en_US", "no_NO"):
    for name in sorted(name for name in dir(_find_generator(locale)[0].factories[0]) if not name.startswith("_")):
        try:
            value = repr(getattr(Fake("seed", 1_800_000_000.0, locale), name)())
        except Exception as error:
            value = repr(error)
        print(locale, name, value.replace("datetime.datetime(", "datetime_("))
"""


def _run(years: int, **environment: str) -> list[str]:
    folder = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(years)],
        env={**os.environ, "PYTHONPATH": folder, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    return done.stdout.split("\n")


def test_every_method_gives_the_same_in_two_processes() -> None:
    one = _run(0, PYTHONHASHSEED="1", TZ="Asia/Tokyo")
    other = _run(3, PYTHONHASHSEED="2", TZ="America/New_York")
    assert [line[:200] for line, twin in zip(one, other, strict=True) if line != twin] == []
    assert len(one) > 500
    wrong = [line for line in one if line.startswith("en_US") and "Error(" in line and "there is no fake" not in line]
    # One needs an argument, the other is refused by Faker itself.
    assert [line.split()[1] for line in wrong] == ["enum", "seed"]


def test_times_are_those_of_the_call() -> None:
    fake = Fake("seed", AT)
    assert fake.date_time_between("now", "now") == datetime(2027, 1, 15, 8, 0)
    assert datetime(2026, 12, 1) < fake.past_datetime() < datetime(2027, 1, 15, 8, 0)
    assert date(2027, 1, 15) < fake.future_date() < date(2027, 2, 16)
    assert fake.date_this_year().year == 2027
    assert Fake("seed", AT + 400 * 86_400).date_this_year().year == 2028
    assert fake.iso8601().startswith(("19", "20"))


def test_sets_are_lists_in_a_fixed_order() -> None:
    assert isinstance(Fake("seed", AT).pyset(), list)


def test_faker_itself_is_left_alone() -> None:
    from faker import Faker

    Fake("seed", 0.0).date_time()
    assert Faker().date_time_between("now", "now").year == datetime.now().year


@pytest.mark.parametrize("method", ["csv", "json", "pystruct", "texts", "psv"])
def test_numbers_drawn_are_counted(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    monkeypatch.setattr(fakes, "LIMITS", replace(LIMITS, fake_draws=5_000))
    name = {"csv": "num_rows", "json": "num_rows", "pystruct": "count", "texts": "nb_texts", "psv": "num_rows"}[method]
    with pytest.raises(ValueError, match="fake draws more than 5,000 random numbers"):
        getattr(Fake("seed", AT), method)(**{name: 5_000})
