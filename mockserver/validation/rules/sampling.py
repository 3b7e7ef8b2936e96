"""Rules of temperature, top_k and top_p: the values that versions, models and thinking allow."""

from __future__ import annotations

from typing import Any

from mockserver.records.errors import Finding
from mockserver.validation.facts import NEWEST, Facts, refuse

_SAMPLING = ("temperature", "top_k", "top_p")
_DOCS = "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking"
# For these, -1 means not set.
_UNSET = ("top_k", "top_p")
_CONSIDERATIONS = f"{_DOCS}#important-considerations-when-using-extended-thinking"


def sampling_gone(facts: Facts) -> Finding | None:
    """From 2026-10-21 on there are no sampling parameters, not even with their default values.

    Source: documented, migrating to API version 2026-10-21; text inferred from unknown keys.
    """
    for name in facts.body:
        if facts.version >= NEWEST and name in _SAMPLING:
            return refuse(f"{name}: Extra inputs are not permitted")
    return None


def sampling_supported(facts: Facts) -> Finding | None:
    """Models from 4.7 on allow default sampling only; 4.5 and 4.6 allow temperature or top_p, but not both.

    Source: observed 2026-09, documented for Haiku 5.5.
    """
    body, rule = _read_parameters(facts), facts.model.sampling
    both = "temperature" in body and "top_p" in body
    if both and rule in ("either", "fixed_one"):
        text = "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
        return refuse(text, path="top_p")
    if not rule.startswith("fixed"):
        return None
    top_p = body.get("top_p", 0.99)
    refused = {
        "temperature": body.get("temperature", 1) != 1,
        "top_k": "top_k" in body,
        "top_p": top_p != 0.99 if rule == "fixed_one" else top_p < 0.99,
    }
    name = next((name for name, wrong in refused.items() if wrong), None)
    return refuse(f"`{name}` is deprecated for this model.", path=name) if name else None


def sampling_with_thinking(facts: Facts) -> Finding | None:
    """Thinking requires temperature 1, no top_k, and top_p from 0.95 to 1.

    Source: observed 2026-07 (temperature), 2026 (top_k); top_p documented, text inferred.
    """
    body = _read_parameters(facts)
    if facts.thinking not in ("enabled", "adaptive") or not facts.body.get("thinking") or not facts.model.known:
        return None
    when = "when thinking is enabled or in adaptive mode"
    if body.get("temperature", 1) != 1:
        return refuse(f"`temperature` may only be set to 1 {when}. {_CONSIDERATIONS}", path="temperature")
    if "top_k" in body:
        return refuse(f"`top_k` must be unset {when}", path="top_k")
    if not 0.95 <= body.get("top_p", 1) <= 1:
        text = f"`top_p` must be greater than or equal to 0.95 or unset {when}. {_CONSIDERATIONS}"
        return refuse(text, path="top_p")
    return None


def _read_parameters(facts: Facts) -> dict[str, Any]:
    """The sampling parameters that are set; -1 means not set (measured 2026-09 on Sonnet 5, recorded 2026-01)."""
    body = facts.body
    return {name: body[name] for name in _SAMPLING if name in body and not (name in _UNSET and body[name] == -1)}
