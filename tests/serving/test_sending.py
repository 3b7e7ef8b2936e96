"""The steps of a delivery, and how they are taken: without a socket, without a clock."""

from __future__ import annotations

import asyncio
from array import array
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.delivery import Delivery, Piece
from mockserver.serving.sending import Cut, Data, Head, Sent, encode_headers, is_immediate, send


class Wait(Struct, frozen=True):
    """A pause, as ``sleep`` is asked for it."""

    seconds: float | None


HEADERS = (("content-type", "text/plain"),)
HEAD = Head(200, HEADERS)
ONE, TWO = Piece(b"one", 0.0, 1), Piece(b"two", 2.0, 3)


def delivery(*pieces: Piece, end: str = "close", delay: float = 0.0) -> Delivery:
    return Delivery(200, HEADERS, pieces, end, delay)


# A delivery, its steps, whether it leaves at once.
CASES: dict[str, tuple[Delivery, list[Any], bool]] = {
    "one piece": (delivery(ONE), [HEAD, Data(b"one", 1, more=False)], True),
    "no body": (delivery(), [HEAD, Data(b"", 0, more=False)], True),
    "late": (delivery(ONE, delay=3.0), [Wait(3.0), HEAD, Data(b"one", 1, more=False)], False),
    "paced": (
        delivery(ONE, TWO),
        [HEAD, Data(b"one", 1, more=True), Wait(2.0), Data(b"two", 3, more=False)],
        False,
    ),
    "torn": (delivery(ONE, ONE), [HEAD, Data(b"one", 1, more=True), Data(b"one", 1, more=False)], True),
    "cut": (delivery(ONE, end="abort"), [HEAD, Data(b"one", 1, more=True), Cut()], False),
    "cut at once": (delivery(end="abort"), [Cut()], False),
    "left open": (delivery(ONE, end="hang"), [HEAD, Data(b"one", 1, more=True), Wait(None)], False),
    "never answered": (delivery(end="hang"), [Wait(None)], False),
}


def sent(given: Delivery, *, gone_at: int = -1, slowness: float = 1.0) -> tuple[Sent, list[Any]]:
    """How a delivery was sent, and what was done; the client goes away in the wait of that number. Each step takes so
    many seconds, waiting none: in that unit stand the times of what was sent.
    """
    done: list[Any] = []

    async def write(step: Any) -> None:
        done.append(step)

    async def sleep(seconds: float | None) -> bool:
        done.append(Wait(seconds))
        return sum(isinstance(step, Wait) for step in done) - 1 == gone_at or seconds is None

    found = asyncio.run(send(given, write, sleep, lambda: len(done) * slowness))
    first = None if found.first is None else found.first / slowness
    return replace(found, first=first, times=array("d", [at / slowness for at in found.times])), done


@pytest.mark.parametrize("case", CASES)
def test_sending_takes_the_steps_in_their_order(case: str) -> None:
    given, expected, is_at_once = CASES[case]
    found, done = sent(given)
    assert done == expected
    assert is_immediate(given) is is_at_once
    data = [number for number, step in enumerate(done, start=1) if isinstance(step, Data) and step.data]
    first = float(data[0]) if data else None
    times = [number for number, step in enumerate(done, start=1) if isinstance(step, Data) and given.pieces]
    events = sum(piece.events for piece in given.pieces)
    assert found == Sent(events, given.end == "hang", first, array("d", times))


def test_nothing_is_sent_to_a_client_that_has_gone() -> None:
    found, done = sent(delivery(ONE, TWO, TWO), gone_at=1)
    assert found == Sent(4, hung_up=True, first=2.0, times=array("d", [2.0, 4.0]))
    assert [step.data for step in done if isinstance(step, Data)] == [b"one", b"two"]


def test_lateness_shortens_the_next_pauses() -> None:
    """Steps take 1.5 s each, the pauses nothing besides: the third piece is ready a second after it was due."""
    _, done = sent(delivery(ONE, TWO, TWO, TWO), slowness=1.5)
    assert [step.seconds for step in done if isinstance(step, Wait)] == [2.0, 1.0, 0.0]


def test_headers_become_bytes() -> None:
    assert encode_headers((("x-name", "ümlaut"),)) == [(b"x-name", "ümlaut".encode())]


@pytest.mark.parametrize(("size", "end"), [(6, Data(b"", 0, more=False)), (7, Cut())])
def test_body_that_is_deleted_while_it_is_sent_is_cut(size: int, end: Any) -> None:
    headers = (("content-length", str(size)),)
    _, done = sent(Delivery(200, headers, (), source=lambda: iter((b"one", b"two"))))
    parts = [Data(b"one", 0, more=True), Wait(0.0), Data(b"two", 0, more=True), Wait(0.0)]
    assert done == [Head(200, headers), *parts, end]
