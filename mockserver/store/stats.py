"""Figures of the calls answered: how many, with which statuses, by which scenarios, of how many tokens, how fast.

They take a bounded memory, whatever clients send: of models and of scenarios the first ones have figures of their own,
all further ones share those of ``other``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct, field

from mockserver.records.masks import Scrubber, hide_key, show_line
from mockserver.records.reply import StoredReply
from mockserver.store.calls import CallRecord, Departure
from mockserver.store.histogram import Histogram, add_counts, find_bucket

OTHER = "other"
MOST_MODELS, MOST_SCENARIOS = 100, 1000
# Characters of a name that are kept.
LONGEST_NAME = 100
# Bytes that a number takes, and the figures of an endpoint and a model.
NUMBER_SIZE, SERIES_SIZE = 100, 1500


def _show_model(record: CallRecord) -> str | None:
    """The model of a call as it may be shown; a secret of the call may have been put in its place."""
    if record.model is None:
        return None
    return _show_name(Scrubber(record.call, record.thread.secrets).brief(record.model, times=1))


def _show_name(name: str, secrets: Sequence[str] = ()) -> str:
    for secret in secrets:
        name = hide_key(name, secret)
    return show_line(name)[:LONGEST_NAME]


class Series(Struct):
    """The figures of one endpoint and one model, which is as it may be shown; None: the calls named none.

    ``statuses`` counts calls by status. ``tokens`` are sums, in the order of ``costs.TOKENS``. ``cost`` is the sum of
    what has a price, in US dollars. ``first`` are the times
    until the first byte of the body left, ``whole`` those until the last byte did, as in the journal's duration.
    """

    endpoint: str
    model: str | None
    statuses: dict[int, int] = field(default_factory=dict)
    tokens: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    first: Histogram = field(default_factory=Histogram)
    whole: Histogram = field(default_factory=Histogram)
    cost: float = 0.0

    def count(self, record: CallRecord, departure: Departure) -> bool:
        """Count a call; whether there are more numbers now."""
        statuses, status, took, first = self.statuses, record.status, departure.duration_ms, departure.first_ms
        has_grown = status not in statuses
        statuses[status] = 1 if has_grown else statuses[status] + 1
        bucket = find_bucket(took)
        has_grown |= self.whole.add(bucket, took)
        if first is not None:
            has_grown |= self.first.add(bucket if first == took else find_bucket(first), first)
        if record.tokens is not None:
            self.add_tokens(record.tokens)
        if record.cost:
            self.cost += record.cost
        return has_grown

    def add_tokens(self, tokens: tuple[int, ...] | list[int]) -> None:
        """Add tokens, in the same order."""
        sums = self.tokens
        sums[0] += tokens[0]
        sums[1] += tokens[1]
        sums[2] += tokens[2]
        sums[3] += tokens[3]

    def absorb(self, other: Series) -> None:
        """Add the figures of another one."""
        add_counts(self.statuses, other.statuses)
        self.add_tokens(other.tokens)
        self.first.absorb(other.first)
        self.whole.absorb(other.whole)
        self.cost += other.cost

    @property
    def requests(self) -> int:
        """How many calls there were."""
        return sum(self.statuses.values())

    @property
    def size(self) -> int:
        """The bytes it takes, about."""
        return SERIES_SIZE + NUMBER_SIZE * (len(self.statuses) + len(self.first.counts) + len(self.whole.counts))


class Stats(Struct):
    """The figures of calls.

    ``series`` are those of each endpoint and model, ``scenarios`` how many answers each gave, also for models that
    took over after the first one declined, and for channels of a gateway that failed. ``generated`` counts generated
    messages; ``refused`` calls the API would refuse, also where they were answered; ``unmatched`` those no scenario
    fitted; ``failed`` those that are failures in a JUnit report; ``hung_up`` those whose client went away before the
    end.
    """

    series: dict[tuple[str, str | None], Series] = field(default_factory=dict)
    models: set[str] = field(default_factory=set)
    scenarios: dict[str, int] = field(default_factory=dict)
    generated: int = 0
    refused: int = 0
    unmatched: int = 0
    failed: int = 0
    hung_up: int = 0

    def count(self, record: CallRecord, departure: Departure) -> bool:
        """Count a call whose answer has left; whether this takes more memory than before."""
        known, scenarios, name = self.series.get((record.endpoint, record.model)), self.scenarios, record.scenario
        names = len(scenarios)
        series = known or self._find(record.endpoint, _show_model(record))
        has_grown = series.count(record, departure)
        if name in scenarios:
            scenarios[name] += 1
        elif name is not None:
            self.count_scenario(name)
        elif isinstance(record.outcome, StoredReply):
            self.generated += 1
        if record.findings or record.unmatched or record.fallbacks or record.items or record.spent or departure.hung_up:
            self._count_rare(record, departure)
        return has_grown or known is None or len(scenarios) > names

    def _count_rare(self, record: CallRecord, departure: Departure) -> None:
        self.refused += bool(record.findings)
        self.unmatched += record.unmatched
        self.failed += record.is_failure
        self.hung_up += departure.hung_up
        for name in (*record.fallbacks, *record.spent):
            if name is not None:
                self.count_scenario(name)
        if record.items is not None:
            for name, answers in record.items.scenarios.items():
                self.count_scenario(name, answers)
            self.generated += record.items.generated

    def count_scenario(self, name: str, answers: int = 1) -> None:
        """Count answers of a scenario."""
        scenarios = self.scenarios
        if name not in scenarios and len(scenarios) >= MOST_SCENARIOS:
            name = OTHER
        scenarios[name] = scenarios.get(name, 0) + answers

    def absorb(self, other: Stats) -> None:
        """Add the figures of others, such as those of another session."""
        for series in other.series.values():
            self._find(series.endpoint, series.model).absorb(series)
        for name, answers in other.scenarios.items():
            self.count_scenario(name, answers)
        self.generated += other.generated
        self.refused += other.refused
        self.unmatched += other.unmatched
        self.failed += other.failed
        self.hung_up += other.hung_up

    def masked(self, secrets: Sequence[str]) -> Stats:
        """The same under names that may be shown: without secrets, those of the server included, in one line."""
        shown = Stats(
            generated=self.generated,
            refused=self.refused,
            unmatched=self.unmatched,
            failed=self.failed,
            hung_up=self.hung_up,
        )
        for series in self.series.values():
            model = None if series.model is None else _show_name(series.model, secrets)
            shown._find(series.endpoint, model).absorb(series)
        for name, answers in self.scenarios.items():
            shown.count_scenario(_show_name(name, secrets), answers)
        return shown

    def _find(self, endpoint: str, model: str | None) -> Series:
        """The series of a model, made when it is new. Models that look alike when they are masked share one."""
        if model is not None and model not in self.models:
            if len(self.models) < MOST_MODELS:
                self.models.add(model)
            else:
                model = OTHER
        key = endpoint, model
        if key not in self.series:
            self.series[key] = Series(endpoint, model)
        return self.series[key]

    @property
    def requests(self) -> int:
        """How many calls there were."""
        return sum(series.requests for series in self.series.values())

    @property
    def size(self) -> int:
        """The bytes it takes, about."""
        return sum(series.size for series in self.series.values()) + NUMBER_SIZE * len(self.scenarios)


class StatsStore(Protocol):
    """Figures of the calls whose answers have left, of each session and of all.

    Those of all are lost only when all is reset: what a session takes away, by a reset or its end, they keep.
    """

    def count(self, session: str, record: CallRecord, departure: Departure) -> None:
        """Count a call. No session is made for it: one that is gone meanwhile is counted among all."""

    def read(self, session: str | None = None) -> Stats:
        """The figures of a session, or of all, since they were reset."""

    def lifetime(self) -> Stats:
        """The figures of all calls since the server started, whatever was reset."""

    def clear(self, session: str | None = None) -> int:
        """Begin the figures of a session, or of all, anew; returns how many calls they told of."""
