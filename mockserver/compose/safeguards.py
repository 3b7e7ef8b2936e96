"""What the API's safeguards say of an answer: a verdict for each tool use that a client may want to run unasked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.records.reply import Block


def judge_tool_uses(safeguards: Iterable[Mapping[str, Any]], content: Iterable[Block]) -> list[dict[str, Any]]:
    """The results of each safeguard that a request asks for: no tool use of the caller's is dangerous.

    Server tools are not judged, as their ids are not the caller's; a request under the beta alone has no results.
    Source: captured 2026-09 and 2026-10, on five models, whole and streamed.
    """
    verdict = {"type": "evaluated", "outcome": "not_flagged"}
    uses = {block.get("id"): verdict for block in content if block.get("type") == "tool_use"}
    status = {"type": "available", "tool_uses": uses}
    return [{"type": safeguard.get("type"), "status": status} for safeguard in safeguards]
