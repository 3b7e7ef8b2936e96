"""The mistake of somebody who opens a store."""

from __future__ import annotations


class StoreError(Exception):
    """A folder cannot be opened as a store: the message, one sentence, says what was expected and what to do."""


class StoreClosedError(StoreError):
    """The server of a store was stopped, so that others may use its folder."""

    def __init__(self) -> None:
        super().__init__("store: its server was stopped; start it again, or look at it before it is stopped.")
