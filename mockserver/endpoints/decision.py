"""The decision of an endpoint: an outcome and its reasons."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding, ScenarioError
from mockserver.records.masks import hide_key
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NO_RETRY, Failure, Outcome, Value
from mockserver.scenarios import NOTHING as NO_CHOICE
from mockserver.scenarios import Choice
from mockserver.store import Candidates, Thread
from mockserver.store.calls import BatchItems
from mockserver.store.reasons import BROKEN_SCENARIO
from mockserver.store.threads import NO_THREAD

# The answer to a session that relied on more than the files, and is gone.
DROPPED = (
    "The mock server had to drop this session, to make room or because it was idle: its scenarios, its settings, and "
    "how far its scripts had come. Add its scenarios again, or start over with POST /_mock/reset. Its bounds are the "
    "settings session_bytes, max_sessions and session_idle."
)


class Decision(Struct, frozen=True):
    """An outcome and its reasons.

    ``finding`` is the API's objection to the request, also when it is answered all the same. ``candidates`` are the
    scenarios that could have answered; None when none was looked for. ``continues`` is the id of the message from which
    a thread may be continued once the answer has left. ``is_probe`` says that the call was no request of the API.
    ``fallbacks`` are the choices for the models that were asked after the first one declined. ``call`` is the call as
    the journal keeps it, where that is not as it was received. ``later`` makes the decision, in a thread that may wait,
    when functions of the user take part in it, or its body is large; it may raise ``ApiError``.
    ``items`` says how the requests of a batch were answered. ``channel`` is the channel of the gateway that answered,
    ``tries`` are those that failed before, each with its status.
    """

    outcome: Outcome
    prompt: Prompt | None = None
    finding: Finding | None = None
    thread: Thread = NO_THREAD
    choice: Choice = NO_CHOICE
    candidates: Candidates | None = None
    continues: str | None = None
    is_probe: bool = False
    fallbacks: tuple[Choice, ...] = ()
    call: Call | None = None
    later: Callable[[], Decision] | None = None
    items: BatchItems | None = None
    channel: str = ""
    tries: tuple[tuple[str, int], ...] = ()

    def settle(self) -> Decision:
        """The decision itself, in a thread that may wait. It may raise ``ApiError``."""
        return self if self.later is None else self.later()

    def without_candidates(self) -> Decision:
        """The same decision, of which no other scenario is told."""
        return replace(self, candidates=None)


_NOTHING_YET = Value(b"")


def postpone(decide: Callable[[], Decision]) -> Decision:
    """A decision that is made in a thread that may wait."""
    return Decision(_NOTHING_YET, later=decide)


def refuse(error: ApiError, call: Call) -> Decision:
    """The caller's mistake, answered in the API's words; a key that it repeats is masked."""
    finding = error.finding
    message = hide_key(finding.message, call.key)
    failure = Failure(
        finding.status,
        finding.type,
        message,
        finding.details,
        error.headers or {},
        at_edge=finding.at_edge,
        is_nameless=finding.is_nameless,
        code=finding.code,
        param=finding.param,
        stage=finding.stage,
    )
    return Decision(failure, finding=finding)


def report(error: ScenarioError) -> Failure:
    """The answer when a scenario fits and cannot answer: for its author to read."""
    return Failure(500, "api_error", f"{BROKEN_SCENARIO}{error}", headers=NO_RETRY, is_ours=True)
