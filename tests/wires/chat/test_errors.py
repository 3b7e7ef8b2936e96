"""Error bodies and headers of the chat wire."""

from __future__ import annotations

import orjson
import pytest

from mockserver.compose.failure import make_failure
from mockserver.records.errors import TYPES
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Failure
from mockserver.wires.chat.errors import error_body
from mockserver.wires.chat.headers import error_head, success_head


@pytest.mark.parametrize(("status", "kind"), TYPES.items())
def test_errors_keep_status_type_and_words(status: int, kind: str) -> None:
    failure = make_failure(Answer("error", error={"status": status}), Prompt({"model": "claude-sonnet-5"}))
    body = orjson.loads(error_body(failure, "req_1"))
    assert failure.status == status
    assert body == {"error": {"message": failure.message, "type": kind, "param": None, "code": kind}}


@pytest.mark.parametrize(("code", "written"), [("invalid_type", b'"invalid_type"'), ("", b"null")])
def test_errors_have_their_own_code_and_parameter(code: str, written: bytes) -> None:
    failure = Failure(400, "invalid_request_error", "No.", code=code, param="messages")
    assert error_body(failure, None) == (
        b'{"error":{"message":"No.","type":"invalid_request_error","param":"messages","code":' + written + b"}}"
    )


@pytest.mark.parametrize(("status", "retry"), [(400, "false"), (429, "true"), (529, "true"), (500, None)])
def test_error_headers_are_those_that_clients_read(status: int, retry: str | None) -> None:
    headers = error_head(status, request_id="req_1", at=0, extra={"Retry-After": "3"})
    told = dict(headers)
    assert told.get("x-should-retry") == retry
    assert (told["x-request-id"], told["retry-after"]) == ("req_1", "3")
    assert not any(name.startswith("anthropic") for name in told)


def test_errors_without_a_request_have_no_id() -> None:
    assert [name for name, _ in error_head(404, request_id=None, at=0)] == ["content-type", "openai-version"]


@pytest.mark.parametrize("stream", [False, True])
def test_successes_have_an_id_and_a_type(stream: bool) -> None:
    told = dict(success_head(request_id="req_1", at=0, stream=stream, used=(5, 5), extra={"X-More": "1"}))
    assert told["content-type"] == ("text/event-stream; charset=utf-8" if stream else "application/json")
    assert (told["x-request-id"], told["openai-version"], told["x-more"]) == ("req_1", "2020-10-01", "1")
    assert ("cache-control" in told) is stream
    assert not any(name.startswith("anthropic") for name in told)
