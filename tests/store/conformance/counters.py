"""Counters: each answer of a script is taken once."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

from tests.store.conformance.subject import WORKERS, Subject, at_once


class Counters(Subject):
    """See `mockserver.store.protocols.CounterStore`."""

    def test_answers_are_taken_in_order(self) -> None:
        counters = self.open().counters
        assert [counters.take("s", "a", 3) for _ in range(5)] == [0, 1, 2, None, None]
        assert counters.counts("s") == {"a": 3}

    def test_endless_scripts_never_run_out(self) -> None:
        counters = self.open().counters
        assert [counters.take("s", "a", None) for _ in range(4)] == [0, 1, 2, 3]

    def test_script_without_answers_gives_none(self) -> None:
        counters = self.open().counters
        assert counters.take("s", "a", 0) is None
        assert not counters.counts("s").get("a")

    def test_counters_and_sessions_are_apart(self) -> None:
        counters = self.open().counters
        counters.take("s", "a", None)
        assert (counters.take("s", "b", 1), counters.take("other", "a", 1)) == (0, 0)
        assert (counters.counts("s"), counters.counts("other")) == ({"a": 1, "b": 1}, {"a": 1})

    def test_counts_of_unknown_sessions_are_empty(self) -> None:
        store = self.open()
        assert store.counters.counts("nobody") == {}
        assert store.sessions.names() == ()

    def test_counts_are_a_copy(self) -> None:
        counters = self.open().counters
        counters.take("s", "a", None)
        before = counters.counts("s")
        counters.take("s", "a", None)
        assert before == {"a": 1}

    def test_answer_put_back_is_the_next(self) -> None:
        counters = self.open().counters
        assert [counters.take("s", "a", 2) for _ in range(2)] == [0, 1]
        counters.put_back("s", "a", 1, counters.era("s"))
        assert counters.counts("s") == {"a": 1}
        assert [counters.take("s", "a", 2) for _ in range(2)] == [1, None]

    def test_earliest_answer_put_back_comes_first(self) -> None:
        """Others may have been taken meanwhile."""
        counters = self.open().counters
        for _ in range(4):
            counters.take("s", "a", 5)
        for position in (2, 0):
            counters.put_back("s", "a", position, counters.era("s"))
        assert counters.counts("s") == {"a": 2}
        assert [counters.take("s", "a", 5) for _ in range(4)] == [0, 2, 4, None]

    def test_answer_is_put_back_once(self) -> None:
        counters = self.open().counters
        counters.take("s", "a", 1)
        for _ in range(2):
            counters.put_back("s", "a", 0, counters.era("s"))
        assert counters.counts("s") == {"a": 0}
        assert [counters.take("s", "a", 1) for _ in range(2)] == [0, None]

    def test_answer_that_was_not_taken_is_not_put_back(self) -> None:
        counters = self.open().counters
        counters.take("s", "a", 3)
        for counter, position in (("a", 1), ("a", 2), ("b", 0)):
            counters.put_back("s", counter, position, counters.era("s"))
        assert [counters.take("s", "a", 3) for _ in range(3)] == [1, 2, None]
        assert counters.counts("s").get("b", 0) == 0

    def test_answer_of_before_a_reset_is_not_put_back(self) -> None:
        """Whatever was taken since."""
        store = self.open()
        counters = store.counters
        ends: list[Callable[[], None]] = [partial(store.reset, "s"), partial(store.forget, "s"), store.reset]
        for end in ends:
            store.reset("s")
            era = counters.era("s")
            assert counters.take("s", "a", 2) == 0
            end()
            assert counters.take("s", "a", 2) == 0
            counters.put_back("s", "a", 0, era)
            assert [counters.take("s", "a", 2) for _ in range(2)] == [1, None]

    def test_each_answer_is_taken_by_one_of_many(self) -> None:
        counters, length = self.open().counters, 100 * WORKERS
        taken = at_once(lambda _: [counters.take("s", "a", length) for _ in range(150)])
        positions = [position for each in taken for position in each if position is not None]
        assert sorted(positions) == list(range(length))

    def test_answers_put_back_by_many_are_all_given(self) -> None:
        counters = self.open().counters

        def work(number: int) -> list[int]:
            rng, kept = random.Random(number), []
            while (position := counters.take("s", "a", 200)) is not None:
                if rng.random() < 0.5:
                    counters.put_back("s", "a", position, counters.era("s"))
                else:
                    kept.append(position)
            return kept

        assert sorted(position for kept in at_once(work) for position in kept) == list(range(200))
