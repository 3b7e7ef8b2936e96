"""The figures of calls as JSON values, for people and reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mockserver.reference.costs import TOKENS
from mockserver.store.histogram import Histogram
from mockserver.store.stats import Series, Stats

PERCENTILES = (50, 95, 99)


def summarize(stats: Stats, secrets: Sequence[str] = ()) -> dict[str, Any]:
    """All figures: of the whole, then of each endpoint and model. Times are in milliseconds, secrets masked, those of
    the server included.
    """
    stats = stats.masked(secrets)
    together = Series("", None)
    for series in stats.series.values():
        together.absorb(series)
    return {
        "requests": together.requests,
        "refused": stats.refused,
        "unmatched": stats.unmatched,
        "hung_up": stats.hung_up,
        "generated": stats.generated,
        "scenarios": sort_scenarios(stats),
        **_summarize_series(together),
        "endpoints": [_summarize_row(series) for series in sort_series(stats)],
    }


def sort_scenarios(stats: Stats) -> dict[str, int]:
    """How many answers each scenario gave, the most used first."""
    return dict(sorted(stats.scenarios.items(), key=lambda item: (-item[1], item[0])))


def sort_series(stats: Stats) -> list[Series]:
    """The figures of each endpoint and model, by their names."""
    return sorted(stats.series.values(), key=lambda series: (series.endpoint, series.model or ""))


def _summarize_row(series: Series) -> dict[str, Any]:
    row = {"endpoint": series.endpoint, "model": series.model, "requests": series.requests}
    return {**row, **_summarize_series(series)}


def _summarize_series(series: Series) -> dict[str, Any]:
    return {
        "statuses": {str(status): count for status, count in sorted(series.statuses.items())},
        "tokens": dict(zip(TOKENS, series.tokens, strict=True)),
        "cost": round(series.cost, 10),
        "first_byte_ms": _summarize_times(series.first),
        "duration_ms": _summarize_times(series.whole),
    }


def _summarize_times(times: Histogram) -> dict[str, float]:
    number = times.number
    percentiles = zip(PERCENTILES, times.percentiles(*PERCENTILES), strict=True)
    return {
        "count": number,
        "mean": round(times.sum / number, 3) if number else 0.0,
        **{f"p{percent}": round(value, 3) for percent, value in percentiles},
        "max": round(times.longest, 3),
    }
