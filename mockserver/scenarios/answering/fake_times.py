"""The clock of a Faker generator: the time of the call, in UTC, instead of that of the machine.

Faker has no setting for it. Its providers read the names ``datetime``, ``date`` and ``random`` of their own modules; so
a generator gets copies of its providers whose functions find other things under these names. Faker itself is left as it
is, since the program under test may use it in the same process.
"""

from __future__ import annotations

import datetime as clock
import random
import zipfile
from collections.abc import Mapping
from types import FunctionType, SimpleNamespace
from typing import Any


class Moment:
    """The time at which a generator believes to be, in seconds since 1970."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self, zone: clock.tzinfo | None = None) -> clock.datetime:
        """As ``datetime.now`` on a machine in UTC."""
        now = clock.datetime.fromtimestamp(self.at, clock.timezone.utc)
        return now.astimezone(zone) if zone else now.replace(tzinfo=None)


def set_clock(generator: Any) -> Moment:
    """Give the providers of a Faker generator a clock of their own; returns what sets it."""
    moment = Moment()
    (factory,) = generator.factories
    names = _make_names(moment, factory)
    copies: dict[str, dict[str, Any]] = {}
    # The last one of several with the same method wins, as it did before.
    for provider in reversed(list(factory.get_providers())):
        changed = _copy_methods(type(provider), names, copies)
        if changed:
            copied = type(type(provider).__name__, (type(provider),), changed)(factory)
            # Among them its language.
            vars(copied).update(vars(provider))
            factory.add_provider(copied)
        else:
            factory.add_provider(provider)
    return moment


def _make_names(moment: Moment, factory: Any) -> Mapping[int, Any]:
    """What stands for the parts of Python that depend on the time, or on chance, by their identity."""
    dates, times = _make_types(moment)
    module = SimpleNamespace(**{**vars(clock), "date": dates, "datetime": times})
    return {
        id(clock): module,
        id(clock.date): dates,
        id(clock.datetime): times,
        id(random): factory.random,
        id(zipfile): SimpleNamespace(**{**vars(zipfile), "ZipFile": _make_archive(moment)}),
    }


def _make_types(moment: Moment) -> tuple[type, type]:
    """``date`` and ``datetime`` at a moment; their instances are ordinary ones."""

    class Likeness(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, cls.__mro__[1])

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return cls.__mro__[1](*args, **kwargs)

    class Dates(clock.date, metaclass=Likeness):
        @classmethod
        def today(cls) -> Any:
            return moment.now().date()

    class Times(clock.datetime, metaclass=Likeness):
        @classmethod
        def now(cls, tz: clock.tzinfo | None = None) -> Any:
            return moment.now(tz)

        @classmethod
        def today(cls) -> Any:
            return moment.now()

        @classmethod
        def utcnow(cls) -> Any:
            return moment.now()

        @classmethod
        def fromtimestamp(cls, timestamp: float, tz: clock.tzinfo | None = None) -> Any:
            made = clock.datetime.fromtimestamp(timestamp, clock.timezone.utc)
            return made.astimezone(tz) if tz else made.replace(tzinfo=None)

    return Dates, Times


def _make_archive(moment: Moment) -> type:
    class Archive(zipfile.ZipFile):
        """Its members are as old as the archive."""

        def writestr(self, zinfo_or_arcname: Any, *args: Any, **kwargs: Any) -> None:
            entry = zipfile.ZipInfo(zinfo_or_arcname, date_time=moment.now().timetuple()[:6])
            entry.compress_type, entry.external_attr = self.compression, 0o600 << 16
            super().writestr(entry, *args, **kwargs)

    return Archive


def _copy_methods(provider: type, names: Mapping[int, Any], copies: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The methods of a provider that stand in a module which knows one of these names, reading the other things."""
    changed: dict[str, Any] = {}
    for cls in reversed(provider.__mro__[:-1]):
        for name, member in vars(cls).items():
            function = getattr(member, "__func__", member)
            if not isinstance(function, FunctionType):
                continue
            scope = _copy_scope(function.__globals__, names, copies)
            copied = function if scope is None else _copy_function(function, scope)
            changed[name] = type(member)(copied) if isinstance(member, classmethod | staticmethod) else copied
    return changed


def _copy_scope(scope: dict[str, Any], names: Mapping[int, Any], copies: dict[str, dict[str, Any]]) -> Any:
    """The names of a module with some changed; None when it has none of these."""
    module = scope["__name__"]
    if not any(id(value) in names for value in scope.values()):
        return None
    if module not in copies:
        copied = copies[module] = {name: names.get(id(value), value) for name, value in scope.items()}
        for name, value in scope.items():
            if isinstance(value, FunctionType) and value.__module__ == module:
                copied[name] = _copy_function(value, copied)
        if "tzlocal" in copied:
            copied["tzlocal"] = lambda: clock.timezone.utc
    return copies[module]


def _copy_function(function: FunctionType, scope: dict[str, Any]) -> FunctionType:
    copied = FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
    copied.__kwdefaults__, copied.__doc__ = function.__kwdefaults__, function.__doc__
    copied.__dict__.update(function.__dict__)
    return copied
