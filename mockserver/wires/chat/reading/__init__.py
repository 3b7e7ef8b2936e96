"""A body of the chat wire, read into the Messages form.

messages    the conversation; media: images and documents in it
tools       the tools offered, and the choice among them
options     everything else
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.records.call import Call
from mockserver.records.errors import Finding
from mockserver.reference import catalog
from mockserver.reference.catalog import Model
from mockserver.wires.chat import checking, decoding
from mockserver.wires.chat.reading.messages import read_messages
from mockserver.wires.chat.reading.options import add_format, read_form, read_options
from mockserver.wires.chat.reading.tools import read_tools
from mockserver.wires.wire import Translation

__all__ = ["translate", "translate_leniently"]

# What new-api puts in the place of a content that is not there (source code of new-api 2026).
FILLER = "..."


def translate(body: Mapping[str, Any], call: Call, find_model: Callable[[str], Model] = catalog.lookup) -> Translation:
    """The translation of a body as the documented compatibility layer of the Messages API reads it.

    Its ``finding`` is the reason to refuse the body, in OpenAI's words.
    """
    return _translate(body, call, find_model, "", checking.check(body))


def translate_leniently(
    body: Mapping[str, Any], call: Call, find_model: Callable[[str], Model] = catalog.lookup
) -> Translation:
    """The translation of a body as a gateway reads it, which refuses nothing but values of a wrong type."""
    return _translate(body, call, find_model, FILLER, decoding.check(body))


def _translate(
    body: Mapping[str, Any], call: Call, find_model: Callable[[str], Model], filler: str, finding: Finding | None
) -> Translation:
    read: dict[str, Any] = {}
    if (model := body.get("model")) is not None:
        read["model"] = model
    if (sent := body.get("messages")) is not None:
        read["messages"], system = read_messages(sent, filler)
        if system:
            read["system"] = system
    read_options(read, body, find_model, is_lenient=bool(filler))
    read_tools(read, body)
    return Translation(read, read_form(body, call.at), add_format(read, body), finding)
