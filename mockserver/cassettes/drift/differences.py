"""The kinds of differences between an answer and the recorded one: how bad each is, and what it means."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

BREAKING, CHANGED, NOTE = SEVERITIES = ("breaking", "changed", "note")


class Kind(Struct, frozen=True):
    """A row of the table: how bad such a difference is, and what it means for those who use the cassette."""

    severity: str
    means: str


KINDS: Mapping[str, Kind] = {
    "status": Kind(BREAKING, "the request has another outcome now: tests on the cassette no longer show what happens"),
    "error_type": Kind(BREAKING, "code that looks at error.type takes another way now"),
    "format": Kind(BREAKING, "clients cannot read the answer as they read the recorded one"),
    "key_gone": Kind(BREAKING, "code that reads this key fails now"),
    "type": Kind(BREAKING, "code that takes the value for what it was fails now"),
    "null": Kind(BREAKING, "code that does not expect this fails now"),
    "type_unknown": Kind(BREAKING, "code that knows all types of these objects meets one that it does not know"),
    "event_unknown": Kind(BREAKING, "readers of the stream meet an event that they do not know; they should skip it"),
    "order": Kind(BREAKING, "readers of the stream that rely on its order fail now"),
    "stop_reason_unknown": Kind(BREAKING, "code that knows all stop reasons meets one that it does not know"),
    "key_new": Kind(CHANGED, "the cassette lacks what the API answers now: record it again"),
    "header_gone": Kind(CHANGED, "code that reads this header gets nothing now"),
    "too_old": Kind(CHANGED, "the cassette is older than --max-age allows: record it again"),
    "header_new": Kind(NOTE, "nothing breaks; the cassette does not show this header"),
    "type_new": Kind(NOTE, "the API is known to answer this; no cassette shows it here"),
    "stop_reason_other": Kind(NOTE, "the answer ended otherwise than the recorded one, as it may"),
    "more": Kind(NOTE, "there are further differences, which are not listed"),
}


class Difference(Struct, frozen=True):
    """One difference: its kind, a key of ``KINDS``; the place in the answer; what was there, and what is."""

    kind: str
    place: str = ""
    was: str = ""
    now: str = ""

    @property
    def severity(self) -> str:
        """``breaking``, ``changed`` or ``note``."""
        return KINDS[self.kind].severity

    @property
    def means(self) -> str:
        """The consequence for those who use the cassette."""
        return KINDS[self.kind].means

    @property
    def is_drift(self) -> bool:
        """Whether the cassette no longer tells how the API answers. Notes do not say so."""
        return self.severity != NOTE
