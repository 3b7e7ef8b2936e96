"""Every fault in the table: whether it strikes, how several combine, and its row in the docs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.delivery import deliver_whole
from mockserver.records.reply import Pace
from mockserver.wires import FAULTS, check_fault, parse_fault
from tests.fault_cases import (
    DOCS,
    EVENTS,
    HEADERS,
    NEEDED,
    OF_MESSAGES,
    fault,
    rows,
    sent,
    stream,
    whole,
)


@pytest.mark.parametrize("name", OF_MESSAGES)
def test_whole_answers_are_struck_or_left_alone(name: str) -> None:
    struck = whole(fault(name)) != whole()
    assert struck is FAULTS[name].whole or (name == "split" and struck)


@pytest.mark.parametrize("name", OF_MESSAGES)
def test_streams_are_struck_or_left_alone(name: str) -> None:
    assert (stream(fault(name)) != stream()) is FAULTS[name].streamed


def test_missing_events_leave_their_time() -> None:
    pace = Pace(first=0.4, tokens_per_second=60)
    total = sum(piece.delay for piece in stream(pace=pace).pieces)
    for name in ("no_message_start", "tool_input_string"):
        assert sum(piece.delay for piece in stream(fault(name), pace=pace).pieces) == pytest.approx(total)


def test_errors_and_pages_survive_content_faults() -> None:
    """A body that is no message is left alone by faults that change messages."""
    for other in (b'{"type":"error"}', b"<html>", b"[]", b""):
        assert sent(deliver_whole(other, headers=HEADERS, faults=(fault("zero_usage"),), kinds=FAULTS)) == other


def test_faults_combine() -> None:
    """Content first, then what is added, writing, cuts, tearing: whatever the order in which they are given."""
    given = (fault("split", bytes=7), fault("error", after_events=6), fault("crlf"), fault("no_ping"))
    delivery = stream(*given)
    text = sent(delivery)
    assert delivery == stream(*reversed(given))
    assert len(delivery.pieces) > 50
    assert b"ping" not in text
    assert text.count(b"event: ") == 7
    assert text.count(b"\r\n\r\n") == 7
    assert text.count(b"\n") == text.count(b"\r\n")


CHOSEN = st.sampled_from(sorted(FAULTS)).flatmap(
    lambda name: st.fixed_dictionaries(
        {"then": st.just(name), **{key: st.just(value) for key, value in NEEDED.get(name, {}).items()}},
        optional={place: st.integers(0, 40) for place in FAULTS[name].places[:1]},
    )
)


@settings(max_examples=50)
@given(chosen=st.lists(CHOSEN, max_size=4), pace=st.none() | st.just(Pace(first=0.1, tokens_per_second=50, jitter=0.3)))
def test_any_faults_make_a_delivery(chosen: list[dict[str, Any]], pace: Pace | None) -> None:
    faults = tuple(parse_fault(given) for given in chosen)
    for delivery in (stream(*faults, pace=pace), whole(*faults, pace=pace)):
        assert delivery.end in ("close", "abort", "hang")
        assert all(piece.delay >= 0 for piece in delivery.pieces)
    assert stream(*faults, pace=pace) == stream(*faults, pace=pace)


def test_the_docs_show_faults_that_work() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    calls = yaml.safe_load(example)["scenarios"][0]["calls"]
    faults = [call["fault"] for call in calls]
    each = [one for given in faults for one in (given if isinstance(given, list) else [given])]
    assert len(each) == 5
    assert [check_fault(one) for one in each] == [[]] * 5


def test_the_docs_tell_every_fault() -> None:
    assert list(rows()) == list(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_the_docs_tell_every_option(name: str) -> None:
    kind = FAULTS[name]
    options, says, answers = rows()[name][:3]
    assert re.findall(r"`(\w+)`", options) == [*kind.options, *kind.places]
    assert says == kind.says
    assert answers == ("yes" if kind.whole else "–")


def test_docs_name_where_defects_were_seen() -> None:
    told = {name: cells[-1] for name, cells in rows().items() if FAULTS[name].seen}
    assert all(FAULTS[name].seen in cell for name, cell in told.items())


def test_every_strike_keeps_its_input() -> None:
    """Strikes make new drafts: the events they were given stay as they were."""
    before = [orjson.dumps(event.data) for event in EVENTS]
    strikes: list[Callable[..., Any]] = [stream, whole]
    for strike in strikes:
        for name in FAULTS:
            strike(fault(name))
    assert [orjson.dumps(event.data) for event in EVENTS] == before
