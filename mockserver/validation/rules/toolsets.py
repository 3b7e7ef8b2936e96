"""Rules of toolsets: the results of members of the computer and the browser toolset."""

from __future__ import annotations

from collections import Counter

from mockserver.records.errors import Finding
from mockserver.validation.facts import BlockRef, Facts, refuse
from mockserver.validation.texts import excerpt

_MEMBER_BLOCKS = frozenset({"text", "image", "browser_state"})


def members_answered_alike(facts: Facts) -> Finding | None:
    """The result of a toolset's member repeats the toolset's name and holds text and images only.

    Source: documented, computer and browser toolsets; texts inferred.
    """
    uses = {ref.block.get("id"): ref.block.get("toolset_name") for ref in facts.survey.of("tool_use")}
    for ref in facts.survey.of("tool_result"):
        toolset = uses.get(ref.block.get("tool_use_id"))
        if toolset != ref.block.get("toolset_name"):
            shown = f"'{excerpt(toolset)}'" if toolset else "absent"
            return refuse(f"{ref.path}.tool_result.toolset_name: must be {shown}, as in the tool_use it answers")
        if toolset and not _list_types(ref) <= _MEMBER_BLOCKS:
            reason = "the result of a toolset member supports `text`, `image` and `browser_state` blocks only"
            return refuse(f"{ref.path}.tool_result.content: {reason}")
    return None


def _list_types(ref: BlockRef) -> set[str]:
    content = ref.block.get("content")
    return {str(block.get("type")) for block in content} if isinstance(content, list) else set()


def browser_described(facts: Facts) -> Finding | None:
    """A browser_state stands alone in a result of the browser toolset; one of its tabs is the active one, and each
    download changes once.

    Source: documented in the official SDK; texts inferred.
    """
    results = set()
    for ref in facts.survey.of("browser_state"):
        outer = facts.survey.messages[ref.message - facts.survey.start]["content"][ref.position]
        if outer.get("toolset_name") != "browser" or outer.get("is_error") or ref.indices in results:
            reason = "one `browser_state` block is supported, in a successful result of the browser toolset"
            return refuse(f"{ref.path}: {reason}")
        results.add(ref.indices)
        tabs = ref.block.get("tabs") or ()
        if tabs and sum(1 for tab in tabs if tab.get("active")) != 1:
            return refuse(f"{ref.path}.browser_state.tabs: exactly one tab must be active")
        changes = ref.block.get("state_changes")
        if changes == []:
            return refuse(f"{ref.path}.browser_state.state_changes: must not be empty; leave it out instead")
        downloads = Counter(change["download_id"] for change in changes or () if "download_id" in change)
        twice = next((name for name, times in downloads.items() if times > 1), None)
        if twice is not None:
            reason = f"at most one state change per download_id is supported, found several for '{excerpt(twice)}'"
            return refuse(f"{ref.path}.browser_state.state_changes: {reason}")
    return None
