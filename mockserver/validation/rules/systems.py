"""Rules of system messages inside ``messages``: their position, content and scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, Survey, blocks_of, refuse
from mockserver.validation.rules.conversation import SYSTEM_BLOCKS

Message = Mapping[str, Any]
_TAIL = "; the directive-only form (content: [] with output_config) is accepted at any position"
_BLOCKS = frozenset({"text", *SYSTEM_BLOCKS})
_TURN_SCOPED = "a turn-scoped system message"
_SCOPE = "(clear_at: 'next_user_message')"


def system_messages(facts: Facts) -> Finding | None:
    """A system message follows a user turn, or an assistant turn that ends in a server tool's result, and comes last or
    before an assistant turn. It holds text or tool changes. In order: content, types, first, position, white space.

    Consecutive ones are one section, named by its last message with content; a directive in it changes no verdict.
    Source: observed 2026-09 and 2026-10; order measured; sections documented.
    """
    survey = facts.survey
    for index, message in enumerate(survey.messages, survey.start):
        if survey.role(index) != "system":
            continue
        for check in _CHECKS:
            wrong = check(survey, index, message)
            if wrong:
                return refuse(f"messages.{index}: {wrong}")
    return None


def _check_content(_survey: Survey, _index: int, message: Message) -> str:
    return "" if message.get("content") or _is_directive(message) else "system content must contain at least one block"


def _check_block_types(_survey: Survey, _index: int, message: Message) -> str:
    if all(block.get("type") in _BLOCKS for block in blocks_of(message)):
        return ""
    return "role 'system' supports text, tool_addition, and tool_removal blocks only"


def _check_first(survey: Survey, index: int, message: Message) -> str:
    if _is_directive(message) or any(role != "system" for role in islice(survey.roles, index - survey.start)):
        return ""
    return f"use the top-level 'system' parameter for the initial system prompt{_TAIL}"


def _check_position(survey: Survey, index: int, message: Message) -> str:
    place = after = index - survey.start
    while survey.roles[after : after + 1] == ["system"] and (after == place or _is_directive(survey.messages[after])):
        after += 1
    if _is_directive(message) or survey.roles[after : after + 1] == ["system"]:
        return ""
    if survey.roles[after : after + 1] == ["user"]:
        return f"role 'system' must precede an 'assistant' message or end the array{_TAIL}"
    while survey.roles[place] == "system":
        place -= 1
    if survey.roles[place] == "user" or _ends_in_result(survey.messages[place]):
        return ""
    return f"role 'system' must follow a 'user' message or an 'assistant' message ending in a server tool result{_TAIL}"


def _check_visible(_survey: Survey, _index: int, message: Message) -> str:
    texts = [str(block.get("text", "")) for block in blocks_of(message) if block.get("type") == "text"]
    return "" if all(text and not text.isspace() for text in texts) else _INVISIBLE


_INVISIBLE = "system text blocks must contain non-whitespace text"
_CHECKS: tuple[Callable[[Survey, int, Message], str], ...] = (
    _check_content,
    _check_block_types,
    _check_first,
    _check_position,
    _check_visible,
)


def _is_directive(message: Message) -> bool:
    return not message.get("content") and bool(message.get("output_config"))


def _ends_in_result(message: Message) -> bool:
    blocks = blocks_of(message)
    return bool(blocks) and str(blocks[-1].get("type")).endswith("_tool_result")


def system_fields(facts: Facts) -> Finding | None:
    """``clear_at`` and ``output_config`` belong to system messages; a turn-scoped one holds plain text only.

    Source: observed 2026-09.
    """
    survey = facts.survey
    for ref in survey.of("@fields"):
        wrong = _check_fields(survey.role(ref.message), ref.block) or _check_scope(ref.block)
        if wrong:
            return refuse(f"messages.{ref.message}{wrong}")
    return None


def _check_fields(role: str, message: Message) -> str:
    if role == "system":
        return ""
    name = next((name for name in ("clear_at", "output_config") if name in message), "")
    return f".{name}: {name} is only permitted on role 'system' messages" if name else ""


def _check_scope(message: Message) -> str:
    if message.get("clear_at") != "next_user_message":
        return ""
    if message.get("output_config"):
        return f": output_config is not permitted on {_TURN_SCOPED} {_SCOPE}"
    for position, block in enumerate(blocks_of(message)):
        if block.get("type") != "text":
            return f": {_TURN_SCOPED} supports text blocks only {_SCOPE}"
        if block.get("cache_control"):
            return f".content.{position}: cache_control is not permitted on {_TURN_SCOPED} {_SCOPE}"
    return ""


def system_role_known(facts: Facts) -> Finding | None:
    """Models before Opus 4.8 take no system messages; those without per-turn effort take none that only changes it.

    Source: observed 2026-09; Sonnet 5 took them on 2026-08-31 although it is documented not to.
    """
    if facts.model.system_messages:
        return None
    survey = facts.survey
    places = [index for index, role in enumerate(survey.roles, survey.start) if role == "system"]
    texts = [index for index in places if not _is_directive(survey.messages[index - survey.start])]
    if texts:
        return refuse("role 'system' is not supported on this model", path=f"messages.{texts[0]}")
    text = "output_config.effort requires a model that supports per-turn effort; this model does not"
    return refuse(text, path=f"messages.{places[0]}.output_config.effort")
