"""Faults that put something else in the place of an answer."""

from __future__ import annotations

import pytest

from tests.fault_cases import (
    CLEAN,
    fault,
    sent,
    stream,
    whole,
)


@pytest.mark.parametrize(
    ("name", "header", "value", "start"),
    [
        ("html_page", "content-type", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
        ("error_200", "content-type", "application/json", b'{"error":'),
        ("wrong_content_type", "content-type", "text/plain; charset=utf-8", b""),
        ("gzip_mislabel", "content-encoding", "gzip", b""),
    ],
)
def test_gateways_answer_something_else(name: str, header: str, value: str, start: bytes) -> None:
    for delivery in (stream(fault(name)), whole(fault(name))):
        assert delivery.status == 200
        assert [given for key, given in delivery.headers if key == header] == [value]
        assert sent(delivery).startswith(start)


def test_gateways_forget_the_body_or_the_end() -> None:
    assert (stream(fault("empty_body")).pieces, stream(fault("empty_body")).end) == ((), "close")
    assert ("content-length", "0") in whole(fault("empty_body")).headers
    open_end = stream(fault("left_open"))
    assert (sent(open_end), open_end.end) == (CLEAN, "hang")
