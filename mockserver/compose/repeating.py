"""A plain text said to plain prompts again and again: its answers differ in their id and input tokens alone."""

from __future__ import annotations

from collections.abc import Callable

from mockserver.compose.caching import is_marked
from mockserver.compose.context import Context
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.reference import ids, tokens

# What a plain prompt may hold: nothing of it changes an answer but by the tokens it has.
PLAIN = frozenset(
    {"model", "messages", "max_tokens", "system", "tools", "stream", "temperature", "top_p", "top_k", "metadata"}
)
# So many models are remembered for each answer.
MOST = 32


def is_repeatable(answer: Answer, prompt: Prompt) -> bool:
    """Whether answer and prompt are plain."""
    body = prompt.body
    return (
        answer.is_plain_text
        and not answer.usage
        and not answer.extra
        and answer.container is None
        and answer.stop_reason != "max_tokens"
        and not prompt.betas
        and not prompt.history
        and PLAIN.issuperset(body)
        and body.get("max_tokens") != 0
        and not is_marked(body)
    )


def repeat(answer: Answer, prompt: Prompt, context: Context, make: Callable[[Answer, Prompt, Context], Reply]) -> Reply:
    """What ``make`` gives, most of it remembered from the first time."""
    kept = answer.messages.get(prompt.model)
    if kept is None:
        reply = make(answer, prompt, context)
        if len(answer.messages) < MOST:
            answer.messages[prompt.model] = reply.message
        return reply
    usage = {**kept["usage"], "input_tokens": tokens.count_request(prompt.body, context.model)}
    said = {**kept, "id": ids.make_timed("msg", context.tick, context.seed), "usage": usage}
    return Reply(said, answer.headers, answer.faults, answer.pace, context.seed)
