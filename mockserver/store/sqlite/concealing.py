"""Records without secrets: what is written must not tell a key, a token or an ``Authorization`` to who reads the disk."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.masks import HIDDEN, Scrubber, conceal, is_secret, mask, mask_query
from mockserver.records.reply import Failure, Raw, StoredReply, Value
from mockserver.store.calls import CallRecord
from mockserver.store.threads import Thread


def conceal_record(record: CallRecord, own: tuple[str, ...]) -> CallRecord:
    """The record as it may be written: views show the same of it as of the record itself.

    ``own`` are the secrets of the server.
    """
    call = record.call
    scrubber = Scrubber(call, (*record.thread.secrets, *own))
    show = scrubber.content
    # First of all: afterwards all secrets of the body are known.
    body = scrubber.body()
    return replace(
        record,
        call=replace(
            call,
            path=show(call.path),
            headers=_conceal_headers(call, scrubber),
            body=body,
            query=mask_query(call.query, show) if call.query else "",
            root=show(call.root) if call.root else "",
            local_path=None if call.local_path is None else show(call.local_path),
        ),
        thread=conceal_thread(record.thread),
        findings=tuple(map(scrubber.finding, record.findings)),
        outcome=_conceal_outcome(record.outcome, scrubber),
        model=None if record.model is None else show(record.model),
    )


def conceal_thread(thread: Thread) -> Thread:
    """A thread without the secrets of its requests."""
    if not thread.secrets:
        return thread

    def hide(data: bytes) -> bytes:
        for secret in thread.secrets:
            data = data.replace(secret.encode("utf-8", "surrogatepass"), mask(secret).encode())
        return data

    return Thread(hide(thread.fixed), tuple(map(hide, thread.exchanges)))


def _conceal_headers(call: Call, scrubber: Scrubber) -> Mapping[str, str]:
    return {
        name: (HIDDEN if "cookie" in name else conceal(value)) if is_secret(name) else scrubber.content(value)
        for name, value in call.headers.items()
    }


def _conceal_outcome(
    outcome: StoredReply | Failure | Raw | Value | None, scrubber: Scrubber
) -> StoredReply | Failure | Raw | Value | None:
    if isinstance(outcome, StoredReply):
        return replace(outcome, message=scrubber.document(outcome.message))
    if isinstance(outcome, Failure):
        headers = {name: scrubber.content(value) for name, value in outcome.headers.items()}
        details = None if outcome.details is None else scrubber.value(outcome.details)
        return replace(outcome, message=scrubber.text(outcome.message), headers=headers, details=details)
    if isinstance(outcome, (Raw, Value)):
        headers = {name: scrubber.content(value) for name, value in outcome.headers.items()}
        return replace(outcome, body=scrubber.document(outcome.body), headers=headers)
    return outcome
