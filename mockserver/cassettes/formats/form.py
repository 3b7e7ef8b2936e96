"""The records of a format: what it is told by, and what is read of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from mockserver.recordings import upstreams
from mockserver.records.exchanges import RecordedExchange

_MB = 1024 * 1024
# Bytes of a file, unpacked or not, and of a recorded body; values of a file of JSON, and of YAML, and its levels.
# A value takes 50 to 100 bytes of memory.
MAX_FILE, MAX_BODY, MAX_VALUES, MAX_NODES, MAX_DEPTH = 64 * _MB, 32 * _MB, 8_000_000, 1_000_000, 200
# The server that answered where nobody says which.
HOME = upstreams.DEFAULT
# What stands for a value that could not be parsed, so that the entries behind it keep their numbers.
UNPARSED: Any = object()


class Content(Struct, frozen=True):
    """A parsed file. ``value`` is its JSON or YAML value; of JSON values one a line (``is_lines``) a list.

    ``data`` are its bytes, unpacked; ``folder`` is where it is, for what it says of files beside it.
    """

    value: Any
    is_lines: bool = False
    data: bytes = b""
    folder: Path = Path()


class Found(Struct, frozen=True):
    """An exchange, and the whole address that was asked. The path of its request is not looked at."""

    url: str
    exchange: RecordedExchange


class Address(Struct, frozen=True):
    """Who was asked: the method, the whole address, and the headers of request and answer."""

    method: str
    url: str
    headers: Mapping[str, str] = {}
    answered: Mapping[str, str] = {}


class Format(Struct, frozen=True):
    """A row of the table.

    name         for people
    recognises   whether a file has this form
    entries      its entries, in their order
    read         an entry as an exchange; raises ``ValueError``, ``TypeError``, ``LookupError`` for a broken one
    scenario     for formats that keep rules instead of requests: an entry as the words of a scenario; raises the same,
                 and ``ForeignError``
    locate       who was asked in an entry, also in one that is broken elsewhere; raises the same as ``read``
    """

    name: str
    recognises: Callable[[Content], bool]
    entries: Callable[[Content], Sequence[Any]]
    read: Callable[[Any], Found] | None = None
    scenario: Callable[[Any], Mapping[str, Any]] | None = None
    locate: Callable[[Any], Address] | None = None


class Reading(Struct, frozen=True):
    """What a file held.

    ``exchanges`` are those with the Messages API; ``left_out`` counts the others by method, address and reason;
    ``broken`` says which entries could not be read, and why. ``scenarios`` are the words of those entries that are
    rules instead of exchanges.
    """

    format: str
    exchanges: tuple[RecordedExchange, ...] = ()
    left_out: Mapping[str, int] = {}
    broken: tuple[str, ...] = ()
    scenarios: tuple[Mapping[str, Any], ...] = ()


class ForeignError(Exception):
    """An entry is none of the Messages API; the text names it."""


class UnknownFormatError(ValueError):
    """A file is none of the forms in the table, or too large; the text says why."""
