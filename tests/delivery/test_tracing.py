"""Where faults strike a stream, and what they keep from leaving."""

from __future__ import annotations

import pytest

from mockserver.delivery.planning import draft_stream, finish
from mockserver.delivery.tracing import Trace, trace
from mockserver.records.reply import Fault
from mockserver.wires import FAULTS
from tests.fault_cases import EVENTS, OF_MESSAGES, fault, sent, stream

ALL = len(EVENTS)


def test_without_faults_nothing_is_traced() -> None:
    draft = draft_stream(EVENTS)
    assert trace(draft, (), FAULTS) == Trace(draft)


@pytest.mark.parametrize("name", [name for name in OF_MESSAGES if FAULTS[name].streamed])
def test_traced_stream_is_the_one_that_leaves(name: str) -> None:
    given = fault(name)
    found = trace(draft_stream(EVENTS, tokens=60), (given,), FAULTS)
    assert sent(finish(found.draft)) == sent(stream(given))
    ((traced, place),) = found.places
    assert traced is given
    assert place is not None
    assert 0 <= place <= ALL


@pytest.mark.parametrize(
    ("given", "place", "lost"),
    [
        (fault("disconnect", after_events=3), 3, ALL - 3),
        (fault("disconnect", after_events=ALL + 5), ALL, 0),
        (fault("stall"), (ALL + 1) // 2, ALL // 2),
        (fault("stall", for_="1s", after_events=2), 2, 0),
        (fault("truncate"), ALL - 1, 1),
        (fault("slow_headers"), 0, 0),
        (fault("wrong_content_type"), 0, 0),
        (fault("malformed", after_events=4), 4, 0),
        (fault("left_open"), ALL, 0),
        (fault("drop_event", event="ping"), 2, 0),
    ],
    ids=lambda value: value.then if isinstance(value, Fault) else "",
)
def test_places_and_losses(given: Fault, place: int, lost: int) -> None:
    found = trace(draft_stream(EVENTS, tokens=60), (given,), FAULTS)
    assert found.places == ((given, place),)
    assert len(found.lost) == lost


def test_faults_are_traced_in_the_order_in_which_they_apply() -> None:
    cut, dropped = fault("disconnect", after_events=5), fault("no_ping")
    found = trace(draft_stream(EVENTS, tokens=60), (cut, dropped), FAULTS)
    assert found.places == ((dropped, 2), (cut, 5))
    assert len(found.lost) == ALL - 1 - 5


def test_fault_that_changes_nothing_has_no_place() -> None:
    twice = fault("drop_event", event="ping")
    found = trace(draft_stream(EVENTS, tokens=60), (twice, twice), FAULTS)
    assert [place for _, place in found.places] == [2, None]
