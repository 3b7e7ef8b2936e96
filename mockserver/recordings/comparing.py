"""Holds requests against recorded ones: whether one is the same for those who ask, and where it first differs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import orjson
from msgspec import Struct

from mockserver.recordings.asked import Asked, read_prompt, read_recorded
from mockserver.recordings.cassette import Match
from mockserver.recordings.dates import count_days, list_dates, replace_dates, shift_days
from mockserver.recordings.differences import Difference, find_first
from mockserver.recordings.normalising import normalise
from mockserver.recordings.redacting import Rules, make_rules
from mockserver.recordings.threads import continue_thread
from mockserver.records.budget import OverBudgetError, current_work, uncounted
from mockserver.records.cached import lazy_property
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.prompt import Prompt, text_of

__all__ = ["Comparer", "Difference", "RecordedRequestTest", "comparer_of", "find_difference", "make_key"]

_DIGEST = 16
# What stands for a date where requests are compared, and what shows one that may differ.
_DATE = "\u2039{}\u203a"
# Characters of the last text by which requests are found to be alike.
_COMPARED = 5_000


class Canon(Struct, frozen=True):
    """The canonical form of a request, in few bytes.

    ``digest`` is that of all but the dates, which are ``dates``, each behind its form. For each
    ``days`` says how many days it is behind that of the recording where it may differ; else None.
    """

    digest: bytes
    dates: tuple[tuple[str, str], ...]
    days: tuple[int | None, ...]


class Comparer:
    """Compares by one ``match``. There is one for all cassettes that say the same of it (`comparer_of`).

    To look for secrets in a request takes several times as long as all else. So requests are compared as they are, and
    only where they differ without their secrets.
    """

    def __init__(self, match: Match) -> None:
        self.match = match
        self.rules = make_rules(match.redact)

    def read(self, prompt: Prompt) -> Canon:
        """The canonical form of a request that comes; worked out once for a request, however many ask."""
        return current_work().recall(self._read, prompt)

    def read_redacted(self, prompt: Prompt) -> Canon:
        """The same without its secrets."""
        return current_work().recall(self._read_redacted, prompt)

    def _read(self, prompt: Prompt) -> Canon:
        return self.condense(read_prompt(prompt))

    def _read_redacted(self, prompt: Prompt) -> Canon:
        return self.condense(read_prompt(prompt, self.rules), rules=self.rules)

    def condense(self, asked: Asked, at: float = 0.0, rules: Rules | None = None) -> Canon:
        """The canonical form of a request; of a recorded one, what tells the day of the recording may differ."""
        dates, days = list[tuple[str, str]](), list[int | None]()

        def write(form: str, text: str) -> str:
            dates.append((form, text))
            days.append(count_days(text, form, at))
            return _DATE.format(form)

        return Canon(_digest(self.write(asked, rules, write)), tuple(dates), tuple(days))

    def read_messages(self, prompt: Prompt) -> tuple[bytes, ...]:
        """The digests of the messages of a request, whatever dates they hold."""
        return current_work().recall(self._read_messages, prompt)

    def _read_messages(self, prompt: Prompt) -> tuple[bytes, ...]:
        return self.digest_messages(read_prompt(prompt))

    def digest_messages(self, asked: Asked) -> tuple[bytes, ...]:
        """The same of a request that was recorded."""
        messages = self.write(asked, write=lambda form, _: form).get("messages") if asked.is_conversation else ()
        # Without validation a body may hold anything.
        return tuple(map(_digest, messages)) if isinstance(messages, list) else ()

    def write(
        self, asked: Asked, rules: Rules | None = None, write: Callable[[str, str], str] | None = None
    ) -> dict[str, Any]:
        """The canonical form itself; without ``write`` with its dates as they are.

        Raises:
            OverBudgetError: a pattern of ``volatile`` or ``redact`` takes too long.
        """
        try:
            return normalise(asked, self.match, rules, write)
        except OverBudgetError:
            raise
        except ValueError as error:
            # An expression of ``redact`` has a limit of its own.
            raise OverBudgetError(str(error)) from error


def _digest(value: Any) -> bytes:
    return blake2b(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS), digest_size=_DIGEST).digest()


@lru_cache(maxsize=256)
def comparer_of(match: Match) -> Comparer:
    """The comparer of a ``match``: the same one for equal ones."""
    return Comparer(match)


class RecordedRequestTest:
    """The test that a request is a recorded one. What it needs of that one is worked out when it is first asked.

    Args:
        exchange: the exchange that was recorded.
        exchanges: those of its cassette, which tell of its thread.
        match: what may differ.
    """

    def __init__(self, exchange: RecordedExchange, exchanges: Iterable[RecordedExchange], match: Match) -> None:
        self.exchange = exchange
        self._exchanges = exchanges
        self.comparer = comparer_of(match)

    @lazy_property
    def canons(self) -> tuple[Canon, ...]:
        """The canonical forms of the recorded request: whole, and where it continues a thread, as it was sent."""
        return self._condense()

    @lazy_property
    def redacted_canons(self) -> tuple[Canon, ...]:
        """The same without what is taken out of requests today, should that be more than was when it was recorded."""
        return self.canons if self._rules is None else self._condense(self._rules)

    @property
    def _rules(self) -> Rules | None:
        # Without any of its own a cassette is as the built-in ones left it.
        return self.comparer.rules if self.comparer.match.redact else None

    def _condense(self, rules: Rules | None = None) -> tuple[Canon, ...]:
        # Done once for all requests: the first is not to blame.
        with uncounted():
            return tuple(self.comparer.condense(asked, self.exchange.at, rules) for asked in self._ask(rules))

    def _ask(self, rules: Rules | None = None) -> tuple[Asked, ...]:
        sent = read_recorded(self.exchange.request, rules)
        whole = continue_thread(sent, self._exchanges)
        return (whole,) if whole is sent else (whole, sent)

    def fits(self, prompt: Prompt) -> bool:
        """Whether a request is the recorded one.

        Raises:
            OverBudgetError: a pattern of ``volatile`` or ``redact`` takes too long.
        """
        return self.fits_as_sent(prompt) or _fit(self.redacted_canons, self.comparer.read_redacted(prompt))

    def fits_as_sent(self, prompt: Prompt) -> bool:
        """Whether it is the same with its secrets: most requests have none."""
        return _fit(self.canons, self.comparer.read(prompt))

    def count_shifts(self, prompt: Prompt) -> int:
        """By how many different times the dates of a request that fits are later than the recorded ones: 0 when they
        tell the same days.

        Raises:
            OverBudgetError: a pattern of ``volatile`` takes too long.
        """
        came = self.comparer.read(prompt).dates
        shifts = [_list_shifts(each, came) for each in self.canons if len(each.dates) == len(came)]
        return min((0 if each == {0} else len(each) for each in shifts), default=0)

    def find_difference(self, prompt: Prompt) -> Difference | None:
        """Where a request first differs from the recorded one; None: nowhere. No secret shows in it.

        Raises:
            OverBudgetError: a pattern of ``volatile`` or ``redact`` takes too long.
        """
        if self.fits(prompt):
            return None
        comparer = self.comparer
        recorded = comparer.write(self._ask(self._rules)[0], self._rules)
        came = comparer.write(read_prompt(prompt, comparer.rules), comparer.rules)
        align = self._align if "dates" in comparer.match.ignore else _keep
        # A difference that only both dates and the rest show together is none that a diff could.
        return find_first(recorded, came, align=align) or Difference("body", "another request", "this one")

    def _align(self, recorded: str, came: str) -> str:
        """A text with those of its dates as they were recorded that may differ."""
        dates = iter(list_dates(recorded))

        def write(form: str, text: str) -> str:
            recorded_form, recorded_text = next(dates, ("", ""))
            is_hole = form == recorded_form and count_days(recorded_text, form, self.exchange.at) is not None
            return recorded_text if is_hole else text

        return replace_dates(came, write)

    @lazy_property
    def prompt(self) -> Prompt:
        """The recorded request as a prompt, for the conditions that stand beside it."""
        asked, request = self._ask()[0], self.exchange.request
        body = asked.body if isinstance(asked.body, dict) else {}
        return Prompt(body, request.headers, history=tuple(asked.history), method=request.method, path=request.path)

    def rate(self, prompt: Prompt) -> float:
        """How like a request is to the recorded one, from 0 to 1: how far the talks agree, then the rest of them.

        Raises:
            OverBudgetError: a pattern of ``volatile`` takes too long.
        """
        recorded, came = self._messages, self.comparer.read_messages(prompt)
        pairs = [one == other for one, other in zip(recorded, came, strict=False)]
        agreed = pairs.index(False) if False in pairs else len(pairs)
        # Of an agent's turns that differ in the first message all the others tell which it is.
        rest = sum(pairs[agreed:]) / max(1, len(pairs) - agreed)
        words = current_work().recall(_split_words, prompt)
        alike = len(words & self._words) / max(1, len(words | self._words))
        length = 0.25 if len(recorded) == len(came) else 0.0
        return (agreed + length + 0.4 * alike + 0.3 * rest) / (max(len(recorded), len(came)) + 1)

    @lazy_property
    def _messages(self) -> tuple[bytes, ...]:
        with uncounted():
            return self.comparer.digest_messages(self._ask()[0])

    @lazy_property
    def _words(self) -> frozenset[str]:
        return _split_words(self.prompt)


def _split_words(prompt: Prompt) -> frozenset[str]:
    """The words of the last message, results of tools too, and of the last text that a user said."""
    messages: Any = prompt.messages
    listed = messages if isinstance(messages, list | tuple) else ()
    blocks = list(map(_list_blocks, listed))
    results = [result for block in blocks[-1] for result in _list_blocks(block)] if blocks else []
    said = (text_of(each) for each in reversed(blocks))
    words = text_of(results)[:_COMPARED], next(filter(None, said), "")[:_COMPARED]
    return frozenset(" ".join(words).casefold().split())


def _list_blocks(value: Any) -> list[Mapping[str, Any]]:
    """The blocks of the content of a message, or of a result; without validation it may be anything."""
    content = value.get("content") if isinstance(value, Mapping) else None
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [each for each in content if isinstance(each, Mapping)] if isinstance(content, list) else []


def _keep(_: str, came: str) -> str:
    return came


def _fit(recorded: Sequence[Canon], came: Canon) -> bool:
    return any(each.digest == came.digest and _fit_dates(each, came.dates) for each in recorded)


def _list_shifts(recorded: Canon, came: Sequence[tuple[str, str]]) -> set[int]:
    """How many days the dates that may differ are behind the recorded ones."""
    pairs = zip(recorded.dates, recorded.days, came, strict=True)
    return {shift_days(one[1], other[1], one[0]) for one, days, other in pairs if days is not None}


def _fit_dates(recorded: Canon, came: Sequence[tuple[str, str]]) -> bool:
    return len(recorded.dates) == len(came) and all(
        days is not None or one == other for one, days, other in zip(recorded.dates, recorded.days, came, strict=True)
    )


def find_difference(
    recorded: RecordedExchange, prompt: Prompt, match: Match, exchanges: Iterable[RecordedExchange] = ()
) -> Difference | None:
    """Where a request first differs from a recorded one in what matters; None: it is the same."""
    return RecordedRequestTest(recorded, exchanges, match).find_difference(prompt)


def make_key(recorded: RecordedExchange, match: Match, exchanges: Iterable[RecordedExchange] = ()) -> bytes:
    """What is equal for two recorded requests that are the same by ``match``, and for no others.

    ``exchanges`` are those recorded with it: they tell what a message thread goes on from.
    """
    canon = RecordedRequestTest(recorded, exchanges, match).canons[0]
    # Today and tomorrow are two questions, however long ago that was.
    told = [date if days is None else days for date, days in zip(canon.dates, canon.days, strict=True)]
    return canon.digest + orjson.dumps(told)
