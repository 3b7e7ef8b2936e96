"""The endpoints for those who edit scenarios: their schema, and the files that may be written."""

from __future__ import annotations

from functools import partial

from mockserver.control.masking import mask_words
from mockserver.control.requests import ControlRequest, ControlResponse
from mockserver.control.scripts import EXPECTED, read_text
from mockserver.reference.schemas.files import read_bytes

_TAGS = ("if-match", "if-none-match")


def show_schema(_: ControlRequest) -> ControlResponse:
    """The JSON Schema of scenario files, for editors."""
    return ControlResponse(read_bytes("mock/scenarios.json"), media_type="application/schema+json")


def list_fixtures(request: ControlRequest) -> ControlResponse:
    """List the files that may be written."""
    files = request.services.files()
    return ControlResponse({"folder": files.folder or None, "files": list(files.list())})


def show_fixture(request: ControlRequest) -> ControlResponse:
    """Show one of them, with its entity tag."""
    text, tag = request.services.files().read(request.parameters["file"])
    shown = mask_words(request, text)
    return ControlResponse(shown.encode(), headers=(("etag", tag),), media_type="application/yaml")


def write_fixture(request: ControlRequest) -> ControlResponse:
    """Put the body's scenarios into one of them, or into a new one; one of those served is loaded at once."""
    files, name = request.services.files(), request.parameters["file"]
    # Without the option nothing else counts.
    sent = read_text(request, EXPECTED) if files.folder else ""
    expected = {tag: value for tag in _TAGS if (value := request.call.headers.get(tag)) is not None}
    done, tag = files.write(name, sent, expected, partial(mask_words, request))
    return ControlResponse(done, headers=(("etag", tag),))
