"""The lives of models: in which stage each is on a day, and which of those in use end soon."""

from __future__ import annotations

from collections.abc import Iterable

from mockserver.records.days import RELEASE, TODAY, add_days, day_at
from mockserver.reference.catalog import Catalogue, Model

# "at least 60 days' notice before model retirement" (source: the API's page on model deprecations).
_NOTICE = 60


def choose_day(lifecycle: str, now: float) -> str:
    """The day that counts as today: the one that a setting names, else that of the clock, in UTC.

    Args:
        lifecycle: ``release``, ``today`` or a day such as 2026-12-24.
        now: seconds since 1970.
    """
    return day_at(now) if lifecycle in ("", RELEASE, TODAY) else lifecycle


def stage_on(model: Model, day: str) -> str:
    """``active``, ``deprecated`` or ``retired``, on a day: a model retires as its day begins.

    A model of which no dates are known is what the catalogue says.
    """
    if model.retires_at and model.retires_at[:10] <= day:
        return "retired"
    if model.deprecated_at:
        return "deprecated" if model.deprecated_at[:10] <= day else "active"
    # A model is deprecated before it retires.
    return "deprecated" if model.retires_at and model.lifecycle == "retired" else model.lifecycle


def on_day(catalogue: Catalogue, day: str) -> Catalogue:
    """The catalogue with the stages of a day."""
    return catalogue.with_lifecycles({model.id: stage_on(model, day) for model in catalogue.models})


def list_notices(names: Iterable[str], catalogue: Catalogue, day: str) -> list[str]:
    """A line for each model in use that retires within 60 days, or has retired since the catalogue was released.

    Args:
        names: the models in use, as requests or fixtures name them.
        catalogue: the models.
        day: the day that counts as today.
    """
    first_names = {catalogue.lookup(name).id: name for name in sorted(set(names), reverse=True)}
    return [notice for name in sorted(first_names.values()) if (notice := make_notice(name, catalogue, day))]


def make_notice(name: str, catalogue: Catalogue, day: str) -> str:
    """The warning about the use of a model; "" when it lives on, or had retired when the catalogue was released."""
    model = catalogue.lookup(name)
    end = (model.retires_at or "")[:10]
    if not model.known or not catalogue.released < end <= add_days(day, _NOTICE):
        return ""
    successor = _find_successor(model, catalogue, day)
    advice = f"; use {successor.id}" if successor else ""
    if end <= day:
        return f'{name} retired on {end}: the API answers 404, "model: {name}"{advice}'
    return f"{name} retires on {end}: from then on the API answers 404{advice}"


def _find_successor(model: Model, catalogue: Catalogue, day: str) -> Model | None:
    """The newest active model of the same line."""
    active = (each for each in catalogue.models if stage_on(each, day) == "active" and each.line == model.line)
    return next(active, None) if model.line else None
