"""Goes through all values of a request, to its texts, ids, signatures and marks for caching."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.recordings.cassette import Match
from mockserver.recordings.dates import replace_dates
from mockserver.recordings.ids import KEYS as IDS
from mockserver.recordings.ids import Numbering
from mockserver.recordings.volatile import replace_volatile

# What stands for a value that may differ.
SIGNATURE = "\u2039signature\u203a"
# Below these keys stands what users and models write: a key there means what they want it to.
_FREE = frozenset(("input", "input_schema", "schema", "properties", "custom_id"))
# Texts that name a thing of the API, or hold bytes: they are compared as they are.
_EXACT = frozenset(("media_type", "model", "role", "type"))
# The types of sources whose data are a text.
_TEXT_SOURCES = frozenset(("text",))
_EXACT_NUMBERS = 2**53
_SIGNATURES = frozenset(("fallback_credit_token", "signature"))
_SIGNED = "encrypted_"
_HIDDEN = "redacted_thinking"


class Walk:
    """Makes values canonical, by what of ``ignore`` and ``volatile`` concerns all of them.

    Args:
        match: what may differ.
        write_date: makes what stands for a date, given its form and the date; None: it stays.
    """

    def __init__(self, match: Match, write_date: Callable[[str, str], str] | None = None) -> None:
        self._numbering = Numbering() if "ids" in match.ignore else None
        self._signatures = "signatures" in match.ignore
        self._cache_control = "cache_control" in match.ignore
        self._volatile = match.volatile
        self._write_date = write_date

    def value(self, value: Any, key: str = "", *, is_free: bool = False) -> Any:
        """A value below a key; with ``is_free`` what users and models write."""
        if isinstance(value, str):
            return self._text(value, key, is_free=is_free)
        if isinstance(value, dict):
            return self._mapping(value, is_free=is_free)
        if isinstance(value, (list, tuple)):
            return [self.value(each, key, is_free=is_free) for each in value]
        # Clients in JavaScript write 1.0 as 1.
        return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT_NUMBERS else value

    def _mapping(self, value: Mapping[str, Any], *, is_free: bool) -> dict[str, Any]:
        is_hidden = value.get("type") == _HIDDEN
        found = {}
        for key in sorted(value):
            if not is_free:
                # Of parameters and blocks null is as good as nothing: newer clients send more of them.
                if value[key] is None or (key == "cache_control" and self._cache_control):
                    continue
                if self._signatures and isinstance(value[key], str) and self._is_signature(key, is_hidden=is_hidden):
                    found[key] = SIGNATURE
                    continue
                # The message that a thread goes on from tells two threads apart.
                if key == "thread" or (key == "data" and str(value.get("type")) not in _TEXT_SOURCES):
                    found[key] = sort_keys(value[key])
                    continue
            found[key] = self.value(value[key], key, is_free=is_free or key in _FREE)
        return found

    @staticmethod
    def _is_signature(key: str, *, is_hidden: bool) -> bool:
        return key in _SIGNATURES or key.startswith(_SIGNED) or (is_hidden and key == "data")

    def _text(self, text: str, key: str, *, is_free: bool) -> str:
        if not is_free:
            if key in IDS and self._numbering:
                return self._numbering.name(text)
            if key in _EXACT:
                return text
        text = replace_volatile(text, self._volatile) if self._volatile else text
        text = self._numbering.replace(text) if self._numbering else text
        return replace_dates(text, self._write_date) if self._write_date else text


def sort_keys(value: Any) -> Any:
    """A value as it is, the keys of all mappings in order."""
    if isinstance(value, Mapping):
        return {key: sort_keys(value[key]) for key in sorted(value)}
    return [sort_keys(each) for each in value] if isinstance(value, list | tuple) else value
