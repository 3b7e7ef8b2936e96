"""Scripted failures: an API error in the API's own words, and answers that are no API answers at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.records.errors import TYPES
from mockserver.records.reply import Answer, Failure, Raw

# The first status of a type is the one it is known for.
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


def fail(answer: Answer, model: str) -> Failure:
    """The failure that ``answer.error`` asks for: its type or status, the rest as the API would say it.

    Keys: ``type``, ``status``, ``message``, ``details``, ``error_code``, ``retry_after`` (seconds), ``headers``.
    """
    said = answer.error
    status = said.get("status")
    kind = said.get("type") or TYPES.get(status or 500) or ("api_error" if (status or 500) >= 500 else TYPES[400])
    headers = {**answer.headers, **(said.get("headers") or {})}
    if (wait := said.get("retry_after")) is not None:
        headers["retry-after"] = str(wait)
        if str(wait) == "0":
            # The SDKs take 0 for no advice and wait half a second; so told, they come back at once.
            headers.setdefault("retry-after-ms", "1")
    return Failure(
        status=status or STATUSES.get(kind, 400),
        type=kind,
        message=said.get("message") or MESSAGES.get(kind, kind).replace("{model}", model),
        details=_details(said),
        headers=headers,
        faults=answer.faults,
        pace=answer.pace,
    )


def raw(answer: Answer) -> Raw:
    """A response as scripted, byte for byte: ``status`` (200), ``headers``, ``body`` (text, or anything as JSON)."""
    said = answer.raw
    body = said.get("body", "")
    data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {**answer.headers, **(said.get("headers") or {})}
    return Raw(said.get("status") or 200, data, headers, answer.faults, answer.pace)


def _details(said: Mapping[str, Any]) -> Mapping[str, Any] | None:
    details, code = said.get("details"), said.get("error_code")
    return {"error_code": code, **(details or {})} if code else details
