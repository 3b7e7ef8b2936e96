"""What a rule may look at: one request, all that is known about it, and a survey of its conversation made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from msgspec import Struct, field

from mockserver.records.cached import lazy_property
from mockserver.records.call import VERSIONS
from mockserver.records.errors import Finding
from mockserver.reference.catalog import Model

Block = Mapping[str, Any]
# The verdict on a thinking block's signature: "ok", "foreign", "invalid" or "modified".
Examine = Callable[[Block], str]
# For a whole conversation: what changed before the thinking block at (message, index) since it was made, which is "",
# "system", "tools" or "messages".
Binding = Callable[[Mapping[str, Any]], Callable[[int, int, Block], str]]

T = TypeVar("T")

NEWEST = VERSIONS[-1]


class Spot(Struct, frozen=True):
    """A content block at its place in ``messages``; ``inner`` is the rest of the path of one inside another."""

    message: int
    position: int
    block: Block
    inner: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """The message, and the block's position in it."""
        return self.message, self.position

    @property
    def at(self) -> str:
        """The API's location of the block."""
        return f"messages.{self.message}.content.{self.position}{self.inner}"


Notes = dict[str, list[Spot]]


class Turn(Struct, frozen=True):
    """Consecutive messages of one role, which the API merges. ``message`` is the index of the first."""

    role: str
    message: int
    blocks: list[Block]


class Survey(Struct, frozen=True, eq=False, dict=True):
    """The conversation at a glance.

    ``kinds`` lists the blocks by type, nested ones too, but not plain text. Besides types it has these keys, so that
    rules can ask for them: ``@cache`` (blocks with cache_control), ``@cited`` (text blocks with citations), ``@empty``
    (empty text blocks), ``@hollow`` (messages without content), ``@blank`` (messages with white space only),
    ``@fields`` (messages with more than role and content), ``@called`` (uses called by code), ``@member`` (uses and
    results of a toolset's members).
    ``roles`` are those of the messages. Messages before index 0 are a continued thread's history.
    """

    kinds: Mapping[str, Sequence[Spot]]
    roles: Sequence[str]
    messages: Sequence[Mapping[str, Any]]
    start: int = 0

    def of(self, *kinds: str) -> list[Spot]:
        """The blocks of these kinds, in order of the kinds given."""
        return [spot for kind in kinds for spot in self.kinds.get(kind, ())]

    def role(self, index: int) -> str:
        """The role of the message with this index."""
        return self.roles[index - self.start]

    @lazy_property
    def turns(self) -> list[Turn]:
        """The merged turns: what the API numbers when it speaks of tool uses and their results."""
        turns: list[Turn] = []
        for index, (role, message) in enumerate(zip(self.roles, self.messages, strict=True), self.start):
            blocks = blocks_of(message)
            if turns and turns[-1].role == role:
                turns[-1].blocks.extend(blocks)
            else:
                turns.append(Turn(role, index, [*blocks]))
        return turns

    @lazy_property
    def prefill(self) -> Turn | None:
        """The assistant turn with content that ends the conversation, if it ends with one."""
        if self.roles[-1:] != ["assistant"]:
            return None
        return self.turns[-1] if self.turns[-1].blocks else None

    @lazy_property
    def latest_assistant(self) -> int:
        """The index of the first message of the latest assistant turn; -1 when there is none."""
        return next((turn.message for turn in reversed(self.turns) if turn.role == "assistant"), -1)


class Facts(Struct, frozen=True, eq=False, dict=True):
    """One request and its circumstances.

    ``endpoint`` is ``messages``, ``count_tokens``, ``batches`` or ``batch_item`` (the params of one item). ``count``
    gives the input tokens of a body and is only called when ``size``, its length in bytes, could be too much.
    ``history`` holds the earlier messages of a continued thread. A callable left out finds nothing wrong.
    """

    body: Mapping[str, Any]
    model: Model
    endpoint: str = "messages"
    version: str = VERSIONS[0]
    betas: frozenset[str] = frozenset()
    profile: str = "relay"
    examine: Examine | None = None
    binding: Binding | None = None
    count: Callable[[Mapping[str, Any]], int] | None = None
    size: int = 0
    history: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @lazy_property
    def survey(self) -> Survey:
        """The conversation at a glance, made on first use."""
        sent, history = self.body.get("messages"), self.history
        messages = sent if isinstance(sent, list) else ()
        return survey((*history, *messages), -len(history)) if history else survey(messages)

    @lazy_property
    def conversation(self) -> Mapping[str, Any]:
        """The body as if it held the whole conversation: that of a continued thread begins with its history."""
        return {**self.body, "messages": self.survey.messages} if self.history else self.body

    @lazy_property
    def thinking(self) -> str:
        """The thinking type in force: the one asked for, else the model's default (``adaptive`` or ``disabled``)."""
        given = self.body.get("thinking")
        if isinstance(given, Mapping):
            return str(given.get("type", ""))
        return "disabled" if self.model.thinking_default == "off" else "adaptive"

    @property
    def tools(self) -> Sequence[Mapping[str, Any]]:
        """The tools offered."""
        return self.body.get("tools") or ()

    @lazy_property
    def tools_text(self) -> bytes:
        """The tools as JSON, by which ``remembered`` knows them again."""
        return orjson.dumps(self.tools)

    def choice(self) -> str:
        """The type of ``tool_choice``, "" when it is absent."""
        given = self.body.get("tool_choice")
        return str(given.get("type", "")) if isinstance(given, Mapping) else ""

    def output(self, key: str) -> Any:
        """A value of ``output_config``; None when absent."""
        given = self.body.get("output_config")
        return given.get(key) if isinstance(given, Mapping) else None


