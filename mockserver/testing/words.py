"""The words of a scenario as types, so that editors complete them in Python as they do in YAML (docs/scenarios.md).

Tests hold every list here against the table of the format.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from mockserver.records.prompt import Prompt
from mockserver.testing.names import EndpointName, ErrorType, FaultName, StopReason, WireName

Object = Mapping[str, Any]
Names = str | Sequence[str]

# Written as calls where a word is one of Python's own.
TextTests = TypedDict(
    "TextTests",
    {
        "contains": Names,
        "equals": Names,
        "starts_with": Names,
        "ends_with": Names,
        "matches": Names,
        "any": Sequence[Any],
        "all": Sequence[Any],
        "not": Any,
    },
    total=False,
)
# A text (contained), "/a pattern/", a list (any of them), or tests that must all hold.
Text = str | float | Sequence[Any] | TextTests

ToolResultTests = TypedDict(
    "ToolResultTests",
    {
        "for": Names,
        "is_error": bool,
        "contains": Names,
        "equals": Names,
        "starts_with": Names,
        "ends_with": Names,
        "matches": Names,
        "any": Sequence[Text],
        "all": Sequence[Text],
        "not": Text,
    },
    total=False,
)


class NumberTests(TypedDict, total=False):
    """Bounds of a number."""

    at_least: float
    at_most: float


Number = float | Sequence[float] | NumberTests


class MediaTests(TypedDict, total=False):
    """The number of images or documents, and their media type."""

    count: bool | Number
    media_type: Names


class ToolsTests(TypedDict, total=False):
    """Names of tools offered: all of them, any of them, none of them."""

    all: Names
    any: Names
    none: Names


class WhenWords(TypedDict, total=False):
    """When a scenario applies; all must hold."""

    model: Names
    user: Text
    system: Text
    any_message: Text
    tool_result: bool | Text | ToolResultTests
    tools: bool | Names | ToolsTests
    tool_choice: Names
    thinking: bool | Names
    stream: bool
    batch: bool
    custom_id: Text
    recorded: int
    compaction: bool
    images: bool | Number | MediaTests
    documents: bool | Number | MediaTests
    output_format: bool | Names
    turn: Number
    assistant_turns: Number
    headers: Object
    version: Names
    path: Names
    method: Names
    key: Names
    session: Names
    body: Object
    endpoint: EndpointName | Sequence[EndpointName]
    wire: WireName | Sequence[WireName]


class ErrorWords(TypedDict, total=False):
    """The fields of an API error, without its type."""

    gateway: str
    status: int
    message: str
    details: Object
    error_code: str
    retry_after: str | float
    headers: Object


class ErrorObject(ErrorWords, total=False):
    """An API error in full."""

    type: ErrorType | str


class FaultWords(TypedDict, total=False):
    """A fault and where it strikes; a fault's own options are given as a plain mapping."""

    then: FaultName | str
    after_events: int
    after_ms: int | str
    at_block: int
    at: str


class PaceWords(TypedDict, total=False):
    """The pace of an answer."""

    first: str | float
    tokens_per_second: float
    jitter: str | float
    chunk: Literal["word", "token"] | int
    stall: Object


class BatchWords(TypedDict, total=False):
    """How message batches go on."""

    takes: str | float
    per_item: str | float
    fail: str | float
    expire: int
    order: Literal["listed", "shuffled"]


class RawWords(TypedDict, total=False):
    """A response that is not one of the API's."""

    status: int
    headers: Object
    body: str | float
    body_file: str
    json: Any
    stream: bool


class GenerateWords(TypedDict, total=False):
    """Options of a generated answer."""

    sentences: int
    paragraphs: int
    words: int
    tokens: int
    locale: str
    thinking: bool | int
    tool_use: bool | str


class ToolUse(TypedDict, total=False):
    """A tool call; what is left out is made up."""

    name: str
    input: Object | str
    id: str
    caller: Object | str


Fault = FaultName | str | FaultWords | Object


class ReplyWords(TypedDict, total=False):
    """The words of an answer, without its text."""

    thinking: str | Object | Sequence[str | Object]
    redacted_thinking: bool | str | Sequence[bool | str]
    json: Any
    tool_use: str | ToolUse | Sequence[str | ToolUse]
    web_search: Object | Sequence[Object]
    web_fetch: Object | Sequence[Object]
    code_execution: Object | Sequence[Object]
    bash_code_execution: Object | Sequence[Object]
    text_editor_code_execution: Object | Sequence[Object]
    tool_search: Object | Sequence[Object]
    mcp: Object | Sequence[Object]
    container_upload: Names
    citations: str | Sequence[Object | str]
    content: str | Sequence[str | Object]
    generate: bool | GenerateWords
    echo: bool | str
    literal: bool
    error: ErrorType | str | int | ErrorObject
    raw: str | RawWords
    stop_reason: StopReason | str
    stop_sequence: str
    stop_details: Object | str
    refusal: bool | str | Object
    pause_turn: bool | str
    usage: Object | str
    model: str
    id: str
    container: str | Object
    extra: Object | str
    headers: Object
    enforce_limits: bool
    fault: Fault | Sequence[Fault]
    faults: Fault | Sequence[Fault]
    pace: Literal["none"] | PaceWords
    input_tokens: int | str
    context_management: Object | str
    recorded: int
    times: int | Literal["always"]


class AnswerWords(ReplyWords, total=False):
    """The words of an item of ``turns`` or ``calls``."""

    text: str | float | Sequence[str | float]


Answer = str | AnswerWords
# Answers a prompt: sync or async.
AnswerFunction = Callable[[Prompt], Answer | Awaitable[Answer]]


class FunctionWords(ReplyWords):
    """The words of an item of ``turns`` or ``calls`` that a function answers; they are for what it does not return."""

    function: AnswerFunction


# An item of ``turns`` or ``calls``.


class ErrorScriptWords(ErrorWords, total=False):
    """The words of a script of an error: its fields, and what stands beside it."""

    literal: bool
    fault: Fault | Sequence[Fault]
    faults: Fault | Sequence[Fault]
    pace: Literal["none"] | PaceWords


Item = Answer | AnswerFunction | FunctionWords
