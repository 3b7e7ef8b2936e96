"""Thinking blocks of a generated reply: whether there is one, and what it says."""

from __future__ import annotations

from itertools import islice

from mockserver.compose.generated import magic
from mockserver.compose.generated.task import Task
from mockserver.records.reply import Block

SENTENCES = (2, 4)


def think(task: Task, *, calls: bool, forced: bool) -> list[Block]:
    """The blocks that stand before the answer, perhaps none.

    ``calls``: the answer is a tool call; ``forced``: the caller demanded it.
    """
    if not is_thinking(task, calls=calls, forced=forced):
        return []
    if magic.has(task.prompt, magic.REDACTED):
        return [{"type": "redacted_thinking"}] * task.rng.randint(1, 2)
    wish = task.options.get("thinking")
    count = wish if type(wish) is int else task.rng.randint(*SENTENCES)
    return [{"type": "thinking", "thinking": task.phrases.space.join(islice(task.lines("thinking"), count))}]


def is_thinking(task: Task, *, calls: bool, forced: bool) -> bool:
    """Whether the reply holds thinking: as the scenario wishes, else by the request and the model's default."""
    wish = task.options.get("thinking")
    if wish is not None:
        return bool(wish)
    # "adaptive + forced tool_choice: ok on most models, response has no thinking block".
    if forced:
        return False
    asked = task.prompt.thinking
    # "no up-front thinking; progress notes between tool calls still arrive as thinking blocks".
    if asked == "between_tools":
        return calls and bool(task.prompt.tool_results)
    return asked in ("enabled", "adaptive") or (not asked and task.model.thinking_default != "off")
