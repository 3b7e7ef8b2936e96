"""``when: {recorded: N}``: the request of an exchange of a cassette, and what stands beside that key."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from mockserver.records.cached import lazy_property
from mockserver.records.prompt import Prompt
from mockserver.scenarios.matching.checks import Check
from mockserver.scenarios.reading.node import Node

if TYPE_CHECKING:
    from mockserver.recordings.comparing import Canon, Comparer, RecordedRequestTest

    # The numbers of scenarios by the digest of the request that they want, for each comparer.
    ByDigest = dict[Comparer, dict[bytes, list[int]]]

# Conditions on what a recorded request is not told apart by.
STRICT = frozenset(("endpoint", "method", "path", "headers", "key", "session", "version", "batch", "custom_id"))


def match_recorded(key: str, node: Node) -> Check:
    """The check that a request is the recorded one of a number."""
    cassette = node.document.cassette
    exchange = cassette.exchanges.get(node.value) if cassette else None
    if cassette is None or exchange is None:
        if cassette is not None or not node.document.is_cassette:  # of one with mistakes enough is said
            node.complain(_explain(node))
        return Check(key, lambda _: False, lambda _: key)
    from mockserver.recordings.comparing import RecordedRequestTest  # only for cassettes

    test = RecordedRequestTest(exchange, cassette.exchanges.values(), cassette.match)
    words = f"to be the request of exchange {node.value}"
    return Check(key, test.fits, lambda prompt: str(test.find_difference(prompt)), words, recorded=test)


def _explain(node: Node) -> str:
    cassette = node.document.cassette
    if cassette is None:
        return "recorded names an exchange of a cassette, and this is none: it works in files with the key cassette"
    return cassette.word_missing(node.value)


def stand_beside(recorded: RecordedRequestTest, checks: Sequence[Check]) -> list[Check]:
    """The checks of a condition on a recorded request, that on it first.

    What is true of the recorded request is there for people to read: it need not hold of the one that comes, in which
    other things may differ. What somebody changed, so that it is not, must.
    """
    first = [check for check in checks if check.recorded]
    others = [check if check.key in STRICT else _relax(check, recorded) for check in checks if not check.recorded]
    return [*first, *others]


def _relax(check: Check, recorded: RecordedRequestTest) -> Check:
    holds = _Once(lambda: check.fits(recorded.prompt))
    return replace(check, fits=lambda prompt: holds.value or check.fits(prompt), predicate=None)


class _Once:
    """A value that is worked out when it is first asked for."""

    def __init__(self, compute: Callable[[], bool]) -> None:
        self._compute = compute

    @lazy_property
    def value(self) -> bool:
        """The value."""
        return self._compute()


class RecordedIndex:
    """Scenarios that want recorded requests, by the canonical forms of these.

    Args:
        tests: those of scenarios, each with the number of its scenario.
    """

    def __init__(self, tests: Iterable[tuple[int, RecordedRequestTest | None]]) -> None:
        self._tests = {number: test for number, test in tests if test}
        self.numbers = frozenset(self._tests)

    def find(self, prompt: Prompt) -> list[int]:
        """The numbers of the scenarios that may fit.

        Raises:
            OverBudgetError: a pattern of ``volatile`` or ``redact`` takes too long.
        """
        found = [
            number
            for comparer, by_digest in self._by_comparer.items()
            for number in by_digest.get(comparer.read(prompt).digest, ())
        ]
        if any(self._tests[number].fits_as_sent(prompt) for number in found):
            return found
        return found + [
            number
            for comparer, by_digest in self._by_redacted.items()
            for number in by_digest.get(comparer.read_redacted(prompt).digest, ())
        ]

    @lazy_property
    def _by_comparer(self) -> ByDigest:
        return self._index(lambda test: test.canons)

    @lazy_property
    def _by_redacted(self) -> ByDigest:
        return self._index(lambda test: test.redacted_canons)

    def _index(self, list_canons: Callable[[RecordedRequestTest], Sequence[Canon]]) -> ByDigest:
        found: ByDigest = {}
        for number, test in self._tests.items():
            for canon in list_canons(test):
                found.setdefault(test.comparer, {}).setdefault(canon.digest, []).append(number)
        return found
