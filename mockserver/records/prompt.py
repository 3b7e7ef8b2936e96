"""The conversation in the body of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import orjson
from msgspec import Struct, field
from msgspec.structs import replace

from mockserver.records.cached import lazy_property
from mockserver.records.call import NO_BETAS, VERSIONS, Call
from mockserver.records.endpoints import MESSAGES
from mockserver.records.offers import find_offered

FillFiles = Callable[[Sequence[Mapping[str, Any]]], Sequence[Mapping[str, Any]]]


class ToolResultBlock(dict[str, Any]):
    """A ``tool_result`` block as it was sent, with the ``name`` of its tool added."""

    @property
    def name(self) -> str:
        """The name of the tool; "" when no tool use of this id is there."""
        return str(self["name"])

    @property
    def id(self) -> str:
        """The id of the tool use."""
        return str(self.get("tool_use_id", ""))

    @property
    def text(self) -> str:
        """The text of the content."""
        return text_of(self.get("content") or "")

    @property
    def value(self) -> Any:
        """The text, decoded where that is JSON."""
        try:
            return orjson.loads(self.text)
        except orjson.JSONDecodeError:
            return self.text

    @property
    def is_error(self) -> bool:
        """Whether the tool failed."""
        return bool(self.get("is_error"))


class Prompt(Struct, frozen=True, dict=True):
    """The conversation as the model would see it.

    ``body`` is the parsed request; for a continued thread ``messages`` is the whole conversation, rebuilt from what the
    server answered before, else simply the body's. ``method`` and ``path`` are those of the call;
    ``is_path_exact`` says that no prefix stands before the path any more. ``endpoint`` is the name of the endpoint
    asked; "" when there is none. ``is_fallback`` says that another model declined before. ``fill_files`` puts the
    contents of files in the place of their ids in messages; None where no file is named. ``custom_id`` is the id of the
    request in a batch; None when it is none of a batch. ``wire`` is the wire format in which it came. ``form`` is None
    where ``body`` is as it was sent; else ``body`` is what was read of that, in the Messages form, and ``form`` says on
    what the form of the answer depends, for ``Wire.write`` and its siblings.
    """

    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    version: str = VERSIONS[0]
    betas: frozenset[str] = NO_BETAS
    key: str | None = None
    session: str = ""
    history: tuple[Mapping[str, Any], ...] = ()
    method: str = "POST"
    path: str = "/v1/messages"
    is_fallback: bool = False
    is_path_exact: bool = False
    endpoint: str = MESSAGES
    fill_files: FillFiles | None = None
    custom_id: str | None = None
    call: Call | None = None
    is_loose: bool = False
    wire: str = MESSAGES
    form: Mapping[str, Any] | None = None

    @property
    def seen(self) -> Prompt:
        """The prompt as the model reads it: with the contents of the files that it names."""
        return self if self.fill_files is None else self._filled

    @property
    def messages(self) -> Sequence[Mapping[str, Any]]:
        """The effective conversation: the thread's history, then the messages sent."""
        return self._conversation if self.history else self.body.get("messages") or ()

    @property
    def model(self) -> str:
        """The model asked for, as sent (an alias stays an alias)."""
        return str(self.body.get("model", ""))

    @property
    def stream(self) -> bool:
        """Whether the caller asked for server-sent events."""
        return self.body.get("stream") is True

    @lazy_property
    def system(self) -> str:
        """The text of the top-level ``system`` parameter."""
        return text_of(self.body.get("system") or "")

    @property
    def user(self) -> str:
        """The user text: the text of the last user turn without tool results."""
        return self._user_and_turn[0]

    @property
    def turn(self) -> int:
        """The number of assistant turns after the user text: 0 for the first answer to it.

        Consecutive messages of one role are one turn, a paused answer that came back is one of its own, and a final
        prefill is none.
        """
        return self._user_and_turn[1]

    @lazy_property
    def assistant_turns(self) -> int:
        """The number of assistant turns in the whole conversation, counted alike: 0 for its first answer."""
        return _count_turns(self.messages)

    @lazy_property
    def offered(self) -> Sequence[Mapping[str, Any]]:
        """The tools offered: those of the request, as messages on the way have changed them."""
        sent = self.body.get("messages")
        return find_offered(self.body.get("tools") or (), chain(self.history, sent if isinstance(sent, list) else ()))

    @lazy_property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools offered."""
        return tuple(name for tool in self.offered if (name := tool.get("name")))

    @lazy_property
    def tool_results(self) -> tuple[ToolResultBlock, ...]:
        """The ``tool_result`` blocks after the latest assistant turn, with the ``name`` of their tool added."""
        latest: list[Mapping[str, Any]] = []
        for message in reversed(self.messages):
            if message.get("role") == "assistant":
                break
            if message.get("role") == "user":
                latest[:0] = [block for block in blocks_of(message) if block.get("type") == "tool_result"]
        if not latest:
            return ()
        names = self._tool_names
        return tuple(ToolResultBlock(block, name=names.get(block.get("tool_use_id", ""), "")) for block in latest)

    @lazy_property
    def begun(self) -> tuple[Mapping[str, Any], ...]:
        """The blocks of the assistant since the user's last text, where the next answer goes on with them: behind a
        pause or results of tools.
        """
        messages = self.messages
        if len(messages) < 2 or (messages[-1].get("role") != "assistant" and not self.tool_results):
            return ()
        found: list[Mapping[str, Any]] = []
        for message in reversed(messages):
            if message.get("role") == "assistant":
                found[:0] = blocks_of(message)
            elif message.get("role") == "user" and not _has_tool_results(message):
                break
        return tuple(found)

    @lazy_property
    def open_uses(self) -> tuple[Mapping[str, Any], ...]:
        """The uses of the API's own tools among ``begun`` whose results are not there yet."""
        answered = {str(block.get("tool_use_id")) for block in self.begun}
        uses = (block for block in self.begun if block.get("type") == "server_tool_use")
        return tuple(use for use in uses if str(use.get("id")) not in answered)

    @property
    def thinking(self) -> str:
        """The type of the ``thinking`` parameter (``enabled``, ``adaptive`` ...), or "" when it is absent."""
        given = self.body.get("thinking")
        return str(given.get("type", "")) if isinstance(given, Mapping) else ""

    @lazy_property
    def _filled(self) -> Prompt:
        fill = self.fill_files or tuple
        body = {**self.body, "messages": fill(self.body.get("messages") or ())}
        return replace(self, body=body, history=tuple(fill(self.history)), fill_files=None)

    @lazy_property
    def _conversation(self) -> Sequence[Mapping[str, Any]]:
        return (*self.history, *(self.body.get("messages") or ()))

    @lazy_property
    def _user_and_turn(self) -> tuple[str, int]:
        messages = self.messages
        if len(messages) == 1 and messages[0].get("role") == "user" and not _has_tool_results(messages[0]):
            return text_of(messages[0].get("content") or ""), 0
        for index in range(len(messages) - 1, -1, -1):
            if messages[index].get("role") == "user" and not _has_tool_results(messages[index]):
                return self._text_up_to(index), _count_turns(messages[index:])
        return "", _count_turns(messages)

    def _text_up_to(self, index: int) -> str:
        """The text of the user turn that ends at ``index``: consecutive user messages are one turn."""
        parts: list[str] = []
        for message in reversed(self.messages[: index + 1]):
            if message.get("role") == "assistant" or (message.get("role") == "user" and _has_tool_results(message)):
                break
            if message.get("role") == "user":
                parts.insert(0, text_of(message.get("content") or ""))
        return "\n".join(part for part in parts if part)

    @lazy_property
    def _tool_names(self) -> dict[str, str]:
        return {
            str(block.get("id", "")): str(block.get("name", ""))
            for message in self.messages
            if message.get("role") == "assistant"
            for block in blocks_of(message)
            if block.get("type") in ("tool_use", "mcp_tool_use", "server_tool_use")
        }


def text_of(content: str | Sequence[Mapping[str, Any]]) -> str:
    """The text of a message's content: its string, or its text blocks joined by line ends."""
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text", "")) for block in content if block.get("type") == "text")


def blocks_of(message: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The content blocks of a message; a string is one text block."""
    content = message.get("content") or ()
    return ({"type": "text", "text": content},) if isinstance(content, str) else content


def _count_turns(messages: Sequence[Mapping[str, Any]]) -> int:
    turns, previous, final = 0, "", True
    for message in reversed(messages):
        role = message.get("role")
        if role == "assistant":
            # Consecutive messages of one role are one turn, and an assistant turn at the end is a prefill. A paused
            # answer is neither: it is sent back unchanged, and the next answer continues it.
            turns += _is_paused(message) or (previous != "assistant" and not final)
        elif role == "user":
            final = False
        if role != "system":
            previous = str(role)
    return turns


def _has_tool_results(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    return not isinstance(content, str) and any(block.get("type") == "tool_result" for block in content or ())


def _is_paused(message: Mapping[str, Any]) -> bool:
    content = message.get("content")
    return not isinstance(content, str) and any(block.get("type") == "server_tool_use" for block in content or ())
