"""Rules of context editing, compaction and threads, and of features that exclude each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, blocks_of, refuse

_PROFILE = "anthropic-user-profile-id"
_CLEAR_THINKING = "clear_thinking_20251015"
_COMPACT = "compact_20260112"
_AT_THRESHOLD, _ON_DEMAND = "compact-2026-01-12", "compact-2026-09-04"
_REMAINING = "output_config.task_budget.remaining"


def thinking_to_clear(facts: Facts) -> Finding | None:
    """Thinking can be cleared while it is on, and is cleared before anything else.

    Source: observed 2026-09.
    """
    kinds = _list_edits(facts)
    if _CLEAR_THINKING not in kinds:
        return None
    if facts.thinking not in ("enabled", "adaptive") and facts.model.known:
        text = f"`{_CLEAR_THINKING}` strategy requires `thinking` to be enabled or adaptive"
        return refuse(text, path="context_management.edits")
    if kinds[0] != _CLEAR_THINKING:
        text = f"`{_CLEAR_THINKING}` must be the first strategy in `context_management.edits` when provided"
        return refuse(f"context_management: {text}")
    return None


def compaction_supported(facts: Facts) -> Finding | None:
    """Compaction exists from the 4.6 generation on.

    Source: recorded 2026-08 (capabilities), the text for an edit in many public reports; that on demand inferred.
    """
    if facts.model.compaction or facts.endpoint == "count_tokens":
        return None
    if facts.body.get("compaction"):
        return refuse(f"'{facts.model.id}' does not support compaction.", path="compaction")
    if _COMPACT not in _list_edits(facts):
        return None
    text = f"'{facts.model.id}' does not support the '{_COMPACT}' context management strategy."
    return refuse(text, path="context_management.edits")


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
        _REMAINING: _has_remaining(facts),
    }
    other = next((name for name, given in others.items() if given), None)
    if other:
        return refuse(f"compaction: `compaction` cannot be combined with `{other}`")
    final = facts.survey.turns[-1]
    if final.role == "assistant" and final.blocks and str(final.blocks[-1].get("type")).endswith("tool_use"):
        reason = "the last assistant turn is unfinished; answer its tool uses first"
        return refuse(f"compaction: {reason}", details={"error_code": "compaction_incomplete_turn"})
    return None


def _has_remaining(facts: Facts) -> bool:
    budget = facts.output_config("task_budget")
    return isinstance(budget, Mapping) and budget.get("remaining") is not None


def compaction_leads(facts: Facts) -> Finding | None:
    """A signed compaction block is the only one with content; it comes first, in place of the messages that it sums up.

    Blocks that mark where another model took over may stand before it, as in an answer with fallbacks (inferred).

    Source: observed; error codes compaction_block_misplaced and compaction_block_ambiguous (its text inferred).
    """
    refs = [ref for ref in facts.survey.of("compaction") if ref.block.get("content") or ref.block.get("signature")]
    signed = [ref for ref in refs if ref.block.get("signature")]
    if not signed:
        return None
    if len(refs) > 1:
        reason = "only one `compaction` block with content may be sent"
        return refuse(reason, path=refs[1].path, details={"error_code": "compaction_block_ambiguous"})
    if signed[0].message == facts.survey.start and facts.survey.role(facts.survey.start) != "system":
        before = blocks_of(facts.survey.messages[0])[: signed[0].position]
        if all(block.get("type") == "fallback" for block in before):
            return None
    return refuse(
        "`compaction` block must be sent first, in place of the messages it summarizes; remove those messages",
        path=signed[0].path,
        details={"error_code": "compaction_block_misplaced"},
    )


def compaction_enabled(facts: Facts) -> Finding | None:
    """A summary made at a threshold comes back with the edit that asks for such, a signed one with the beta of its own.

    A block without content is a failed compaction, and may stand anywhere; those of a thread came from here.

    Source: probes of claude-opus-5-5 reported 2026-09-26 under 2023-06-01; how the text on the signature begins
    inferred. Messages and count_tokens.
    """
    has_edit = _COMPACT in _list_edits(facts)
    for ref in facts.survey.of("compaction"):
        is_sent = ref.message >= 0 and ref.block.get("content")
        if is_sent and (text := _find_missing(ref.block, facts, has_edit=has_edit)):
            return refuse(f"{ref.path}{text}", path=ref.path)
    return None


def _find_missing(block: Mapping[str, Any], facts: Facts, *, has_edit: bool) -> str:
    """What a summary in the conversation lacks, or the request for it."""
    if block.get("signature"):
        is_enabled = facts.has_beta(_ON_DEMAND)
        return "" if is_enabled else f".compaction: `signature` requires anthropic-beta: {_ON_DEMAND}"
    if facts.body.get("compaction") or not facts.has_beta(_AT_THRESHOLD):
        text = "requires its `signature`: send the block exactly as it was returned"
        return f": a `compaction` block with `content` {text}"
    if not has_edit:
        return f": `compaction` blocks require a `{_COMPACT}` strategy in `context_management.edits`."
    return ""


def compaction_unbudgeted(facts: Facts) -> Finding | None:
    """With a signed compaction block nobody can say what remains of a budget.

    Source: documented, compaction on demand; text inferred.
    """
    if not _has_remaining(facts) or not any(ref.block.get("signature") for ref in facts.survey.of("compaction")):
        return None
    return refuse(f"{_REMAINING}: cannot be combined with a `compaction` block", path=_REMAINING)


def compaction_genuine(facts: Facts) -> Finding | None:
    """A signed compaction block comes back unchanged.

    Source: error codes compaction_signature_invalid and compaction_content_mismatch of the official SDK; the text for
    the content from a probe of claude-opus-5-5 reported 2026-09-26, the other by analogy with thinking blocks.
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
    "modified": ("compaction_content_mismatch", "`compaction` block `content` does not match its `signature`"),
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
