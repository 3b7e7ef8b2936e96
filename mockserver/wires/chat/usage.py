"""The counts of tokens in a chat answer, as each maker of it writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Usage = Mapping[str, Any]


def count_as_openai(usage: Usage, choices: int) -> dict[str, Any]:
    """OpenAI's own counts: those of all choices, with what was read from the cache and what was thought
    (source: types of the SDK 3.57).
    """
    details = _get_object(usage, "output_tokens_details")
    read, written = _count(usage, "cache_read_input_tokens"), _count(usage, "cache_creation_input_tokens")
    return {
        **_sum_up(_count(usage, "input_tokens") + read + written, _count(usage, "output_tokens") * choices),
        "prompt_tokens_details": {"cached_tokens": read, "cache_write_tokens": written, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": _count(details, "thinking_tokens") * choices,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def count_as_new_api(usage: Usage, choices: int) -> dict[str, Any]:
    """The counts of new-api with Claude behind it: the cache counts as input, and its own names stand beside
    (source code of new-api, 2026).

    Tokens written to the cache of which no lifetime is told count as those of five minutes.
    """
    read, written = _count(usage, "cache_read_input_tokens"), _count(usage, "cache_creation_input_tokens")
    lifetimes = _get_object(usage, "cache_creation")
    short, long = (_count(lifetimes, f"ephemeral_{name}_input_tokens") for name in ("5m", "1h"))
    prompt = _count(usage, "input_tokens") + read + max(written, short + long)
    created = {"cached_creation_tokens": written} if written else {}
    return {
        **_sum_up(prompt, _count(usage, "output_tokens") * choices),
        "usage_semantic": "openai",
        "usage_source": "anthropic",
        "prompt_tokens_details": {
            "cached_tokens": read,
            **created,
            "text_tokens": 0,
            "audio_tokens": 0,
            "image_tokens": 0,
        },
        "completion_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "reasoning_tokens": 0},
        "input_tokens": prompt,
        "output_tokens": 0,
        "input_tokens_details": None,
        "claude_cache_creation_5_m_tokens": max(short, written - long),
        "claude_cache_creation_1_h_tokens": long,
    }


def count_as_one_api(usage: Usage, choices: int) -> dict[str, Any]:
    """The three counts of one-api, which knows no cache (source code of one-api, 2025)."""
    return _sum_up(_count(usage, "input_tokens"), _count(usage, "output_tokens") * choices)


def _sum_up(prompt: int, completion: int) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _count(usage: Usage, key: str) -> int:
    """A count; scripted usage may hold anything, which counts as 0."""
    found = usage.get(key)
    return found if isinstance(found, int) else 0


def _get_object(usage: Usage, key: str) -> Usage:
    found = usage.get(key)
    return found if isinstance(found, Mapping) else {}


USAGES: Mapping[str, Callable[[Usage, int], dict[str, Any]]] = {
    "openai": count_as_openai,
    "new-api": count_as_new_api,
    "one-api": count_as_one_api,
}
