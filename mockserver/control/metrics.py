"""The figures of a server for Prometheus. Importing this needs ``prometheus-client``, the extra ``metrics``."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.registry import Collector

from mockserver.control.requests import ControlRequest
from mockserver.reference.costs import TOKENS
from mockserver.store.histogram import PER_DECADE, Histogram, upper_bound
from mockserver.store.stats import Series, Stats
from mockserver.store.summaries import sort_scenarios, sort_series

TEXT = "text/plain; version=0.0.4; charset=utf-8"
_OPEN = "application/openmetrics-text"
# 0.1 ms to 100 s, three bounds for each power of ten.
_BOUNDS = range(PER_DECADE, PER_DECADE * 7 + 1, PER_DECADE // 3)
_LABELS = ("endpoint", "model")


def write_metrics(request: ControlRequest) -> tuple[bytes, str]:
    """The figures of the request's session, or of the whole server: their text, and its media type."""
    registry = CollectorRegistry()
    registry.register(StatsCollector(request))
    if _OPEN in request.call.headers.get("accept", ""):
        return bytes(generate_openmetrics(registry)), CONTENT_TYPE_LATEST  # type: ignore[no-untyped-call]
    return generate_latest(registry), TEXT


class StatsCollector(Collector):
    """Collects the figures that a request is about, anew at each scrape."""

    def __init__(self, request: ControlRequest) -> None:
        self._request = request

    def collect(self) -> Iterator[Metric]:
        """The metrics, one after the other."""
        request = self._request
        stats = request.store.stats.read(request.session).masked(request.settings.own_secrets)
        yield from _count_requests(stats)
        yield from _count_tokens(stats)
        yield from _measure_times(stats)
        yield GaugeMetricFamily("mockserver_sessions", "Sessions the server holds.", request.store.usage().sessions)

    def describe(self) -> Iterator[Metric]:
        """Nothing: what is registered is registered alone."""
        return iter(())


def _count_requests(stats: Stats) -> Iterator[Metric]:
    requests = CounterMetricFamily("mockserver_requests", "Requests answered.", labels=(*_LABELS, "status"))
    for series in sort_series(stats):
        for status, number in sorted(series.statuses.items()):
            requests.add_metric((*_read_labels(series), str(status)), number)
    yield requests
    answers = CounterMetricFamily("mockserver_scenario_answers", "Answers each scenario gave.", labels=("scenario",))
    for name, number in sort_scenarios(stats).items():
        answers.add_metric((name,), number)
    yield answers
    for name, meaning, number in (
        ("generated", "Generated messages answered.", stats.generated),
        ("refused", "Requests that the API would refuse.", stats.refused),
        ("unmatched", "Requests that no scenario fitted.", stats.unmatched),
        ("hung_up", "Requests whose client went away before the end of the answer.", stats.hung_up),
    ):
        yield CounterMetricFamily(f"mockserver_{name}", meaning, number)


def _count_tokens(stats: Stats) -> Iterator[Metric]:
    tokens = CounterMetricFamily("mockserver_tokens", "Tokens in the usage of messages.", labels=(*_LABELS, "type"))
    for series in sort_series(stats):
        for name, number in zip(TOKENS, series.tokens, strict=True):
            if any(series.tokens):
                tokens.add_metric((*_read_labels(series), name.removesuffix("_tokens")), number)
    yield tokens
    cost = CounterMetricFamily("mockserver_cost_dollars", "US dollars for messages that have a price.", labels=_LABELS)
    for series in sort_series(stats):
        if series.cost:
            cost.add_metric(_read_labels(series), round(series.cost, 10))
    yield cost


def _measure_times(stats: Stats) -> Iterator[Metric]:
    first = HistogramMetricFamily(
        "mockserver_first_byte_seconds", "Time until the first byte of the body left.", labels=_LABELS
    )
    whole = HistogramMetricFamily("mockserver_duration_seconds", "Time until the last byte left.", labels=_LABELS)
    for series in sort_series(stats):
        for family, times in ((first, series.first), (whole, series.whole)):
            family.add_metric(_read_labels(series), _make_buckets(times), times.sum / 1000)
    yield from (first, whole)


def _make_buckets(times: Histogram) -> list[tuple[str, float]]:
    bounds = [f"{upper_bound(bound) / 1000:.3g}" for bound in _BOUNDS]
    return [*zip(bounds, map(float, times.count_up_to(_BOUNDS)), strict=True), ("+Inf", float(times.number))]


def _read_labels(series: Series) -> tuple[str, str]:
    return series.endpoint, series.model or ""
