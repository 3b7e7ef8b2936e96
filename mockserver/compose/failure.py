"""Scripted failures: errors in the API's own words, and raw responses that do not have the API's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.records.errors import TYPES
from mockserver.records.reply import Answer, Failure, Raw

# Of several statuses with one type, the first is the usual one.
STATUSES: Mapping[str, int] = {kind: status for status, kind in reversed(TYPES.items())}

# Observed texts, where one is known; the rest describe the error as the API's errors page does.
MESSAGES: Mapping[str, str] = {
    "invalid_request_error": "There was an issue with the format or content of your request.",
    "authentication_error": "API key is invalid.",
    "billing_error": "There's an issue with your billing or payment information.",
    "permission_error": "Your API key does not have permission to use the specified resource.",
    "not_found_error": "Not found",
    "conflict_error": "The request conflicts with the current state of the resource.",
    "request_too_large": "Request exceeds the maximum size",
    "rate_limit_error": (
        "This request would exceed your organization's rate limit of 450,000 input tokens per minute "
        "(org: 00000000-0000-4000-8000-000000000000, model: {model}). For details, refer to: "
        "https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. "
        "Please reduce the prompt length or the maximum tokens requested, or try again later. You may also contact "
        "sales at https://claude.com/contact-sales to discuss your options for a rate limit increase."
    ),
    "api_error": "Internal server error",
    "timeout_error": "The request timed out while processing.",
    "overloaded_error": "Overloaded",
}


def make_failure(answer: Answer, model: str) -> Failure:
    """The failure that ``answer.error`` describes by its type or status; the rest is as the API words it.

    Keys: ``type``, ``status``, ``message``, ``details``, ``error_code``, ``retry_after`` (seconds), ``headers``.
    """
    error = answer.error
    status = error.get("status")
    kind = error.get("type") or TYPES.get(status or 500) or ("api_error" if (status or 500) >= 500 else TYPES[400])
    headers = {**answer.headers, **(error.get("headers") or {})}
    if (wait := error.get("retry_after")) is not None:
        headers["retry-after"] = str(wait)
        if str(wait) == "0":
            # The SDKs ignore 0 and wait half a second; with this header, they retry at once.
            headers.setdefault("retry-after-ms", "1")
    return Failure(
        status=status or STATUSES.get(kind, 400),
        type=kind,
        message=error.get("message") or MESSAGES.get(kind, kind).replace("{model}", model),
        details=_make_details(error),
        headers=headers,
        faults=answer.faults,
        pace=answer.pace,
    )


def make_raw(answer: Answer) -> Raw:
    """A response as scripted, byte for byte: ``status`` (200), ``headers``, ``body`` (text, or anything as JSON)."""
    response = answer.raw
    body = response.get("body", "")
    data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {**answer.headers, **(response.get("headers") or {})}
    return Raw(response.get("status") or 200, data, headers, answer.faults, answer.pace)


def _make_details(error: Mapping[str, Any]) -> Mapping[str, Any] | None:
    details, code = error.get("details"), error.get("error_code")
    return {"error_code": code, **(details or {})} if code else details
