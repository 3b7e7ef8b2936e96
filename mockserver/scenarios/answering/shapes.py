"""The makers of forms: what a value in an answer may look like."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mockserver.scenarios.answering.templates import has_placeholder
from mockserver.scenarios.reading.spot import Spot

# Notes what is wrong with the value at a spot.
Form = Callable[[Spot], None]


def of(wanted: str, *types: type) -> Form:
    """The form of a value of some types; a placeholder may become any."""

    def check(spot: Spot) -> None:
        value = spot.value
        right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        if not right and not has_placeholder(value):
            spot.expect(wanted)

    return check


def anything(_: Spot) -> None:
    """Any value will do."""


def each_of(form: Form) -> Form:
    """The form of one value, or of a list of such values."""

    def check(spot: Spot) -> None:
        if spot.value == []:
            spot.expect("at least one")
        for item in spot:
            form(item)

    return check


def list_of(form: Form, wanted: str) -> Form:
    """The form of a list; a placeholder may become one."""

    def check(spot: Spot) -> None:
        if not isinstance(spot.value, list):
            of(wanted)(spot)
            return
        for item in spot:
            form(item)

    return check


def mapping_of(what: str, forms: Mapping[str, Form], *needed: str, free: bool = False) -> Form:
    """The form of a mapping; with ``free``, further keys are allowed."""

    def check(spot: Spot) -> None:
        if free:
            of("a mapping", dict)(spot)
        elif not has_placeholder(spot.value):
            spot.is_mapping(forms, what)
        if not isinstance(spot.value, dict):
            return
        for key in needed:
            if key not in spot.value:
                spot.complain(f'{what} needs "{key}"')
        for key, below in spot.items():
            if key in forms:
                forms[key](below)

    return check


def either(*choices: tuple[type, Form], wanted: str) -> Form:
    """The form that belongs to the value's type."""

    def check(spot: Spot) -> None:
        for kind, form in choices:
            if isinstance(spot.value, kind) and (kind is bool or not isinstance(spot.value, bool)):
                return form(spot)
        return of(wanted)(spot)

    return check


def between(low: int, high: int) -> Form:
    """The form of a whole number within bounds."""

    def check(spot: Spot) -> None:
        if isinstance(spot.value, bool) or not isinstance(spot.value, int) or not low <= spot.value <= high:
            spot.expect(f"a whole number from {low} to {high}")

    return check
