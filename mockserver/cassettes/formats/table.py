"""The table of formats, and how a file in any of them is read. A further format is a module and a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from mockserver.cassettes.formats.aimock import AIMOCK
from mockserver.cassettes.formats.form import Content, ForeignError, Format, Found, Reading, UnknownFormatError
from mockserver.cassettes.formats.har import HAR
from mockserver.cassettes.formats.journal import JOURNAL
from mockserver.cassettes.formats.lines import LINES
from mockserver.cassettes.formats.own import CASSETTE, SIDE_FILE
from mockserver.cassettes.formats.parsing import parse
from mockserver.cassettes.formats.tidying import tidy
from mockserver.cassettes.formats.traffic import find_path, name_stranger
from mockserver.cassettes.formats.vcr import VCR
from mockserver.records.exchanges import RecordedExchange

# The first that recognises a file reads it.
FORMATS = (HAR, VCR, CASSETTE, AIMOCK, JOURNAL, SIDE_FILE, LINES)
# So many different strangers, and so many broken entries, are told of a file.
_MOST_NAMED = 1000
# What reading a broken entry raises.
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, OverflowError)


def read_data(data: bytes, folder: Path = Path()) -> Reading:
    """The exchanges in the bytes of a file; ``folder`` is where it is.

    A broken entry hides no other: it is named by its number, from 1.

    Raises:
        UnknownFormatError: the bytes have none of the forms in the table.
    """
    return read_content(parse(data, folder))


def read_content(content: Content) -> Reading:
    """The exchanges in a parsed file.

    Raises:
        UnknownFormatError: it has none of the forms in the table.
    """
    format_ = _find_format(content)
    exchanges: list[RecordedExchange] = []
    scenarios: list[Mapping[str, Any]] = []
    left_out: Counter[str] = Counter()
    broken: list[str] = []
    unnamed = 0
    for number, entry in enumerate(_list_entries(format_, content), 1):
        read = _read(format_, entry)
        if isinstance(read, RecordedExchange):
            exchanges.append(read)
        elif isinstance(read, ForeignError):
            left_out[str(read)] += len(left_out) < _MOST_NAMED or str(read) in left_out
        elif isinstance(read, Exception):
            unnamed += len(broken) >= _MOST_NAMED
            broken += [f"entry {number}: {_describe(read)}"] if len(broken) < _MOST_NAMED else []
        else:
            scenarios.append(read)
    broken += [f"{unnamed:,} more entries cannot be read"] if unnamed else []
    return Reading(format_.name, tuple(exchanges), left_out, tuple(broken), tuple(scenarios))


def _read(format_: Format, entry: Any) -> RecordedExchange | Mapping[str, Any] | Exception:
    """An entry as an exchange or the words of a scenario, or why it is neither."""
    try:
        if format_.scenario is not None:
            # What is no JSON cannot be written.
            words: Mapping[str, Any] = orjson.loads(orjson.dumps(format_.scenario(entry)))
            return words
        return _take(format_.read(entry)) if format_.read else ForeignError()
    except ForeignError as error:
        return error
    except _BROKEN as error:
        return _find_stranger(format_, entry) or error


def _find_stranger(format_: Format, entry: Any) -> ForeignError | None:
    """The name of a broken entry that is none of the API: whatever is wrong with it, it is left out."""
    try:
        asked = format_.locate(entry) if format_.locate else None
        if asked and find_path(asked.url, asked.headers, asked.answered) is None:
            return ForeignError(name_stranger(asked.method, asked.url))
    except _BROKEN:
        pass
    return None


def _list_entries(format_: Format, content: Content) -> Sequence[Any]:
    try:
        return format_.entries(content)
    except ValueError as error:
        raise UnknownFormatError(str(error)) from error


def _find_format(content: Content) -> Format:
    for format_ in FORMATS:
        if format_.recognises(content):
            return format_
    names = ", ".join(each.name for each in FORMATS)
    raise UnknownFormatError(f"it has none of the forms that are read: {names}")


def _take(found: Found) -> RecordedExchange:
    """The exchange with the path and the query of its address.

    Raises:
        ForeignError: it is not one with the API.
    """
    request, response = found.exchange.request, found.exchange.response
    path = find_path(found.url, request.headers, dict(response.headers))
    if path is None:
        raise ForeignError(name_stranger(request.method, found.url))
    if request.method == "OPTIONS":
        raise ForeignError(f"OPTIONS {path} (a browser's question to the server, which answers it by itself)")
    return tidy(found.exchange, path, urlsplit(found.url).query)


def _describe(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no {error.args[0]}"
    if isinstance(error, TypeError | AttributeError | IndexError):
        return "a part of it is not what stands there in this form"
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
