"""The endpoints of what the API keeps for sessions: batches and files, to be looked at without asking as a client."""

from __future__ import annotations

from mockserver.control.requests import ControlRequest, ControlResponse
from mockserver.control.services import ListObjects

QUERY = ("session", "limit")
_PAGE, _LARGEST_PAGE = 100, 1000


def list_batches(request: ControlRequest) -> ControlResponse:
    """List the message batches, newest first."""
    return _list(request, "batches", request.services.list_batches)


def list_files(request: ControlRequest) -> ControlResponse:
    """List the files, newest first, behind them those that fixtures declare for all sessions."""
    return _list(request, "files", request.services.list_files)


def _list(request: ControlRequest, kind: str, list_objects: ListObjects) -> ControlResponse:
    limit = request.read_number("limit", _PAGE, _LARGEST_PAGE)
    found = list_objects(request.sessions, limit, request.call) if limit else ()
    labels = {session: request.label_of(session) for session, _ in found if session is not None}
    rows = [{**shown, "session": None if session is None else labels[session]} for session, shown in found]
    return ControlResponse({kind: rows})
