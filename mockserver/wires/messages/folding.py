"""Puts a stream together again: the message that its events make, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mockserver.blocks import BLOCKS
from mockserver.blocks.fallback import find_late_fallback
from mockserver.blocks.tool_use import TornInputError
from mockserver.wires.messages.events import Event

Data = Mapping[str, Any]

# Keys of a message that a stream brings only at its end, each with the key it follows in the whole message.
MOVED = {"container": "content", "context_management": "diagnostics", "safeguard_results": "diagnostics"}
# The same for the usage: None is the last place.
LATE_USAGE = {
    "iterations": "cache_creation",
    "output_tokens_details": "output_tokens",
    "server_tool_use": None,
    "fallback_credit": None,
}
TYPE_NAMES: Mapping[type, str] = {Mapping: "an object", str: "a string"}


def fold(events: Iterable[Event | Data]) -> dict[str, Any]:
    """The message of a stream, key for key as the same reply would be sent whole.

    Pings and events of unknown type are skipped, as clients must. Of a tool's input that ``max_tokens`` cut off, what
    can be read is kept. Raises ``ValueError`` for a broken stream: its text names the event, counted from 0, what was
    expected there and what came.
    """
    stream = [event.data if isinstance(event, Event) else event for event in events]
    message = _StreamedMessage(is_cut=any(map(_is_cut, stream)))
    for place, data in enumerate(stream):
        step = STEPS.get(str(data.get("type")))
        if step is None:
            continue
        try:
            step(message, data)
        except ValueError as error:
            raise ValueError(f"event {place} ({data['type']}): {error}") from error
    if not message.is_stopped:
        raise ValueError(f"the stream ends without message_stop{message.progress()}")
    return message.whole()


class _StreamedMessage:
    """A message while its events come in; ``deltas`` are those of the open block, by their type."""

    def __init__(self, *, is_cut: bool) -> None:
        self.is_cut = is_cut
        self.begin: Data | None = None
        self.content: list[Data] = []
        self.open: Data | None = None
        self.deltas: dict[str, list[Data]] = {}
        self.end: Data | None = None
        self.is_stopped = False
        self.delta_types = {delta.type: delta for row in BLOCKS.values() for delta in row.deltas}

    def start(self, data: Data) -> None:
        _expect(self.begin is None, "a second message_start")
        begin = _get_object(data, "message")
        _check_type("usage", begin.get("usage") or {}, Mapping)
        self.begin = begin

    def open_block(self, data: Data) -> None:
        _expect(self.begin is not None, "no message_start came before")
        _expect(self.end is None, "a block after message_delta")
        _expect(self.open is None, f"block {len(self.content)} has not been stopped")
        index = _get(data, "index")
        _expect(index == len(self.content), f"index is {index}, expected {len(self.content)}")
        self.open, self.deltas = _get_object(data, "content_block"), {}

    def add_delta(self, data: Data) -> None:
        block = self._open_block(data)
        delta = _get_object(data, "delta")
        kind = _get(delta, "type")
        delta_type = self.delta_types.get(kind) if isinstance(kind, str) else None
        if delta_type is None:
            raise ValueError(f"unknown delta {kind!r}")
        if delta_type.ignored_beside in block:
            return
        _expect(delta_type.field in block, f"a {kind} for a block of type {block.get('type')!r}")
        for key, expected in delta_type.keys.items():
            _check_type(key, _get(delta, key), expected)
        self.deltas.setdefault(kind, []).append(delta)

    def close_block(self, data: Data) -> None:
        block = self._open_block(data)
        for kind, deltas in self.deltas.items():
            block = self.fold_deltas(block, kind, deltas)
        self.content.append(block)
        self.open = None

    def fold_deltas(self, block: Data, kind: str, deltas: list[Data]) -> Data:
        try:
            return self.delta_types[kind].fold(block, deltas)
        except TornInputError as error:
            if not self.is_cut:
                raise
            return error.close()

    def finish(self, data: Data) -> None:
        _expect(self.begin is not None, "no message_start came before")
        _expect(self.open is None, f"block {len(self.content)} has not been stopped")
        delta, usage = _get_object(data, "delta"), data.get("usage") or {}
        _check_type("usage", usage, Mapping)
        # "message_delta fields replace whenever present": the API's description allows several.
        earlier: Data = self.end or {"delta": {}, "usage": {}}
        merged = {"delta": {**earlier["delta"], **delta}, "usage": {**earlier["usage"], **usage}}
        self.end = {**earlier, **data, **merged}

    def stop(self, _data: Data) -> None:
        _expect(self.end is not None, "no message_delta came before" + self.progress())
        _expect(not self.is_stopped, "a second message_stop")
        self.is_stopped = True

    def fail(self, data: Data) -> None:
        error = _get_object(data, "error")
        raise ValueError(f"the stream breaks off with {_get(error, 'type')}: {_get(error, 'message')}")

    def progress(self) -> str:
        """How far the stream came, as the end of a sentence."""
        if self.begin is None:
            return ", nor does it start with message_start"
        return f", block {len(self.content)} is still open" if self.open is not None else ""

    def whole(self) -> dict[str, Any]:
        """The whole message, its late parts in the places where they stand when sent whole."""
        begin, end = self.begin or {}, self.end or {}
        late = {key: value for key, value in end["delta"].items() if key in MOVED}
        late.update({key: end[key] for key in MOVED if key in end})
        whole = _insert({**begin, "content": self.content, **_omit(end["delta"], late)}, late, MOVED)
        if "usage" in begin or end["usage"]:
            whole["usage"] = _merge_usage(begin.get("usage") or {}, end["usage"])
        models = find_late_fallback(self.content)
        if models and models[0] == whole.get("model"):
            whole["model"] = models[1]
        return whole

    def _open_block(self, data: Data) -> Data:
        expected = len(self.content)
        if self.open is None:
            raise ValueError("no block is open")
        index = _get(data, "index")
        _expect(index == expected, f"index is {index}, but block {expected} is open")
        return self.open


STEPS: Mapping[str, Callable[[_StreamedMessage, Data], None]] = {
    "message_start": _StreamedMessage.start,
    "content_block_start": _StreamedMessage.open_block,
    "content_block_delta": _StreamedMessage.add_delta,
    "content_block_stop": _StreamedMessage.close_block,
    "message_delta": _StreamedMessage.finish,
    "message_stop": _StreamedMessage.stop,
    "error": _StreamedMessage.fail,
}


def _is_cut(data: Data) -> bool:
    """Whether an event says that ``max_tokens`` cut the answer."""
    delta = data.get("delta")
    return isinstance(delta, Mapping) and delta.get("stop_reason") == "max_tokens"


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)


def _get(data: Data, key: str) -> Any:
    if key not in data:
        raise ValueError(f"malformed or incomplete: KeyError({key!r})")
    return data[key]


def _get_object(data: Data, key: str) -> Data:
    value: Data = _get(data, key)
    _check_type(key, value, Mapping)
    return value


def _check_type(key: str, value: Any, expected: type) -> None:
    if not isinstance(value, expected):
        raise ValueError(f"malformed or incomplete: {key} is {value!r}, expected {TYPE_NAMES[expected]}")


def _merge_usage(first: Data, last: Data) -> dict[str, Any]:
    late = {key: value for key, value in last.items() if key in LATE_USAGE and key not in first}
    return _insert({**first, **_split_writes(first, last), **_omit(last, late)}, late, LATE_USAGE)


def _split_writes(first: Data, last: Data) -> Data:
    """The tokens written to the cache, by lifetime, where the start told those of another call.

    That is the one for a summary, or the attempt of a model that declined in mid-stream.
    """
    iterations, lifetimes = last.get("iterations"), first.get("cache_creation")
    if not isinstance(iterations, list) or not isinstance(lifetimes, Mapping):
        return {}
    entries = [each for each in iterations if isinstance(each, Mapping)]
    if entries and entries[-1].get("type") == "fallback_message":
        calls = entries[-1:]
    elif entries and entries[0].get("type") == "compaction":
        calls = [each for each in entries if each.get("type") == "message"]
    else:
        return {}
    splits = [each.get("cache_creation") for each in calls]
    written = [split for split in splits if isinstance(split, Mapping)]
    return {"cache_creation": {key: sum(split.get(key, 0) for split in written) for key in lifetimes}}


def _insert(whole: Data, late: Data, after: Mapping[str, str | None]) -> dict[str, Any]:
    """Put each late key behind the key it follows, or at the end."""
    placed: dict[str, Any] = {}
    for key, value in whole.items():
        placed[key] = value
        placed.update({new: late[new] for new in late if after.get(new) == key})
    return {**placed, **late} if len(placed) < len(whole) + len(late) else placed


def _omit(data: Data, keys: Iterable[str]) -> dict[str, Any]:
    omitted = set(keys)
    return {key: value for key, value in data.items() if key not in omitted}
