"""Rules of the model itself: does it exist, how much it takes and gives, which knobs it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.errors import Finding
from mockserver.validation.facts import NEWEST, Facts, refuse

_OUTPUT_300K = "output-300k-2026-03-24"
_SAMPLING = ("temperature", "top_k", "top_p")
_DOCS = "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
_CONSIDERATIONS = f"{_DOCS}#important-considerations-when-using-extended-thinking"


def model_known(facts: Facts) -> Finding | None:
    """The real API knows its own ids and aliases only, and no retired model; relay gateways take any name.

    Source: recorded 2026-08; retired models answer alike.
    """
    name = str(facts.body.get("model", ""))
    if facts.profile != "anthropic" or (facts.model.is_named(name) and facts.model.lifecycle != "retired"):
        return None
    return refuse(f"model: {name[:256]}", path="model", status=404)


def sampling_gone(facts: Facts) -> Finding | None:
    """From 2026-10-21 on there are no sampling parameters, not even with their default values.

    Source: documented, migrating to API version 2026-10-21; text inferred from unknown keys.
    """
    for name in facts.body:
        if facts.version >= NEWEST and name in _SAMPLING:
            return refuse(f"{name}: Extra inputs are not permitted")
    return None


def output_within_cap(facts: Facts) -> Finding | None:
    """``max_tokens`` stays within what the model can say; the message names the resolved id.

    Source: observed 2026; longer outputs in batches and of Claude 3.7 by beta header.
    """
    asked, model = facts.body.get("max_tokens", 0), facts.model
    cap = model.max_tokens
    if asked <= cap or not model.known:
        return None
    if model.long_output and model.long_output[0] in facts.betas:
        cap = model.long_output[1]
    if facts.endpoint == "batch_item" and _OUTPUT_300K in facts.betas:
        cap = max(cap, model.batch_max_tokens)
    if asked <= cap:
        return None
    limit = "which is the maximum allowed number of output tokens for"
    return refuse(f"max_tokens: {asked} > {cap}, {limit} {model.id}")


def silence_alone(facts: Facts) -> Finding | None:
    """``max_tokens: 0`` only warms the cache: nothing may be asked that needs an answer.

    Source: documented, prompt caching; texts inferred.
    """
    body = facts.body
    if body.get("max_tokens") != 0:
        return None
    if facts.endpoint == "batch_item":
        return refuse("max_tokens: Input should be greater than or equal to 1")
    reasons = {
        "`stream` is true": body.get("stream") is True,
        "`thinking` is enabled": body.get("thinking") and facts.thinking == "enabled",
        "`output_config.format` is set": facts.output("format"),
        "`tool_choice` forces tool use": facts.choice() in ("any", "tool"),
    }
    reason = next((text for text, holds in reasons.items() if holds), None)
    return refuse(f"max_tokens: 0 is not supported when {reason}") if reason else None


def sampling_supported(facts: Facts) -> Finding | None:
    """Models from 4.7 on take default sampling only; 4.5 and 4.6 take temperature or top_p, not both.

    Source: observed 2026-09, documented for Haiku 5.5.
    """
    body, rule = facts.body, facts.model.sampling
    both = "temperature" in body and "top_p" in body
    if both and rule in ("either", "fixed_one"):
        return refuse("`temperature` and `top_p` cannot both be specified for this model. Please use only one.")
    if not rule.startswith("fixed"):
        return None
    top_p = body.get("top_p", 0.99)
    refused = {
        "temperature": body.get("temperature", 1) != 1,
        "top_k": "top_k" in body,
        "top_p": top_p != 0.99 if rule == "fixed_one" else top_p < 0.99,
    }
    name = next((name for name, wrong in refused.items() if wrong), None)
    return refuse(f"`{name}` is deprecated for this model.") if name else None


def sampling_with_thinking(facts: Facts) -> Finding | None:
    """Thought is sampled at temperature 1, without top_k, with top_p 0.95 to 1.

    Source: observed 2026-07 (temperature), 2026 (top_k); top_p documented, text inferred.
    """
    body = facts.body
    if facts.thinking not in ("enabled", "adaptive") or not body.get("thinking"):
        return None
    when = "when thinking is enabled or in adaptive mode"
    if body.get("temperature", 1) != 1:
        return refuse(f"`temperature` may only be set to 1 {when}. {_CONSIDERATIONS}")
    if "top_k" in body:
        return refuse(f"`top_k` must be unset {when}")
    if not 0.95 <= body.get("top_p", 1) <= 1:
        return refuse(f"`top_p` must be greater than or equal to 0.95 or unset {when}. {_CONSIDERATIONS}")
    return None


def effort_known(facts: Facts) -> Finding | None:
    """The model has this level of effort.

    Source: recorded 2026-04; the text for models without any level is inferred.
    """
    effort, levels = facts.output("effort"), facts.model.effort
    if not effort or effort in levels:
        return None
    if not levels:
        return refuse("This model does not support the effort parameter.")
    return refuse(
        f"This model does not support effort level '{effort}'. Supported levels: {', '.join(sorted(levels))}."
    )


def prefill_supported(facts: Facts) -> Finding | None:
    """From 4.6 on a conversation ends with the user, or with a server tool that is to run on.

    Source: observed 2026-09; "resend content as is" after pause_turn documented; a fallback_credit_token authorizes one
    prefill (official SDK).
    """
    final = facts.survey.turns[-1]
    if facts.model.prefill or facts.body.get("fallback_credit_token"):
        return None
    if final.role != "assistant" or not final.blocks or _is_paused(final.blocks):
        return None
    text = "This model does not support assistant message prefill. The conversation must end with a user message."
    return refuse(text)


def _is_paused(blocks: Any) -> bool:
    kinds = [str(block.get("type")) for block in blocks]
    return any(kind.startswith(("server_tool", "mcp_tool")) or kind.endswith("_tool_result") for kind in kinds) or (
        kinds[-1] in ("compaction", "fallback")
    )


def prefill_trimmed(facts: Facts) -> Finding | None:
    """A prefill does not end in white space, which the model could not continue.

    Source: observed 2026.
    """
    final = facts.survey.turns[-1]
    if final.role != "assistant" or not final.blocks or final.blocks[-1].get("type") != "text":
        return None
    if not str(final.blocks[-1].get("text", ""))[-1:].isspace():
        return None
    return refuse("messages: final assistant content cannot end with trailing whitespace")


def prefill_unformatted(facts: Facts) -> Finding | None:
    """A prefill and a prescribed format exclude each other.

    Source: documented, structured outputs; text inferred.
    """
    final = facts.survey.turns[-1]
    if not facts.output("format") or final.role != "assistant" or not final.blocks or _is_paused(final.blocks):
        return None
    return refuse("Prefilling assistant messages is not supported when `output_config.format` is set.")


def place_supported(facts: Facts) -> Finding | None:
    """Only models of the Opus 4.6 generation and later let the caller choose where they run.

    Source: documented; text inferred from that of ``speed``.
    """
    if not facts.body.get("inference_geo") or facts.model.inference_geo:
        return None
    return refuse(f"'{facts.model.id}' does not support the `inference_geo` parameter.")


def speed_supported(facts: Facts) -> Finding | None:
    """Fast mode exists on some models; Opus 4.6 silently serves at standard speed.

    Source: observed 2026-10.
    """
    if facts.body.get("speed") != "fast" or facts.model.fast in ("yes", "standard"):
        return None
    return refuse(f"'{facts.model.id}' does not support the `speed` parameter.")


def stops_visible(facts: Facts) -> Finding | None:
    """A stop sequence of white space would stop anything.

    Source: observed; text of medium confidence.
    """
    for text in facts.body.get("stop_sequences") or ():
        if not text or text.isspace():
            return refuse("stop_sequences: each stop sequence must contain non-whitespace")
    return None


def prompt_fits(facts: Facts) -> Finding | None:
    """The prompt fits in the window; before 4.5 the answer has to fit as well.

    Source: recorded 2026-08 (prompt), observed (prompt and answer).
    """
    model = facts.model
    # No text known has more tokens than characters, so that a shorter body need not be counted.
    if facts.count is None or not model.known or facts.size + _answer(facts) <= model.context:
        return None
    tokens = facts.count(facts.body)
    if tokens > model.context:
        return refuse(f"prompt is too long: {tokens} tokens > {model.context} maximum")
    answer = _answer(facts)
    if not answer or tokens + answer <= model.context:
        return None
    text = f"input length and `max_tokens` exceed context limit: {tokens} + {answer} > {model.context}"
    return refuse(f"{text}, decrease input length or `max_tokens` and try again")


def _answer(facts: Facts) -> int:
    given: Mapping[str, Any] = facts.body
    return int(given.get("max_tokens") or 0) if facts.model.overflow == "refuse" else 0
