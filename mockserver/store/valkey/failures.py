"""What errors of the engine mean for the store."""

from __future__ import annotations

import re

from valkey import exceptions
from valkey.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
    ValkeyError,
)

from mockserver.store.errors import StoreFullError

# Codes of engines that work, and take no operation: (what a code is found by, what it means).
_REFUSALS = (
    ("READONLY", "it is a replica, which takes no writes"),
    ("MISCONF", "it takes no writes, since it cannot save to its disk"),
    ("NOREPLICAS", "it takes no writes, since its replicas are gone"),
    ("MASTERDOWN", "its primary is gone"),
    ("BUSY", "it is busy with a script"),
    ("LOADING", "it is still loading its data"),
    ("CLUSTERDOWN", "its cluster is down"),
    ("MOVED", "its cluster keeps the name on another node"),
    ("NOPERM", "its user may not do what the store needs"),
    ("NOAUTH", "it wants a password, and got none"),
    ("WRONGPASS", "it does not take the user or the password"),
)
# Older engines put the code of an error in a script behind words of their own.
_CODE = re.compile(r"(?:^|-)([A-Z]{3,}) ")
_CODES = dict(_REFUSALS)
_KINDS: tuple[tuple[type[ValkeyError], str], ...] = (
    (ReadOnlyError, _CODES["READONLY"]),
    (BusyLoadingError, _CODES["LOADING"]),
    (NoPermissionError, _CODES["NOPERM"]),
    (AuthenticationError, _CODES["WRONGPASS"]),
    (AuthorizationError, _CODES["NOPERM"]),
)
_FULL = "FULL "
# Reasons that no waiting changes: somebody has to do something.
_LASTING = frozenset(_CODES[code] for code in ("NOPERM", "NOAUTH", "WRONGPASS", "MOVED"))


def find_room_error(error: Exception) -> StoreFullError | None:
    """The error of a store that has no room; None: it is no such."""
    text = str(error)
    if isinstance(error, ResponseError) and text.startswith(_FULL):
        return StoreFullError(text.removeprefix(_FULL))
    if isinstance(error, OutOfMemoryError) or "OOM" in _CODE.findall(text):
        return StoreFullError("The engine of the mock server's store takes no more: its memory is full (maxmemory).")
    return None


def is_lasting(reason: str) -> bool:
    """Whether a reason stays what it is until somebody does something."""
    return reason in _LASTING


def find_reason(error: Exception, seconds: float) -> str | None:
    """Why the engine cannot be used now, in words that may follow a colon; None: the operation itself is wrong.

    ``seconds`` is how long an answer was waited for.
    """
    text = str(error)
    if "NOAUTH" in text or "Authentication required" in text:
        return _CODES["NOAUTH"]
    for kind, reason in _KINDS:
        if isinstance(error, kind):
            return reason
    found = next((_CODES[code] for code in _CODE.findall(text) if code in _CODES), None)
    if found is not None or isinstance(error, ResponseError):
        return found
    if isinstance(error, exceptions.TimeoutError):
        return f"it did not answer within {seconds:g} seconds"
    return text.rstrip(".").replace("\n", " ") or type(error).__name__
