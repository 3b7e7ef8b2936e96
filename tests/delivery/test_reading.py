"""How faults are read from scenarios, and how mistakes are explained."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockserver.records.reply import Fault
from mockserver.wires import FAULTS, check_fault, parse_fault
from tests.fault_cases import (
    NEEDED,
)


def test_short_and_long_forms_are_read() -> None:
    assert parse_fault("disconnect") == Fault("disconnect")
    assert parse_fault({"then": "disconnect", "after_events": 4}) == Fault("disconnect", after_events=4)
    assert parse_fault({"then": "stall", "at": "block 2", "for": "1.5s"}) == Fault(
        "stall", at_block=2, options={"for": 1.5}
    )
    assert parse_fault({"then": "error", "after_ms": "2s"}).after_ms == 2000


MISTAKES: list[tuple[Any, str]] = [
    ("disconect", "unknown fault 'disconect'; did you mean 'disconnect'?"),
    (7, "expected the name of a fault or a mapping with 'then', got 7"),
    ({"after_events": 3}, "'then' is missing: it names the fault"),
    ({"then": 5}, "unknown fault 5; known: disconnect"),
    ("split", "split needs 'bytes'"),
    ({"then": "split", "bytes": 0}, "bytes: expected a whole number from 1, got 0"),
    ({"then": "split", "bytes": True}, "bytes: expected a whole number from 0, got True"),
    ({"then": "stall", "for": "soon"}, "for: expected a duration such as 300ms, 1.5s or 2m, got 'soon'"),
    ({"then": "stall", "at": "event 2"}, "at: expected 'block N', got 'event 2'"),
    ({"then": "stall", "after_events": -1}, "after_events: expected a whole number from 0, got -1"),
    (
        {"then": "disconnect", "after_events": 1, "after_ms": 2},
        "after_events and after_ms exclude each other: give one",
    ),
    ({"then": "crlf", "after_events": 3}, "crlf takes no after_events"),
    ({"then": "error", "mesage": "x"}, "unknown option 'mesage' of error; did you mean 'message'?"),
    ({"then": "crlf", "bytes": 1}, "unknown option 'bytes' of crlf; it has none"),
    ({"then": "error", "type": "oops"}, "type: expected one of api_error"),
    ({"then": "unknown_event", "name": ""}, "name: expected a text, got ''"),
    (
        {"then": "start_usage", "thoughts": 1},
        "unknown option 'thoughts' of start_usage; known: input_tokens, cache_creation_input_tokens, "
        "cache_read_input_tokens, output_tokens",
    ),
    ({"then": "delta_usage", "output_tokens": -1}, "output_tokens: expected a whole number from 0, got -1"),
    ("delta_usage", "delta_usage needs one of 'input_tokens', 'cache_creation_input_tokens', "),
    ({"then": "null_usage", "only": "input"}, "only: expected one of input_tokens, "),
    ({"then": "null_usage", "only": ["input_tokens", "x"]}, "only: expected one of input_tokens, "),
    ({"then": "null_usage", "only": []}, "only: expected one of input_tokens, "),
    ({"then": "no_data", "event": "usage"}, "event: expected one of message_start, "),
    ({"then": "error", "glued": "yes"}, "glued: expected true or false, got 'yes'"),
    ({"then": "pings", "every": -1}, "every: expected a whole number from 0, got -1"),
    ({"then": "pings", "every": True}, "every: expected a whole number from 0, got True"),
    ({"then": "pings", "every": "0s"}, "every: expected a duration above 0, got '0s'"),
    ({"then": "comment_keepalive", "every": "often"}, "every: expected a duration such as 300ms, 1.5s or 2m"),
]


@pytest.mark.parametrize(("given", "said"), MISTAKES, ids=[said for _, said in MISTAKES])
def test_mistakes_are_explained(given: Any, said: str) -> None:
    problems = check_fault(given)
    assert len(problems) == 1
    assert problems[0].startswith(said)
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_fault(given)


def test_right_faults_have_no_problems() -> None:
    assert [name for name in FAULTS if check_fault({"then": name, **NEEDED.get(name, {})})] == []