def remembered(judge: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Remembers what was found in the latest tools: they come again with each request of a conversation."""
    known = lru_cache(maxsize=32)(judge)
    return lambda tools: known(tools) if len(tools) <= _LONGEST else judge(tools)


# Bytes; longer ones are not worth the memory.
_LONGEST = 1 << 20


def refuse(message: str, *, path: str = "", status: int = 400, details: Mapping[str, Any] | None = None) -> Finding:
    """What the API would answer; the rule's name and source are filled in by whoever runs the rule."""
    return Finding(message, rule="", source="", path=path, status=status, details=details)


def blocks_of(message: Mapping[str, Any]) -> Sequence[Block]:
    """The content blocks of a message; a string is one text block, an empty string none."""
    content = message.get("content") or ()
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def survey(messages: Sequence[Mapping[str, Any]], start: int = 0) -> Survey:
    """Looks once at every block of ``messages``, the first of which has the index ``start``."""
    notes: dict[str, list[Spot]] = defaultdict(list)
    roles = []
    for number, message in enumerate(messages, start):
        roles.append(str(message.get("role")))
        if len(message) > 2:
            notes["@fields"].append(Spot(number, 0, message))
        content = message.get("content")
        if not content:
            notes["@hollow"].append(Spot(number, 0, message))
        elif content.isspace() if isinstance(content, str) else not _list_blocks(notes, number, content):
            notes["@blank"].append(Spot(number, 0, message))
    return Survey(notes, roles, messages, start)


def _list_blocks(notes: Notes, number: int, content: Sequence[Block]) -> bool:
    """Notes the blocks of a message; whether there is anything to see, empty texts left aside."""
    filled, visible = False, False
    for position, block in enumerate(content):
        kind = block.get("type", "")
        if kind == "text":
            text = block.get("text") or ""
            filled = filled or text != ""
            visible = visible or not (text == "" or text.isspace())
            if len(block) > 2 or not text:
                _note_text(notes, Spot(number, position, block))
        else:
            visible = True
            _note_block(notes, kind, Spot(number, position, block))
    return visible or not filled


def _note_text(notes: Notes, spot: Spot) -> None:
    if not spot.block.get("text"):
        notes["@empty"].append(spot)
    if spot.block.get("citations"):
        notes["@cited"].append(spot)
    if spot.block.get("cache_control"):
        notes["@cache"].append(spot)


def _note_block(notes: Notes, kind: str, spot: Spot) -> None:
    notes[kind].append(spot)
    block = spot.block
    if kind in _NESTING:
        content, path = _NESTING[kind](block)
        if type(content) is list:
            _list_inner(notes, spot, content, path)
    if len(block) <= _SIMPLEST.get(kind, 0):
        return
    if block.get("cache_control"):
        notes["@cache"].append(spot)
    if block.get("toolset_name"):
        notes["@member"].append(spot)
    caller = block.get("caller")
    if caller and caller.get("type") != "direct":
        notes["@called"].append(spot)


def _list_inner(notes: Notes, outer: Spot, content: Sequence[Block], path: str) -> None:
    for index, block in enumerate(content):
        kind = block.get("type", "")
        if kind == "text" and len(block) == 2 and block.get("text"):
            continue
        spot = Spot(outer.message, outer.position, block, f"{outer.inner}{path}.{index}")
        if kind == "text":
            _note_text(notes, spot)
        else:
            _note_block(notes, kind, spot)


def _document_content(block: Block) -> tuple[object, str]:
    source = block.get("source")
    return source.get("content") if isinstance(source, Mapping) else None, ".document.source.content.content"


# As many keys as these blocks must have: with no more there is nothing else to note. (A tool result with three keys may
# leave out its content instead.)
_SIMPLEST = {"tool_use": 4, "tool_result": 2, "thinking": 3}
# Blocks that hold other blocks: these, and the path to them.
_NESTING: dict[str, Callable[[Block], tuple[object, str]]] = {
    "tool_result": lambda block: (block.get("content"), ".tool_result.content"),
    "document": _document_content,
    "search_result": lambda block: (block.get("content"), ".search_result.content"),
}
