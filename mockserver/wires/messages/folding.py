"""A stream put together again: the message that its events say, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from mockserver.wires.messages.events import Event

Data = Mapping[str, Any]

# Keys of a message that a stream brings only at its end, each with the key it follows in the whole message.
MOVED = {"container": "content", "context_management": "usage"}
# The same for the usage: None is the last place.
LATE_USAGE = {
    "iterations": "cache_creation",
    "output_tokens_details": "output_tokens",
    "server_tool_use": None,
    "fallback_credit": None,
}
# Each delta fills one field, which its block must have.
FILLS = {
    "text_delta": "text",
    "citations_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "input_json_delta": "input",
    "compaction_delta": "content",
}


def fold(events: Iterable[Event | Data]) -> dict[str, Any]:
    """The message a stream says, key for key as the same reply would be sent whole.

    Pings and events of unknown type are skipped, as clients must. Raises ``ValueError`` for a broken stream: its text
    names the event, counted from 0, what was expected there and what came.
    """
    folding = _Folding()
    for place, event in enumerate(events):
        data = event.data if isinstance(event, Event) else event
        step = STEPS.get(str(data.get("type")))
        if step is None:
            continue
        try:
            step(folding, data)
        except (KeyError, TypeError) as error:
            raise ValueError(f"event {place} ({data['type']}): malformed or incomplete: {error!r}") from error
        except ValueError as error:
            raise ValueError(f"event {place} ({data['type']}): {error}") from error
    if not folding.stopped:
        raise ValueError(f"the stream ends without message_stop{folding.progress()}")
    return folding.message()


def mid_fallback(content: Iterable[Data]) -> tuple[str, str] | None:
    """The models that a fallback in the middle of an answer led from and to, or None.

    A model that declines before it said anything leaves no trace in message_start; one that declines later does.
    """
    hops = [(index, block) for index, block in enumerate(content) if block.get("type") == "fallback"]
    late = [block for place, (index, block) in enumerate(hops) if index != place]
    if not late:
        return None
    started, served = ((hop.get(way) or {}).get("model") for hop, way in ((late[0], "from"), (hops[-1][1], "to")))
    return (started, served) if started and served else None


class _Folding:
    """What is known of a message while its events come in."""

    def __init__(self) -> None:
        self.started: Data | None = None
        self.content: list[Data] = []
        self.open: Data | None = None
        self.deltas: list[Data] = []
        self.ended: Data | None = None
        self.stopped = False

    def start(self, data: Data) -> None:
        _expect(self.started is None, "a second message_start")
        self.started = data["message"]

    def open_block(self, data: Data) -> None:
        _expect(self.started is not None, "no message_start came before")
        _expect(self.ended is None, "a block after message_delta")
        _expect(self.open is None, f"block {len(self.content)} has not been stopped")
        _expect(data["index"] == len(self.content), f"index is {data['index']}, expected {len(self.content)}")
        self.open, self.deltas = data["content_block"], []

    def add_delta(self, data: Data) -> None:
        block = self._opened(data)
        kind = data["delta"]["type"]
        _expect(kind in FILLS, f"unknown delta {kind!r}")
        if kind == "input_json_delta" and "tool_use_id" in block:
            # The search's input was once repeated in its result (recorded 2025-07); clients skip it.
            return
        _expect(FILLS[kind] in block, f"a {kind} for a block of type {block.get('type')!r}")
        self.deltas.append(data["delta"])

    def close_block(self, data: Data) -> None:
        self.content.append(_filled(self._opened(data), self.deltas))
        self.open = None

    def end(self, data: Data) -> None:
        _expect(self.started is not None, "no message_start came before")
        _expect(self.open is None, f"block {len(self.content)} has not been stopped")
        # "message_delta fields replace whenever present": the API's description allows several.
        earlier: Data = self.ended or {"delta": {}, "usage": {}}
        self.ended = {
            **earlier,
            **data,
            "delta": {**earlier["delta"], **data["delta"]},
            "usage": {**earlier["usage"], **(data.get("usage") or {})},
        }

    def stop(self, _data: Data) -> None:
        _expect(self.ended is not None, "no message_delta came before" + self.progress())
        _expect(not self.stopped, "a second message_stop")
        self.stopped = True

    def fail(self, data: Data) -> None:
        error = data["error"]
        raise ValueError(f"the stream breaks off with {error['type']}: {error['message']}")

    def progress(self) -> str:
        """How far the stream came, as the end of a sentence."""
        if self.started is None:
            return ", nor does it start with message_start"
        return f", block {len(self.content)} is still open" if self.open is not None else ""

    def message(self) -> dict[str, Any]:
        """The whole message, its late parts in the places where they stand when sent whole."""
        started, ended = self.started or {}, self.ended or {}
        late = {key: value for key, value in ended["delta"].items() if key in MOVED}
        late.update({key: ended[key] for key in MOVED if key in ended})
        whole = _place({**started, "content": self.content, **_without(ended["delta"], late)}, late, MOVED)
        if "usage" in started or ended["usage"]:
            whole["usage"] = _usage(started.get("usage") or {}, ended["usage"])
        models = mid_fallback(self.content)
        if models and models[0] == whole.get("model"):
            whole["model"] = models[1]
        return whole

    def _opened(self, data: Data) -> Data:
        expected = len(self.content)
        if self.open is None:
            raise ValueError("no block is open")
        _expect(data["index"] == expected, f"index is {data['index']}, but block {expected} is open")
        return self.open


STEPS: Mapping[str, Callable[[_Folding, Data], None]] = {
    "message_start": _Folding.start,
    "content_block_start": _Folding.open_block,
    "content_block_delta": _Folding.add_delta,
    "content_block_stop": _Folding.close_block,
    "message_delta": _Folding.end,
    "message_stop": _Folding.stop,
    "error": _Folding.fail,
}


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _filled(shell: Data, deltas: list[Data]) -> Data:
    """The block that a shell and its deltas make."""
    if not deltas:
        return shell
    block = dict(shell)
    cited = [delta["citation"] for delta in deltas if delta["type"] == "citations_delta"]
    if cited:
        # The shell's "citations" comes first, before the type; so it does when a gateway has left it out.
        block = {"citations": [], **block}
        block["citations"] = [*(block["citations"] or ()), *cited]
    for kind, field in (("text_delta", "text"), ("thinking_delta", "thinking")):
        if field in block:
            block[field] += "".join(delta[field] for delta in deltas if delta["type"] == kind)
    for delta in deltas:
        if delta["type"] in ("signature_delta", "compaction_delta"):
            block.update(_without(delta, ("type",)))
    if written := "".join(delta["partial_json"] for delta in deltas if delta["type"] == "input_json_delta"):
        block["input"] = _parsed(written)
    return block


def _parsed(written: str) -> Any:
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError as error:
        shown = written if len(written) <= 60 else written[:57] + "..."
        raise ValueError(f"the tool input is no JSON ({error}): {shown}") from error


def _usage(first: Data, last: Data) -> dict[str, Any]:
    late = {key: value for key, value in last.items() if key in LATE_USAGE and key not in first}
    return _place({**first, **_without(last, late)}, late, LATE_USAGE)


def _place(whole: Data, late: Data, after: Mapping[str, str | None]) -> dict[str, Any]:
    """Put each late key behind the key it follows, or at the end."""
    placed: dict[str, Any] = {}
    for key, value in whole.items():
        placed[key] = value
        placed.update({new: late[new] for new in late if after.get(new) == key})
    return {**placed, **late} if len(placed) < len(whole) + len(late) else placed


def _without(data: Data, keys: Iterable[str]) -> dict[str, Any]:
    left_out = set(keys)
    return {key: value for key, value in data.items() if key not in left_out}
