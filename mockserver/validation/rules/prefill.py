"""Rules of prefill: a conversation that ends with the beginning of the answer."""

from __future__ import annotations

from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, Turn, refuse


def prefill_supported(facts: Facts) -> Finding | None:
    """From 4.6 on a conversation ends with the user, or with a server tool that is to run on.

    Source: observed 2026-09; "resend content as is" after pause_turn documented; a fallback_credit_token authorizes one
    prefill (official SDK).
    """
    if facts.model.prefill or not _begun(facts):
        return None
    text = "This model does not support assistant message prefill. The conversation must end with a user message."
    return refuse(text, path=_last(facts))


def prefill_thoughtless(facts: Facts) -> Finding | None:
    """An answer that is to begin with a thought cannot be begun by the caller.

    Source: documented, thinking; text by analogy with that of formats.
    """
    if facts.thinking not in ("adaptive", "enabled") or not facts.model.known or not _begun(facts):
        return None
    return refuse("Prefilling assistant messages is not supported when `thinking` is enabled.", path=_last(facts))


def prefill_trimmed(facts: Facts) -> Finding | None:
    """A prefill does not end in white space, which the model could not continue.

    Source: observed 2026 (final_trailing_ws).
    """
    final = _prefill(facts)
    if final is None or final.blocks[-1].get("type") != "text":
        return None
    if not str(final.blocks[-1].get("text", ""))[-1:].isspace():
        return None
    return refuse("messages: final assistant content cannot end with trailing whitespace")


def prefill_unformatted(facts: Facts) -> Finding | None:
    """A prefill and a prescribed format exclude each other.

    Source: documented, structured outputs; text inferred.
    """
    if not facts.output_config("format") or not _begun(facts):
        return None
    text = "Prefilling assistant messages is not supported when `output_config.format` is set."
    return refuse(text, path=_last(facts))


def _last(facts: Facts) -> str:
    return f"messages.{facts.survey.start + len(facts.survey.messages) - 1}"


def _prefill(facts: Facts) -> Turn | None:
    """The turn that the answer continues: none in a request to compact, which ends with a finished one."""
    return None if facts.body.get("compaction") else facts.survey.prefill


def _begun(facts: Facts) -> bool:
    """Whether the caller begins the answer himself; a paused or a refused one that comes back is the API's own."""
    final = _prefill(facts)
    return final is not None and not (facts.body.get("fallback_credit_token") or _is_paused(final.blocks))


def _is_paused(blocks: Any) -> bool:
    kinds = [str(block.get("type")) for block in blocks]
    return any(kind.startswith(("server_tool", "mcp_tool")) or kind.endswith("_tool_result") for kind in kinds) or (
        kinds[-1] in ("compaction", "fallback")
    )
