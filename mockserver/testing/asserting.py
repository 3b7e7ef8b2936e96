"""What a test claims of the requests its session received."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from mockserver.endpoints.parts import Parts
from mockserver.records.endpoints import MESSAGES, NAMES, NAMING
from mockserver.records.settings import check_choice
from mockserver.store import Script
from mockserver.testing import assertions, files, settings, strays, thinking
from mockserver.testing.assertions import Count, Request, fail_if
from mockserver.testing.batches import MockBatches, complain_of_batches
from mockserver.testing.broken import complain_of_broken
from mockserver.testing.callers import raise_at_call
from mockserver.testing.looking import Looking

if TYPE_CHECKING:
    from mockserver.testing.words import WhenWords

ANY = "any path"
STATES = ("in_progress", "canceling", "ended")


class Asserting(Looking):
    """Claims of one session's requests, made at once or when the test ends."""

    def __init__(self, mock: Parts, api_key: str) -> None:
        super().__init__(mock, api_key)
        self._scripts: list[Script] = []
        self._checks: tuple[str, ...] = ("unmatched",)

    @raise_at_call
    def assert_called(
        self,
        times: int | None = None,
        *,
        at_least: int | None = None,
        at_most: int | None = None,
        when: WhenWords | None = None,
        endpoint: str | None = None,
    ) -> None:
        """Assert how many requests came; without a number, one or more.

        Args:
            times: exactly so many.
            at_least: so many or more.
            at_most: so many or fewer.
            when: only requests that fit these words of a scenario's ``when``: ``{"user": "weather"}``.
            endpoint: ``messages`` (chat completions too; ``chat`` means these alone), ``messages/count_tokens`` (or
                ``count_tokens``), ``models`` (the list, and one), ``models/{id}`` or ``any path``; by default
                ``messages``, or ``any path`` when ``when`` holds an ``endpoint``, a ``path`` or a ``method``.

        Raises:
            ValueError: the numbers contradict each other, or there is no such endpoint.
        """
        __tracebackhide__ = True
        endpoint = endpoint or (MESSAGES if (when or {}).keys().isdisjoint(NAMING) else ANY)
        check_choice("endpoint", (*NAMES, ANY), endpoint)
        count = Count(times, at_least, at_most)
        complaint = assertions.complain_of_calls(self._list_requests(), when or {}, count, endpoint)
        claim = self._claim_of_some if count.is_open else self._claim_of_all
        claim(self._explain_silence(str(count)) if complaint and self.is_silent else complaint)

    @raise_at_call
    def assert_uploaded(
        self, filename: str | None = None, *, mime_type: str | None = None, times: int | None = None
    ) -> None:
        """Assert that files were uploaded to the Files API, whether they were deleted later or not.

        Args:
            filename: only those of this name, as the API shows it.
            mime_type: only those of this type, as the API shows it.
            times: exactly so many; by default one or more.

        Raises:
            ValueError: the number is none.
        """
        __tracebackhide__ = True
        count = Count(times)
        complaint = files.complain_of_uploads(self._list_requests("files"), filename, mime_type, count)
        claim = self._claim_of_some if count.is_open else self._claim_of_all
        claim(self._explain_silence(str(count)) if complaint and self.is_silent else complaint)

    def assert_no_unmatched(self) -> None:
        """Every request found its scenario; one that the API refuses needs none."""
        __tracebackhide__ = True
        self._claim_of_all(assertions.complain_of_unmatched(self._list_requests()))

    def assert_all_used(self) -> None:
        """Every script of this session gave an answer, every list of ``calls`` all of them. Files do not count."""
        __tracebackhide__ = True
        scenarios = self._mock.compiler.scenarios(self._scripts)
        self._claim_of_some(assertions.complain_of_unused(scenarios, self._list_requests()))

    def assert_valid(self) -> None:
        """The API would have accepted every request."""
        __tracebackhide__ = True
        self._claim_of_all(assertions.complain_of_invalid(self._list_requests()))

    @raise_at_call
    def assert_batch(
        self, custom_ids: Iterable[str] | None = None, *, count: int | None = None, state: str | None = None
    ) -> None:
        """Assert that a message batch was created, and not deleted since; without arguments any.

        Args:
            custom_ids: the ``custom_id`` of each of its requests, in any order; also a set, but no text.
            count: how many requests it has.
            state: ``in_progress``, ``canceling`` or ``ended``.

        Raises:
            TypeError: ``custom_ids`` is a text.
            ValueError: there is no such state.
        """
        __tracebackhide__ = True
        if state is not None:
            check_choice("state", STATES, state)
        if isinstance(custom_ids, str):
            raise TypeError(f"custom_ids: expected a list, got {custom_ids!r}")
        fail_if(complain_of_batches(MockBatches(self._mock, self.api_key), custom_ids, count, state))

    def assert_answers_fit(self) -> None:
        """Every scripted answer is one that the API could give to its request; docs/pytest.md lists what is checked."""
        __tracebackhide__ = True
        self._claim_of_all(assertions.complain_of_answers(self._list_requests(MESSAGES)))

    def assert_thinking_returned(self) -> None:
        """Every tool loop sent the thinking blocks back: complete, unchanged and in order. Turns before the latest
        question may leave theirs out, where the API lets them. Chat completions have no place for any.
        """
        __tracebackhide__ = True
        requests = [each for each in self._list_requests(MESSAGES) if each.entry.endpoint == MESSAGES]
        self._claim_of_all(thinking.complain_of_lost_thinking(requests, self._mock.fixtures.catalogue))

    def assert_cached(self) -> None:
        """At least one answer was read from the prompt cache."""
        __tracebackhide__ = True
        self._claim_of_some(assertions.complain_of_uncached(self._list_requests(MESSAGES)))

    @raise_at_call
    def check_at_end(self, *checks: str) -> None:
        """Choose what is asserted when the test ends, instead of what the ini file says; nothing without names.

        Args:
            checks: ``unmatched`` (no request got an error since no scenario fits it, since the one that does could not
                answer, or since its client has a wrong base URL), ``called`` (any request came besides these last ones
                and probes),
                ``valid`` (as ``assert_valid``), ``used`` (``assert_all_used``), ``answers`` (``assert_answers_fit``).

        Raises:
            ValueError: there is no such check.
        """
        self._checks = settings.read_checks(checks)

    def finish(self) -> None:
        """Assert what was chosen for the end of the test.

        Raises:
            AssertionError: it does not hold.
        """
        __tracebackhide__ = True
        assertions_by_name: Mapping[str, Callable[[], object]] = {
            "unmatched": self._assert_none_refused,
            "valid": self.assert_valid,
            "used": self.assert_all_used,
            "called": self._assert_any,
            "answers": self.assert_answers_fit,
        }
        for check in self._checks:
            assertions_by_name[check]()

    def _assert_any(self) -> None:
        """A request reached the API."""
        __tracebackhide__ = True
        requests = self._list_requests()
        fail_if(self._explain_silence("a request") if self.is_silent else "")
        fail_if("" if strays.list_asked(requests) else strays.complain_of_misdirected(requests))

    def _assert_none_refused(self) -> None:
        """No request was refused because no scenario fitted, the one that did could not answer, or its path is wrong; a
        generated answer is no failure.
        """
        __tracebackhide__ = True
        requests = self._list_requests()
        fail_if(complain_of_broken(requests))
        fail_if(assertions.complain_of_unmatched([each for each in requests if _has_error(each)]))
        fail_if(strays.complain_of_misdirected(requests))
        self._claim_of_all(strays.complain_of_strays(self._find_strays()))

    def _claim_of_all(self, complaint: str) -> None:
        """Fail when there is a complaint, and when there may be one of a request that the journal does not hold."""
        __tracebackhide__ = True
        fail_if("\n".join(filter(None, [complaint, self._explain_gap()])))

    def _claim_of_some(self, complaint: str) -> None:
        """Fail when there is a complaint; what the requests in the journal show is not undone by others."""
        __tracebackhide__ = True
        if complaint:
            self._claim_of_all(complaint)


def _has_error(request: Request) -> bool:
    """Whether something got an error: the request, or those of its batch that no scenario fitted."""
    items = request.entry.items
    return bool(items.unmatched) if items is not None else request.entry.status != 200
