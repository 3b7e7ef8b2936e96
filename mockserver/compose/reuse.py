"""Reuse of composed messages: plain answers to plain prompts differ only in their id and input tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.blocks.counting import count_request
from mockserver.blocks.prefixes import is_marked
from mockserver.compose.bindings import has_thoughts
from mockserver.compose.context import Context
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.reference import ids

# The fields of a plain prompt: they influence the answer by the number of their tokens alone.
PLAIN = frozenset(
    {"model", "messages", "max_tokens", "system", "tools", "stream", "temperature", "top_p", "top_k", "metadata"}
)
# The most models for which an answer keeps its message.
MOST = 32


def is_reusable(answer: Answer, prompt: Prompt) -> bool:
    """Whether the message of the answer can be reused: answer and prompt are plain."""
    body = prompt.body
    return (
        answer.is_reusable
        and not prompt.betas
        and not prompt.history
        and PLAIN.issuperset(body)
        and body.get("max_tokens") != 0
        and not is_marked(body)
        and not has_thoughts(body)
    )


def reuse(answer: Answer, prompt: Prompt, context: Context, make: Callable[[Answer, Prompt, Context], Reply]) -> Reply:
    """The reply that ``make`` returns; after the first time its message is reused, unless ``max_tokens`` cuts it."""
    known = answer.messages.get(prompt.model)
    if known is None or not _has_room(answer, prompt, known):
        reply = make(answer, prompt, context)
        if len(answer.messages) < MOST and not _is_at_limit(reply, prompt):
            answer.messages[prompt.model] = reply.message
        return reply
    usage = {**known["usage"], "input_tokens": count_request(prompt.body, context.model)}
    message = {**known, "id": ids.make_timed("msg", context.tick, context.seed), "usage": usage}
    return Reply(message, answer.headers, answer.faults, answer.pace, context.seed)


def _is_at_limit(reply: Reply, prompt: Prompt) -> bool:
    """Whether the limit may have had a part in it: in the content, or in the count alone."""
    used: int = reply.message["usage"]["output_tokens"]
    return reply.message["stop_reason"] == "max_tokens" or used == prompt.body.get("max_tokens")


def _has_room(answer: Answer, prompt: Prompt, known: Mapping[str, Any]) -> bool:
    limit = prompt.body.get("max_tokens")
    return type(limit) is not int or limit >= known["usage"]["output_tokens"] or not answer.is_endable
