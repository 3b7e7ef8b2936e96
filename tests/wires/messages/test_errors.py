"""Error bodies."""

from __future__ import annotations

import orjson

from mockserver.records.reply import Failure
from mockserver.wires.messages.errors import error_body


def test_errors_have_the_recorded_shape() -> None:
    failure = Failure(529, "overloaded_error", "Overloaded")
    detailed = Failure(404, "not_found_error", "gone", {"error_code": "file_expired"})
    assert error_body(failure, "req_1") == (
        b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}'
    )
    assert orjson.loads(error_body(detailed)) == {
        "type": "error",
        "error": {"type": "not_found_error", "message": "gone", "details": {"error_code": "file_expired"}},
    }
