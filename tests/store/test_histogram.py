"""Durations in buckets: the percentiles are as exact as they claim, whatever the durations are."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.store.histogram import LONGEST, PER_DECADE, SHORTEST, Histogram, find_bucket, upper_bound

ERROR = 0.025
DURATIONS = st.lists(st.floats(SHORTEST, LONGEST), min_size=1, max_size=60)


def fill(durations: list[float]) -> Histogram:
    histogram = Histogram()
    for duration in durations:
        histogram.add(find_bucket(duration), duration)
    return histogram


@given(DURATIONS, st.sampled_from([1, 50, 95, 99, 100]))
def test_percentiles_are_as_exact_as_they_claim(durations: list[float], percent: int) -> None:
    rank = max(1, -(-len(durations) * percent // 100))
    exact = sorted(durations)[rank - 1]
    (found,) = fill(durations).percentiles(percent)
    assert found == pytest.approx(exact, rel=ERROR)
    assert found <= max(durations)


@given(DURATIONS, DURATIONS)
def test_sums_of_histograms_are_those_of_all(one: list[float], other: list[float]) -> None:
    together, all_of_them = fill(one), fill([*one, *other])
    together.absorb(fill(other))
    assert together.counts == all_of_them.counts
    assert together.longest == all_of_them.longest
    assert together.sum == pytest.approx(all_of_them.sum)


@pytest.mark.parametrize("duration", [-1.0, 0.0, 1e-9, 1e9, float("inf"), float("nan")])
def test_any_duration_has_a_bucket(duration: float) -> None:
    assert 0 <= find_bucket(duration) <= PER_DECADE * 9


@given(st.floats(SHORTEST * 1.01, LONGEST * 0.99))
def test_bucket_ends_at_its_upper_bound(duration: float) -> None:
    bucket = find_bucket(duration)
    assert upper_bound(bucket - 1) <= duration * (1 + 1e-9)
    assert duration <= upper_bound(bucket) * (1 + 1e-9)


def test_counts_up_to_bounds() -> None:
    histogram = fill([0.5, 1.0, 5.0, 20.0])
    bounds = [find_bucket(milliseconds) for milliseconds in (0.1, 1.0, 10.0, 100.0)]
    assert histogram.count_up_to(bounds) == [0, 2, 3, 4]


def test_empty_histogram_has_percentiles() -> None:
    assert Histogram().percentiles(50, 99) == [0.0, 0.0]


def test_histogram_is_plain_data() -> None:
    histogram = fill([1.0, 7.0])
    assert msgspec.json.decode(msgspec.json.encode(histogram), type=Histogram) == histogram
