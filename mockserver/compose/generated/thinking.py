"""Thinking blocks of a generated reply."""

from __future__ import annotations

from itertools import islice

from mockserver.blocks import block_type
from mockserver.blocks.counting import count_output
from mockserver.compose.generated import magic_strings
from mockserver.compose.generated.task import ReplyTask
from mockserver.records.reply import Block

SENTENCES = (2, 4)


def make_thoughts(task: ReplyTask, *, calls: bool, forced: bool) -> list[Block]:
    """The thinking blocks before the answer, perhaps none.

    ``calls``: the answer is a tool call; ``forced``: the caller demanded it.
    """
    if not is_thinking(task, calls=calls, forced=forced):
        return []
    if task.model.redacts_on_demand and magic_strings.is_sent(task.prompt, magic_strings.REDACTED):
        return [{"type": "redacted_thinking"}] * task.rng.randint(1, 2)
    option = task.options.get("thinking")
    count = option if type(option) is int else task.rng.randint(*SENTENCES)
    return [{"type": "thinking", "thinking": task.phrases.space.join(islice(task.iterate("thinking"), count))}]


def is_thinking(task: ReplyTask, *, calls: bool, forced: bool) -> bool:
    """Whether the reply has thinking: as the scenario says, else by the request and the model's default."""
    option = task.options.get("thinking")
    if option is not None:
        return bool(option)
    # "adaptive + forced tool_choice: ok on most models, response has no thinking block".
    if forced:
        return False
    requested = task.prompt.thinking
    # "no up-front thinking; progress notes between tool calls still arrive as thinking blocks".
    if requested == "between_tools":
        return calls and bool(task.prompt.tool_results)
    return requested in ("enabled", "adaptive") or (not requested and task.model.thinking_default != "off")


def give_way(content: list[Block], task: ReplyTask) -> list[Block]:
    """The content without its thoughts, where these would take more than half of a ``max_tokens`` that is too small.

    A model that decides for itself thinks little then. Thoughts that a scenario, the magic string or ``enabled`` asks
    for stay: with interleaved thinking ``max_tokens`` may be small, and the next request needs them.
    """
    limit = task.prompt.body.get("max_tokens")
    thoughts = [block for block in content if block_type(block).is_thought]
    is_wanted = (
        task.options.get("thinking") is not None
        or task.prompt.thinking == "enabled"
        or magic_strings.is_sent(task.prompt, magic_strings.REDACTED)
    )
    if not thoughts or is_wanted or type(limit) is not int or count_output(content, task.model)[0] <= limit:
        return content
    return content[len(thoughts) :] if 2 * count_output(thoughts, task.model)[1] > limit else content
