"""Whether one ``when`` is more general than another: it holds wherever the other does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.scenarios.matching.predicates import WILD, are_equal, glob_of

_TEXTS = ("user", "system", "any_message", "tool_result", "custom_id")
# Every request has these, so that * fits all of them.
_NAMES = ("model", "session", "key", "tool_choice", "path", "method")


def covers(general: Mapping[str, Any], when: Mapping[str, Any]) -> bool:
    """Whether ``general`` holds wherever ``when`` does. False may also mean that this cannot be decided."""
    return all(_is_implied(key, value, when) for key, value in general.items())


def _is_implied(key: str, general: Any, when: Mapping[str, Any]) -> bool:
    if key in _NAMES and "*" in _list_values(general):
        return True
    if key not in when:
        return False
    if are_equal(when[key], general):
        return True
    if key in _TEXTS:
        return _holds_text(general, when[key])
    return key in _NAMES and all(
        any(_fits(glob, name) for glob in _list_values(general)) for name in _list_values(when[key])
    )


def _fits(glob: str, name: str) -> bool:
    """Whether a name fits a glob; a name that is a glob itself fits if all names that match it do."""
    return glob == name or ((not set(name) & WILD or "?" not in glob) and glob_of([glob]).holds(name))


def _holds_text(general: Any, test: Any) -> bool:
    """Whether a text that passes ``test`` contains one of the texts that ``general`` asks for."""
    parts = _list_values(general)
    if not all(isinstance(part, str) and not _is_pattern(part) for part in parts):
        return False
    if isinstance(test, Mapping):
        tests = [value for key, value in test.items() if key in ("contains", "equals", "starts_with", "ends_with")]
        return any(_hold_one(parts, _list_values(texts)) for texts in tests)
    return not any(map(_is_pattern, _list_values(test))) and _hold_one(parts, _list_values(test))


def _hold_one(parts: list[Any], texts: list[Any]) -> bool:
    return all(isinstance(text, str) and any(part.casefold() in text.casefold() for part in parts) for text in texts)


def _is_pattern(text: Any) -> bool:
    return isinstance(text, str) and text.startswith("/")


def _list_values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
