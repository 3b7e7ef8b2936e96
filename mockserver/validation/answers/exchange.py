"""A request and the message that answered it, as the checks of answers read them: scripts may write any shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from mockserver.records.cached import lazy_property
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Block
from mockserver.reference.catalog import Model

# Answers that end before the model was done: their last block may be torn.
TORN = ("max_tokens", "model_context_window_exceeded", "refusal")

# The path to a part of the message, and what is wrong there.
Flaw = tuple[str, str]


class Exchange(Struct, frozen=True, dict=True):
    """A request as received, the model it asks for, and the message that answered it."""

    prompt: Prompt
    model: Model
    message: Mapping[str, Any]

    @lazy_property
    def blocks(self) -> tuple[tuple[str, Block], ...]:
        """The blocks of the answer, each behind its path."""
        content = self.message.get("content")
        given = enumerate(content) if isinstance(content, list) else ()
        return tuple((f"content.{at}", block) for at, block in given if isinstance(block, Mapping))

    @property
    def is_torn(self) -> bool:
        """Whether the answer ended before the model was done."""
        return self.message.get("stop_reason") in TORN

    def find(self, *kinds: str) -> Iterator[tuple[str, Block]]:
        """The blocks of these types, each behind its path."""
        return ((path, block) for path, block in self.blocks if block.get("type") in kinds)

    @lazy_property
    def offered(self) -> tuple[Mapping[str, Any], ...]:
        """The tools in force."""
        return tuple(tool for tool in self.prompt.offered if isinstance(tool, Mapping))

    @lazy_property
    def servers(self) -> frozenset[str]:
        """The names of the MCP servers given."""
        given = self.prompt.body.get("mcp_servers")
        servers = given if isinstance(given, list) else ()
        return frozenset(str(each.get("name")) for each in servers if isinstance(each, Mapping))


def as_mapping(value: Any) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}
