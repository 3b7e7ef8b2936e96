"""The faults of chat answers by name: those of any format, the error of a stream as this one has it, and its own."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from msgspec.structs import replace

from mockserver.delivery.cuts import CUTS, TEARS
from mockserver.delivery.draft import Draft, Frames
from mockserver.delivery.garbling import BROKEN_JSON, LINES
from mockserver.delivery.kinds import FaultKind
from mockserver.delivery.substitutes import SUBSTITUTES
from mockserver.records.errors import word_error
from mockserver.records.reply import Fault
from mockserver.wires.chat.defects import DEFECTS
from mockserver.wires.chat.events import Chunk
from mockserver.wires.messages.faults.errors import ERRORS, NO_MODEL, end_with


def error(draft: Draft, fault: Fault) -> Draft:
    """Break a stream off with a chunk that holds an error, as servers with OpenAI's format do; the SDK raises it.

    No event has a name here, so ``unnamed`` changes nothing; ``bare`` leaves its JSON alone, without ``data:``.
    """
    if not draft.stream:
        return draft
    kind = fault.options.get("type", "overloaded_error")
    message = fault.options.get("message") or word_error(kind, _find_model(draft.frames))
    chunk = Chunk({"error": {"message": message, "type": kind, "param": None, "code": kind}})
    if fault.options.get("bare"):
        return end_with(draft, fault, None, orjson.dumps(chunk.data))
    return end_with(draft, fault, chunk, chunk.encode())


def _find_model(frames: Frames) -> str:
    models = (frame.event.data.get("model") for frame in frames if frame.event)
    return next((model for model in models if isinstance(model, str)), NO_MODEL)


FAULTS: Mapping[str, FaultKind] = {
    **CUTS,
    "error": replace(ERRORS["error"], strike=error),
    **TEARS,
    **BROKEN_JSON,
    **LINES,
    **SUBSTITUTES,
    **DEFECTS,
}
