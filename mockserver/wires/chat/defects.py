"""Defects of real servers with OpenAI's format, in the chunks of a stream and in whole completions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame, Strike, insert_frame, replace_body
from mockserver.delivery.kinds import ADDING, FaultKind
from mockserver.records.reply import Fault
from mockserver.wires.chat.events import Chunk

Data = Mapping[str, Any]
# What stands in the place of a completion or a chunk; None: nothing.
Edit = Callable[[Data], Data | None]


def on_completions(edit: Edit) -> Strike:
    """A fault that changes whole completions, and each chunk of a stream; other bodies stay."""

    def strike(draft: Draft, _fault: Fault) -> Draft:
        return _edit_chunks(draft, edit) if draft.stream else _edit_body(draft, edit)

    return strike


def add_empty_chunk(draft: Draft, _fault: Fault) -> Draft:
    """Put a chunk without choices before the first one of a stream."""
    place = next((at for at, frame in enumerate(draft.frames) if _is_chunk(frame)), None)
    if not draft.stream or place is None or (event := draft.frames[place].event) is None:
        return draft
    chunk = Chunk({**event.data, "choices": []})
    return insert_frame(draft, place, Frame(chunk.encode(), chunk))


def _edit_chunks(draft: Draft, edit: Edit) -> Draft:
    frames, delay = list[Frame](), 0.0
    for frame in draft.frames:
        # The time of a chunk that is left out passes before the next one.
        delay += frame.delay
        edited = _edit_frame(frame, edit)
        if edited is not None:
            frames.append(replace(edited, delay=delay))
            delay = 0.0
    return replace(draft, frames=tuple(frames))


def _edit_frame(frame: Frame, edit: Edit) -> Frame | None:
    if not _is_chunk(frame) or frame.event is None:
        return frame
    data = edit(frame.event.data)
    if data is None or data is frame.event.data:
        return None if data is None else frame
    chunk = Chunk(data, frame.event.weight, frame.event.opened_block)
    return Frame(chunk.encode(), chunk)


def _edit_body(draft: Draft, edit: Edit) -> Draft:
    try:
        parsed: Any = orjson.loads(draft.frames[0].data) if draft.frames else None
    except orjson.JSONDecodeError:
        return draft
    edited = edit(parsed) if _is_completion(parsed) else None
    return draft if edited is None else replace_body(draft, orjson.dumps(edited))


def _is_chunk(frame: Frame) -> bool:
    return isinstance(frame.event, Chunk) and _is_completion(frame.event.data)


def _is_completion(value: Any) -> bool:
    choices = value.get("choices") if isinstance(value, dict) else None
    return isinstance(choices, list) and all(isinstance(choice, dict) for choice in choices)


def _remove_finish(holder: Data) -> Data:
    choices = [{**choice, "finish_reason": None} for choice in holder["choices"]]
    return {**holder, "choices": choices}


def _remove_usage(holder: Data) -> Data | None:
    if "usage" not in holder:
        return holder
    return {key: value for key, value in holder.items() if key != "usage"} if holder["choices"] else None


DEFECTS = {
    "no_finish_reason": FaultKind(
        on_completions(_remove_finish), "`finish_reason` is null to the end.", seen="databricks/unity-gateway#215"
    ),
    "no_usage": FaultKind(
        on_completions(_remove_usage),
        "The usage is missing, and so is its chunk.",
        seen="microsoft/semantic-kernel#9751",
    ),
    "empty_choices": FaultKind(
        add_empty_chunk,
        "A chunk without choices comes first.",
        ADDING,
        whole=False,
        seen="AbanteAI/archive-old-cli-mentat#429",
    ),
}
