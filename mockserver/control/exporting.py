"""A session in one file, to be read without a server: as a page, as JSON, or as a file of scenarios."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from msgspec import Struct

from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError
from mockserver.records.endpoints import asks_for_message
from mockserver.records.masks import show_line
from mockserver.records.version import __version__
from mockserver.store import CallRecord, Entry
from mockserver.wires import Wire

if TYPE_CHECKING:
    from mockserver.control.conversations import Conversations

QUERY = ("session", "format", "since")
# Bytes of the requests in a file; the oldest ones are left out.
MOST = 20 * 1024 * 1024
# How many misses of a request are in a file: as many as the page shows at first.
SHOWN_MISSES = 8


class Gathered(Struct, frozen=True):
    """Requests as JSON, oldest first, and how many older ones there was no room for."""

    requests: Sequence[bytes]
    left_out: int


def export(request: ControlRequest) -> ControlResponse:
    """All requests of a session, or of all, in one file; of many the latest."""
    form = request.query.get("format", "html")
    if form not in _FORMS:
        raise RefusalError(400, f"format is {form[:40]!r}.", " or ".join(_FORMS))
    media_type, ending, make = _FORMS[form]
    entries = request.journal.entries(request.session, after=request.read_number("since", 0))
    stamp = datetime.fromtimestamp(request.call.at, timezone.utc).strftime("%Y%m%d-%H%M%S")
    headers = (
        ("content-disposition", f'attachment; filename="mockserver-{stamp}.{ending}"'),
        ("x-content-type-options", "nosniff"),
    )
    return ControlResponse(make(request, entries), headers=headers, media_type=media_type)


def show_exported(
    entry: Entry, wire_of: Callable[[CallRecord], Wire], conversations: Conversations, most_misses: int = SHOWN_MISSES
) -> dict[str, Any]:
    """All that a report shows of an entry; secrets are masked.

    Args:
        entry: the entry.
        wire_of: the wire format of a recorded call, as it was spoken.
        conversations: the entries among which the request before it is sought.
        most_misses: how many misses are shown at most.
    """
    from mockserver.control.changes import show_changes  # only for those who want a page
    from mockserver.control.timeline import show_timeline

    stored, scrubber = entry.reveal()
    return {
        "entry": entry.as_dict(most_misses),
        "timeline": show_timeline(stored, scrubber, wire_of(stored.record)),
        "changes": show_changes(entry, conversations),
    }


def cut_misses(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as ``Entry.as_dict`` shows it, with the misses that a report shows; the others are counted."""
    misses, more = entry["misses"][:SHOWN_MISSES], len(entry["misses"][SHOWN_MISSES:])
    return {**entry, "misses": misses, "misses_left_out": entry["misses_left_out"] + more}


def gather(shown: Iterable[Callable[[], Mapping[str, Any]]], most: int = MOST) -> Gathered:
    """The latest requests for which there is room in ``most`` bytes.

    Args:
        shown: what makes each request as ``show_exported`` does, oldest first.
    """
    waiting, kept, room = [*shown], list[bytes](), most
    for number, show in enumerate(reversed(waiting)):
        encoded = encode(show())
        room -= len(encoded)
        if room < 0 and kept:
            return Gathered(kept[::-1], len(waiting) - number)
        kept.append(encoded)
    return Gathered(kept[::-1], 0)


def make_document(title: str, at: float, session: str | None, gathered: Gathered) -> bytes:
    """The data of a report as JSON, see ``Exported`` in ui/src/exported.ts; ``at`` is when it was made."""
    about = {
        "title": title,
        "version": __version__,
        "at": at,
        "session": session,
        "left_out": gathered.left_out,
    }
    return b"".join((encode(about)[:-1], b',"requests":[', b",".join(gathered.requests), b"]}"))


def encode(value: Mapping[str, Any]) -> bytes:
    """A JSON object in one line. Half a surrogate pair, and a number of many bits, are what they were."""
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError:
        return json.dumps(value, default=str, separators=(",", ":")).encode()


def _make_data(request: ControlRequest, entries: Sequence[Entry]) -> bytes:
    from mockserver.control.conversations import Conversations  # only for those who want a file

    conversations = Conversations(entries)
    wire_of = request.services.wire_of
    gathered = gather([partial(show_exported, entry, wire_of, conversations) for entry in entries])
    return make_document(_name_report(request), request.call.at, _name_session(request), gathered)


def _write_page(request: ControlRequest, entries: Sequence[Entry]) -> bytes:
    from mockserver.control.report_page import make_page  # only for those who want a page

    return make_page(_make_data(request, entries), _name_report(request))


def _name_session(request: ControlRequest) -> str | None:
    return show_line(request.label_of(request.session)) if request.session else None


def _name_report(request: ControlRequest) -> str:
    session = _name_session(request)
    return f"Session {session}" if session else "All sessions"


def _write_scenarios(request: ControlRequest, entries: Sequence[Entry]) -> bytes:
    from mockserver.control.drafts import join_drafts  # only for those who want a file

    return join_drafts(_list_drafts(request, entries)).encode("utf-8", "backslashreplace")


def _list_drafts(request: ControlRequest, entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        is_message = asks_for_message(entry.endpoint)
        if is_message and not entry.findings:
            yield request.services.sketch_scenario(entry, is_once=True)
        elif is_message:
            # It would be refused again; a scenario for it would answer others.
            yield f"# Request {entry.number} is refused without a scenario: {show_line(entry.findings[0].message)}\n"


_FORMS: Mapping[str, tuple[str, str, Callable[[ControlRequest, Sequence[Entry]], bytes]]] = {
    "html": ("text/html; charset=utf-8", "html", _write_page),
    "json": ("application/json", "json", _make_data),
    "scenarios": ("application/yaml", "yaml", _write_scenarios),
}
