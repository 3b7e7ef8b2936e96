"""Rules of thinking: which types and budgets a model takes, and thinking blocks that come back."""

from __future__ import annotations

from collections.abc import Callable

from mockserver.blocks import BLOCKS
from mockserver.records.errors import Finding
from mockserver.validation.facts import BlockRef, Facts, refuse
from mockserver.validation.rules.conversation import THOUGHTS

_INTERLEAVED = "interleaved-thinking-2025-05-14"
_CONTROLS = "thinking-binding-controls-2026-08-01"
_DOCS = "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
_ADAPTIVE = 'Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
_QUIET = ("disabled", "between_tools")
_EFFORTS = ("low", "medium", "high", "xhigh", "max")


def type_supported(facts: Facts) -> Finding | None:
    """Each model supports some of the four thinking types.

    Source: documented, troubleshooting thinking 2026-10-10 and errors 2026-10-08; texts observed 2026-09 and 2026-10.
    """
    kind, accepted = facts.thinking, facts.model.thinking
    if kind in accepted or kind not in _UNSUPPORTED:
        return None
    # Models without thinking have nothing to switch off.
    return refuse(_UNSUPPORTED[kind](accepted), path="thinking.type")


def _word_no_disabled(accepted: tuple[str, ...]) -> str:
    start = '"thinking.type.disabled" is not supported for this model.'
    if "between_tools" in accepted:
        return _BETWEEN_TOOLS
    if "enabled" in accepted:
        hint = 'use "thinking.type.enabled" with "budget_tokens" for extended thinking.'
        return f"{start} Thinking defaults to adaptive mode when not specified; {hint}"
    return f"{start} {_ADAPTIVE}"


# Documented 2026-10-08 (errors); until 2026-09 the text was another one.
_BETWEEN_TOOLS = (
    'To turn thinking off on this model, send "thinking": {"type": "between_tools"} instead of {"type": "disabled"}. '
    "The model does not think before responding. The short updates it writes between tool calls come back as thinking "
    "blocks."
)


_UNSUPPORTED: dict[str, Callable[[tuple[str, ...]], str]] = {
    "adaptive": lambda _: "adaptive thinking is not supported on this model",
    "between_tools": lambda _: '"thinking.type.between_tools" is not supported for this model.',
    "disabled": _word_no_disabled,
    "enabled": lambda _: f'"thinking.type.enabled" is not supported for this model. {_ADAPTIVE}',
}


def budget_fits(facts: Facts) -> Finding | None:
    """``max_tokens`` leaves room for more than the thought, unless interleaved thoughts span several answers.

    Source: observed 2026-02; interleaved thinking documented, of which Haiku 4.5 knows nothing.
    """
    budget = facts.body["thinking"].get("budget_tokens")
    limit = facts.body.get("max_tokens")
    is_interleaved = _INTERLEAVED in facts.betas and facts.model.line != "haiku"
    if facts.thinking != "enabled" or budget is None or limit is None or budget < limit or is_interleaved:
        return None
    return refuse(
        f"`max_tokens` must be greater than `thinking.budget_tokens`. {_DOCS}#max-tokens-and-context-window-size",
        path="max_tokens",
    )


def effort_when_quiet(facts: Facts) -> Finding | None:
    """With thinking off, models that think by default do not support the highest efforts.

    Source: documented, effort; text documented.
    """
    effort = facts.output_config("effort")
    if not _is_too_much(facts, effort):
        return None
    return refuse(
        f"output_config.effort '{effort}' is not supported when thinking is disabled on this model. "
        f"Use effort '{facts.model.quiet_effort}' or below, or enable thinking.",
        path="output_config.effort",
    )


def _is_too_much(facts: Facts, effort: str | None) -> bool:
    highest = facts.model.quiet_effort
    return (
        bool(highest)
        and facts.thinking in _QUIET
        and effort in _EFFORTS
        and _EFFORTS.index(effort) > _EFFORTS.index(highest)
    )


def effort_steady(facts: Facts) -> Finding | None:
    """With thinking off, effort does not change within a conversation.

    Source: documented, effort.
    """
    if not facts.model.quiet_effort or facts.thinking not in _QUIET:
        return None
    current = facts.output_config("effort") or facts.model.effort_default
    for index, message in enumerate(facts.survey.messages, facts.survey.start):
        given = message.get("output_config")
        effort = given.get("effort") if given else None
        if effort and effort != current:
            return refuse(
                f"messages.{index}: output_config.effort '{effort}' differs from the '{current}' in effect before it; "
                f"effort cannot change when thinking is disabled on this model. Use effort '{current}', or enable "
                "thinking."
            )
    return None


def forced_tools_thoughtless(facts: Facts) -> Finding | None:
    """Manual thinking and forced tool use exclude each other; adaptive thinking is skipped instead.

    Source: observed 2026-08.
    """
    if facts.thinking != "enabled" or facts.tool_choice_type() not in ("any", "tool") or not facts.model.known:
        return None
    return refuse("Thinking may not be enabled when tool_choice forces tool use.", path="tool_choice")


