"""Scripted failures: errors in the API's own words, and raw responses that do not have the API's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.compose.following import is_nameless
from mockserver.records.errors import TYPES, fill_names, word_error
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Failure, Raw

# Of several statuses with one type, the first is the usual one.
STATUSES: Mapping[str, int] = {kind: status for status, kind in reversed(TYPES.items())}
EVENT_STREAM = "text/event-stream"


def make_failure(answer: Answer, prompt: Prompt, model: str = "") -> Failure:
    """The failure that ``answer.error`` describes by its type or status; the rest is as the API words it.

    Keys: ``type``, ``status``, ``message``, ``details``, ``error_code``, ``retry_after`` (seconds), ``headers``; or
    ``failure``, that of a gateway, whose ``status`` and ``message`` may be others. A refused key in the API's own words
    comes from its edge, as the API's does.

    Args:
        answer: what the script says.
        prompt: the request.
        model: the model that the words name; "": the one asked for.
    """
    error, model = answer.error, model or prompt.model
    if (of_gateway := error.get("failure")) is not None:
        return _make_gateway_failure(of_gateway, answer, {"model": model, "method": prompt.method, "path": prompt.path})
    status = error.get("status")
    kind = error.get("type") or TYPES.get(status or 500) or ("api_error" if (status or 500) >= 500 else TYPES[400])
    details = _make_details(error)
    return Failure(
        status=status or STATUSES.get(kind, 400),
        type=kind,
        message=error.get("message") or word_error(kind, model),
        details=details,
        headers=_make_headers(answer),
        faults=answer.faults,
        pace=answer.pace,
        at_edge=kind == TYPES[401] and not (error.get("message") or details),
        is_nameless=is_nameless(answer),
    )


def _make_gateway_failure(failure: Failure, answer: Answer, values: Mapping[str, str]) -> Failure:
    return replace(
        failure,
        status=answer.error.get("status") or failure.status,
        message=answer.error.get("message") or fill_names(failure.message, values),
        headers={**failure.headers, **_make_headers(answer)},
        faults=answer.faults,
        pace=answer.pace,
    )


def _make_headers(answer: Answer) -> dict[str, str]:
    headers = {**answer.headers, **(answer.error.get("headers") or {})}
    if (wait := answer.error.get("retry_after")) is not None:
        headers["retry-after"] = str(wait)
        if str(wait) == "0":
            # The SDKs ignore 0 and wait half a second; with this header, they retry at once.
            headers.setdefault("retry-after-ms", "1")
    return headers


def make_raw(answer: Answer) -> Raw:
    """A response as scripted, byte for byte: ``status`` (200), ``headers``, ``body`` (text, or anything as JSON).

    ``stream`` says whether the body is sent as a stream of events; by default it is when its content type says so.
    """
    response = answer.raw
    body = response.get("body", "")
    data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {**answer.headers, **(response.get("headers") or {})}
    stream = response.get("stream")
    if stream is None:
        stream = str(headers.get("content-type", "")).lower().startswith(EVENT_STREAM)
    return Raw(response.get("status") or 200, data, headers, answer.faults, answer.pace, stream)


def _make_details(error: Mapping[str, Any]) -> Mapping[str, Any] | None:
    details, code = error.get("details"), error.get("error_code")
    return {"error_code": code, **(details or {})} if code else details
