"""The mistake of somebody who opens a store, and what keeps a store from working."""

from __future__ import annotations


class StoreError(Exception):
    """A folder cannot be opened as a store: the message, one sentence, says what was expected and what to do."""


class StoreFailedError(StoreError):
    """An operation could not be done: the disk, or another process, is in its way. Nothing of it is kept."""


class StoreFullError(StoreFailedError):
    """There is no room: a bound of the store is reached, or the disk is full. Nothing of the operation is kept."""


class StoreGoneError(StoreFailedError):
    """The engine of the store cannot be reached. What became of the operation is not known; later it may be done."""


class StoreClosedError(StoreError):
    """The server of a store was stopped, so that others may use its folder."""

    def __init__(self) -> None:
        super().__init__("store: its server was stopped; start it again, or look at it before it is stopped.")
