"""How a batch goes on: a function of its plan, the time, and how often it was asked for."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from mockserver.endpoints.batches import state
from mockserver.endpoints.batches.state import ARCHIVE, CANCELED, EXPIRED, EXPIRY, Batch, Ending, find_ending
from mockserver.records.batches import BatchPlan

PLAIN = Batch("msgbatch_1", created=1000.0, total=10, answered=True, succeeded=8, errored=2)


def timed(**plan: float) -> Batch:
    return replace(PLAIN, plan=BatchPlan(**plan))  # type: ignore[arg-type]  # expire is whole


ENDINGS = {
    "asked for once": (replace(PLAIN, polls=1), 1005.0, None),
    "asked for twice": (replace(PLAIN, polls=2), 1005.0, Ending(1005.0, 10)),
    "not asked for in a day": (PLAIN, 1000.0 + EXPIRY, Ending(1000.0 + EXPIRY, 0, EXPIRED)),
    "requests without results": (replace(PLAIN, answered=False, polls=9), 10**9, None),
    "before its time": (timed(takes=30.0), 1029.9, None),
    "at its time, however often it was asked for": (timed(takes=30.0), 1030.0, Ending(1030.0, 10)),
    "long after its time": (timed(takes=30.0), 5000.0, Ending(1030.0, 10)),
    "polls do not end it": (replace(timed(takes=30.0), polls=9), 1001.0, None),
    "time of each request": (timed(per_item=2.0), 1020.0, Ending(1020.0, 10)),
    "both": (timed(takes=5.0, per_item=2.0), 1024.0, None),
    "no time": (timed(takes=0.0), 1000.0, Ending(1000.0, 10)),
    "some expire": (timed(takes=30.0, expire=3), 1030.0, Ending(1030.0, 7, EXPIRED)),
    "more than all expire": (replace(timed(expire=30), polls=2), 1030.0, Ending(1030.0, 0, EXPIRED)),
    "longer than a day": (timed(takes=2 * EXPIRY), 1000.0 + 3 * EXPIRY, Ending(1000.0 + EXPIRY, 5, EXPIRED)),
    "canceled without times": (replace(PLAIN, canceled=1010.0), 1011.0, Ending(1011.0, 0, CANCELED)),
    "canceled half-way": (replace(timed(takes=30.0), canceled=1015.0), 1016.0, Ending(1016.0, 5, CANCELED)),
    "ended": (replace(PLAIN, ended=1001.0), 10**9, None),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_batch_ends(case: str) -> None:
    batch, now, ending = ENDINGS[case]
    assert find_ending(batch, now) == ending


def test_what_is_stored_is_what_is_read() -> None:
    batch = replace(timed(takes=30.0, fail=0.5), seed=2**64 - 1, canceled=1.5)
    assert state.decode(state.encode(batch)) == batch


def test_only_processing_counts_until_the_end() -> None:
    shown = state.show(PLAIN, 1001.0, "http://url")
    assert shown["request_counts"] == {"processing": 10, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0}
    assert (shown["results_url"], shown["ended_at"]) == (None, None)
    assert shown["created_at"] == "1970-01-01T00:16:40.000000+00:00"
    assert shown["expires_at"] == "1970-01-02T00:16:40.000000+00:00"


@pytest.mark.parametrize("rest", [CANCELED, EXPIRED])
def test_counts_add_up_to_all(rest: str) -> None:
    ended = state.end(PLAIN, Ending(1002.0, 7, rest), 6, 1)
    counts = state.show(ended, 1003.0, "http://url")["request_counts"]
    assert counts == {"processing": 0, "succeeded": 6, "errored": 1, "canceled": 0, "expired": 0, rest: 3}
    assert sum(counts.values()) == PLAIN.total


def test_results_are_gone_after_29_days() -> None:
    ended = state.end(PLAIN, Ending(1002.0, 10), 8, 2)
    assert state.has_results(ended, 999.0 + ARCHIVE)
    assert not state.has_results(ended, 1000.0 + ARCHIVE)
    assert state.show(ended, 999.0 + ARCHIVE, "")["archived_at"] is None
    assert state.show(ended, 1000.0 + ARCHIVE, "")["archived_at"] == "1970-01-30T00:16:40.000000+00:00"


def test_whoever_ends_it_early_spares_those_that_expire() -> None:
    assert state.find_early_ending(timed(takes=3000.0, expire=4), 1001.0) == Ending(1001.0, 6)
    assert state.find_early_ending(replace(PLAIN, canceled=1001.0), 1002.0) == Ending(1002.0, 0, CANCELED)
