"""A generated reply: what is answered when no scenario says it, correct for the very request."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Any

from mockserver.call import Prompt
from mockserver.catalog import Model
from mockserver.compose.generated import calls, citations, magic, servers, structure
from mockserver.compose.generated.cutting import cut
from mockserver.compose.generated.speech import speak
from mockserver.compose.generated.task import Task
from mockserver.compose.generated.thought import think
from mockserver.reply import Answer, Block
from mockserver.tokens import is_forced

# What a scenario may say below ``generate``, each with its JSON Schema.
OPTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "sentences": {"type": "integer", "minimum": 1, "maximum": 10_000},
        "paragraphs": {"type": "integer", "minimum": 1, "maximum": 1_000},
        "words": {"type": "integer", "minimum": 1, "maximum": 100_000},
        "tokens": {"type": "integer", "minimum": 1, "maximum": 300_000},
        "locale": {"type": "string", "pattern": "^[a-z]{2,3}(_[A-Z]{2})?$"},
        "thinking": {"type": ["boolean", "integer"], "minimum": 0, "maximum": 1_000},
        "tool_use": {"type": ["boolean", "string"]},
    }
)


def generate(prompt: Prompt, model: Model, options: Mapping[str, Any], seed: int) -> Answer:
    """The answer to ``prompt`` as ``model`` would shape it, cut at its ``max_tokens`` and ``stop_sequences``.

    ``options`` are a scenario's wishes:

        sentences, paragraphs, words, tokens    how long the text is; ``tokens`` is met to a sentence
        locale                                  the language, such as ``zh_CN``; default: the user's
        thinking                                whether there is a thinking block, or of how many sentences
        tool_use                                call a tool that is offered: any (true), or this one (its name)

    The same prompt and ``seed`` give the same answer, streamed or not, in any session. Raises ValueError on an unknown
    option or locale.
    """
    check(options)
    if prompt.body.get("max_tokens") == 0:
        # "also max_tokens:0 pre-warm, content []".
        return Answer(stop_reason="max_tokens")
    if magic.has(prompt, magic.REFUSAL):
        return Answer(stop_reason="refusal", stop_details={"type": "refusal", "category": None, "explanation": None})
    # Not the whole body: the answer must not change with ``stream`` or a cache_control mark.
    dice = Random(f"{seed} {prompt.model} {len(prompt.messages)} {prompt.user}")
    task = Task(prompt, model, options, dice)
    return cut(Answer(content=tuple(_content(task))), prompt.body, model)


def check(options: Mapping[str, Any]) -> None:
    """Raises ValueError when ``options`` holds something that is not in ``OPTIONS``."""
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ValueError(f"unknown option {', '.join(unknown)} of generate: known are {', '.join(OPTIONS)}")


def _content(task: Task) -> list[Block]:
    tool = calls.choose(task)
    thoughts = think(task, calls=tool is not None, forced=is_forced(task.prompt.body))
    if tool is not None and servers.is_run(tool):
        return [*thoughts, *servers.run(task, tool), {"type": "text", "text": speak(task)}]
    if tool is not None:
        return [*thoughts, calls.call(task, tool)]
    schema = structure.schema(task.prompt)
    if schema is not None:
        return [*thoughts, {"type": "text", "text": structure.write(task, schema)}]
    return [*thoughts, *(citations.cite(task) or [{"type": "text", "text": speak(task)}])]
