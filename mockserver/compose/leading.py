"""The thought that leads a tool use: with manual thinking an answer that calls a tool begins with one."""

from __future__ import annotations

from msgspec.structs import replace

from mockserver.blocks import block_type
from mockserver.blocks.compaction import TYPE as SUMMARY
from mockserver.compose.context import Context
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.reference.tokens import is_forced

# As short as the generator makes one.
_SHORT = {"thinking": 1, "sentences": 1, "tool_use": False}


def lead(answer: Answer, prompt: Prompt, context: Context) -> Answer:
    """The scripted answer, led by a short generated thought when it goes on to tools under manual thinking without one.

    It does so when it calls a tool of the caller's, or pauses. The API's own answers have a thought there, behind a
    summary if there is one, and it refuses the turn that comes back without (rule ``thought_leads``). An answer that
    begins with a thought or has ``enforce_limits: false`` stays as it is, and one to a request that forces tools.

    Source: recorded 2025-05 to 2026-08 (8 of 8 such answers, 2023-06-01), the refusal observed 2026; both API versions.
    """
    if prompt.thinking != "enabled" or answer.enforce_limits is False or not _comes_back(answer):
        return answer
    model = context.model
    place = 1 if answer.content[0].get("type") == SUMMARY else 0
    is_led = place == len(answer.content) or block_type(answer.content[place]).is_thought
    if is_led or not model.known or "enabled" not in model.thinking or is_forced(prompt.body):
        return answer
    generated = context.generate(prompt, model, _SHORT, context.seed)
    thoughts = tuple(block for block in generated.content if block_type(block).is_thought)
    return replace(answer, content=answer.content[:place] + thoughts + answer.content[place:])


def _comes_back(answer: Answer) -> bool:
    return bool(answer.content) and ("tool_use" in answer.block_types or answer.stop_reason == "pause_turn")
