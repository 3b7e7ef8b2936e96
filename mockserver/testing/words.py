"""The words of a scenario as types, so that editors complete them in Python as they do in YAML (docs/scenarios.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

Text = str | Mapping[str, Any]
Names = str | Sequence[str]


class AnswerWords(TypedDict, total=False):
    """What an answer may say."""

    thinking: str
    redacted_thinking: bool | str
    json: Any
    tool_use: Mapping[str, Any] | Sequence[Mapping[str, Any]]
    web_search: Mapping[str, Any]
    web_fetch: Mapping[str, Any]
    code_execution: Mapping[str, Any]
    bash_code_execution: Mapping[str, Any]
    text_editor_code_execution: Mapping[str, Any]
    tool_search: Mapping[str, Any]
    mcp: Mapping[str, Any]
    container_upload: Any
    citations: Sequence[Mapping[str, Any]]
    content: Sequence[str | Mapping[str, Any]]
    generate: Mapping[str, Any]
    echo: bool
    error: str | int | Mapping[str, Any]
    raw: Mapping[str, Any]
    stop_reason: str
    stop_sequence: str
    stop_details: Mapping[str, Any]
    refusal: bool | str | Mapping[str, Any]
    pause_turn: bool
    usage: Mapping[str, Any]
    model: str
    container: str | Mapping[str, Any]
    extra: Mapping[str, Any]
    headers: Mapping[str, str]
    fault: str | Mapping[str, Any]
    faults: Sequence[str | Mapping[str, Any]]
    pace: str | Mapping[str, Any]


class WhenWords(TypedDict, total=False):
    """When a scenario applies; all must hold."""

    model: Names
    user: Text
    system: Text
    any_message: Text
    tool_result: bool | Text
    tools: bool | Names | Mapping[str, Names]
    tool_choice: Names
    thinking: bool | Names
    stream: bool
    images: Any
    documents: Any
    output_format: bool | Names
    turn: int | Mapping[str, int]
    headers: Mapping[str, Any]
    version: Names
    key: Names
    session: Names
    body: Mapping[str, Any]


if TYPE_CHECKING:
    Answer = str | AnswerWords
else:
    Answer = Any
