"""What a session of a mock server received."""

from __future__ import annotations

from mockserver.endpoints.parts import Parts
from mockserver.records.endpoints import resolve_names
from mockserver.store import Entry
from mockserver.testing import strays
from mockserver.testing.assertions import Request, count_requests, fail_if
from mockserver.testing.batches import MockBatches


class Looking:
    """The requests of one session.

    Attributes:
        api_key: the key that leads a client to this session.
    """

    def __init__(self, mock: Parts, api_key: str) -> None:
        self._mock = mock
        # Requests received before this session began are not reported as strays.
        self._since = mock.journal.latest()
        self.api_key = api_key

    @property
    def requests(self) -> tuple[Entry, ...]:
        """Everything this session received, oldest first: ``body``, ``json``, ``headers``, ``prompt``, ``scenario``,
        ``answer``, ``usage``, ``status`` and more. Those answered a moment ago may not be ``finished``: see ``wait``.
        """
        return self._mock.journal.entries(self.api_key)

    @property
    def batches(self) -> MockBatches:
        """The message batches of this session, oldest first: ``items``, ``custom_ids``, ``params``, ``state``,
        ``results``; ``batches.finish()`` ends them now.
        """
        return MockBatches(self._mock, self.api_key)

    @property
    def last_request(self) -> Entry:
        """The latest request.

        Raises:
            AssertionError: there was none.
        """
        __tracebackhide__ = True
        requests = self.requests
        fail_if("" if requests else self._explain_silence("a request"))
        return requests[-1]

    @property
    def is_silent(self) -> bool:
        """Whether no request came, apart from probes, by which clients look whether somebody is there."""
        return all(entry.is_probe for entry in self.requests)

    def wait(self, timeout: float = 1.0) -> bool:
        """Wait until every answer has left, at most ``timeout`` seconds; False when one is still on its way."""
        return self._mock.journal.wait(self.api_key, timeout)

    def summary(self) -> str:
        """The requests and what answered them, a line each, or that none came; and those with other keys."""
        return strays.summarize(self._list_requests(), self._find_strays())

    def _list_requests(self, endpoint: str | None = None) -> list[Request]:
        meant = None if endpoint is None else resolve_names(endpoint)
        numbered = enumerate(self.requests)
        return [Request(index, entry) for index, entry in numbered if meant is None or entry.endpoint in meant]

    def _explain_gap(self) -> str:
        """That the journal does not hold all requests any more; "" when it does."""
        dropped = self._mock.journal.dropped(self.api_key)
        advice = "claim and reset() before that, or give the server a larger journal_entries or journal_bytes"
        left = f"the first {count_requests(dropped)} had to leave the journal, so nothing is known of them: {advice}"
        return left if dropped else ""

    def _find_strays(self) -> list[Entry]:
        """Requests received since this session began, with keys that no test has scripted."""
        scripted = {self.api_key, *self._mock.store.scripts.owners()}
        others = [name for name in self._mock.store.sessions.names() if name not in scripted]
        return [entry for name in others for entry in self._mock.journal.entries(name, after=self._since)]

    def _explain_silence(self, wanted: str) -> str:
        return f"expected {wanted}, but none {strays.explain_silence(self._mock.journal.entries(after=self._since))}"
