"""Puts a stream together again: the completion that its chunks make, or what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Data = Mapping[str, Any]

# What a delta brings in pieces, besides calls of tools.
PIECES = ("content", "reasoning_content", "refusal")
_TYPES: Mapping[type, str] = {Mapping: "an object", str: "a text", list: "a list"}


def fold(chunks: Iterable[Data]) -> dict[str, Any]:
    """The completion that the chunks make, with every choice. Empty objects are skipped: so reads the mark of the end.

    Calls of tools are told apart by their ids, and their pieces by the index, or else go to the last call.

    Raises:
        ValueError: they make none; it names the chunk, counted from 0.
    """
    whole: dict[str, Any] = {}
    choices: dict[Any, _Choice] = {}
    for place, chunk in enumerate(chunks):
        try:
            _add_chunk(whole, choices, chunk)
        except ValueError as error:  # noqa: PERF203  it names the chunk
            raise ValueError(f"chunk {place}: {error}") from error
    if not choices:
        raise ValueError("the stream has no choices")
    if unfinished := [index for index, choice in choices.items() if not choice.finish]:
        raise ValueError(f"the stream ends without a finish_reason of choice {unfinished[0]}")
    said = [choices[index].whole(index) for index in sorted(choices)]
    usage = {"usage": whole.pop("usage")} if whole.get("usage") else {}
    whole.pop("usage", None)
    return {**whole, "object": "chat.completion", "choices": said, **usage}


class _Choice:
    """One choice while its deltas come in."""

    def __init__(self) -> None:
        self.message: dict[str, Any] = {"role": "assistant", "content": None}
        self.calls: list[dict[str, Any]] = []
        self.open: dict[Any, dict[str, Any]] = {}
        self.finish: Any = None

    def add(self, choice: Data) -> None:
        delta = _get(choice, "delta", Mapping) or {}
        for name in PIECES:
            if (piece := _get(delta, name, str)) is not None:
                self.message[name] = (self.message.get(name) or "") + piece
            elif name in delta:
                self.message.setdefault(name, None)
        for call in _get(delta, "tool_calls", list) or ():
            self._add_call(_check(call, "a call", Mapping))
        self.finish = choice.get("finish_reason") or self.finish

    def whole(self, index: int) -> dict[str, Any]:
        message = {**self.message, **({"tool_calls": self.calls} if self.calls else {})}
        return {"index": index, "message": message, "finish_reason": self.finish}

    def _add_call(self, call: Data) -> None:
        function, index = _get(call, "function", Mapping) or {}, call.get("index")
        index = index if isinstance(index, int) else None
        if _get(call, "id", str):
            begun = {"name": function.get("name"), "arguments": ""}
            self.calls.append({"id": call["id"], "type": "function", "function": begun})
            self.open[index] = begun
        if index not in self.open:
            raise ValueError(f"a piece of call {index}, which has not begun")
        self.open[index]["arguments"] += _get(function, "arguments", str) or ""


def _add_chunk(whole: dict[str, Any], choices: dict[Any, _Choice], chunk: Data) -> None:
    _check(chunk, "it", Mapping)
    if error := _get(chunk, "error", Mapping):
        raise ValueError(f"the stream breaks off with {error.get('type')}: {error.get('message')}")
    whole.update(
        {key: value for key, value in chunk.items() if key != "choices" and not (key in whole and value is None)}
    )
    for each in _get(chunk, "choices", list) or ():
        index = _check(each, "a choice", Mapping).get("index", 0)
        choices.setdefault(index if isinstance(index, int) else 0, _Choice()).add(each)


def _get(data: Data, key: str, expected: type) -> Any:
    """What stands there; None where nothing does."""
    value = data.get(key)
    return value if value is None else _check(value, key, expected)


def _check(value: Any, name: str, expected: type) -> Any:
    if not isinstance(value, expected):
        raise ValueError(f"{name} is {value!r}, expected {_TYPES[expected]}")
    return value
