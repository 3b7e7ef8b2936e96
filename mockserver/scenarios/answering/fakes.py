"""``fake`` in placeholders: seeded Faker, imported when a placeholder first asks for it.

Faker reads the clock of the machine and gives sets; here it reads the time of the call, and sets are lists in a fixed
order, so that the same seed and the same time give the same values.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timezone
from functools import wraps
from inspect import signature
from itertools import islice
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any

from mockserver.records.budget import LIMITS, OverBudgetError
from mockserver.records.suggesting import find_similar, show_name

if TYPE_CHECKING:
    from mockserver.scenarios.answering.fake_times import Moment

# Making a generator takes milliseconds; one thread at a time uses each.
_generators = threading.local()

# The largest number of characters, words, digits ... in one call.
MOST = 10_000
# Amounts that multiply: the spaces before each line of JSON, the sides of an image.
_MOST_OF = {"indent": 8, "size": 1_000}
# Arguments that are values, not amounts.
_VALUES = {"min", "max", "min_value", "max_value", "start", "end", "step", "start_date", "end_date", "timestamp"}


class Fake:
    """``fake.name()``, or ``fake('de_DE').city()`` in another locale.

    Args:
        seed: the same one gives the same values.
        at: the time of the call, in seconds since 1970.
        locale: the locale.
    """

    # Of the steps a text may take; other calls take one.
    steps = 20
    # Jinja's sandbox looks for these attributes before it calls anything.
    unsafe_callable = alters_data = jinja_pass_arg = None

    def __init__(self, seed: str, at: float = 0.0, locale: str = "en_US") -> None:
        self._seed = seed
        self._at = at
        self._locale = locale
        self._generator: Any = None
        self._others: dict[str, Fake] = {}

    def __call__(self, locale: str) -> Fake:
        if locale not in self._others:
            self._others[locale] = Fake(self._seed, self._at, locale)
        return self._others[locale]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._generator is None:
            generator, moment = _find_generator(self._locale)
            generator.seed_instance(self._seed)
            generator.factories[0].random.left = LIMITS.fake_draws
            moment.at = self._at
            self._generator = generator
        method = getattr(self._generator, name, None)
        if method is None or not _is_provided(method):
            # The other methods of a generator would change it for other answers, or grow without bounds.
            near = find_similar(name, dir(self._generator.factories[0]))
            hint = f": did you mean fake.{near}?" if near and near != name else ""
            raise ValueError(f"there is no fake.{show_name(name)}{hint}")
        return _bound_arguments(name, method, self._at)


class CountedRandom(Random):
    """Random numbers, the same as those of ``Random``, of which a limited number may be drawn."""

    left = LIMITS.fake_draws

    def random(self) -> float:
        """A number from 0 to 1."""
        self._count()
        return super().random()

    def getrandbits(self, k: int, /) -> int:
        """A number of so many bits."""
        self._count()
        return super().getrandbits(k)

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise OverBudgetError(f"fake draws more than {LIMITS.fake_draws:,} random numbers in one answer")


def _is_provided(method: Any) -> bool:
    from faker.providers import BaseProvider

    return isinstance(getattr(method, "__self__", None), BaseProvider)


def _bound_arguments(name: str, method: Callable[..., Any], at: float) -> Callable[..., Any]:
    """The method, refusing amounts over ``MOST``."""
    dates = [each.name for each in signature(method).parameters.values() if isinstance(each.default, date)]

    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        for argument, value in signature(method).bind(*args, **kwargs).arguments.items():
            amounts = value if isinstance(value, list | tuple) else (value,)
            most = inf if argument in _VALUES else _MOST_OF.get(argument, MOST)
            if any(isinstance(each, int | float) and abs(each) > most for each in amounts):
                raise ValueError(f"fake.{name}: {argument} is {value}, and {most} at most")
        # The day on which Faker was imported.
        days = {each: datetime.fromtimestamp(at, timezone.utc).date() for each in dates}
        result = method(*args, **({**days, **kwargs} if not args else kwargs))
        # A series without an end to be seen.
        return _fix_order(list(islice(result, MOST)) if isinstance(result, Iterator) else result)

    call.steps = Fake.steps  # type: ignore[attr-defined]  # for the sandbox
    return call


def _fix_order(value: Any) -> Any:
    """The value, with lists for the sets in it: their order differs from one process to the next."""
    if isinstance(value, set | frozenset):
        return sorted(map(_fix_order, value), key=repr)
    if type(value) in (list, tuple):
        return type(value)(map(_fix_order, value))
    if type(value) is dict:
        return {key: _fix_order(item) for key, item in value.items()}
    return value


def _find_generator(locale: str) -> tuple[Any, Moment]:
    generators: dict[str, tuple[Any, Moment]] = _generators.__dict__
    if locale not in generators:
        generators[locale] = _new_generator(locale)
    return generators[locale]


def _new_generator(locale: Any) -> tuple[Any, Moment]:
    from faker import Faker

    from mockserver.scenarios.answering.fake_times import set_clock

    unknown = f"unknown locale {locale!r}: expected one such as en_US or zh_CN"
    if not isinstance(locale, str):
        raise ValueError(unknown)
    try:
        generator = Faker(locale)
    except AttributeError as error:
        # Faker raises it for a locale that it does not have.
        raise ValueError(unknown) from error
    generator.factories[0].random = CountedRandom()
    return generator, set_clock(generator)
