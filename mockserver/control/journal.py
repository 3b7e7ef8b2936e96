"""The endpoints of the journal: the requests received, filtered and in pages."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import accumulate

from mockserver.control.requests import FLAGS, ControlRequest, ControlResponse, RefusalError
from mockserver.store import Entry, JournalReader

# Requests of a page; of one that shows requests whole there are fewer, and it ends once so many bytes are in it.
_PAGE, _LARGEST_PAGE, _LARGEST_FULL_PAGE, _FULL_BYTES = 100, 1000, 100, 8 * 1024 * 1024

Filter = Callable[[Entry, str], bool]


def _has_status(entry: Entry, wanted: str) -> bool:
    """Whether the entry has this status (404), or one of this class (4xx)."""
    return all(digit == like or like == "x" for digit, like in zip(str(entry.status), wanted.lower(), strict=False))


def _is_answered_by(entry: Entry, wanted: str) -> bool:
    return any(fnmatchcase(name or "", wanted) for name in _list_scenarios(entry))


def _list_scenarios(entry: Entry) -> tuple[str | None, ...]:
    """The scenarios that took part, for further models, failed channels and requests of a batch, too."""
    return (entry.scenario, *entry.fallbacks, *entry.spent, *(entry.items.scenarios if entry.items else ()))


def _has_path(entry: Entry, wanted: str) -> bool:
    """Whether the glob fits the path, with its query or without."""
    path = entry.path
    return fnmatchcase(path, wanted) or fnmatchcase(path.partition("?")[0], wanted)


def _is_unmatched(entry: Entry, wanted: str) -> bool:
    return entry.unmatched is FLAGS[wanted.lower()]


# The query parameters that narrow the list. Those with many values take globs.
FILTERS: dict[str, Filter] = {
    "status": _has_status,
    "scenario": _is_answered_by,
    "path": _has_path,
    "model": lambda entry, wanted: fnmatchcase(entry.model or "", wanted),
    "unmatched": _is_unmatched,
    "tool": lambda entry, wanted: any(fnmatchcase(name, wanted) for name in entry.tools),
    "text": lambda entry, wanted: entry.has_text(wanted),
}
QUERY = (*FILTERS, "session", "since", "after", "limit", "order", "full")
ORDERS = ("oldest", "newest")


def list_requests(request: ControlRequest) -> ControlResponse:
    """List the requests received in pages, a few fields of each or (``full``) all, oldest or newest first."""
    query = request.query
    _check_status(query.get("status", "200"))
    request.read_flag("unmatched")
    is_full = request.read_flag("full")
    found, rest = _find(request)
    page = rest[: request.read_number("limit", _PAGE, _LARGEST_FULL_PAGE if is_full else _LARGEST_PAGE)]
    if is_full:
        page = _cut_page(page, request.journal)
    more = page[-1].number if page and len(rest) > len(page) else None
    # Without secrets in either form, as the feed tells them.
    shown = [entry.as_dict() if is_full else entry.summary() for entry in page]
    return ControlResponse({"requests": shown, "total": len(found), "next": more}, is_masked=True)


def _find(request: ControlRequest) -> tuple[list[Entry], list[Entry]]:
    """The entries that pass the filters, in the order asked for, and those of them that earlier pages did not show."""
    since, after = request.read_number("since", 0), request.read_number("after", 0)
    order = request.query.get("order", "oldest")
    if order not in ORDERS:
        raise RefusalError(400, f"order is {order[:40]!r}.", " or ".join(ORDERS))
    filters = [(FILTERS[name], wanted) for name, wanted in request.query.items() if name in FILTERS]
    received = request.journal.entries(request.session, after=since)
    found = [entry for entry in received if all(fits(entry, wanted) for fits, wanted in filters)]
    if order == "oldest":
        return found, [entry for entry in found if entry.number > after]
    found.reverse()
    return found, [entry for entry in found if not after or entry.number < after]


def _cut_page(entries: list[Entry], journal: JournalReader) -> list[Entry]:
    """The first entries that are not too large together; one at least."""
    sizes = accumulate(journal.size(entry.number) for entry in entries)
    return [entry for entry, size in zip(entries, sizes, strict=True) if size <= _FULL_BYTES] or entries[:1]


def show_request(request: ControlRequest) -> ControlResponse:
    """Show one request in full."""
    return ControlResponse(_find_entry(request).as_dict(), is_masked=True)


def show_scenario(request: ControlRequest) -> ControlResponse:
    """Show a scenario that answers as one request was answered, in YAML, for a file of scenarios.

    A ``draft`` is to be edited, and is there for any request.
    """
    is_draft, entry = request.read_flag("draft"), _find_entry(request)
    if is_draft:
        return ControlResponse(request.services.sketch_scenario(entry).encode(), media_type="application/yaml")
    try:
        text = request.services.write_scenario(entry.as_dict(0))
    except ValueError as error:
        message = f"Request {entry.number} makes no scenario: {error}."
        raise RefusalError(422, message, "a request that was answered, whole, by an endpoint of the API") from error
    return ControlResponse(text.encode(), media_type="application/yaml")


def show_events(request: ControlRequest) -> ControlResponse:
    """Show the events of one answer as they left."""
    from mockserver.control.timeline import show_timeline  # only for those who look

    stored, scrubber = _find_entry(request).reveal()
    return ControlResponse(show_timeline(stored, scrubber, request.services.wire_of(stored.record)), is_masked=True)


def show_request_changes(request: ControlRequest) -> ControlResponse:
    """Show what changed since the request before in the conversation."""
    from mockserver.control.changes import show_changes  # only for those who look
    from mockserver.control.conversations import Conversations

    entry, entries = _find_among(request)
    return ControlResponse(show_changes(entry, Conversations(entries)), is_masked=True)


def _find_entry(request: ControlRequest) -> Entry:
    return _find_among(request)[0]


def _find_among(request: ControlRequest) -> tuple[Entry, tuple[Entry, ...]]:
    """The entry of the number in the path, and all that the request is about."""
    number = request.parameters["number"]
    entries = request.journal.entries(request.session)
    entry = next((entry for entry in entries if str(entry.number) == number), None)
    if entry is None:
        known = f"{entries[0].number} to {entries[-1].number}" if entries else "none yet"
        raise RefusalError(404, f"No request {number[:40]!r} in the journal.", f"the number of a recorded one: {known}")
    return entry, entries


def clear_requests(request: ControlRequest) -> ControlResponse:
    """Empty the journal of the session, or of all sessions."""
    return ControlResponse({"cleared": request.store.journal.clear(request.session)})


def _check_status(wanted: str) -> None:
    if len(wanted) != 3 or not all(letter in "0123456789xX" for letter in wanted):
        raise RefusalError(400, f"status is {wanted[:40]!r}.", "a status such as 404, or a class such as 4xx")
