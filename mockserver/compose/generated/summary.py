"""The summary of a conversation: how it began, the tools that were used, and what is to be answered next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from mockserver.blocks.compaction import TYPE
from mockserver.compose.generated import magic_strings, texts
from mockserver.compose.generated.task import ReplyTask
from mockserver.records.prompt import Prompt, blocks_of, text_of
from mockserver.records.reply import Block
from mockserver.reference import client_tags
from mockserver.reference.catalog import Model

# Characters of the summary before that a new one repeats.
REPEATED = 400


def write_summary(prompt: Prompt, model: Model, options: Mapping[str, Any], seed: int) -> Block:
    """A compaction block that sums up the conversation, in the user's language; the same for the same arguments."""
    task = ReplyTask(prompt, model, options, Random(f"{seed} {prompt.model} {prompt.user}"))
    return {"type": TYPE, "content": task.phrases.space.join(_list_sentences(task))}


def _list_sentences(task: ReplyTask) -> Iterator[str]:
    yield task.pick("summary")
    before = _find_summary(task.prompt)
    first = texts.shorten(_find_first_text(task.prompt), texts.TOPIC_LENGTH)
    if before:
        yield texts.shorten(before, REPEATED) + "."
    elif first and first != task.topic:
        yield task.pick("summary_first", first=first)
    tools = list(dict.fromkeys(_name_tools(task.prompt)))
    if tools:
        yield task.pick("summary_tools", tool=", ".join(tools))
    if task.topic:
        yield task.pick("summary_next")


def _list_blocks(prompt: Prompt) -> Iterator[Block]:
    for message in prompt.messages:
        yield from blocks_of(message)


def _name_tools(prompt: Prompt) -> Iterator[str]:
    for block in _list_blocks(prompt):
        if str(block.get("type")).endswith("tool_use"):
            yield str(block.get("name"))


def _find_summary(prompt: Prompt) -> str:
    """The last summary that the conversation holds already."""
    summaries = [block.get("content") for block in _list_blocks(prompt) if block.get("type") == TYPE]
    return next((str(each) for each in reversed(summaries) if each), "")


def _find_first_text(prompt: Prompt) -> str:
    said = (
        client_tags.remove(text_of(each.get("content") or "")) for each in prompt.messages if each.get("role") == "user"
    )
    return magic_strings.remove(next((text for text in said if text.strip()), ""))
