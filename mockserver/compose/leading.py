"""The thought that leads a tool use: with manual thinking an answer that calls a tool begins with one."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.blocks import block_type
from mockserver.compose.context import Context
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.reference.tokens import is_forced

# As short as the generator makes one.
_SHORT = {"thinking": 1, "sentences": 1, "tool_use": False}


def lead(answer: Answer, prompt: Prompt, context: Context) -> Answer:
    """The scripted answer, led by a short generated thought when it calls a tool under manual thinking without one.

    The API's own answers have a thought there, and it refuses the tool's result when the turn comes back without (rule
    ``thought_leads``). An answer with a thought of its own or with ``enforce_limits: false`` stays as it is, and one to
    a request that forces tools.

    Source: recorded 2025-05 to 2026-08 (8 of 8 such answers, 2023-06-01), the refusal observed 2026; both API versions.
    """
    if prompt.thinking != "enabled" or answer.enforce_limits is False or "tool_use" not in answer.block_types:
        return answer
    model = context.model
    has_thought = any(block_type(block).is_thought for block in answer.content)
    if has_thought or not model.known or "enabled" not in model.thinking or is_forced(prompt.body):
        return answer
    generated = context.generate(prompt, model, _SHORT, context.seed)
    thoughts = tuple(block for block in generated.content if block_type(block).is_thought)
    return replace(answer, content=thoughts + answer.content)
