"""Takes secrets out of exchanges before they are written, and out of requests before they are compared with these.

Nothing else changes: other bytes, the boundaries of chunks and their times stay. The same text gives the same mark
everywhere, so that a request that is redacted still is the recorded one; redacting again changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.recordings.redacting.bodies import redact_bytes, redact_chunks, redact_query
from mockserver.recordings.redacting.expressions import Rules, make_rules
from mockserver.recordings.redacting.files import redact_file
from mockserver.recordings.redacting.finding import redact_source, redact_text
from mockserver.recordings.redacting.forms import is_word
from mockserver.recordings.redacting.headers import IDS, is_recorded_of_request, is_recorded_of_response
from mockserver.recordings.redacting.known import hide_known, is_long_enough
from mockserver.recordings.redacting.marks import blank
from mockserver.records.exchanges import RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.masks.finding import MOST, find_in_body, find_in_headers, find_in_query, sort

__all__ = [
    "Rules",
    "hide_known",
    "list_secrets",
    "make_rules",
    "redact",
    "redact_body",
    "redact_request",
    "redact_text",
]


def redact(exchange: RecordedExchange, rules: Rules, secrets: Iterable[str] = ()) -> RecordedExchange:
    """The exchange as it may be written.

    Args:
        exchange: as it came. Of a body in a file (``content``) another file is made, without them.
        rules: those of ``match.redact``.
        secrets: what else is known to be secret, such as the headers that were sent to the upstream. They are taken
            out wherever they stand, with the secrets that the exchange names itself: those in its headers, its query,
            its cookies, and at secret names of its bodies. Shorter ones than 8 characters are ordinary words, too.

    Raises:
        ValueError: a search with one of the expressions takes longer than a second.
        OSError: a body in a file cannot be read or written.
    """
    known = _with_secrets(rules, {*secrets, *_list_secrets(exchange)})
    return replace(
        exchange,
        request=_redact_request(exchange.request, known),
        response=_redact_response(exchange.response, known),
        test=redact_text(exchange.test, known),
    )


def redact_request(request: RecordedRequest, rules: Rules) -> RecordedRequest:
    """A request as it is when it has been recorded, to be compared with one."""
    return _redact_request(request, _with_secrets(rules, _list_secrets_of_request(request)))


def list_secrets(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The secrets in the headers of a request, which its body may repeat."""
    return tuple(_drop_words(find_in_headers(headers)))


def redact_body(value: Any, rules: Rules, secrets: Iterable[str] = ()) -> Any:
    """The JSON value of a request's body as it is when it has been recorded, to be compared with one.

    ``secrets`` are those of its headers.
    """
    try:
        source = orjson.dumps(value)
    except TypeError:  # half a surrogate pair, or a number that is too large
        return value
    text = source.decode()
    redacted = redact_source(text, _with_secrets(rules, {*secrets, *_list_named(source)}))
    return value if redacted == text else orjson.loads(redacted)


def _redact_request(request: RecordedRequest, rules: Rules) -> RecordedRequest:
    return replace(
        request,
        path=redact_text(request.path, rules),
        query=redact_query(request.query, rules),
        headers={
            name: redact_text(value, rules) for name, value in request.headers.items() if is_recorded_of_request(name)
        },
        body=redact_bytes(request.body, request.headers.get("content-type", ""), rules),
    )


def _redact_response(response: RecordedResponse, rules: Rules) -> RecordedResponse:
    content_type = response.header("content-type")
    headers = [
        (name, blank(value) if name in IDS else redact_text(value, rules))
        for name, value in response.headers
        if is_recorded_of_response(name)
    ]
    return replace(
        response,
        headers=tuple(headers),
        chunks=redact_chunks(response.chunks, content_type, rules),
        content=None if response.content is None else redact_file(response.content, content_type, rules),
    )


def _with_secrets(rules: Rules, secrets: Iterable[str]) -> Rules:
    found = {secret for secret in (*rules.secrets, *secrets) if is_long_enough(secret)}
    return replace(rules, secrets=tuple(sorted(found, key=lambda secret: (-len(secret), secret))))


def _list_secrets(exchange: RecordedExchange) -> Iterator[str]:
    yield from _list_secrets_of_request(exchange.request)
    for name, value in exchange.response.headers:
        if name in IDS:
            yield value
        else:
            yield from _drop_words(find_in_headers({name: value}))


def _list_secrets_of_request(request: RecordedRequest) -> Iterator[str]:
    yield from _drop_words(chain(find_in_headers(request.headers), find_in_query(request.query)))
    yield from _list_named(request.body)


def _list_named(body: bytes) -> Iterator[str]:
    """What stands at secret names of a body, and may stand elsewhere; of very many the longest."""
    return islice(sort(set(_drop_words(find_in_body(body)))), MOST)


def _drop_words(secrets: Iterable[str]) -> Iterator[str]:
    """The secrets without words that stand in any text, such as a key that was made up: ``anthropic``."""
    return (secret for secret in secrets if not is_word(secret))
