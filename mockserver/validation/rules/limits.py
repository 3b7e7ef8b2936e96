"""Rules of the model itself: whether it exists, its limits, and the parameters it supports."""

from __future__ import annotations

import re

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, refuse
from mockserver.validation.texts import excerpt

TASK_BUDGET = 20_000
_FAST = "fast-mode-2026-02-01"
_OUTPUT_300K = "output-300k-2026-03-24"


def model_known(facts: Facts) -> Finding | None:
    """The real API knows its own ids and aliases only, and no retired model; relay gateways take any name.

    Source: recorded 2026-08; retired models answer alike.
    """
    if facts.profile != "anthropic":
        return None
    name = str(facts.body.get("model", ""))
    if facts.model.is_named(name) and facts.model.lifecycle != "retired":
        return None
    return refuse(f"model: {excerpt(name)}", path="model", status=404)


def output_within_cap(facts: Facts) -> Finding | None:
    """``max_tokens`` stays within the model's limit; the message names the resolved id.

    Source: observed 2026; longer outputs in batches and of Claude 3.7 by beta header.
    """
    requested, model = facts.body.get("max_tokens", 0), facts.model
    cap = model.max_tokens
    if requested <= cap or not model.known:
        return None
    if model.long_output and model.long_output[0] in facts.betas:
        cap = model.long_output[1]
    if facts.endpoint == "batch_item" and _OUTPUT_300K in facts.betas:
        cap = max(cap, model.batch_max_tokens)
    if requested <= cap:
        return None
    limit = "which is the maximum allowed number of output tokens for"
    return refuse(f"max_tokens: {requested} > {cap}, {limit} {model.id}")


def silence_alone(facts: Facts) -> Finding | None:
    """``max_tokens: 0`` only fills the cache, and excludes parameters that need an answer.

    Source: documented, prompt caching, texts inferred; observed of batches, in part.
    """
    body = facts.body
    if body.get("max_tokens") != 0:
        return None
    if facts.endpoint == "batch_item":
        return refuse("max_tokens: must be greater than or equal to 1")
    reasons = {
        "`stream` is true": body.get("stream") is True,
        "`thinking` is enabled": body.get("thinking") and facts.thinking == "enabled",
        "`output_config.format` is set": facts.output_config("format"),
        "`tool_choice` forces tool use": facts.tool_choice_type() in ("any", "tool"),
    }
    reason = next((text for text, holds in reasons.items() if holds), None)
    return refuse(f"max_tokens: 0 is not supported when {reason}") if reason else None


def effort_known(facts: Facts) -> Finding | None:
    """The model has this level of effort.

    Source: recorded 2026-04; the text for models without any level is inferred.
    """
    effort, levels = facts.output_config("effort"), facts.model.effort
    if not effort or effort in levels:
        return None
    if not levels:
        return refuse("This model does not support the effort parameter.", path=_EFFORT)
    text = f"This model does not support effort level '{effort}'. Supported levels: {', '.join(sorted(levels))}."
    return refuse(text, path=_EFFORT)


_EFFORT = "output_config.effort"


def budget_large_enough(facts: Facts) -> Finding | None:
    """A task budget has at least the minimum size.

    Source: documented, task budgets: at least 20,000 tokens; text by analogy.
    """
    budget = facts.output_config("task_budget")
    if not budget or budget.get("total", TASK_BUDGET) >= TASK_BUDGET:
        return None
    reason = f"Input should be greater than or equal to {TASK_BUDGET}"
    return refuse(f"output_config.task_budget.total: {reason}")


def place_supported(facts: Facts) -> Finding | None:
    """Only models of the Opus 4.6 generation and later let the caller choose where they run.

    Source: documented; text inferred from that of ``speed``.
    """
    if not facts.body.get("inference_geo") or facts.model.inference_geo:
        return None
    return refuse(f"'{facts.model.id}' does not support the `inference_geo` parameter.", path="inference_geo")


def speed_known(facts: Facts) -> Finding | None:
    """The newest models have ``speed``; for others it does not exist without its beta, whatever its value.

    A gateway's own models may have it; batches refuse it in other words.
    Source: observed 2026-09; documented, fast mode, 2026-11.
    """
    needs_beta = facts.model.known and facts.model.fast_beta and facts.endpoint != "batch_item"
    if "speed" not in facts.body or not needs_beta or facts.has_beta(_FAST):
        return None
    return refuse("speed: Extra inputs are not permitted")


def speed_supported(facts: Facts) -> Finding | None:
    """Fast mode exists on some models; Opus 4.6 silently serves at standard speed.

    Source: observed 2026-10.
    """
    if facts.body.get("speed") != "fast" or facts.model.fast in ("yes", "standard"):
        return None
    return refuse(f"'{facts.model.id}' does not support the `speed` parameter.", path="speed")


def stops_visible(facts: Facts) -> Finding | None:
    """A stop sequence is not white space alone, which would end any answer.

    Source: observed; text of medium confidence.
    """
    for text in facts.body.get("stop_sequences") or ():
        if not text or text.isspace():
            return refuse("stop_sequences: each stop sequence must contain non-whitespace")
    return None


def user_unnamed(facts: Facts) -> Finding | None:
    """The id of a user is no e-mail address, nor does it hold one.

    Source: observed 2026-10; what counts as one is inferred.
    """
    user = (facts.body.get("metadata") or {}).get("user_id")
    if not user or not re.search(_EMAIL, user):
        return None
    return refuse("metadata.user_id: user_id appears to contain an email address")


# At most 64 characters before the sign, so that long ids are searched in linear time.
_EMAIL = r"[\w.%+-]{1,64}@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}"


def prompt_fits(facts: Facts) -> Finding | None:
    """The prompt fits in the window, before 4.5 together with the answer; tokens of any prompt can be counted.

    Source: recorded 2026-08 (prompt), observed (prompt and answer).
    """
    model, answer = facts.model, _answer_tokens(facts)
    if facts.count is None or not model.known or facts.endpoint == "count_tokens" or _is_short(facts, answer):
        return None
    tokens = facts.count(facts.conversation)
    if tokens > model.context:
        return refuse(f"prompt is too long: {tokens} tokens > {model.context} maximum", path="messages")
    if not answer or tokens + answer <= model.context:
        return None
    text = f"input length and `max_tokens` exceed context limit: {tokens} + {answer} > {model.context}"
    return refuse(f"{text}, decrease input length or `max_tokens` and try again", path="max_tokens")


def _is_short(facts: Facts, answer: int) -> bool:
    """Whether the request cannot be too long: no text has more tokens than bytes, and images have their limit."""
    images = len(facts.survey.kinds.get("image", ())) * facts.model.image_tokens
    return not facts.history and facts.size + images + answer <= facts.model.context


def _answer_tokens(facts: Facts) -> int:
    """The tokens of the answer that have to fit in the window too."""
    return int(facts.body.get("max_tokens") or 0) if facts.model.overflow == "refuse" else 0
