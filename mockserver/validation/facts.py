"""What a rule may look at: one request, all that is known about it, and a survey of its conversation made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from mockserver.call import VERSIONS
from mockserver.catalog import Model
from mockserver.errors import Finding

Block = Mapping[str, Any]
# The verdict on a thinking block's signature: "ok", "foreign", "invalid" or "modified".
Examine = Callable[[Block], str]
# What changed before the thinking block at (message, index), since it was made: "", "system", "tools" or "messages".
Changed = Callable[[int, int, Block], str]

NEWEST = VERSIONS[-1]


class Spot(NamedTuple):
    """A content block at its place in ``messages``; ``inner`` is the rest of the path of one inside another."""

    message: int
    position: int
    block: Block
    inner: str = ""

    @property
    def at(self) -> str:
        """The API's location of the block."""
        return f"messages.{self.message}.content.{self.position}{self.inner}"


class Turn(NamedTuple):
    """Consecutive messages of one role, which the API merges. ``message`` is the index of the first."""

    role: str
    message: int
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Survey:
    """The conversation at a glance.

    ``kinds`` lists the blocks by type, nested ones too, but not plain text. Besides types it has these keys, so that
    rules can ask for them: ``@cache`` (blocks with cache_control), ``@cited`` (text blocks with citations), ``@empty``
    (empty text blocks), ``@hollow`` (messages without content), ``@blank`` (messages with white space only),
    ``@fields`` (messages with more than role and content).
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

    @cached_property
    def turns(self) -> list[Turn]:
        """The merged turns: what the API numbers when it speaks of tool uses and their results."""
        turns: list[Turn] = []
        for index, (role, message) in enumerate(zip(self.roles, self.messages, strict=True), self.start):
            blocks = blocks_of(message)
            if turns and turns[-1].role == role:
                turns[-1] = turns[-1]._replace(blocks=(*turns[-1].blocks, *blocks))
            else:
                turns.append(Turn(role, index, blocks))
        return turns

    @cached_property
    def latest_assistant(self) -> int:
        """The index of the first message of the latest assistant turn; -1 when there is none."""
        return next((turn.message for turn in reversed(self.turns) if turn.role == "assistant"), -1)


@dataclass(frozen=True)
class Facts:
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
    changed: Changed | None = None
    count: Callable[[Mapping[str, Any]], int] | None = None
    size: int = 0
    history: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def survey(self) -> Survey:
        """The conversation at a glance, made on first use."""
        sent = self.body.get("messages")
        messages = (*self.history, *(sent if isinstance(sent, list) else ()))
        return survey(messages, -len(self.history))

    @cached_property
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

    def choice(self) -> str:
        """The type of ``tool_choice``, "" when it is absent."""
        given = self.body.get("tool_choice")
        return str(given.get("type", "")) if isinstance(given, Mapping) else ""

    def output(self, key: str) -> Any:
        """A value of ``output_config``; None when absent."""
        given = self.body.get("output_config")
        return given.get(key) if isinstance(given, Mapping) else None


def refuse(message: str, *, path: str = "", status: int = 400, details: Mapping[str, Any] | None = None) -> Finding:
    """What the API would answer; the rule's name and source are filled in by whoever runs the rule."""
    return Finding(message, rule="", source="", path=path, status=status, details=details)


def blocks_of(message: Mapping[str, Any]) -> Sequence[Block]:
    """The content blocks of a message; a string is one text block, an empty string none."""
    content = message.get("content") or ()
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def survey(messages: Sequence[Mapping[str, Any]], start: int = 0) -> Survey:
    """Looks once at every block of ``messages``, the first of which has the index ``start``."""
    kinds: dict[str, list[Spot]] = {}
    roles = []
    for number, message in enumerate(messages, start):
        roles.append(str(message.get("role")))
        content = message.get("content")
        if len(message) > 2:
            _note(kinds, "@fields", Spot(number, 0, message))
        if not content:
            _note(kinds, "@hollow", Spot(number, 0, message))
        elif isinstance(content, str):
            if content.isspace():
                _note(kinds, "@blank", Spot(number, 0, message))
        else:
            _list_blocks(kinds, number, content, message)
    return Survey(kinds, roles, messages, start)


def _note(kinds: dict[str, list[Spot]], kind: str, spot: Spot) -> None:
    kinds.setdefault(kind, []).append(spot)


def _list_blocks(
    kinds: dict[str, list[Spot]], number: int, content: Sequence[Block], message: Mapping[str, Any]
) -> None:
    filled, visible = False, False
    for index, block in enumerate(content):
        kind = block.get("type", "")
        if kind == "text":
            text = block.get("text") or ""
            filled = filled or bool(text)
            visible = visible or not (not text or text.isspace())
            _note_text(kinds, Spot(number, index, block), text)
        else:
            visible = True
            spot = Spot(number, index, block)
            _note(kinds, kind, spot)
            if kind in _NESTING:
                _NESTING[kind](kinds, spot)
        if block.get("cache_control"):
            _note(kinds, "@cache", Spot(number, index, block))
    if filled and not visible:
        _note(kinds, "@blank", Spot(number, 0, message))


def _note_text(kinds: dict[str, list[Spot]], spot: Spot, text: str) -> None:
    if not text:
        _note(kinds, "@empty", spot)
    if spot.block.get("citations"):
        _note(kinds, "@cited", spot)


def _list_result(kinds: dict[str, list[Spot]], outer: Spot) -> None:
    _list_inner(kinds, outer, outer.block.get("content"), ".tool_result.content")


def _list_document(kinds: dict[str, list[Spot]], outer: Spot) -> None:
    source = outer.block.get("source")
    if isinstance(source, Mapping) and source.get("type") == "content":
        _list_inner(kinds, outer, source.get("content"), ".document.source.content.content")


def _list_search(kinds: dict[str, list[Spot]], outer: Spot) -> None:
    _list_inner(kinds, outer, outer.block.get("content"), ".search_result.content")


def _list_inner(kinds: dict[str, list[Spot]], outer: Spot, content: object, path: str) -> None:
    if not isinstance(content, list):
        return
    for index, block in enumerate(content):
        spot = Spot(outer.message, outer.position, block, f"{outer.inner}{path}.{index}")
        kind = block.get("type", "")
        if kind == "text":
            _note_text(kinds, spot, block.get("text") or "")
        else:
            _note(kinds, kind, spot)
            if kind in _NESTING:
                _NESTING[kind](kinds, spot)
        if block.get("cache_control"):
            _note(kinds, "@cache", spot)


# Blocks that hold other blocks.
_NESTING: dict[str, Callable[[dict[str, list[Spot]], Spot], None]] = {
    "tool_result": _list_result,
    "document": _list_document,
    "search_result": _list_search,
}
