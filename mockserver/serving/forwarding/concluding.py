"""The end of a forwarded call, whichever way its client came."""

from __future__ import annotations

from mockserver.endpoints.forwarded import conclude_answered, conclude_failed
from mockserver.recordings.keeping import KeepQueue
from mockserver.serving.forwarding.failures import UpstreamFailure
from mockserver.serving.forwarding.passage import LEFT, Passage
from mockserver.serving.sending import Sent
from mockserver.serving.service import Exchange, ForwardedCall

# Errors besides those of the HTTP client: of what it is given, and of what it uses.
FOREIGN = (OSError, ValueError, RuntimeError)


def finish(forwarded: ForwardedCall, passage: Passage, queue: KeepQueue, cut: str = "") -> None:
    """Have an answer recorded that is over: in the journal, and by the recorder of its session."""
    passage.is_over = True
    concluded = conclude_answered(passage.forwarding, passage.describe_answer())
    sent = Sent(concluded.record.events_total, hung_up=cut == LEFT, first=passage.first)
    forwarded.conclude(concluded).finish(sent)
    passage.keep(queue, cut)


def fail(forwarded: ForwardedCall, failure: UpstreamFailure) -> Exchange:
    """The exchange whose answer says that none could be had."""
    forwarded.forwarding.recorder.tally.skip("no answer of the upstream")
    concluded = conclude_failed(forwarded.forwarding, failure.status, failure.message, is_final=failure.is_final)
    return forwarded.conclude(concluded)
