"""Message threads (beta message-threads-2026-08-12): conversations held here, so that callers send only what is new.

The rules of the API; the turns themselves are held by a store.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.errors import ApiError, Finding

BETA = "message-threads-2026-08-12"

# "Request fields the server takes from the thread on a `continue` and rejects if the request repeats them"
# (source: SDK 2.12, lib/threads).
INHERITED = ("system", "tools")
# "A field that must stay the same across a Thread's turns" (source: SDK 2.12, thread_fingerprint_mismatch).
FIXED = ("model", *INHERITED)

# In the order of the SDK's `ThreadUnsupportedFeatureName`; `hipaa` and `inference_hooks` are settings of an
# organization, and which `thinking` configurations are meant is not published.
UNSUPPORTED = ("cache_control", "context_management", "fallbacks")

_SOURCE = "SDK 2.12, lib/threads"
_REPEATED = "{}: the thread keeps the value it was created with. Leave the field out to continue the thread."
# Characters of a caller's value that a message repeats.
_ECHOED = 100


class Thread(Struct, frozen=True):
    """A thread at the end of one answer, as JSON.

    ``fixed`` is an object: the parameters of its creation that stay the same. ``exchanges`` are arrays: the messages of
    each request, with its answer's. ``secrets`` are those of the requests, to mask where later ones repeat them.
    """

    fixed: bytes = b"{}"
    exchanges: tuple[bytes, ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.fixed) + sum(map(len, (*self.exchanges, *self.secrets)))

    def parameters(self) -> dict[str, Any]:
        """The fixed parameters."""
        return dict(orjson.loads(self.fixed))

    def inherited(self) -> dict[str, Any]:
        """The fixed parameters that a continuing request leaves out."""
        parameters = self.parameters() if self.exchanges else {}
        return {name: parameters[name] for name in INHERITED if name in parameters}

    def history(self) -> tuple[dict[str, Any], ...]:
        """The messages so far."""
        return tuple(message for exchange in self.exchanges for message in orjson.loads(exchange))


NO_THREAD = Thread()


class Turn(Struct, frozen=True):
    """A thread at the end of one answer, and whether another turn continues it, and is on its way (``is_busy``)."""

    thread: Thread
    is_continued: bool = False
    is_busy: bool = False


class Turns(Protocol):
    """The part of a store that these rules use."""

    def get(self, session: str, message_id: str) -> Turn | None:
        """The turn that ended with a message."""

    def add(self, session: str, message_id: str, thread: Thread, previous: str | None = None) -> bool:
        """Hold the thread at the end of a message; False when another turn continues the same one."""


def resolve(turns: Turns, session: str, body: Mapping[str, Any]) -> Thread:
    """The thread that a request's ``thread`` parameter stands for; empty without one, or when it creates one.

    Changes nothing: a request that is answered by an error may be sent again.

    Raises:
        ApiError: ``thread_unsupported_request``, ``thread_not_found``, ``thread_already_continued``,
            ``thread_continue_in_flight`` or ``thread_fingerprint_mismatch``.
    """
    thread = body.get("thread")
    if not isinstance(thread, Mapping):
        return NO_THREAD
    if unsupported := [name for name in UNSUPPORTED if body.get(name)]:
        raise _refused("thread_unsupported_request", {"unsupported": unsupported}, fields=", ".join(unsupported))
    if thread.get("type") != "continue":
        return NO_THREAD
    previous = _previous(thread)
    turn = turns.get(session, previous)
    if turn is None:
        raise _refused("thread_not_found", id=previous[:_ECHOED])
    if turn.is_continued:
        raise _continued(turn, previous)
    fixed = turn.thread.parameters()
    if changed := [name for name in FIXED if name in body and body[name] != fixed.get(name)]:
        raise _refused("thread_fingerprint_mismatch", fields=", ".join(f"`{name}`" for name in changed))
    if repeated := [name for name in INHERITED if name in body]:
        raise ApiError(Finding(_REPEATED.format(repeated[0]), "thread_repeats_field", _SOURCE, path=repeated[0]))
    return turn.thread


def remember(
    turns: Turns, session: str, body: Mapping[str, Any], message: Mapping[str, Any], secrets: tuple[str, ...] = ()
) -> None:
    """Hold the conversation under the answer's id, when the request asks for a thread; ``secrets`` are the request's.

    Until the answer is finished in the store, continuing the same response once more is refused as in flight.

    Raises:
        ApiError: another request was quicker to continue the same response.
    """
    thread = body.get("thread")
    if not isinstance(thread, Mapping):
        return
    previous = _previous(thread)
    before = turns.get(session, previous)
    messages = body.get("messages")
    answer = {"role": "assistant", "content": message.get("content", [])}
    # Without validation a body may hold anything.
    exchange = orjson.dumps([*(messages if isinstance(messages, list) else ()), answer])
    if _is_summary(answer["content"]):
        # It takes the place of all messages that it sums up (inferred: nothing is published on summaries in threads).
        exchange = orjson.dumps([answer])
        before = before and replace(before, thread=replace(before.thread, exchanges=()))
    if before:
        held = tuple(dict.fromkeys((*before.thread.secrets, *secrets)))
        after = Thread(before.thread.fixed, (*before.thread.exchanges, exchange), held)
    else:
        after = Thread(orjson.dumps({name: body[name] for name in FIXED if name in body}), (exchange,), secrets)
    if not turns.add(session, str(message["id"]), after, previous if before else None):
        raise _continued(turns.get(session, previous), previous)


def _is_summary(content: Any) -> bool:
    first = content[0] if content and isinstance(content, list) else {}
    return first.get("type") == "compaction" and bool(first.get("signature"))


def _previous(thread: Mapping[str, Any]) -> str:
    return str(thread.get("previous_message_id"))


def _continued(turn: Turn | None, previous: str) -> ApiError:
    is_busy = turn is not None and turn.is_busy
    return _refused("thread_continue_in_flight" if is_busy else "thread_already_continued", id=previous[:_ECHOED])


# Status and text by code. The texts are ours, worded after the SDK's descriptions: no refusal was recorded.
REFUSALS = {
    "thread_unsupported_request": (
        400,
        "thread: not supported together with {fields}. Send the full conversation without `thread`, or change that "
        "field.",
    ),
    "thread_not_found": (
        404,
        "thread.previous_message_id: no usable thread state was found for {id}. "
        'Replay the full conversation with `thread: {{"type": "create"}}`.',
    ),
    "thread_already_continued": (
        400,
        "thread.previous_message_id: {id} has already been continued, and each response can be continued only once. "
        "Continue from the thread's most recent response `id`.",
    ),
    "thread_continue_in_flight": (
        400,
        "thread.previous_message_id: another request is still continuing from {id}. Wait for it to complete and "
        "continue from its response `id`.",
    ),
    "thread_fingerprint_mismatch": (
        400,
        "thread: {fields} differs from the value stored with the thread. Send the stored value, or replay the full "
        'conversation with `thread: {{"type": "create"}}` to change it.',
    ),
}


def _refused(code: str, details: Mapping[str, Any] | None = None, **values: str) -> ApiError:
    status, text = REFUSALS[code]
    return ApiError(
        Finding(
            message=text.format(**values),
            rule=code,
            source=_SOURCE,
            path="thread",
            status=status,
            details={"error_code": code, **(details or {})},
        )
    )
