"""Error bodies."""

from __future__ import annotations

import orjson
import pytest

from mockserver.records.reply import Failure
from mockserver.wires.messages.errors import error_body


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (
            401,
            "authentication_error",
            b'{"type":"error","error":{"type":"authentication_error","message":"No."},"request_id":null}',
        ),
        (
            405,
            "invalid_request_error",
            b'{\n  "type": "error",\n  "error": {\n    "type": "invalid_request_error",\n    "message": "No."\n  }\n}',
        ),
    ],
)
def test_edge_names_no_request(status: int, kind: str, expected: bytes) -> None:
    """Recorded 2026-08 (a refused key), observed 2026-09 (a refused method)."""
    assert error_body(Failure(status, kind, "No.", at_edge=True), "req_1") == expected


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
