"""Every answer and every event in the tests is checked against the response schemas, strictly."""

from __future__ import annotations

from typing import Any

import httpx2 as httpx

from mockserver.contract import validate_response, validate_stream
from mockserver.reference.schemas import response_validator
from mockserver.wires.messages.unfolding import fold


def message_of(response: httpx.Response) -> dict[str, Any]:
    """The message of a 200, whole or streamed, checked to be one that the API could send."""
    assert response.status_code == 200, response.text
    if response.headers["content-type"].startswith("text/event-stream"):
        assert validate_stream(response.content, beta=True) == []
        return fold(events_of(response.text))
    assert response.headers["content-type"] == "application/json"
    message: dict[str, Any] = response.json()
    assert validate_response(message, beta=True) == []
    return message


def events_of(text: str) -> list[dict[str, Any]]:
    """The data of each event of a stream."""
    import orjson

    return [orjson.loads(frame.partition("\ndata: ")[2]) for frame in text.split("\n\n") if frame]


def error_of(response: httpx.Response, status: int) -> dict[str, Any]:
    """The error object of a response, its body and headers checked to be like the API's."""
    assert response.status_code == status, response.text
    body = response.json()
    # The answer to a wrong method alone has no request id, against the SDK's types (source: observed 2026-09).
    whole = {"request_id": None, **body} if status == 405 else body
    problems = [error.message for error in response_validator("error").iter_errors(whole)]
    assert problems == []
    assert body.get("request_id") == response.headers.get("request-id")
    error: dict[str, Any] = body["error"]
    return error
