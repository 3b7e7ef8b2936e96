"""The API's two magic strings: a user message with one of them gets a refusal, or redacted thinking."""

from __future__ import annotations

from typing import Any

from mockserver.records.prompt import Prompt, text_of

# Source: the API's pages on streaming refusals and extended thinking (2025).
REFUSAL = "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86"
REDACTED = (
    "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_46C9A13E193C177646C7398A98432ECCCE4C1253D5E2D82641AC0E52CC2876CB"
)


def is_sent(prompt: Prompt, string: str) -> bool:
    """Whether a user message of the conversation contains the magic string."""
    return any(_contains(each.get("content") or "", string) for each in prompt.messages if each.get("role") == "user")


def _contains(content: Any, string: str) -> bool:
    return string in text_of(content)


def remove(text: str) -> str:
    """The text without the magic strings."""
    return text.replace(REFUSAL, "").replace(REDACTED, "") if "ANTHROPIC_MAGIC_STRING" in text else text
