"""A few things of bodies and answers, for lists: what is not shown is skipped, not parsed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec
from msgspec import Raw, Struct

from mockserver.records.prompt import text_of
from mockserver.reference import client_tags
from mockserver.store.threads import Thread

# Letters that are shown of a text, and that are masked for it.
SHOWN, ROOM = 200, 800
# Stands in each answer that calls a tool: the end of the type of such a block.
_USE = b'_use"'


class Body(Struct, frozen=True):
    """The parts of a body that lists show; nothing where it is no JSON object. Values are as sent, of any type."""

    model: Any = None
    stream: Any = None
    messages: Raw = Raw(b"")

    def show_model(self, show: Callable[[str], str]) -> str | None:
        """The model asked for, masked by ``show``; None when none is named."""
        return show(self.model) if isinstance(self.model, str) else None

    @property
    def asks_for_events(self) -> bool:
        """Whether a stream is asked for."""
        return self.stream is True


class _Block(Struct, frozen=True):
    type: Any = None
    name: Any = None


class _Message(Struct, frozen=True):
    content: list[_Block] = []


_BODY, _LIST, _MESSAGE = (msgspec.json.Decoder[Any](kind) for kind in (Body, list[Raw], _Message))
_BROKEN = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
_NOTHING = Body()


def skim(body: bytes) -> Body:
    """The parts of a body that lists show."""
    try:
        return _BODY.decode(body)  # type: ignore[no-any-return]
    except _BROKEN:
        return _NOTHING


def find_user_text(body: Body, thread: Thread) -> str:
    """The beginning of the last user text, of ``ROOM`` letters; "" when there is none.

    As ``Prompt.user``, without what clients add in tags of theirs.
    """
    try:
        sent = _LIST.decode(body.messages) if body.messages else ()
        text = _read_last_turn(chain(map(msgspec.json.decode, reversed(sent)), reversed(thread.history())))
    except (*_BROKEN, AttributeError, TypeError):
        return ""  # a body that the API refuses
    return client_tags.remove(text).strip()[:ROOM]


def _read_last_turn(messages: Iterable[Mapping[str, Any]]) -> str:
    """The text of the last user turn that has one; the latest message comes first."""
    parts: list[str] = []
    for message in messages:
        role, content = message.get("role"), message.get("content") or ""
        is_said = role == "user" and not (isinstance(content, list) and any(_is_result(block) for block in content))
        if is_said and (text := text_of(content)):
            parts.insert(0, text)
        elif parts and role in ("assistant", "user"):
            break
    return "\n".join(parts)


def _is_result(block: Mapping[str, Any]) -> bool:
    return block.get("type") == "tool_result"


def find_tools(message: bytes) -> Iterator[str]:
    """The names of the tools that an answer calls, in order, each once."""
    if _USE not in message:
        return iter(())
    try:
        blocks = _MESSAGE.decode(message).content
    except _BROKEN:
        return iter(())
    names = (block.name for block in blocks if str(block.type).endswith("_use"))
    return iter(dict.fromkeys(name for name in names if isinstance(name, str)))
