"""The figures in the text formats of Prometheus; these tests need ``prometheus-client``, the extra ``metrics``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("prometheus_client", reason="prometheus-client is not installed")

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_open
from prometheus_client.parser import text_string_to_metric_families

from mockserver.records.call import Call
from tests.control.desk import Desk
from tests.control.test_stats import SECRET, busy, count

__all__ = ["busy"]
OPEN = "application/openmetrics-text; version=1.0.0"


def scrape(desk: Desk, accept: str = "", query: str = "") -> tuple[str, dict[str, str]]:
    sent, _ = desk.control.handle(Call("GET", "/_mock/metrics", {"accept": accept}, query=query))
    assert sent.status == 200
    return b"".join(piece.data for piece in sent.pieces).decode(), dict(sent.headers)


def read(text: str) -> Iterator[tuple[str, float]]:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            yield f"{sample.name}{{{labels}}}", sample.value


def test_metrics_tell_what_the_stats_tell(busy: Desk) -> None:
    text, headers = scrape(busy)
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    told = dict(read(text))
    assert told["mockserver_requests_total{endpoint=messages,model=claude-a,status=200}"] == 3
    assert told["mockserver_requests_total{endpoint=messages,model=claude-b,status=529}"] == 1
    assert told["mockserver_scenario_answers_total{scenario=weather}"] == 2
    assert told["mockserver_tokens_total{endpoint=messages,model=claude-a,type=output}"] == 12
    assert told["mockserver_refused_total{}"] == 1
    assert told["mockserver_sessions{}"] == 2
    durations = "mockserver_duration_seconds"
    assert told[f"{durations}_bucket{{endpoint=messages,le=0.01,model=claude-a}}"] == 2
    assert told[f"{durations}_bucket{{endpoint=messages,le=0.1,model=claude-a}}"] == 3
    assert told[f"{durations}_count{{endpoint=messages,model=claude-a}}"] == 3
    assert told[f"{durations}_sum{{endpoint=messages,model=claude-a}}"] == pytest.approx(0.096)


def test_openmetrics_for_who_accepts_it(busy: Desk) -> None:
    text, headers = scrape(busy, accept=f"{OPEN},text/plain;version=0.0.4;q=0.3")
    assert headers["content-type"].startswith("application/openmetrics-text")
    families = {family.name: family for family in read_open(text)}  # type: ignore[no-untyped-call]
    assert families["mockserver_duration_seconds"].type == "histogram"
    assert sum(sample.value for sample in families["mockserver_requests"].samples) == 5


@pytest.mark.parametrize("accept", ["", "*/*", "application/openmetrics-text; version=x.y;;q", "\xff"])
def test_any_accept_is_answered(busy: Desk, accept: str) -> None:
    assert "mockserver_requests_total" in scrape(busy, accept)[0]


def test_metrics_of_one_session(busy: Desk) -> None:
    told = dict(read(scrape(busy, query="session=other")[0]))
    assert [name for name in told if "_requests_total" in name] == [
        "mockserver_requests_total{endpoint=messages,model=claude-b,status=529}"
    ]


def test_labels_are_bounded_escaped_and_masked() -> None:
    desk = Desk()
    # Two that look alike when they are masked are one series: a second one would spoil the scrape.
    for name in (SECRET, SECRET[:20] + SECRET[21:], 'a"b\\c\nd', "half \ud800", "x" * 500, "", "other"):
        count(desk, model=name, scenario=name)
    for number in range(300):
        count(desk, model=f"m-{number}")
    for accept in ("", OPEN):
        text = scrape(desk, accept)[0]
        assert SECRET[:30] not in text
        lines = [line.rpartition(" ")[0] for line in text.splitlines() if not line.startswith("#")]
        assert len(lines) == len(set(lines))
        assert max(map(len, lines)) < 250
    told = dict(read(scrape(desk)[0]))
    requests = {name: number for name, number in told.items() if "_requests_total" in name}
    assert len(requests) <= 101
    assert sum(requests.values()) == 307
    assert r"""mockserver_scenario_answers_total{scenario="a\"b\\c\\nd"} 1.0""" in text
