"""Faults of how an answer is written."""

from __future__ import annotations

import re

import orjson

from mockserver.delivery import deliver_stream
from mockserver.wires import FAULTS
from tests.fault_cases import (
    ALL,
    BODY,
    CLEAN,
    HEADERS,
    fault,
    names,
    sent,
    stream,
    whole,
)


def test_malformed_breaks_one_event() -> None:
    delivery = stream(fault("malformed", after_events=4))
    lines = re.findall(rb"^data: (.*)$", sent(delivery), re.MULTILINE)
    assert [place for place, line in enumerate(lines) if not is_json(line)] == [4]
    assert sent(whole(fault("malformed"))) == BODY[:-1]


def test_nothing_can_be_malformed_of_nothing() -> None:
    empty = deliver_stream((), headers=HEADERS, faults=(fault("malformed"),), kinds=FAULTS)
    assert (sent(empty), empty.end) == (b"", "close")


def is_json(data: bytes) -> bool:
    try:
        orjson.loads(data)
    except orjson.JSONDecodeError:
        return False
    return True


def test_crlf_changes_line_ends_only() -> None:
    assert sent(stream(fault("crlf"))) == CLEAN.replace(b"\n", b"\r\n")


def test_comments_keep_alive() -> None:
    assert sent(stream(fault("comment_keepalive"))).count(b": keepalive\n\n") == len(ALL) + 1
    assert sent(stream(fault("comment_keepalive", every=5, text="WAIT"))).count(b": WAIT\n\n") == len(ALL) // 5 + 1
    once = stream(fault("comment_keepalive", after_events=1))
    assert sent(once).count(b": keepalive\n\n") == 1
    assert names(once) == ALL
