"""Shared by the tests of the chat wire: replies, their answers, and answers read back into the Messages form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from mockserver.records.reply import Reply
from mockserver.wires.chat.forms import FORMS
from mockserver.wires.chat.wire import make_wire
from tests.message_cases import message

DOCS = Path(__file__).parent.parent.parent.parent / "docs" / "wires.md"
WIRES = {name: make_wire(form) for name, form in FORMS.items()}
OPENAI = WIRES["openai"]
FORM = {"created": 1_796_000_000, "n": 1, "include_usage": True, "model": "asked"}
# What a finish reason says of a stop reason: OpenAI has no other words.
REASONS = {"end_turn": "stop", "stop_sequence": "stop", "pause_turn": "stop", "compaction": "stop"}
REASONS |= {"max_tokens": "length", "model_context_window_exceeded": "length"}
REASONS |= {"tool_use": "tool_calls", "refusal": "content_filter"}


def reply(*content: Mapping[str, Any], n: int = 1, include_usage: bool = True, seed: int = 3, **changed: Any) -> Reply:
    return Reply(message(*content, **changed), seed=seed, form={**FORM, "n": n, "include_usage": include_usage})


def whole(given: Reply, form: str = "openai") -> dict[str, Any]:
    found = orjson.loads(WIRES[form].write(given))
    assert isinstance(found, dict)
    return found


def chunks(given: Reply, form: str = "openai") -> list[Mapping[str, Any]]:
    """The data of the chunks without the mark of the end."""
    events = WIRES[form].unfold(given)
    assert events[-1].is_last
    return [event.data for event in events[:-1]]


def deltas(given: Reply, form: str = "openai") -> list[Mapping[str, Any]]:
    return [chunk["choices"][0]["delta"] for chunk in chunks(given, form) if chunk["choices"]]


def read_back(completion: Mapping[str, Any]) -> dict[str, Any]:
    """What the first choice of a completion says, in the Messages form."""
    (choice, *_) = completion["choices"]
    said = choice["message"]
    content: list[Mapping[str, Any]] = []
    if said.get("reasoning_content"):
        content.append({"type": "thinking", "thinking": said["reasoning_content"]})
    if said["content"]:
        content.append({"type": "text", "text": said["content"]})
    for call in said.get("tool_calls", ()):
        use, function = call["id"].replace("call_", "toolu_"), call["function"]
        content.append({"type": "tool_use", "id": use, "name": function["name"], "input": function["arguments"]})
    return {
        "id": completion["id"].replace("chatcmpl-", "msg_"),
        "model": completion["model"],
        "content": [{**block, "input": read_input(block["input"])} if "input" in block else block for block in content],
        "stop_reason": choice["finish_reason"],
        "output_tokens": completion["usage"]["completion_tokens"],
    }


def lose(given: Mapping[str, Any]) -> dict[str, Any]:
    """A message without what the table of losses says is lost."""
    blocks = given["content"]
    texts = {kind: "".join(list_texts(blocks, kind)) for kind in ("thinking", "text")}
    content = [{"type": kind, kind: text} for kind, text in texts.items() if text]
    uses = [block for block in blocks if block["type"] == "tool_use"]
    content += [{key: block[key] for key in ("type", "id", "name", "input")} for block in uses]
    return {
        "id": given["id"],
        "model": given["model"],
        "content": content,
        "stop_reason": REASONS[given["stop_reason"]],
        "output_tokens": given["usage"]["output_tokens"],
    }


def list_texts(blocks: Iterable[Mapping[str, Any]], kind: str) -> list[str]:
    found = [block.get(kind) for block in blocks if block["type"] == kind]
    return [text for text in found if isinstance(text, str)]


def read_input(written: str) -> Any:
    """The input of a tool; what is no JSON stays a text: a script may give that."""
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError:
        return written


def rows(section: str) -> dict[str, list[str]]:
    """The rows of the tables of a section of the docs: first cell, without its marks, to the other cells."""
    text = DOCS.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    lines = [line.strip().strip("|") for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return {first.strip("`"): others for first, *others in cells}
