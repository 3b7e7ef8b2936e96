"""The endpoints of the journal: the requests received, filtered and in pages."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError, check_keys
from mockserver.store import Entry

_PAGE, _LARGEST_PAGE = 100, 1000

Filter = Callable[[Entry, str], bool]


def _has_status(entry: Entry, wanted: str) -> bool:
    """Whether the entry has this status (404), or one of this class (4xx)."""
    return all(digit == like or like == "x" for digit, like in zip(str(entry.status), wanted.lower(), strict=False))


def _is_answered_by(entry: Entry, wanted: str) -> bool:
    return any(fnmatchcase(name or "", wanted) for name in (entry.scenario, *entry.fallbacks))


def _is_unmatched(entry: Entry, wanted: str) -> bool:
    return entry.unmatched is _FLAGS[wanted.lower()]


_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


# The query parameters that narrow the list. Those with many values take globs.
FILTERS: dict[str, Filter] = {
    "status": _has_status,
    "scenario": _is_answered_by,
    "path": lambda entry, wanted: fnmatchcase(entry.path, wanted),
    "model": lambda entry, wanted: fnmatchcase(entry.model or "", wanted),
    "unmatched": _is_unmatched,
}
PAGING = ("session", "since", "after", "limit")


def list_requests(request: ControlRequest) -> ControlResponse:
    """List the requests received, oldest first, a few fields of each."""
    check_keys(request.query, (*FILTERS, *PAGING), " in the query")
    _check_status(request.query.get("status", "200"))
    if (wanted := request.query.get("unmatched", "true")).lower() not in _FLAGS:
        raise RefusalError(400, f"unmatched is {wanted[:40]!r}.", "true or false")
    since, after = request.read_number("since", 0), request.read_number("after", 0)
    limit = request.read_number("limit", _PAGE, _LARGEST_PAGE)
    filters = [(FILTERS[name], wanted) for name, wanted in request.query.items() if name in FILTERS]
    found = [
        entry
        for entry in request.journal.entries(request.session, after=since)
        if all(fits(entry, wanted) for fits, wanted in filters)
    ]
    rest = [entry for entry in found if entry.number > after]
    page = rest[:limit]
    more = page[-1].number if page and len(rest) > len(page) else None
    return ControlResponse({"requests": [entry.summary() for entry in page], "total": len(found), "next": more})


def show_request(request: ControlRequest) -> ControlResponse:
    """Show one request in full."""
    number = request.parameters["number"]
    entries = request.journal.entries(request.session)
    entry = next((entry for entry in entries if str(entry.number) == number), None)
    if entry is None:
        known = f"{entries[0].number} to {entries[-1].number}" if entries else "none yet"
        raise RefusalError(404, f"No request {number[:40]!r} in the journal.", f"the number of a recorded one: {known}")
    return ControlResponse(entry.as_dict(), is_masked=True)


def clear_requests(request: ControlRequest) -> ControlResponse:
    """Empty the journal of the session, or of all sessions."""
    return ControlResponse({"cleared": request.store.journal.clear(request.session)})


def _check_status(wanted: str) -> None:
    if len(wanted) != 3 or not all(letter in "0123456789xX" for letter in wanted):
        raise RefusalError(400, f"status is {wanted[:40]!r}.", "a status such as 404, or a class such as 4xx")
