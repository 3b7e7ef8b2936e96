"""Gives an answer of a cassette the form of its recording: the keys that the API of that day wrote, in its order, and
the places of pings and of deltas without anything in them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from operator import is_
from typing import Any

from msgspec.structs import replace

from mockserver.recordings.answers import read_error, read_message
from mockserver.records.exchanges import RecordedResponse
from mockserver.records.reply import NOTHING, Answer, Block, Reply
from mockserver.wires.messages.empties import find_empty
from mockserver.wires.messages.pings import find_pings
from mockserver.wires.messages.raw import read_frames

# What an answer keeps beside the messages composed from it: the recorded one, and what is chance in its stream.
_MESSAGE, _STREAM, _ERROR = "", "\0stream", "\0error"


def follow(reply: Reply, answer: Answer) -> Reply:
    """A reply in the form of the one that its answer was recorded as; one without a recording as it is."""
    if answer.recorded is None or not (recorded := recall_message(answer)):
        return reply
    message = _follow_message(reply.message, answer, recorded)
    known = answer.messages.get(_STREAM)
    if known is None:
        known = answer.messages[_STREAM] = _read_stream(answer.recorded.response)
    return replace(reply, message=message, is_recorded=True, **known)


def recall_signatures(answer: Answer) -> Answer:
    """An answer whose thoughts without a signature have that of the recording, where their text is the recorded one."""
    recorded = recall_message(answer)
    blocks = [_sign(block, like) for block, like, _ in _pair(answer.content, recorded.get("content"), ())]
    return answer if all(map(is_, blocks, answer.content)) else replace(answer, content=tuple(blocks))


def _sign(block: Block, like: Block) -> Block:
    if block.get("type") != "thinking" or "signature" in block or "signature" not in like:
        return block
    return {**block, "signature": like["signature"]} if block.get("thinking") == like.get("thinking") else block


def is_nameless(answer: Answer) -> bool:
    """Whether an answer was recorded as an error that names no request, as the API's did before 2025-09."""
    if answer.recorded is None:
        return False
    known = answer.messages.get(_ERROR)
    if known is None:
        known = answer.messages[_ERROR] = read_error(answer.recorded.response) or NOTHING
    return bool(known) and "request_id" not in known


def _follow_message(message: Mapping[str, Any], answer: Answer, recorded: Mapping[str, Any]) -> Mapping[str, Any]:
    """The message in the form of a recorded one.

    Its values stay. What composing adds by itself, and the recording does not have, is left out of the message, of its
    usage and of blocks of the same type; what the answer says stays. Keys come in the order of the recording.
    """
    said = {**answer.extra, "container": answer.container, "stop_details": answer.stop_details}
    whole = _arrange(message, recorded, [key for key, value in said.items() if value is not None])
    whole |= {key: _order(whole[key], recorded.get(key)) for key in whole if key not in ("content", "usage")}
    usage, shape = whole.get("usage"), recorded.get("usage")
    if isinstance(usage, Mapping) and isinstance(shape, Mapping):
        whole["usage"] = {
            key: _follow_part(value, like, answer.usage.get(key) or NOTHING)
            if isinstance(value, Mapping) and isinstance(like := shape.get(key), Mapping)
            else value
            for key, value in _follow_part(usage, shape, answer.usage).items()
        }
    whole["content"] = [
        _follow_part(block, like, written) if block.get("type") == like.get("type") else block
        for block, like, written in _pair(whole["content"], recorded.get("content"), answer.content)
    ]
    return whole


def recall_message(answer: Answer) -> Mapping[str, Any]:
    """The recorded message of an answer, read once; empty when it has none."""
    if answer.recorded is None:
        return NOTHING
    known = answer.messages.get(_MESSAGE)
    if known is None:
        known = answer.messages[_MESSAGE] = read_message(answer.recorded.response) or NOTHING
    return known


def _read_stream(response: RecordedResponse) -> Mapping[str, Any]:
    """What is chance in a recorded stream; nothing of an answer that was none."""
    if not response.is_stream:
        return NOTHING
    events = [frame.event.data for frame in read_frames(response.body) if frame.event]
    return {"pings": find_pings(events), "empty": find_empty(events)}


def _arrange(value: Mapping[str, Any], like: Mapping[str, Any], said: Collection[str]) -> dict[str, Any]:
    kept = {key: value[key] for key in like if key in value}
    return {**kept, **{key: value[key] for key in value if key in said and key not in kept}}


def _pair(content: Sequence[Block], like: Any, written: Sequence[Block]) -> list[tuple[Block, Block, Block]]:
    """Each block with the recorded one and the written one in its place; without one, with an empty one."""
    recorded = like if isinstance(like, list) else []
    return [
        (block, recorded[at] if at < len(recorded) else NOTHING, written[at] if at < len(written) else NOTHING)
        for at, block in enumerate(content)
    ]


def _follow_part(value: Mapping[str, Any], like: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _order(below, like.get(key)) for key, below in _arrange(value, like, said).items()}


def _order(value: Any, like: Any) -> Any:
    """A value whose mappings have their keys in the order of another's; nothing is added or left out."""
    if isinstance(value, Mapping) and isinstance(like, Mapping):
        order = [key for key in like if key in value]
        return {key: _order(value[key], like.get(key)) for key in (*order, *(key for key in value if key not in like))}
    if isinstance(value, list) and isinstance(like, list) and len(value) == len(like):
        return [_order(one, other) for one, other in zip(value, like, strict=True)]
    return value
