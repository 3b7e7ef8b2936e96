"""An answer taken apart for comparing: its media type, its JSON bodies or events, and where these break the schemas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from mockserver.cassettes.drift import shapes, streams
from mockserver.cassettes.drift.shapes import MOST_PLACES, Shape
from mockserver.endpoints.table import ROUTER, name_of
from mockserver.records.exchanges import RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.routing import MethodNotAllowedError, NotFoundError
from mockserver.reference import schemas

JSON, LINES, STREAM, OTHER = "json", "lines", "stream", "other"
ERROR, EVENT = "error", "beta_stream_event"
# Larger bodies are not looked into: files, mostly.
MOST_BYTES = 64 * 1024 * 1024
# The schemas of answers that are no errors, by endpoint; the answer fits when it fits one of them.
_SCHEMAS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("POST", "messages"): ("beta_message",),
    ("POST", "messages/count_tokens"): ("beta_count_tokens",),
    ("POST", "messages/batches"): ("batch",),
    ("GET", "messages/batches"): ("batch_list",),
    ("GET", "messages/batches/{id}"): ("batch",),
    ("DELETE", "messages/batches/{id}"): ("batch_deleted",),
    ("POST", "messages/batches/{id}/cancel"): ("batch",),
    ("GET", "messages/batches/{id}/results"): ("batch_result",),
    ("GET", "models"): ("model_list",),
    ("GET", "models/{id}"): ("beta_model", "model"),
    ("POST", "files"): ("file", "old_file"),
    ("GET", "files"): ("file_list", "old_file_list"),
    ("GET", "files/{id}"): ("file", "old_file"),
    ("DELETE", "files/{id}"): ("file_deleted",),
}
_MEDIA = {"application/json": JSON, "application/x-jsonl": LINES, "text/event-stream": STREAM}


class Answer(Struct, frozen=True):
    """The parts of an answer that are compared.

    ``form`` is ``json``, ``lines`` (a JSON value a line), ``stream`` or ``other``. ``values`` are its JSON values, each
    with a label: "" for a body, the type for an event. ``pairs`` are the events of a stream.
    """

    form: str
    values: tuple[tuple[str, Any], ...] = ()
    pairs: tuple[streams.Pair, ...] = ()

    def describe(self) -> dict[str, Shape]:
        """The shape of the values, by label."""
        found: dict[str, list[Shape]] = {}
        for label, value in self.values:
            found.setdefault(label, []).append(shapes.describe(value))
        return {label: shapes.merge_all(each) for label, each in found.items()}


def read_answer(response: RecordedResponse) -> Answer:
    """Take an answer apart.

    Raises:
        ValueError: it is not what its media type says.
    """
    form = _MEDIA.get(read_media_type(response), OTHER)
    if response.content is not None and response.content.stat().st_size > MOST_BYTES:
        return Answer(OTHER)
    if form == STREAM:
        pairs = streams.read_events(response.body)
        return Answer(form, tuple((str(data.get("type", "")), data) for _, data in pairs), tuple(pairs))
    if form == LINES:
        return Answer(form, tuple(("", streams.parse(line)) for line in response.body.splitlines() if line.strip()))
    return Answer(form, (("", streams.parse(response.body)),)) if form == JSON and response.body else Answer(form)


def read_media_type(response: RecordedResponse) -> str:
    """The media type of an answer, without parameters; "" where it names none."""
    return response.header("content-type").partition(";")[0].strip().lower()


def name_endpoint(request: RecordedRequest) -> str:
    """The name of the endpoint of a request: its path behind the version, ``messages/batches/{id}``; "" if unknown."""
    try:
        route = ROUTER.find(request.method, request.path.rstrip("/")).route
    except (NotFoundError, MethodNotAllowedError):
        return ""
    return name_of(route) if route.method == request.method else ""


def find_schemas(exchange: RecordedExchange, answer: Answer) -> tuple[str, ...]:
    """The names of the schemas of which an answer fits one; none where there is none for it."""
    if exchange.response.status >= 400:
        return (ERROR,)
    if answer.form == STREAM:
        return (EVENT,) if name_endpoint(exchange.request) == "messages" else ()
    return _SCHEMAS.get((exchange.request.method, name_endpoint(exchange.request)), ())


def find_breaches(answer: Answer, names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The places where an answer breaks the schemas, as ``compare`` names them, each with the reason; 200 at most."""
    found: list[tuple[str, str]] = []
    for name in names:
        found = []
        for label, value in answer.values:
            for error in schemas.response_validator(name).iter_errors(value):
                place = shapes.name_place(value, tuple(error.instance_path))
                found.append((join_label(label, place), str(error.message)))
                if len(found) >= MOST_PLACES:
                    break
        if not found:
            return
    yield from found[:MOST_PLACES]


def join_label(label: str, place: str) -> str:
    """A place in a value with a label."""
    return f"{label}.{place}" if label and place else label or place
