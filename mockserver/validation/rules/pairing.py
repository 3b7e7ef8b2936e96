"""Rules that pair tool uses with their results: for tools of the caller, server tools, and tools called by code."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from mockserver.blocks import BLOCKS
from mockserver.records.errors import Finding
from mockserver.records.offers import OUTER
from mockserver.validation.facts import Block, BlockRef, Facts, Survey, Turn, blocks_of, refuse
from mockserver.validation.texts import excerpt


def _list_results(use_kind: str) -> tuple[str, ...]:
    return tuple(kind for kind, row in BLOCKS.items() if row.answers == use_kind)


# The results of tools that the caller does not run, by the type of their uses.
SERVER_RESULTS = {
    row.answers: _list_results(row.answers) for row in BLOCKS.values() if row.answers and row.answers != "tool_use"
}
_RESULTS = SERVER_RESULTS["server_tool_use"]
# Recorders that mask secrets leave such ids; replayed recordings must be accepted.
_MASK = "_REDACTED_"
# Results whose type is not named after the tool.
_RESULT_TYPES = {tool: kind for kind, row in BLOCKS.items() for tool in row.tools}


def failures_told(facts: Facts) -> Finding | None:
    """The result of a tool that failed says so in text: not nothing, and nothing else.

    Source: observed 2025-12, both API versions; that an absent content and an empty list count as empty is inferred.
    """
    for ref in facts.survey.of("tool_result"):
        if ref.block.get("is_error") is not True:
            continue
        content = ref.block.get("content")
        if not content:
            return refuse(f"{ref.path}.tool_result: content cannot be empty if `is_error` is true")
        if not isinstance(content, str) and any(block.get("type") != "text" for block in content):
            return refuse(f"{ref.path}.tool_result: all content must be type `text` if `is_error` is true")
    return None


def uses_answered(facts: Facts) -> Finding | None:
    """Every tool use is answered at the start of the next user turn, once, and every result answers one.

    A directive (a system message that only sets the effort) may come between, as it is "accepted at any position".
    Messages number merged turns and their merged content; a later turn may use an id again (recorded 2026-08).
    Source: observed 2026-08 and 2026-09; "tool_result blocks must come first in the content array" documented.
    """
    if _is_paired(facts.survey):
        return None
    turns = facts.survey.turns
    uses: list[str] = []
    earlier = sum(1 for turn in turns if turn.message < 0) if facts.history else 0
    for number, turn in enumerate(turns):
        if turn.role == "assistant":
            uses = [str(block.get("id")) for block in turn.blocks if block.get("type") == "tool_use"]
            following = [after for after in turns[number + 1 : number + 3] if not _is_directive(after)]
            wrong = _find_repeated(turn) or _find_unanswered(uses, following)
        elif _is_directive(turn):
            continue
        else:
            wrong = _find_stray(turn, uses)
            uses = []
        if wrong:
            return refuse(f"messages.{number - earlier}{wrong}")
    return None


def uses_last(facts: Facts) -> Finding | None:
    """No text stands behind a tool use in its message: the use counts as unanswered.

    Source: recorded 2025-05 and 2026-05, with no counterexample among 6,950 requests.
    """
    survey = facts.survey
    last_texts: dict[int, int] = {}
    overtaken: dict[int, list[str]] = {}
    for ref in survey.of("tool_use"):
        if ref.message not in last_texts:
            blocks = blocks_of(survey.messages[ref.message - survey.start])
            texts = [position for position, block in enumerate(blocks) if block.get("type") == "text"]
            last_texts[ref.message] = texts[-1] if texts else -1
        if ref.position < last_texts[ref.message]:
            overtaken.setdefault(ref.message, []).append(str(ref.block.get("id")))
    for message, uses in overtaken.items():
        return refuse(f"messages.{_number_of(facts, message)}{_word_unanswered(uses)}")
    return None


def _number_of(facts: Facts, message: int) -> int:
    """The number that the API gives to the turn with this message, where it counts merged turns."""
    turns = facts.survey.turns
    number = bisect_right([turn.message for turn in turns], message) - 1
    return number - (sum(1 for turn in turns if turn.message < 0) if facts.history else 0)


def _is_directive(turn: Turn) -> bool:
    return turn.role == "system" and not turn.blocks


def _is_paired(survey: Survey) -> bool:
    """Whether a message that begins with the results follows each message with uses: the fast check for most cases."""
    uses, results = survey.of("tool_use"), survey.of("tool_result")
    message, position = -1, 0
    for use, result in zip(uses, results, strict=False):
        position = position + 1 if use.message == message else 0
        message = use.message
        place = result.message - 1, result.position, result.block.get("tool_use_id")
        if place != (message, position, use.block.get("id")):
            return False
    return len(uses) == len(results) == len({use.block.get("id") for use in uses})


def _find_repeated(turn: Turn) -> str:
    ids = set()
    for position, block in enumerate(turn.blocks):
        if block.get("type") == "tool_use":
            if block["id"] in ids:
                return f".content.{position}: `tool_use` ids must be unique"
            ids.add(block["id"])
    return ""


def _find_unanswered(uses: list[str], following: Sequence[Turn]) -> str:
    leading = takewhile(_is_result, following[0].blocks if following else ())
    answered = {block.get("tool_use_id") for block in leading}
    missing = [use for use in uses if use not in answered]
    return _word_unanswered(missing) if missing else ""


def _word_unanswered(missing: Sequence[str]) -> str:
    return (
        ": `tool_use` ids were found without `tool_result` blocks immediately after: "
        f"{', '.join(map(excerpt, missing))}. Each `tool_use` block must have a corresponding `tool_result` block in "
        "the next message."
    )


def _is_result(block: Block) -> bool:
    return block.get("type") == "tool_result"


def _find_stray(turn: Turn, uses: list[str]) -> str:
    if [block.get("tool_use_id") for block in turn.blocks if block.get("type") == "tool_result"] == uses:
        return ""
    known, answered = set(uses), set()
    for position, block in enumerate(turn.blocks):
        if not _is_result(block):
            continue
        use = block.get("tool_use_id", "")
        if use not in known:
            at = f".content.{position}"
            return _word_unexpected(at, "tool_result", use, "`tool_use` block in the previous message")
        if use in answered:
            text = "each tool_use must have a single result. Found multiple `tool_result` blocks with id"
            return f".content.{position}: {text}: {excerpt(use)}"
        answered.add(use)
    return ""


def _word_unexpected(at: str, kind: str, use: str, counterpart: str) -> str:
    return (
        f"{at}: unexpected `tool_use_id` found in `{kind}` blocks: {excerpt(use)}. "
        f"Each `{kind}` block must have a corresponding {counterpart}."
    )


def server_results_expected(facts: Facts) -> Finding | None:
    """The result of a server tool comes after its use.

    Source: observed 2026-09 (advisor_tool_result); "same form for other server tool results".
    """
    for use_kind, kinds in SERVER_RESULTS.items():
        uses = {ref.block.get("id"): ref for ref in facts.survey.of(use_kind)}
        for ref in facts.survey.of(*kinds):
            use = ref.block.get("tool_use_id", "")
            if (use not in uses or uses[use].indices > ref.indices) and _MASK not in use:
                return refuse(_word_unexpected(ref.path, ref.block["type"], use, f"`{use_kind}` block before it"))
    return None


def server_uses_resolved(facts: Facts) -> Finding | None:
    """A server tool's use without a result may only be followed by tool results, or end the conversation while its tool
    is still offered. The message numbers merged turns, as those of other tools do.

    Source: documented, stop reasons; text observed 2025-05 to 2026-08, its place in five reports.
    """
    survey = facts.survey
    done = {str(ref.block.get("tool_use_id")) for ref in survey.of(*_RESULTS)}
    is_masked = any(_MASK in use for use in done)
    users = [turn for turn in survey.turns if turn.role == "user"]
    starts = [turn.message for turn in users]
    for ref in survey.of("server_tool_use"):
        if is_masked or ref.block.get("id") in done:
            continue
        name = excerpt(ref.block.get("name"))
        following = users[(at := bisect_right(starts, ref.message)) : at + 1]
        if following and not all(map(_is_result, following[0].blocks)):
            return refuse(_word_unresolved(facts, ref, name), path=ref.path)
        if not _offers(facts.offered, name):
            text = f"{_word_unresolved(facts, ref, name)}, but no `{name}` tool was provided"
            return refuse(text, path=ref.path)
    return None


def _word_unresolved(facts: Facts, ref: BlockRef, name: str) -> str:
    result = _RESULT_TYPES.get(name, f"{name}_tool_result")
    return (
        f"messages.{_number_of(facts, ref.message)}: `{name}` tool use with id `{excerpt(ref.block.get('id'))}` "
        f"was found without a corresponding `{result}` block"
    )


def _offers(tools: Sequence[Mapping[str, Any]], name: str) -> bool:
    """Whether the tool is offered; a tool that code may call implies code execution (recorded 2026-02)."""
    start = OUTER.get(name, name)
    return any(str(tool.get("type") or "").startswith(start) or start in _callers(tool) for tool in tools)


def _callers(tool: Mapping[str, Any]) -> Iterable[str]:
    return (str(caller).rpartition("_")[0] for caller in tool.get("allowed_callers") or ())


def callers_known(facts: Facts) -> Finding | None:
    """A tool use by code names a code execution of the conversation.

    Source: observed 2026-09.
    """
    known = {ref.block.get("id") for ref in facts.survey.of("server_tool_use")}
    for ref in facts.survey.of("@called"):
        source = ref.block["caller"].get("tool_id")
        if source not in known:
            text = f"source tool `{excerpt(source)}` not found for tool use block `{excerpt(ref.block.get('id'))}`"
            return refuse(text, path=f"{ref.path}.{ref.block['type']}.caller")
    return None


def container_resumed(facts: Facts) -> Finding | None:
    """Code that waits for results of the tools it called continues in its container, which the request names.

    Source: observed 2026-08.
    """
    latest = facts.survey.latest_assistant
    waiting = any(ref.message >= latest and ref.block.get("type") == "tool_use" for ref in facts.survey.of("@called"))
    if not waiting or facts.body.get("container"):
        return None
    text = "container_id is required when there are pending tool uses generated by code execution with tools."
    return refuse(text, path="container")
