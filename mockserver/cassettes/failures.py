"""Finds the words of recorded answers that are no messages: errors, counts of tokens, and the rest as it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from mockserver.cassettes.material import COUNT_TOKENS, Material
from mockserver.cassettes.proving import Words, compose_words, is_same
from mockserver.cassettes.wording import mark_literal
from mockserver.compose.failure import STATUSES
from mockserver.endpoints.parts import Parts
from mockserver.records.reply import JSON, Raw
from mockserver.wires.messages.headers import SHOULD_RETRY

# Bytes of a body that stands in the scenario file; longer ones are in the side file alone.
MOST_RAW = 2000
# Headers that clients act upon, besides retry-after. Rate limits are told of errors alone: those of successes change
# with each answer, and the server gives some of its own.
_LIMITS = "anthropic-ratelimit-"
_SHOULD_RETRY = "x-should-retry"


def find_error_words(material: Material, parts: Parts) -> Words | None:
    """The words of an error of the API; None when it is none, or they would say something else."""
    body = material.read_json()
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("type"), str):
        return None
    headers = _say_headers(material)
    for words in _list_errors(error, material.exchange.response.status, headers.pop("retry-after", "")):
        said = mark_literal({"error": words, **({"headers": headers} if headers else {})})
        if is_same(compose_words(said, material, parts), material):
            return said
    return None


def find_count_words(material: Material) -> Words | None:
    """The words of a count of tokens."""
    body, response = material.read_json(), material.exchange.response
    if material.endpoint != COUNT_TOKENS or response.status != 200 or not isinstance(body, dict):
        return None
    edited = body.get("context_management", {"original_input_tokens": 0})
    is_known = body.keys() <= {"input_tokens", "context_management"} and isinstance(edited, dict)
    if not is_known or edited.keys() != {"original_input_tokens"}:
        return None
    counts = (body.get("input_tokens"), *edited.values())
    return body if all(type(count) is int and count >= 0 for count in counts) else None


def find_raw_words(material: Material, parts: Parts) -> Words | None:
    """A short body of another kind, as it came: JSON as its value, a page as its text."""
    response = material.exchange.response
    media_type, body = response.header("content-type"), response.body if response.content is None else b""
    if not body or len(body) > MOST_RAW or response.is_stream or response.end != "close":
        return None
    raw: dict[str, Any] = {} if response.status == 200 else {"status": response.status}
    headers = _say_headers(material)
    value = material.read_json()
    if value is not None and media_type == JSON:
        raw["json"] = value
    else:
        headers = {"content-type": media_type, **headers}
        try:
            raw["body"] = body.decode()
        except UnicodeDecodeError:
            return None
    said = mark_literal({"raw": {**raw, **({"headers": headers} if headers else {})}})
    outcome = compose_words(said, material, parts)
    return said if isinstance(outcome, Raw) and _is_same_raw(outcome, body, value) else None


def _is_same_raw(outcome: Raw, body: bytes, value: Any) -> bool:
    return outcome.body == body or (
        value is not None and orjson.dumps(orjson.loads(outcome.body)) == orjson.dumps(value)
    )


def _list_errors(error: Mapping[str, Any], status: int, retry_after: str) -> Iterator[Any]:
    """An error by its type, or with more where that does not say it."""
    kind, details = error["type"], error.get("details")
    said: dict[str, Any] = {"type": kind}
    if STATUSES.get(kind) != status:
        said["status"] = status
    if retry_after:
        said["retry_after"] = int(retry_after) if retry_after.isdigit() else retry_after
    yield kind if len(said) == 1 else said
    said["message"] = error.get("message")
    if isinstance(details, Mapping):
        is_code = details.keys() == {"error_code"} and isinstance(details["error_code"], str)
        said.update(details if is_code else {"details": details})
    yield said


def _say_headers(material: Material) -> dict[str, str]:
    """The headers of an error that clients act upon, where the server would not send them by itself."""
    response = material.exchange.response
    headers = dict(response.headers)
    said = {name: headers[name] for name in ("retry-after",) if name in headers}
    if response.status < 400:
        return said
    if _SHOULD_RETRY in headers and headers[_SHOULD_RETRY] != SHOULD_RETRY.get(response.status):
        said[_SHOULD_RETRY] = headers[_SHOULD_RETRY]
    return {**said, **{name: value for name, value in headers.items() if name.startswith(_LIMITS)}}
