"""Why nothing can be recorded, or replayed."""

from __future__ import annotations


class RecordingError(ValueError):
    """The settings ask for a recording that cannot be made, or for cassettes that are not there. It says what to do."""
