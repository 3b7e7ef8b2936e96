"""The endpoint for message batches: one is ended now."""

from __future__ import annotations

from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError


def finish_batch(request: ControlRequest) -> ControlResponse:
    """End a batch of the session named, or of any, whatever it would wait for; one that has ended stays as it is."""
    request.read_object()
    name = request.parameters["id"]
    for session in request.sessions:
        batch = request.services.finish_batch(session, name, request.call)
        if batch is not None:
            return ControlResponse(batch)
    raise RefusalError(404, f"There is no batch {name[:80]!r}.", "the id of a batch that was not deleted")
