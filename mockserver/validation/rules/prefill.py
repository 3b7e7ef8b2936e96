"""Rules of prefill: a conversation that ends with the beginning of the answer."""

from __future__ import annotations

from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, Turn, refuse


def prefill_supported(facts: Facts) -> Finding | None:
    """From 4.6 on a conversation ends with the user, or with a server tool that is still running.

    Source: observed 2026-09; "resend content as is" after pause_turn documented; a fallback_credit_token authorizes one
    prefill (official SDK).
    """
    if facts.model.prefill or not _has_prefill(facts):
        return None
    text = "This model does not support assistant message prefill. The conversation must end with a user message."
    return refuse(text, path=_final_path(facts))


def prefill_thoughtless(facts: Facts) -> Finding | None:
    """With thinking on, the answer begins with a thought, which the caller cannot write.

    Source: documented, thinking; text by analogy with that of formats.
    """
    if facts.thinking not in ("adaptive", "enabled") or not facts.model.known or not _has_prefill(facts):
        return None
    return refuse("Prefilling assistant messages is not supported when `thinking` is enabled.", path=_final_path(facts))


def prefill_trimmed(facts: Facts) -> Finding | None:
    """A prefill does not end in white space, because the model could not continue it.

    Source: observed 2026 (final_trailing_ws).
    """
    final = _find_prefill(facts)
    if final is None or final.blocks[-1].get("type") != "text":
        return None
    if not str(final.blocks[-1].get("text", ""))[-1:].isspace():
        return None
    return refuse("messages: final assistant content cannot end with trailing whitespace")


def prefill_unformatted(facts: Facts) -> Finding | None:
    """A prefill and a prescribed format exclude each other.

    Source: documented, structured outputs; text inferred.
    """
    if not facts.output_config("format") or not _has_prefill(facts):
        return None
    text = "Prefilling assistant messages is not supported when `output_config.format` is set."
    return refuse(text, path=_final_path(facts))


def _final_path(facts: Facts) -> str:
    return f"messages.{facts.survey.start + len(facts.survey.messages) - 1}"


def _find_prefill(facts: Facts) -> Turn | None:
    """The turn that the answer continues; None in a request to compact, whose last turn is finished."""
    return None if facts.body.get("compaction") else facts.survey.prefill


def _has_prefill(facts: Facts) -> bool:
    """Whether the caller wrote the beginning of the answer, and not the API in a paused or refused answer."""
    final = _find_prefill(facts)
    return final is not None and not (facts.body.get("fallback_credit_token") or _is_paused(final.blocks))


def _is_paused(blocks: Any) -> bool:
    kinds = [str(block.get("type")) for block in blocks]
    return any(kind.startswith(("server_tool", "mcp_tool")) or kind.endswith("_tool_result") for kind in kinds) or (
        kinds[-1] in ("compaction", "fallback")
    )
