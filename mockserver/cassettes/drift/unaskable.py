"""Exchanges that cannot be checked, and why: neither good nor bad."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mockserver.cassettes.drift import streams
from mockserver.cassettes.drift.comparing import word_status
from mockserver.cassettes.drift.parts import STREAM, name_endpoint, read_answer, read_media_type
from mockserver.cassettes.drift.renaming import find_held
from mockserver.endpoints.table import ROUTER
from mockserver.recordings.redacting.marks import REDACTED, SECRET
from mockserver.records.endpoints import name_prompts
from mockserver.records.exchanges import RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.routing import MethodNotAllowedError, NotFoundError

# What an upstream answers to a key that may not do this, or when it is busy or broken.
OUR_KEY = frozenset((401, 402, 403, 407))
TRANSIENT = frozenset((408, 429, 500, 502, 503, 504, 520, 522, 524, 529))
# What stands where something was taken out of a recording.
_MARKS = (SECRET, REDACTED)
_UPLOADS = frozenset(("files", "skills", "skills/{id}/versions"))
# What proxies and portals answer in place of an API.
_PAGE = "text/html"
# What only the account of the recording can send back.
_SEALED = (b'"signature"', b'"encrypted_content"', b'"encrypted_index"', b'"redacted_thinking"', b'"encrypted_stdout"')


def find_reason(exchange: RecordedExchange, made: Collection[str]) -> str:
    """Why a recorded request is not made again; "" when it can be.

    Args:
        exchange: the request and its answer.
        made: the recorded ids of things that the requests before made again.
    """
    return next(_find_reasons(exchange, made), "")


def _find_reasons(exchange: RecordedExchange, made: Collection[str]) -> Iterator[str]:
    request, response = exchange.request, exchange.response
    endpoint = name_endpoint(request)
    if name_prompts(endpoint) != endpoint:
        yield "it is in a wire format of gateways: only what the Messages API answers is compared"
    if response.status in OUR_KEY:
        yield f"the recorded answer was {response.status}, to another key"
    if response.status in TRANSIENT:
        yield f"the recorded answer was {response.status}, which passes"
    if response.end != "close" or _breaks_off(response):
        yield "the recorded answer broke off"
    if any(mark in f"{request.path}?{request.query}" for mark in _MARKS):
        yield "a part of its address was taken out of the recording"
    if request.method == "POST" and not request.body and not request.path.endswith("/cancel"):
        yield "the body of the request is not in the recording"
    if name_endpoint(request) in _UPLOADS and request.method == "POST" and not _is_multipart(request):
        yield "what was uploaded is not in the recording"
    named = [*_list_named(request), *find_held(request)]
    missing = next((each for each in named if each not in made), "")
    # Who asks for what is not there may do so again.
    if missing and (response.status < 400 or request.method != "GET"):
        yield f"it names what no request before has made again ({missing})"


def _is_multipart(request: RecordedRequest) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


def _list_named(request: RecordedRequest) -> list[str]:
    """The things that the path of a request names; models are everybody's."""
    try:
        found = ROUTER.find(request.method, request.path.rstrip("/"))
    except (NotFoundError, MethodNotAllowedError):
        return []
    return [] if name_endpoint(request).startswith("models") else list(found.parameters.values())


def explain_answer(exchange: RecordedExchange, response: RecordedResponse) -> str:
    """Why the answer to a request that was made again says nothing about the recorded one; "" when it does."""
    return next(_explain(exchange, response), "")


def _explain(exchange: RecordedExchange, now: RecordedResponse) -> Iterator[str]:
    request, was = exchange.request, exchange.response
    if now.status in OUR_KEY:
        yield f"the upstream refuses this key: {word_status(now)}"
    if now.status in TRANSIENT:
        yield f"the upstream answered {word_status(now)}"
    if now.end != "close":
        yield "the upstream cut its answer"
    if read_media_type(now) == _PAGE != read_media_type(was):
        yield f"the upstream answered {now.status} with a page for people: something else stands before the API"
    if failure := _breaks_off(now):
        yield f"the upstream broke off with {failure}"
    if was.status < 400 <= now.status:
        yield from _explain_refusal(request, now)


def _explain_refusal(request: RecordedRequest, now: RecordedResponse) -> Iterator[str]:
    """Why a request is refused that is not whole, or comes from another account."""
    if name_endpoint(request).endswith("/results"):
        yield "the batch has not ended yet"
    if any(mark.encode() in request.body for mark in _MARKS):
        yield f"parts of its body were taken out of the recording; the upstream answered {word_status(now)}"
    if now.status == 400 and "anthropic-version" not in request.headers:
        yield f"its headers are not in the recording, betas perhaps; the upstream answered {word_status(now)}"
    if now.status == 400 and any(mark in request.body for mark in _SEALED) and _is_about_seal(now):
        yield f"it sends back what was made for another account; the upstream answered {word_status(now)}"


def _is_about_seal(now: RecordedResponse) -> bool:
    return any(word in now.body.lower() for word in (b"signature", b"encrypted", b"thinking"))


def _breaks_off(response: RecordedResponse) -> str:
    """The type of the error with which a stream breaks off; "" when it does not."""
    try:
        answer = read_answer(response)
    except ValueError:
        return ""
    return streams.find_failure(answer.pairs) if answer.form == STREAM else ""
