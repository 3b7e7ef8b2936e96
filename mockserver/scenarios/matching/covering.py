"""Whether one ``when`` asks for nothing that another does not ask for too, as far as their words tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.scenarios.matching.predicates import WILD, are_equal, glob_of

_TEXTS = ("user", "system", "any_message", "tool_result")
# What every request has, so that * says nothing of it.
_NAMES = ("model", "session", "key", "tool_choice")


def covers(asked: Mapping[str, Any], when: Mapping[str, Any]) -> bool:
    """Whether all that is ``asked`` holds wherever ``when`` does. False may only mean that this is not known."""
    return all(_is_implied(key, value, when) for key, value in asked.items())


def _is_implied(key: str, asked: Any, when: Mapping[str, Any]) -> bool:
    if key in _NAMES and "*" in _each(asked):
        return True
    if key not in when:
        return False
    if are_equal(when[key], asked):
        return True
    if key in _TEXTS:
        return _holds_text(asked, when[key])
    return key in _NAMES and all(any(_fits(glob, name) for glob in _each(asked)) for name in _each(when[key]))


def _fits(glob: str, name: str) -> bool:
    """Whether whatever a name (a glob itself, perhaps) stands for fits a glob."""
    return glob == name or ((not set(name) & WILD or "?" not in glob) and glob_of([glob]).holds(name))


def _holds_text(asked: Any, test: Any) -> bool:
    """Whether a text that passes a test contains one of the texts asked for."""
    wanted = _each(asked)
    if not all(isinstance(text, str) and not _is_pattern(text) for text in wanted):
        return False
    if isinstance(test, Mapping):
        parts = [value for key, value in test.items() if key in ("contains", "equals", "starts_with", "ends_with")]
        return any(_hold_one(wanted, _each(part)) for part in parts)
    return not any(map(_is_pattern, _each(test))) and _hold_one(wanted, _each(test))


def _hold_one(wanted: list[Any], texts: list[Any]) -> bool:
    return all(isinstance(text, str) and any(one.casefold() in text.casefold() for one in wanted) for text in texts)


def _is_pattern(text: Any) -> bool:
    return isinstance(text, str) and text.startswith("/")


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
