"""Rules of context editing, compaction and threads, and of features that exclude each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, refuse

_PROFILE = "anthropic-user-profile-id"
_CLEAR_THINKING = "clear_thinking_20251015"
_COMPACT = "compact_20260112"


def thinking_to_clear(facts: Facts) -> Finding | None:
    """Thinking can be cleared while it is on, and is cleared before anything else.

    Source: observed 2026-09; order documented, context editing, its text inferred.
    """
    kinds = _list_edits(facts)
    if _CLEAR_THINKING not in kinds:
        return None
    if facts.thinking not in ("enabled", "adaptive") and facts.model.known:
        text = f"`{_CLEAR_THINKING}` strategy requires `thinking` to be enabled or adaptive"
        return refuse(text, path="context_management.edits")
    if kinds[0] != _CLEAR_THINKING:
        return refuse(f"context_management.edits: `{_CLEAR_THINKING}` strategy must be the first edit")
    return None


def compaction_supported(facts: Facts) -> Finding | None:
    """Compaction exists from the 4.6 generation on.

    Source: recorded 2026-08 (capabilities); text inferred.
    """
    path = "compaction" if facts.body.get("compaction") else "context_management.edits"
    if (path != "compaction" and _COMPACT not in _list_edits(facts)) or facts.model.compaction:
        return None
    if facts.endpoint == "count_tokens":
        return None
    return refuse(f"'{facts.model.id}' does not support compaction.", path=path)


def _list_edits(facts: Facts) -> list[Any]:
    return [edit.get("type") for edit in (facts.body.get("context_management") or {}).get("edits") or ()]


def compaction_alone(facts: Facts) -> Finding | None:
    """A request to compact has no other purpose, and the last turn of its conversation is finished.

    Source: documented, compaction on demand; texts inferred.
    """
    if not facts.body.get("compaction") or facts.endpoint == "count_tokens":
        return None
    others = {
        "context_management": facts.body.get("context_management"),
        "stop_sequences": facts.body.get("stop_sequences"),
        "output_config.format": facts.output_config("format"),
        "tool_choice": facts.tool_choice_type() in ("any", "tool"),
    }
    other = next((name for name, given in others.items() if given), None)
    if other:
        return refuse(f"compaction: `compaction` cannot be combined with `{other}`")
    final = facts.survey.turns[-1]
    if final.role == "assistant" and final.blocks and final.blocks[-1].get("type") in ("tool_use", "server_tool_use"):
        reason = "the last assistant turn is unfinished; answer its tool uses first"
        return refuse(f"compaction: {reason}", details={"error_code": "compaction_incomplete_turn"})
    return None


def compaction_leads(facts: Facts) -> Finding | None:
    """There is one signed compaction block at most; it comes first, in place of the messages that it sums up.

    Source: observed; error codes compaction_block_misplaced and compaction_block_ambiguous (its text inferred).
    """
    refs = [ref for ref in facts.survey.of("compaction") if ref.block.get("signature")]
    if not refs:
        return None
    if len(refs) > 1:
        reason = "only one `compaction` block with content may be sent"
        return refuse(reason, path=refs[1].path, details={"error_code": "compaction_block_ambiguous"})
    first = (facts.survey.start, 0)
    if refs[0].indices == first and facts.survey.role(facts.survey.start) != "system":
        return None
    return refuse(
        "`compaction` block must be sent first, in place of the messages it summarizes; remove those messages",
        path=refs[0].path,
        details={"error_code": "compaction_block_misplaced"},
    )


def compaction_genuine(facts: Facts) -> Finding | None:
    """A signed compaction block comes back unchanged.

    Source: error codes compaction_signature_invalid and compaction_content_mismatch of the official SDK; texts by
    analogy with thinking blocks.
    """
    for ref in facts.survey.of("compaction"):
        signature, content = ref.block.get("signature"), ref.block.get("content")
        if not signature or facts.examine is None:
            continue
        verdict = facts.examine({"type": "thinking", "thinking": content or "", "signature": signature})
        if verdict in _TAMPERED:
            code, text = _TAMPERED[verdict]
            return refuse(f"{ref.path}: {text}", details={"error_code": code})
    return None


_TAMPERED = {
    "invalid": ("compaction_signature_invalid", "Invalid `signature` in `compaction` block"),
    "modified": (
        "compaction_content_mismatch",
        "`compaction` blocks cannot be modified. These blocks must remain as they were in the original response.",
    ),
}


def thread_alone(facts: Facts) -> Finding | None:
    """The server stores a thread, which excludes some other features.

    Source: error code thread_unsupported_request of the official SDK; text inferred.
    """
    if not facts.body.get("thread"):
        return None
    features = {
        "cache_control": facts.body.get("cache_control"),
        "context_management": facts.body.get("context_management"),
        "fallbacks": facts.body.get("fallbacks"),
        "thinking": (facts.body.get("thinking") or {}).get("block_binding"),
    }
    unsupported = [name for name, given in features.items() if given]
    if not unsupported:
        return None
    return refuse(
        f"thread: threads do not support {', '.join(unsupported)}",
        details={"error_code": "thread_unsupported_request", "unsupported": unsupported},
    )


def profile_named(facts: Facts) -> Finding | None:
    """A request that bills a user profile names the profile.

    Source: error code user_profile_required of the official SDK; text inferred.
    """
    policy = facts.body.get("billing_policy")
    if not isinstance(policy, Mapping) or policy.get("bill_to") != "user_profile" or facts.headers.get(_PROFILE):
        return None
    return refuse(
        f'billing_policy: bill_to "user_profile" requires the `{_PROFILE}` header',
        details={"error_code": "user_profile_required"},
    )
