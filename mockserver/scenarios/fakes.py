"""``fake`` in placeholders: seeded Faker, imported when a placeholder first asks for it."""

from __future__ import annotations

import threading
from typing import Any

# Making a generator takes milliseconds; one thread at a time uses each.
_generators = threading.local()


class Fake:
    """``fake.name()``, or ``fake('de_DE').city()`` in another locale. The same seed gives the same values."""

    def __init__(self, seed: int, locale: str = "en_US") -> None:
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
            self._generator = _generator(self._locale)
            self._generator.seed_instance(self._seed)
        return getattr(self._generator, name)


def _generator(locale: str) -> Any:
    known: dict[str, Any] = _generators.__dict__
    if locale not in known:
        from faker import Faker

        known[locale] = Faker(locale)
    return known[locale]
