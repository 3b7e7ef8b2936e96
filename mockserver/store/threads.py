"""Message threads (beta message-threads-2026-08-12): conversations held here, so that callers send only what is new."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from mockserver.records.errors import ApiError, Finding
from mockserver.records.reply import NOTHING

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
_MB = 1024 * 1024
# Characters of a caller's value that a message repeats.
_ECHOED = 100


class Thread(Struct, frozen=True):
    """What a thread adds to a continuing request: the parameters it was created with, and the conversation so far."""

    inherited: Mapping[str, Any] = NOTHING
    history: tuple[Mapping[str, Any], ...] = ()


NONE = Thread()


class _Turn(Struct, eq=False):
    """The state held under one response id."""

    fixed: Mapping[str, Any]
    history: tuple[Mapping[str, Any], ...]
    # Bytes of the whole conversation: a turn keeps all messages before it alive.
    size: int
    next: _Turn | None = None
    finished: bool = True


class Pool:
    """Keeps the threads of a server below ``limit`` bytes by forgetting the oldest response of any session."""

    def __init__(self, limit: int = 64 * _MB) -> None:
        self.limit = limit
        self.bytes = 0
        self.order: OrderedDict[tuple[Threads, str], int] = OrderedDict()


class Threads:
    """The threads of one session, at most ``limit`` responses; the oldest are forgotten."""

    def __init__(self, pool: Pool | None = None, *, limit: int = 1000) -> None:
        self._pool = pool or Pool()
        self._limit = limit
        self._turns: OrderedDict[str, _Turn] = OrderedDict()

    def __len__(self) -> int:
        return len(self._turns)

    def resolve(self, body: Mapping[str, Any]) -> Thread:
        """What the request's ``thread`` parameter stands for; an empty ``Thread`` without one or when it creates one.

        Changes nothing: a request that is answered by an error may be sent again. Raises ``ApiError`` with the codes
        ``thread_unsupported_request``, ``thread_not_found``, ``thread_already_continued``,
        ``thread_continue_in_flight`` and ``thread_fingerprint_mismatch``.
        """
        thread = body.get("thread")
        if not isinstance(thread, Mapping):
            return NONE
        if unsupported := [name for name in UNSUPPORTED if body.get(name)]:
            raise _refused("thread_unsupported_request", {"unsupported": unsupported}, fields=", ".join(unsupported))
        if thread.get("type") != "continue":
            return NONE
        previous = str(thread.get("previous_message_id"))
        turn = self._turns.get(previous)
        if turn is None:
            raise _refused("thread_not_found", id=previous[:_ECHOED])
        if turn.next is not None:
            code = "thread_already_continued" if turn.next.finished else "thread_continue_in_flight"
            raise _refused(code, id=previous[:_ECHOED])
        if changed := [name for name in FIXED if name in body and body[name] != turn.fixed.get(name)]:
            raise _refused("thread_fingerprint_mismatch", fields=", ".join(f"`{name}`" for name in changed))
        if repeated := [name for name in INHERITED if name in body]:
            raise ApiError(Finding(_REPEATED.format(repeated[0]), "thread_repeats_field", _SOURCE, path=repeated[0]))
        return Thread({name: turn.fixed[name] for name in INHERITED if name in turn.fixed}, turn.history)

    def remember(self, body: Mapping[str, Any], message: Mapping[str, Any], *, finished: bool = True) -> None:
        """Hold the conversation under the answer's id, when the request asks for a thread.

        With ``finished=False`` continuing the same response once more is refused as in flight until ``finish``.
        """
        thread = body.get("thread")
        if not isinstance(thread, Mapping):
            return
        previous = self._turns.get(str(thread.get("previous_message_id")))
        messages = body.get("messages")
        sent = [
            # Without validation a body may hold anything.
            *(messages if isinstance(messages, list) else ()),
            {"role": "assistant", "content": message.get("content", [])},
        ]
        turn = _Turn(
            fixed=previous.fixed if previous else {name: body[name] for name in FIXED if name in body},
            history=(*(previous.history if previous else ()), *sent),
            size=len(orjson.dumps(sent)) + (previous.size if previous else 1000),
            finished=finished,
        )
        if previous:
            previous.next = turn
        self._keep(str(message["id"]), turn)

    def finish(self, message_id: str) -> None:
        """The answer of that id has left."""
        if turn := self._turns.get(message_id):
            turn.finished = True

    def clear(self) -> None:
        """Forget all threads."""
        for name in tuple(self._turns):
            self._forget(name)

    def _keep(self, name: str, turn: _Turn) -> None:
        pool = self._pool
        if name in self._turns:
            self._forget(name)
        self._turns[name] = turn
        pool.order[self, name] = turn.size
        pool.bytes += turn.size
        if len(self._turns) > self._limit:
            self._forget(next(iter(self._turns)))
        while pool.bytes > pool.limit and len(pool.order) > 1:
            owner, oldest = next(iter(pool.order))
            owner._forget(oldest)

    def _forget(self, name: str) -> None:
        # A reset from another thread may have been quicker.
        self._turns.pop(name, None)
        self._pool.bytes -= self._pool.order.pop((self, name), 0)


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
