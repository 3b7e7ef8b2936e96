"""Generated answers, for requests that no scenario answers: correct for the very request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

from mockserver.blocks.counting import count_output
from mockserver.compose.generated import magic_strings
from mockserver.compose.generated.speech import make_text
from mockserver.compose.generated.task import ReplyTask
from mockserver.compose.generated.thinking import give_way, make_thoughts
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import Model
from mockserver.reference.tokens import is_forced

# The options below ``generate`` in a scenario, each with its JSON Schema.
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
    """The answer to ``prompt`` as ``model`` would shape it, not yet cut at its ``max_tokens`` and ``stop_sequences``.

    ``options`` are those of a scenario:

        sentences, paragraphs, words, tokens    how long the text is; ``tokens`` is met to a sentence
        locale                                  the language, such as ``zh_CN``; default: the user's
        thinking                                whether there is a thinking block, or of how many sentences
        tool_use                                call a tool that is offered: any (true), the named one, none (false), or
                                                what a word of the setting says (``once``, ``all``, ``asked``, ``none``)

    The same prompt and ``seed`` give the same answer, streamed or not, in any session. Raises ValueError on an unknown
    option or locale.
    """
    check_options(options)
    if prompt.body.get("max_tokens") == 0:
        # "also max_tokens:0 pre-warm, content []".
        return Answer(stop_reason="max_tokens")
    # A model that takes over answers what the string made the first one decline.
    if not prompt.is_fallback and magic_strings.is_sent(prompt, magic_strings.REFUSAL):
        return Answer(stop_reason="refusal", stop_details={"type": "refusal", "category": None, "explanation": None})
    if prompt.body.get("compaction"):
        return _summarize(prompt, model, options, seed)
    # Not the whole body: the answer must not change with ``stream`` or a cache_control mark.
    rng = Random(f"{seed} {prompt.model} {len(prompt.messages)} {prompt.user}")
    task = ReplyTask(prompt, model, options, rng)
    content = tuple(give_way(_make_content(task), task))
    # Code that waits for a call of its own runs in a container (source: recorded 2026-02).
    is_waiting = len(content) > 1 and content[-1]["type"] == "tool_use" and content[-2].get("name") == "code_execution"
    return Answer(content=content, container={} if is_waiting else None)


def check_options(options: Mapping[str, Any]) -> None:
    """Raise ValueError when ``options`` contains a name that is not in ``OPTIONS``."""
    unknown = sorted(set(options) - set(OPTIONS))
    if unknown:
        raise ValueError(f"unknown option {', '.join(unknown)} of generate: known are {', '.join(OPTIONS)}")


def _make_content(task: ReplyTask) -> list[Block]:
    finished = _finish_calls(task)
    tools = () if finished else _choose_tools(task)
    thoughts = make_thoughts(task, calls=bool(tools), forced=is_forced(task.prompt.body))
    return [
        *finished,
        *thoughts,
        *(
            _call_tools(task, tools)
            if tools
            else _make_structured_text(task) or _make_citations(task) or [_make_text_block(task)]
        ),
    ]


# Modules that most requests do not need are imported when first needed.


def _summarize(prompt: Prompt, model: Model, options: Mapping[str, Any], seed: int) -> Answer:
    """No summary when it is cut off: it "is produced only when the call ends normally" (source: documented)."""
    from mockserver.compose.generated import summary

    block = summary.write_summary(prompt, model, options, seed)
    limit = prompt.body.get("max_tokens")
    is_cut = isinstance(limit, int) and count_output((block,), model)[0] > limit
    return Answer(stop_reason="max_tokens") if is_cut else Answer(content=(block,))


def _finish_calls(task: ReplyTask) -> list[Block]:
    if not task.prompt.open_uses:
        return []
    from mockserver.compose.generated import pending

    return pending.finish(task)


def _choose_tools(task: ReplyTask) -> Sequence[Mapping[str, Any]]:
    if not task.prompt.offered and not task.prompt.body.get("mcp_servers"):
        return ()
    from mockserver.compose.generated import tool_calls

    return tool_calls.choose_tools(task)


def _call_tools(task: ReplyTask, tools: Sequence[Mapping[str, Any]]) -> list[Block]:
    from mockserver.compose.generated import tool_calls, web_tools

    blocks = tool_calls.call_tools(task, tools)
    if blocks[-1]["type"] == "tool_use":
        # The caller runs it, and the answer goes on when its result comes.
        return blocks
    return [*blocks, *(_make_structured_text(task) or _make_report(task, web_tools.quote(task, blocks)))]


def _make_report(task: ReplyTask, quotation: list[Block]) -> list[Block]:
    text = _make_text_block(task)
    return [{**text, "text": f"{text['text']}{task.phrases.space}"}, *quotation] if quotation else [text]


def _make_structured_text(task: ReplyTask) -> list[Block]:
    if not task.prompt.body.get("output_config"):
        return []
    from mockserver.compose.generated import structure

    schema = structure.find_schema(task.prompt)
    return [] if schema is None else [{"type": "text", "text": structure.make_json(task, schema)}]


def _make_citations(task: ReplyTask) -> list[Block]:
    if all(isinstance(message.get("content"), str) for message in task.prompt.messages):
        return []
    from mockserver.compose.generated import citations

    return citations.cite(task)


def _make_text_block(task: ReplyTask) -> Block:
    return {"type": "text", "text": make_text(task)}
