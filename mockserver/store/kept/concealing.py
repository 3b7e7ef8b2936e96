"""Records without secrets: what is written must not tell a key, a token or an ``Authorization`` to who reads the disk.

Secret headers are masked, and so is what the caller's own secrets are repeated in, wherever their exact bytes stand.
What looks like a secret besides is masked as in views, but in large bodies, where that takes too long: of these, only
the API's own keys are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from mockserver.records.call import Call
from mockserver.records.errors import Finding
from mockserver.records.masks import HIDDEN, Scrubber, conceal, is_secret, mask, mask_query
from mockserver.records.reply import Failure, Raw, StoredReply, Value
from mockserver.store.calls import CallRecord
from mockserver.store.kept.encoding import to_bytes
from mockserver.store.kept.names import digest_name
from mockserver.store.kept.signs import has_signs, has_signs_in_bytes
from mockserver.store.threads import Thread

# Bytes up to which a body is searched for all that looks like a secret: a millisecond for each 8 kB.
_MOST = 32 * 1024
_API_KEY = re.compile(rb"sk-ant-[\w-]{4,}")
# The headers whose values name sessions.
_KEYS = frozenset({"x-api-key", "authorization"})
# How the names of headers begin that hold no secret, and may look as if.
_OPEN = ("x-stainless-", "x-mock-")
Outcome = StoredReply | Failure | Raw | Value | None


def conceal_record(record: CallRecord, own: tuple[str, ...]) -> CallRecord:
    """The record as it may be written: views show the same of it as of the record itself.

    ``own`` are the secrets of the server.
    """
    call = record.call
    hider = Hider(call, (*record.thread.secrets, *own))
    findings, model = record.findings, record.model
    return replace(
        record,
        call=_conceal_call(call, hider),
        thread=conceal_thread(record.thread),
        findings=tuple([_conceal_finding(each, hider) for each in findings]) if findings else findings,
        outcome=_conceal_outcome(record.outcome, hider),
        model=None if model is None else hider.text(model),
        read=hider.data(record.read) if record.read else b"",
    )


def conceal_thread(thread: Thread) -> Thread:
    """A thread without the secrets of its requests."""
    if not thread.secrets:
        return thread
    fixed, *exchanges = (_replace(each, thread.secrets) for each in (thread.fixed, *thread.exchanges))
    return Thread(fixed, tuple(exchanges))


class Hider:
    """Hides the secrets of a call in texts and bytes; ``known`` are others that it may repeat.

    Where the body is searched, what is found there is hidden everywhere: nobody can find it in the body any more.
    """

    def __init__(self, call: Call, known: tuple[str, ...]) -> None:
        self._scrubber = Scrubber(call, known)
        self._secrets = self._scrubber.list_outer_secrets()
        self._secrets_in_bytes = tuple(map(to_bytes, self._secrets))
        self._is_searched = self._is_suspicious(call.body)
        # First of all: afterwards all secrets of the body are known.
        self.body = self._scrubber.body() if self._is_searched else _replace(call.body, self._secrets)

    def has_signs(self, text: str) -> bool:
        """Whether a text may hold a secret."""
        if self._is_searched or any(map(text.__contains__, self._secrets)):
            return True
        return has_signs(text)

    def text(self, text: str) -> str:
        """A text of the call without secrets."""
        return self._scrubber.content(text) if self.has_signs(text) else text

    def message(self, text: str) -> str:
        """A message about the call without secrets."""
        return self._scrubber.text(text) if self.has_signs(text) else text

    def query(self, query: str) -> str:
        """A query string without secrets."""
        return mask_query(query, self._scrubber.content) if query else query

    def data(self, data: bytes) -> bytes:
        """An answer without secrets."""
        is_searched = len(data) <= _MOST and (self._is_searched or self._is_suspicious(data))
        return self._scrubber.document(data) if is_searched else _replace(data, self._secrets)

    def _is_suspicious(self, data: bytes) -> bool:
        if len(data) > _MOST:
            return False
        return has_signs_in_bytes(data) or any(map(data.__contains__, self._secrets_in_bytes))


def _replace(data: bytes, secrets: Sequence[str]) -> bytes:
    """The bytes without these secrets, and without keys of the API."""
    for secret in secrets:
        raw = to_bytes(secret)
        if raw in data:
            data = data.replace(raw, mask(secret).encode())
    return _API_KEY.sub(lambda found: mask(found[0].decode()).encode(), data) if b"sk-ant-" in data else data


def _conceal_call(call: Call, hider: Hider) -> Call:
    local = call.local_path
    # Nearly always all of them are harmless, which is found out at once.
    open_headers = {name: value for name, value in call.headers.items() if not is_secret(name)}
    shown = [*open_headers.values(), *(name for name in open_headers if not name.startswith(_OPEN))]
    show = hider.text if hider.has_signs("\n".join((call.path, call.root, *shown))) else str
    headers = {
        show(name): _conceal_secret(name, value) if is_secret(name) else show(value)
        for name, value in call.headers.items()
    }
    return replace(
        call,
        path=show(call.path),
        headers=headers,
        body=hider.body,
        query=hider.query(call.query),
        root=show(call.root),
        local_path=None if local is None else show(local),
    )


def _conceal_secret(name: str, value: str) -> str:
    if "cookie" in name:
        return HIDDEN
    # The session of a call is found by its key.
    return conceal(value, lambda key: digest_name(key).hex()) if name in _KEYS else conceal(value)


def _conceal_finding(finding: Finding, hider: Hider) -> Finding:
    show = hider.message
    details = {
        name: show(value) if isinstance(value, str) else value for name, value in (finding.details or {}).items()
    }
    return replace(
        finding,
        message=show(finding.message),
        path=show(finding.path),
        hint=show(finding.hint),
        details=details or None,
    )


def _conceal_outcome(outcome: Outcome, hider: Hider) -> Outcome:
    if isinstance(outcome, StoredReply):
        return _conceal_reply(outcome, hider)
    if isinstance(outcome, Failure):
        return replace(outcome, message=hider.message(outcome.message), headers=_conceal_answer(outcome.headers, hider))
    if isinstance(outcome, (Raw, Value)):
        return replace(outcome, body=hider.data(outcome.body), headers=_conceal_answer(outcome.headers, hider))
    return outcome


def _conceal_reply(reply: StoredReply, hider: Hider) -> StoredReply:
    """The reply without secrets. A stream in which one may stand in parts is not kept as it left."""
    message, plan = hider.data(reply.message), reply.stream
    form = {name: hider.text(value) if isinstance(value, str) else value for name, value in reply.form.items()}
    if form:
        reply = replace(reply, form=form)
    torn = "" if plan is None else "".join(map("".join, plan.torn.values()))
    if plan is None or (message == reply.message and hider.text(torn) == torn):
        return replace(reply, message=message)
    return replace(reply, message=message, stream=None if plan.pieces else replace(plan, torn={}))


def _conceal_answer(headers: Mapping[str, str], hider: Hider) -> Mapping[str, str]:
    return {name: hider.text(value) for name, value in headers.items()}
