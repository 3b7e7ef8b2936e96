"""The facts that rules check: one request, its circumstances, and a survey of its conversation that is made once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from msgspec import Struct, field

from mockserver.blocks import BLOCKS
from mockserver.blocks.block import Nesting
from mockserver.blocks.held_files import HeldFiles
from mockserver.records.cached import lazy_property
from mockserver.records.call import VERSIONS
from mockserver.records.errors import Finding
from mockserver.reference.catalog import Model, lookup
from mockserver.reference.web_search import BUILT_IN, SearchLimits

Block = Mapping[str, Any]
# The verdict on a thinking block's signature: "ok", "foreign", "invalid" or "modified".
Examine = Callable[[Block], str]
# For a whole conversation: the part before the thinking block at (message, index) that has changed since the block was
# made, which is "", "system", "tools" or "messages".
Binding = Callable[[Mapping[str, Any]], Callable[[int, int, Block], str]]

T = TypeVar("T")

NEWEST = VERSIONS[-1]


class BlockRef(Struct, frozen=True):
    """A content block and its place in ``messages``; ``inner`` is the path below that of a block inside another."""

    message: int
    position: int
    block: Block
    inner: str = ""

    @property
    def indices(self) -> tuple[int, int]:
        """The index of the message, and of the block in it: the order of blocks."""
        return self.message, self.position

    @property
    def path(self) -> str:
        """The location of the block as the API writes it."""
        return f"messages.{self.message}.content.{self.position}{self.inner}"


BlockIndex = dict[str, list[BlockRef]]


class Turn(Struct, frozen=True):
    """Consecutive messages of one role, which the API merges; ``message`` is the index of the first."""

    role: str
    message: int
    blocks: list[Block]


class Survey(Struct, frozen=True, eq=False, dict=True):
    """An index of the conversation.

    ``kinds`` lists the blocks by type, nested ones too, but not plain text. Besides types it has these keys, so that
    they can trigger rules: ``@cache`` (blocks with cache_control), ``@cited`` (text blocks with citations), ``@empty``
    (empty text blocks), ``@hollow`` (messages without content), ``@blank`` (messages with white space only),
    ``@fields`` (messages with more than role and content), ``@called`` (uses called by code), ``@member`` (uses and
    results of a toolset's members).
    ``roles`` are those of the messages. Messages before index 0 are a continued thread's history.
    """

    kinds: Mapping[str, Sequence[BlockRef]]
    roles: Sequence[str]
    messages: Sequence[Mapping[str, Any]]
    start: int = 0

    def of(self, *kinds: str) -> list[BlockRef]:
        """The blocks of these kinds, in order of the kinds given."""
        return [ref for kind in kinds for ref in self.kinds.get(kind, ())]

    def role(self, index: int) -> str:
        """The role of the message with this index."""
        return self.roles[index - self.start]

    @lazy_property
    def turns(self) -> list[Turn]:
        """The merged turns: the API counts these in messages about tool uses and their results."""
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
    """A request and its circumstances.

    ``endpoint`` is ``messages``, ``count_tokens``, ``batches`` or ``batch_item`` (the params of one item).
    ``count`` gives the input tokens of a body and is only called when ``size``, its length in bytes, could be too
    much. ``read_maker`` names the model that made a thinking block, or "". ``history`` holds the earlier messages
    of a continued thread. ``is_open`` is whether a gateway's caller may use all betas without naming them.
    ``search_limits`` gives what web search refuses. ``files`` are those that the request may use; their contents stand
    in the messages already. Another callable left out finds nothing wrong.
    """

    body: Mapping[str, Any]
    model: Model
    endpoint: str = "messages"
    version: str = VERSIONS[0]
    betas: frozenset[str] = frozenset()
    profile: str = "relay"
    examine: Examine | None = None
    binding: Binding | None = None
    read_maker: Callable[[Block], str] | None = None
    count: Callable[[Mapping[str, Any]], int] | None = None
    size: int = 0
    history: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False
    search_limits: Callable[[], SearchLimits] = lambda: BUILT_IN
    find_model: Callable[[str], Model] = lookup
    files: HeldFiles | None = None

    def has_beta(self, *names: str) -> bool:
        """Whether the request may use what one of these betas enables."""
        return self.is_open or not self.betas.isdisjoint(names)

    @lazy_property
    def survey(self) -> Survey:
        """The index of the conversation."""
        sent, history = self.body.get("messages"), self.history
        messages = sent if isinstance(sent, list) else ()
        return survey_messages((*history, *messages), -len(history)) if history else survey_messages(messages)

    @lazy_property
    def conversation(self) -> Mapping[str, Any]:
        """The body with the whole conversation: the messages of a continued thread begin with its history."""
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
    def offered(self) -> Sequence[Mapping[str, Any]]:
        """The tools offered, and those that messages define on the way."""
        changes = [ref.block.get("tool") or {} for ref in self.survey.of("tool_addition")]
        return [*self.tools, *(change["definition"] for change in changes if change.get("definition"))]

    @lazy_property
    def tools_json(self) -> bytes:
        """The tools as JSON, the key of ``cache_by_tools``."""
        return orjson.dumps(self.tools)

    def tool_choice_type(self) -> str:
        """The type of ``tool_choice``, "" when it is absent."""
        given = self.body.get("tool_choice")
        return str(given.get("type", "")) if isinstance(given, Mapping) else ""

    def output_config(self, key: str) -> Any:
        """A value of ``output_config``; None when absent."""
        given = self.body.get("output_config")
        return given.get(key) if isinstance(given, Mapping) else None


def cache_by_tools(check: Callable[[bytes], T]) -> Callable[[bytes], T]:
    """Cache the results of a check of tools: the same tools come with each request of a conversation."""
    cached = lru_cache(maxsize=32)(check)
    return lambda tools: cached(tools) if len(tools) <= _LARGEST_CACHED else check(tools)


# Bytes; larger tools are not worth the memory.
_LARGEST_CACHED = 1 << 20


def refuse(
    message: str, *, path: str = "", status: int = 400, details: Mapping[str, Any] | None = None, hint: str = ""
) -> Finding:
    """A finding with the API's answer; running the rule fills in its name and source."""
    return Finding(message, rule="", source="", path=path, status=status, details=details, hint=hint)


def blocks_of(message: Mapping[str, Any]) -> Sequence[Block]:
    """The content blocks of a message; a string is one text block, an empty string none."""
    content = message.get("content") or ()
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def survey_messages(messages: Sequence[Mapping[str, Any]], start: int = 0) -> Survey:
    """Index every block of ``messages`` in one pass; the first message has the index ``start``."""
    index: BlockIndex = defaultdict(list)
    roles = []
    for number, message in enumerate(messages, start):
        roles.append(str(message.get("role")))
        if len(message) > 2:
            index["@fields"].append(BlockRef(number, 0, message))
        content = message.get("content")
        if not content:
            index["@hollow"].append(BlockRef(number, 0, message))
        elif content.isspace() if isinstance(content, str) else not _index_blocks(index, number, content):
            index["@blank"].append(BlockRef(number, 0, message))
    return Survey(index, roles, messages, start)


def _index_blocks(index: BlockIndex, number: int, content: Sequence[Block]) -> bool:
    """Index the blocks of a message; False when its only texts are white space."""
    filled, visible = False, False
    for position, block in enumerate(content):
        kind = block.get("type", "")
        if kind == "text":
            text = block.get("text") or ""
            filled = filled or text != ""
            visible = visible or not (text == "" or text.isspace())
            if len(block) > 2 or not text:
                _index_text(index, BlockRef(number, position, block))
        else:
            visible = True
            _index_block(index, kind, BlockRef(number, position, block))
    return visible or not filled


def _index_text(index: BlockIndex, ref: BlockRef) -> None:
    if not ref.block.get("text"):
        index["@empty"].append(ref)
    if ref.block.get("citations"):
        index["@cited"].append(ref)
    if ref.block.get("cache_control"):
        index["@cache"].append(ref)


def _index_block(index: BlockIndex, kind: str, ref: BlockRef) -> None:
    index[kind].append(ref)
    block = ref.block
    row = BLOCKS.get(kind)
    if row is not None and row.nesting is not None:
        _index_inner(index, ref, row.nesting)
    if block.get("cache_control"):
        index["@cache"].append(ref)
    if block.get("toolset_name"):
        index["@member"].append(ref)
    caller = block.get("caller")
    if caller and caller.get("type") != "direct":
        index["@called"].append(ref)


def _index_inner(index: BlockIndex, outer: BlockRef, nesting: Nesting) -> None:
    for number, block in enumerate(nesting.find(outer.block)):
        kind = block.get("type", "")
        if kind == "text" and len(block) == 2 and block.get("text"):
            continue
        ref = BlockRef(outer.message, outer.position, block, f"{outer.inner}{nesting.path}.{number}")
        if kind == "text":
            _index_text(index, ref)
        else:
            _index_block(index, kind, ref)
