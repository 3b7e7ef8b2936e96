"""The mistake of somebody who opens a store."""

from __future__ import annotations


class StoreError(Exception):
    """A folder cannot be opened as a store: the message, one sentence, says what was expected and what to do."""
