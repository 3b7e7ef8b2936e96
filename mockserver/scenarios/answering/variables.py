"""The names that placeholders can use."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from msgspec import Struct

from mockserver.records.functions import TIMEOUT
from mockserver.records.prompt import Prompt, ToolResultBlock
from mockserver.scenarios.answering.fakes import Fake


class Variables(Struct, frozen=True):
    """The values of one answer. ``turn`` and ``call`` count from 0; ``at`` is seconds since 1970.

    ``patience`` is how many seconds a function of the user may take.
    """

    prompt: Prompt
    turn: int = 0
    call: int = 0
    session: str = ""
    at: float = 0.0
    # Fakes come from it and the conversation alone: a request gets the same ones, streamed or not, in any session.
    seed: int = 0
    patience: float = TIMEOUT


class ToolResult(Struct, frozen=True):
    """One result that the caller sent. ``value`` is its text, decoded where that is JSON."""

    name: str
    id: str
    text: str
    value: Any
    is_error: bool


NAMES = ("call", "fake", "now", "prompt", "session", "tool_result", "tool_results", "turn")


def build_scope(variables: Variables) -> dict[str, Any]:
    """The names a placeholder can use; ``tool_result`` is missing when the caller sent none."""
    prompt = variables.prompt
    results = [_read_result(block) for block in prompt.tool_results]
    names = {
        "prompt": prompt,
        "tool_results": results,
        "turn": variables.turn,
        "call": variables.call,
        "session": variables.session,
        "now": datetime.fromtimestamp(variables.at, timezone.utc),
        "fake": Fake(f"{variables.seed} {len(prompt.messages)} {prompt.user}", variables.at),
    }
    # Of several results it is the last: the one that a model reads just before it writes.
    return {**names, "tool_result": results[-1].value} if results else names


def _read_result(block: ToolResultBlock) -> ToolResult:
    return ToolResult(block.name, block.id, block.text, block.value, block.is_error)
