"""The body of an answer as it left on its wire, written again from what the journal keeps of it."""

from __future__ import annotations

import orjson

from mockserver.endpoints.parts import find_wire
from mockserver.gateways.records import Gateway
from mockserver.records.reply import Failure, Reply, StoredReply
from mockserver.store import CallRecord


class AnswerWriter:
    """Writes recorded answers once more, in the wire formats as a gateway speaks them; None: as they are."""

    def __init__(self, gateway: Gateway | None) -> None:
        self._gateway = gateway

    def __call__(self, record: CallRecord) -> bytes | None:
        """The body of a whole answer; of a stream that of the answer that it makes. None where that is the Messages
        form, or the journal keeps the bytes.
        """
        outcome = record.outcome
        wire = find_wire(self._gateway, record.wire, record.channel, outcome=outcome)
        if isinstance(outcome, Failure):
            is_own = wire.translate is None and not record.gateway and not outcome.stage
            return None if is_own else wire.error(outcome, record.request_id)
        if wire.translate is None or not isinstance(outcome, StoredReply) or outcome.is_recorded:
            return None
        return wire.write(Reply(orjson.loads(outcome.message), {}, form=outcome.form))
