"""The Files API: ``/v1/files``, ``/v1/files/{id}`` and ``/v1/files/{id}/content``.

Source: the documentation of 2026-09, the SDK's types (2.14.0), recordings of 2025-11 to 2026-08; both API versions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from io import SEEK_END
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from mockserver.endpoints import computed, filing, scripted
from mockserver.endpoints.arrival import Arrival
from mockserver.endpoints.decision import Decision, postpone, refuse
from mockserver.endpoints.file_lists import is_old, list_files, show
from mockserver.endpoints.multipart import Form
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.prompts import ReadPrompt
from mockserver.endpoints.uploads import finish, make_file, read_upload, show_form
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.files import FileObject
from mockserver.records.masks import excerpt
from mockserver.records.reply import Content
from mockserver.records.spool import SPOOLED
from mockserver.reference.mime import UNKNOWN

Values = Mapping[str, Any]
LIST_KEYS = ("data", "has_more", "first_id", "last_id", "next_page")
# Of what a script says of an upload, the file keeps so much.
_KEPT = ("id", "filename", "mime_type", "downloadable")
_PIECE = 256 * 1024
_SOURCE = "documentation of 2026-09"


def decide_upload(arrival: Arrival, parts: Parts) -> Decision:
    """Take a file; a large one in a thread that may wait."""
    if arrival.call.size > SPOOLED:
        return postpone(lambda: _decide_upload(arrival, parts).settle())
    return _decide_upload(arrival, parts)


def decide_listing(arrival: Arrival, parts: Parts) -> Decision:
    """A page of the files."""
    return computed.decide(arrival, parts, partial(_list, arrival, parts))


def decide_one(arrival: Arrival, parts: Parts) -> Decision:
    """What is known of one file."""
    return computed.decide(arrival, parts, partial(_show, arrival, parts))


def decide_content(arrival: Arrival, parts: Parts) -> Decision:
    """The content of one file."""
    return computed.decide(arrival, parts, partial(_open, arrival, parts))


def decide_deletion(arrival: Arrival, parts: Parts) -> Decision:
    """Delete one file."""
    return computed.decide(arrival, parts, partial(_delete, arrival, parts))


def _decide_upload(arrival: Arrival, parts: Parts) -> Decision:
    try:
        form = read_upload(arrival.call, parts)
    except ApiError:
        # A scenario for any path answers whatever comes there.
        offer = scripted.find_offer(arrival, parts)
        if offer is not None and (decision := scripted.decide(arrival, parts, offer)) is not None:
            return decision
        raise
    return _decide_form(arrival, parts, form)


def _decide_form(arrival: Arrival, parts: Parts, form: Form) -> Decision:
    with ExitStack() as kept:
        kept.enter_context(form)
        call = show_form(arrival.call, form)
        seen = replace(arrival, call=call)
        decision = _try(partial(computed.decide, seen, parts, partial(_upload, seen, parts, form)), call)
        if decision.later is not None:
            return replace(decision, later=partial(_decide_later, decision.later, kept.pop_all(), call))
        return decision


def _decide_later(decide: Callable[[], Decision], kept: ExitStack, call: Call) -> Decision:
    with kept:
        return _try(decide, call)


def _try(decide: Callable[[], Decision], call: Call) -> Decision:
    """A decision, also to refuse, of which the journal keeps this call."""
    try:
        decision = decide()
    except ApiError as error:
        decision = refuse(error, call)
    return replace(decision, call=call)


def _upload(arrival: Arrival, parts: Parts, form: Form, _: ReadPrompt, values: Values) -> dict[str, Any]:
    call, old, own = arrival.call, is_old(arrival.call), _of_file(values)
    file = finish(form, make_file(form, arrival.tick, arrival.seed, call.at, is_old=old))
    # What a script says of the file holds in later calls, too: they may ask for it by the id that it gives.
    file = replace(file, **{key: own[key] for key in _KEPT if key in own})
    filing.add_file(parts, arrival.session, file)
    return {**show(file, old=old), **own}


def _list(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Values) -> dict[str, Any]:
    own = {key: value for key, value in values.items() if key in LIST_KEYS}
    if "data" in own:
        own["data"] = [_complete(arrival, parts, each["id"], each) for each in own["data"]]
    return {**list_files(arrival.call, arrival.session, parts), **own}


def _show(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Values) -> dict[str, Any]:
    return _complete(arrival, parts, arrival.parameters["id"], _of_file(values))


def _complete(arrival: Arrival, parts: Parts, file_id: str, values: Values) -> dict[str, Any]:
    """The file of that id with what a script says of it; one that nobody uploaded is made of that alone.

    Raises:
        ApiError: 404, there is no such file, and nothing is said of it.
    """
    call = arrival.call
    file = filing.find_file(parts, arrival.session, file_id, call.at)
    if file is None and not values:
        raise _unknown(file_id)
    return {**show(file or FileObject(file_id, "unnamed", UNKNOWN, 0, call.at), old=is_old(call)), **values}


def _open(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Values) -> Content:  # noqa: ARG001
    call, file_id = arrival.call, arrival.parameters["id"]
    file = filing.find_file(parts, arrival.session, file_id, call.at)
    if file is None:
        raise _unknown(file_id)
    if not file.downloadable:
        # Recorded with the beta from 2025-11 to 2026-08, without details; the SDK's types of 2.14.0 have them.
        raise _refuse(f"File '{excerpt(file_id)}' is not downloadable", "file_not_downloadable", old=is_old(call))
    opened = None if file.is_expired(call.at) else filing.open_file(parts, file)
    if opened is None:
        raise _refuse(f"File `{excerpt(file_id)}` has expired.", "file_expired", 404)
    with opened:
        # The file of a fixture may have changed since it was loaded.
        size = opened.seek(0, SEEK_END)
    # Source of the type: the constraints of 2026-05.
    return Content(partial(_read, parts, file), size, UNKNOWN, _attach(file.filename))


def _delete(arrival: Arrival, parts: Parts, _: ReadPrompt, values: Values) -> dict[str, Any]:
    file_id = arrival.parameters["id"]
    if filing.find_file(parts, arrival.session, file_id, arrival.call.at) is None:
        raise _unknown(file_id)
    filing.remove_file(parts, arrival.session, file_id)
    return {"id": file_id, "type": "file_deleted", **{key: values[key] for key in ("id", "type") if key in values}}


def _of_file(values: Values) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in LIST_KEYS}


def _read(parts: Parts, file: FileObject) -> Iterator[bytes]:
    opened = filing.open_file(parts, file)
    if opened is not None:
        with opened:
            while piece := opened.read(_PIECE):
                yield piece


def _attach(filename: str) -> dict[str, str]:
    return {"content-disposition": f"attachment; filename*=utf-8''{quote(filename, safe='')}"}


def _unknown(file_id: str) -> ApiError:
    return ApiError(Finding(f"File `{excerpt(file_id)}` not found.", "files.unknown", _SOURCE, status=404))


def _refuse(message: str, code: str, status: int = 400, *, old: bool = False) -> ApiError:
    details = None if old else {"error_code": code}
    return ApiError(Finding(message, f"files.{code}", _SOURCE, status=status, details=details))
