"""``safeguard_results`` of an answer: for each of its tool uses, whether the API flags it as dangerous."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mockserver.records.reply import Block


def judge_tool_uses(
    safeguards: Iterable[Mapping[str, Any]], content: Sequence[Block], stop_reason: str
) -> list[dict[str, Any]]:
    """The results of each safeguard that a request asks for: no tool use of the caller's is dangerous.

    One that was cut off by ``max_tokens`` cannot be judged. Server tools are not judged, as their ids are not the
    caller's; a request under the beta alone has no results.
    Source: captured 2026-09 and 2026-10, on five models, whole and streamed, under 2023-06-01; both API versions.
    """
    uses = {block.get("id"): _EVALUATED for block in content if block.get("type") == "tool_use"}
    if stop_reason == "max_tokens" and content and content[-1].get("id") in uses:
        uses[content[-1].get("id")] = _TRUNCATED
    status = {"type": "available", "tool_uses": uses}
    return [{"type": safeguard.get("type"), "status": status} for safeguard in safeguards]


_EVALUATED = {"type": "evaluated", "outcome": "not_flagged"}
_TRUNCATED = {"type": "unavailable", "reason": "truncated"}