def thought_leads(facts: Facts) -> Finding | None:
    """With manual thinking, a final assistant turn, be it a prefill or the tool uses being answered, begins with its
    thought. What stands in ``_BEFORE`` is passed over (inferred: the API makes such answers itself).

    Source: observed 2026; only manual mode, adaptive is relaxed (documented).
    """
    if facts.thinking != "enabled" or not facts.model.known:
        return None
    final = next((turn for turn in reversed(facts.survey.turns) if turn.role == "assistant"), None)
    leading = (
        (at, block) for at, block in enumerate(final.blocks if final else ()) if block.get("type") not in _BEFORE
    )
    place, first = next(leading, (0, None))
    if final is None or first is None or first.get("type") in THOUGHTS:
        return None
    after = [turn for turn in facts.survey.turns if turn.message > final.message and turn.role != "system"]
    is_finished = bool(after or facts.body.get("compaction"))
    if is_finished and not (after and _has(final.blocks, "tool_use") and _has(after[0].blocks, "tool_result")):
        return None
    return refuse(
        f"messages.{final.message}.content.{place}.type: Expected `thinking` or `redacted_thinking`, but found "
        f"`{first.get('type')}`. When `thinking` is enabled, a final `assistant` message must start with a "
        "thinking block (preceeding the lastmost set of `tool_use` and `tool_result` blocks). We recommend you include "
        f"thinking blocks from previous turns. To avoid this requirement, disable `thinking`. {_DOCS}",
        hint=_SCRIPTED if str(first.get("type")).endswith("tool_use") else "",
    )


# No model wrote them: a summary, which may stand alone, and the place where another model took over.
_BEFORE = ("compaction", "fallback")
_SCRIPTED = (
    "the API's own answers begin with a thought where `thinking` is enabled, and scripted ones that call a tool or "
    "pause get one, which is to come back; with `enforce_limits: false` let the script begin with one (`thinking: Hm.`)"
)


def _has(blocks: object, kind: str) -> bool:
    return isinstance(blocks, list | tuple) and any(block.get("type") == kind for block in blocks)


def thoughts_filled(facts: Facts) -> Finding | None:
    """A thinking block has a thought, or at least the signature of an omitted one.

    Source: observed 2026-08, medium confidence.
    """
    for ref in facts.survey.of("thinking"):
        if not ref.block.get("thinking") and not ref.block.get("signature"):
            return refuse("each thinking block must contain thinking", path=ref.path)
    return None


def thoughts_genuine(facts: Facts) -> Finding | None:
    """Thinking blocks come back as they were made: signed, and in the latest assistant turn unchanged.

    Source: observed 2026-09 and 2026-10; signatures of the real API, which we cannot check, are taken as good.
    """
    if facts.examine is None:
        return None
    latest = facts.survey.latest_assistant
    for ref in sorted(facts.survey.of(*THOUGHTS), key=_indices):
        verdict = facts.examine(ref.block)
        if verdict == "invalid":
            return refuse(f"{ref.path}: {_INVALID[ref.block['type']]}")
        if verdict == "modified" and ref.message >= latest:
            return refuse(f"{ref.path}: {MODIFIED}")
    return None


MODIFIED = (
    "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified. These blocks must "
    "remain as they were in the original response."
)
_INVALID = {kind: f"Invalid `{BLOCKS[kind].proof}` in `{kind}` block" for kind in THOUGHTS}
_CHANGED = {
    "system": "The `system` prompt differs from the one this block was created with.",
    "tools": "The `tools` list differs from the one this block was created with.",
    "messages": "The `messages` before it differ from the ones this block was created with.",
}


def thoughts_in_place(facts: Facts) -> Finding | None:
    """On some models a thinking block is bound to what came before it, for every account or for those which ask.

    Source: documented, preserved thinking; text observed 2026-09, the sentences on system and messages by analogy.
    """
    binding = (facts.body.get("thinking") or {}).get("block_binding") or {}
    behavior = binding.get("prefix_mismatch_behavior")
    is_bound = facts.model.prefix_bound == "always" or (facts.model.prefix_bound and behavior)
    if facts.binding is None or not is_bound or behavior == "drop_block":
        return None
    changed = facts.binding(facts.conversation)
    for ref in sorted(facts.survey.of(*THOUGHTS), key=_indices):
        part = changed(ref.message - facts.survey.start, ref.position, ref.block)
        if part:
            header = "" if _CONTROLS in facts.betas else f" That setting requires {_HEADER}"
            return refuse(
                f"{ref.path}: {_INVALID[ref.block['type']]}. The block is bound to a different conversation. "
                'Remove the block, or set `thinking.block_binding.prefix_mismatch_behavior` to "drop_block".'
                f"{header} {_CHANGED.get(part, '')}".rstrip()
            )
    return None


_HEADER = f"the `{_CONTROLS}` value in the `anthropic-beta` header."


def _indices(ref: BlockRef) -> tuple[int, int]:
    return ref.message, ref.position
