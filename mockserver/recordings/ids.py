"""Ids that differ from run to run: where they stand, and how they look in texts."""

from __future__ import annotations

import re

# Keys whose text is an id, whatever it looks like.
KEYS = frozenset(
    (
        "batch_id",
        "container",
        "container_id",
        "file_id",
        "id",
        "previous_message_id",
        "previous_thread_event_id",
        "tool_id",
        "tool_use_id",
    )
)
_LIKELY = re.compile(r"_[A-Za-z0-9]")
# Those of tool uses, of messages, of objects, of requests, as the API and gateways before it make them: with a digit.
_IN_TEXT = re.compile(
    r"(?<![A-Za-z0-9])(?:srvtoolu|mcptoolu|toolu|call|msgbatch|msg|file|container|req)"
    r"_(?:vrtx_|bdrk_)?(?=[A-Za-z]*[0-9])[A-Za-z0-9]{10,64}(?![A-Za-z0-9])"
)


class Numbering:
    """Numbers the ids of one request in the order in which they come first: two different ones stay different."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def name(self, id_: str) -> str:
        """What stands for an id."""
        return f"\u2039id {self._numbers.setdefault(id_, len(self._numbers) + 1)}\u203a"

    def replace(self, text: str) -> str:
        """A text with what stands for each id in it."""
        return _IN_TEXT.sub(lambda found: self.name(found[0]), text) if _LIKELY.search(text) else text
