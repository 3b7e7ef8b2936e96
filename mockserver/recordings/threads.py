"""Message threads in recordings: the conversation that a recorded request continues is told by other exchanges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.recordings.answers import read_message
from mockserver.recordings.asked import Asked, parse
from mockserver.records.exchanges import RecordedExchange
from mockserver.store.threads import INHERITED


def continue_thread(asked: Asked, exchanges: Iterable[RecordedExchange]) -> Asked:
    """A request with the conversation that it continues, as far as these exchanges tell it; else as it is."""
    previous = previous_of(asked.body)
    if not previous or asked.history:
        return asked
    history: list[Mapping[str, Any]] = []
    inherited: dict[str, Any] = {}
    left = list(exchanges)
    while previous and (found := next((each for each in left if _answers_with(each, previous)), None)):
        # Each once: what was recorded need not make sense.
        left.remove(found)
        sent, message = _parse(found), read_message(found.response) or {}
        history[:0] = [*sent.get("messages", ()), {"role": "assistant", "content": message.get("content", [])}]
        inherited = {key: sent[key] for key in INHERITED if key in sent}
        previous = previous_of(sent)
    return replace(asked, body={**inherited, **asked.body}, history=tuple(history)) if history else asked


def previous_of(body: Any) -> str:
    """The id of the message that a body continues the thread of; "" when it continues none."""
    thread = body.get("thread") if isinstance(body, Mapping) else None
    return str(thread.get("previous_message_id") or "") if isinstance(thread, Mapping) else ""


def _parse(exchange: RecordedExchange) -> Mapping[str, Any]:
    parsed = parse(exchange.request.body)
    return parsed if isinstance(parsed, dict) and isinstance(parsed.get("messages", []), list) else {}


def _answers_with(exchange: RecordedExchange, id_: str) -> bool:
    """Whether the answer is the message of this id."""
    if not any(id_.encode() in chunk.data for chunk in exchange.response.chunks):
        return False
    return (read_message(exchange.response) or {}).get("id") == id_
