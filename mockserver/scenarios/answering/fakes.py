"""``fake`` in placeholders: seeded Faker, imported when a placeholder first asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import wraps
from inspect import signature
from itertools import islice
from typing import Any

# Making a generator takes milliseconds; one thread at a time uses each.
_generators = threading.local()

# The largest number of characters, words, digits ... in one call.
MOST = 10_000
# Arguments that are values, not amounts.
_VALUES = {"min", "max", "min_value", "max_value", "start", "end", "step", "start_date", "end_date", "timestamp"}


class Fake:
    """``fake.name()``, or ``fake('de_DE').city()`` in another locale. The same seed gives the same values."""

    # Of the steps a text may take; other calls take one.
    steps = 20
    # Jinja's sandbox looks for these attributes before it calls anything.
    unsafe_callable = alters_data = jinja_pass_arg = None

    def __init__(self, seed: str, locale: str = "en_US") -> None:
        self._seed = seed
        self._locale = locale
        self._generator: Any = None
        self._others: dict[str, Fake] = {}

    def __call__(self, locale: str) -> Fake:
        if locale not in self._others:
            self._others[locale] = Fake(self._seed, locale)
        return self._others[locale]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if self._generator is None:
            generator = _find_generator(self._locale)
            generator.seed_instance(self._seed)
            self._generator = generator
        method = getattr(self._generator, name, None)
        if method is None or not _is_provided(method):
            # The other methods of a generator would change it for other answers, or grow without bounds.
            from difflib import get_close_matches  # for mistakes only

            near = get_close_matches(name, dir(self._generator.factories[0]), n=1)
            hint = f": did you mean fake.{near[0]}?" if near and near[0] != name else ""
            raise ValueError(f"there is no fake.{name}{hint}")
        return _bound_arguments(name, method)


def _is_provided(method: Any) -> bool:
    from faker.providers import BaseProvider

    return isinstance(getattr(method, "__self__", None), BaseProvider)


def _bound_arguments(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, refusing amounts over ``MOST``."""

    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        for argument, value in signature(method).bind(*args, **kwargs).arguments.items():
            amounts = value if isinstance(value, list | tuple) else (value,)
            if argument not in _VALUES and any(isinstance(each, int | float) and abs(each) > MOST for each in amounts):
                raise ValueError(f"fake.{name}: {argument} is {value}, and {MOST} at most")
        result = method(*args, **kwargs)
        # A series without an end to be seen.
        return list(islice(result, MOST)) if isinstance(result, Iterator) else result

    call.steps = Fake.steps  # type: ignore[attr-defined]  # for the sandbox
    return call


def _find_generator(locale: str) -> Any:
    generators: dict[str, Any] = _generators.__dict__
    if locale not in generators:
        generators[locale] = _new_generator(locale)
    return generators[locale]


def _new_generator(locale: Any) -> Any:
    from faker import Faker

    unknown = f"unknown locale {locale!r}: expected one such as en_US or zh_CN"
    if not isinstance(locale, str):
        raise ValueError(unknown)
    try:
        return Faker(locale)
    except AttributeError as error:
        # Faker raises it for a locale that it does not have.
        raise ValueError(unknown) from error
