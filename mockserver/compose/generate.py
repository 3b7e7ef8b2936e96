"""A generated reply: what is answered when no scenario says it, correct for the very request."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from types import MappingProxyType
from typing import Any

from mockserver.compose.generated import magic
from mockserver.compose.generated.cutting import cut
from mockserver.compose.generated.speech import speak
from mockserver.compose.generated.task import Task
from mockserver.compose.generated.thought import think
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import Model
from mockserver.reference.tokens import is_forced

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
    tool = _tool(task)
    thoughts = think(task, calls=tool is not None, forced=is_forced(task.prompt.body))
    return [*thoughts, *(_called(task, tool) if tool else _structured(task) or _cited(task) or [_spoken(task)])]


# What most requests do not ask for is imported by the first one that does.


def _tool(task: Task) -> Mapping[str, Any] | None:
    if not task.prompt.body.get("tools"):
        return None
    from mockserver.compose.generated import calls

    return calls.choose(task)


def _called(task: Task, tool: Mapping[str, Any]) -> list[Block]:
    from mockserver.compose.generated import calls, servers

    return [*servers.run(task, tool), _spoken(task)] if servers.is_run(tool) else [calls.call(task, tool)]


def _structured(task: Task) -> list[Block]:
    if not task.prompt.body.get("output_config"):
        return []
    from mockserver.compose.generated import structure

    schema = structure.schema(task.prompt)
    return [] if schema is None else [{"type": "text", "text": structure.write(task, schema)}]


def _cited(task: Task) -> list[Block]:
    if all(isinstance(message.get("content"), str) for message in task.prompt.messages):
        return []
    from mockserver.compose.generated import citations

    return citations.cite(task)


def _spoken(task: Task) -> Block:
    return {"type": "text", "text": speak(task)}
