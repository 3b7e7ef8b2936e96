"""Rules of the conversation: which messages may be empty, and which blocks may stand in messages of which role."""

from __future__ import annotations

from collections.abc import Iterator

from mockserver.blocks import BLOCKS
from mockserver.records.errors import Finding
from mockserver.validation.facts import NEWEST, BlockRef, Facts, Turn, refuse


def _blocks_of_role(role: str) -> tuple[str, ...]:
    return tuple(kind for kind, row in BLOCKS.items() if row.role == role)


# Blocks that only one role may send; what the API itself wrote comes back in assistant messages.
USER_BLOCKS = _blocks_of_role("user")
ASSISTANT_BLOCKS = _blocks_of_role("assistant")
SYSTEM_BLOCKS = _blocks_of_role("system")
THOUGHTS = tuple(kind for kind, row in BLOCKS.items() if row.is_thought)


def content_present(facts: Facts) -> Finding | None:
    """Only a system message that sets the effort may omit its content, although with a beta the schema allows any.

    Source: observed 2026-08 without the beta.
    """
    for ref in facts.survey.of("@hollow"):
        is_directive = facts.survey.role(ref.message) == "system" and ref.block.get("output_config")
        if "content" not in ref.block and not is_directive:
            return refuse(f"messages.{ref.message}.content: Field required")
    return None


def content_given(facts: Facts) -> Finding | None:
    """Only the final assistant turn may be empty; consecutive messages of one role count as one.

    Source: recorded 2026-01, of models that take a prefill; measured 2026-08-31 on Sonnet 5 (user turns, named by their
    first message); merged turns observed 2026-02.
    """
    turns = facts.survey.turns
    for turn in turns:
        if not turn.blocks and turn.role != "system" and not (turn is turns[-1] and turn.role == "assistant"):
            is_new = turn.role == "user" and not facts.model.prefill
            return refuse(f"messages.{turn.message}: {_EMPTY_USER if is_new else _EMPTY}")
    return None


_EMPTY = "all messages must have non-empty content except for the optional final assistant message"
_EMPTY_USER = "user messages must have non-empty content"


def text_given(facts: Facts) -> Finding | None:
    """No text block of the last user turn is empty.

    Source: observed 2026-04 (anywhere); measured 2026-08-31 (only in the last user turn), which is newer.
    """
    last = _find_last_user(facts)
    for ref in facts.survey.of("@empty"):
        if last and ref.message >= last.message and not ref.inner and facts.survey.role(ref.message) == "user":
            return refuse("messages: text content blocks must be non-empty")
    return None


def text_visible(facts: Facts) -> Finding | None:
    """A message does not consist of white space alone; a final assistant message has a rule of its own.

    Source: observed 2026-04; "only if the message has no other text" measured 2026-08-31.
    """
    survey = facts.survey
    final = survey.start + len(survey.messages) - 1
    for ref in survey.of("@blank"):
        role = survey.role(ref.message)
        if role == "user" or (role == "assistant" and ref.message != final):
            return refuse("messages: text content blocks must contain non-whitespace text")
    return None


def system_text(facts: Facts) -> Finding | None:
    """Text blocks of the top-level ``system`` hold visible text.

    Source: observed, same texts as for messages.
    """
    given = facts.body.get("system")
    for block in given if isinstance(given, list) else ():
        text = block.get("text", "-")
        if not text:
            return refuse("system: text content blocks must be non-empty")
        if text.isspace():
            return refuse("system: text content blocks must contain non-whitespace text")
    return None


def blocks_placed(facts: Facts) -> Finding | None:
    """Each block stands in a message of the role that may send it; the first misplaced one is named.

    Source: observed 2026-08 (tool_result, thinking), 2026-09 (server_tool_use); the other types by analogy.
    """
    misplaced = min(_find_misplaced(facts), key=lambda found: found[0].indices, default=None)
    return refuse(misplaced[1]) if misplaced else None


def _find_misplaced(facts: Facts) -> Iterator[tuple[BlockRef, str]]:
    survey = facts.survey
    for kinds, owner in ((USER_BLOCKS, "user"), (ASSISTANT_BLOCKS, "assistant"), (SYSTEM_BLOCKS, "system")):
        for kind in kinds:
            for ref in survey.kinds.get(kind, ()):
                if not ref.inner and survey.role(ref.message) != owner:
                    yield ref, f"messages.{ref.message}: `{kind}` blocks can only be in `{owner}` messages"
                    break
    for ref in survey.of(*THOUGHTS):
        if not ref.inner and survey.role(ref.message) != "assistant":
            yield ref, f"messages.{ref.message}.content: thinking blocks may only be in `assistant` messages"


def documents_of_users(facts: Facts) -> Finding | None:
    """From 2026-10-21 on a document stands directly in user messages only; results of server tools may hold one.

    Source: documented, migrating to API version 2026-10-21; text by analogy.
    """
    for ref in facts.survey.of("document"):
        if facts.version >= NEWEST and not ref.inner and facts.survey.role(ref.message) == "assistant":
            return refuse(f"messages.{ref.message}: `document` blocks can only be in `user` messages")
    return None


def citations_of_assistants(facts: Facts) -> Finding | None:
    """From 2026-10-21 on a text block of a user message carries no citations, be it in the message or a search result.

    Source: documented, migrating to API version 2026-10-21; text by analogy.
    """
    for ref in facts.survey.of("@cited"):
        is_named = not ref.inner or ref.inner.rpartition(".")[0].endswith(".search_result.content")
        if facts.version >= NEWEST and is_named and facts.survey.role(ref.message) == "user":
            return refuse(f"{ref.path}.text.citations: citations are only permitted in `assistant` messages")
    return None


def thought_not_last(facts: Facts) -> Finding | None:
    """An assistant turn does not end in a thinking block.

    Source: observed 2026-09, before signatures and prefill are looked at.
    """
    for turn in facts.survey.turns:
        if turn.role == "assistant" and turn.blocks and turn.blocks[-1].get("type") in THOUGHTS:
            return refuse(f"messages.{turn.message}: The final block in an assistant message cannot be `thinking`.")
    return None


def _find_last_user(facts: Facts) -> Turn | None:
    return next((turn for turn in reversed(facts.survey.turns) if turn.role == "user"), None)
