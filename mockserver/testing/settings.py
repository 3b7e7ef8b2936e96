"""Reads the settings and faults that a test gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver import scenarios
from mockserver.records.batches import BatchPlan
from mockserver.records.masks import show_value
from mockserver.records.reply import Pace
from mockserver.records.settings import PACES, TOOL_USES, UNMATCHED, VALIDATION, check_choice
from mockserver.serving.assembly import HOOKS
from mockserver.store import FaultPlan
from mockserver.testing.callers import find_caller
from mockserver.wires import parse_fault

# How the option ``for`` may be written in Python, where it is a keyword.
_FOR = ("for", "for_", "duration")
# What may be asserted when a test ends.
CHECKS = ("unmatched", "valid", "used", "answers", "called")


def read_checks(checks: tuple[str, ...]) -> tuple[str, ...]:
    """The names of checks.

    Raises:
        ValueError: there is no such check.
    """
    wrong = [check for check in checks if check not in CHECKS]
    if wrong:
        raise ValueError(f"there is no check {show_value(wrong[0])}; there are {', '.join(CHECKS)}")
    return checks


def read_faults(then: str, calls: int, options: Mapping[str, Any]) -> FaultPlan:
    """A fault for the next ``calls`` answers.

    Raises:
        ValueError: there is no such fault or option, or ``calls`` is no number of calls.
    """
    if type(calls) is not int or calls < 1:
        raise ValueError(f"calls: expected a whole number from 1, got {show_value(calls)}")
    return FaultPlan((parse_fault(write_fault(then, options)),), calls)


def write_fault(then: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """A fault in the words of a scenario; ``for`` may be written ``for_`` or ``duration``.

    Raises:
        ValueError: it is written twice.
    """
    written = [name for name in _FOR if name in options]
    if len(written) > 1:
        raise ValueError(f"{' and '.join(written)} say the same: give one")
    return {"then": then, **{"for" if name in _FOR else name: value for name, value in options.items()}}


def read_settings(
    unmatched: str | None,
    validation: str | None,
    pace: str | Mapping[str, Any] | None,
    tool_use: str | None,
    batches: Mapping[str, Any] | None = None,
) -> dict[str, str | Pace | BatchPlan]:
    """Settings as the store holds them, those that are not None.

    Raises:
        ValueError: a setting has no such value.
        ScenarioError: the pace or the batches hold mistakes.
    """
    if unmatched is not None:
        check_choice("unmatched", UNMATCHED, unmatched)
    if validation is not None:
        check_choice("validation", VALIDATION, validation)
    if tool_use is not None:
        check_choice("tool_use", TOOL_USES, tool_use)
    if isinstance(pace, str) and pace not in PACES:
        raise ValueError(f"pace: expected {', '.join(PACES)} or a mapping, got {show_value(pace)}")
    plan = None if batches is None else scenarios.read_batches(batches, find_caller())
    values = {
        "unmatched": unmatched,
        "validation": validation,
        "pace": _read_pace(pace),
        "tool_use": tool_use,
        "batches": plan,
    }
    return {name: value for name, value in values.items() if value is not None}


def _read_pace(pace: str | Mapping[str, Any] | None) -> str | Pace | None:
    if pace is None or isinstance(pace, str):
        return pace
    place = find_caller()
    (parsed,) = scenarios.parse({"reply": {"text": "", "pace": pace}}, place.file, HOOKS, line=place.line)
    constant = parsed.steps[0].constant
    return constant.pace if constant else None
