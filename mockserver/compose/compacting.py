"""Compaction: the summary that takes the place of a conversation, at a threshold or on demand.

Source: the API's pages on compaction at a token threshold and on demand (2026-09), usage and streams as recorded from
2026-04 to 2026-08; for every version of the API, under the betas `compact-2026-01-12` and `compact-2026-09-04`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.blocks.compaction import TYPE
from mockserver.blocks.counting import count_output, count_whole
from mockserver.compose.caching import use_cache
from mockserver.compose.context import Context
from mockserver.compose.editing import Edited, drop_thoughts, find_edits, read_amount
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import Model
from mockserver.reference.tokens import RATES, text_tokens

COMPACT = "compact_20260112"
# "trigger: 150,000 tokens" is the default.
TRIGGER = 150_000
# The tokens of the API's prompt for a summary, by tokenizer: at a threshold (recorded three times on claude-sonnet-4-6,
# 2026-04 and 2026-08; new: inferred from the lengths of a documented prompt), and on demand (documented for
# claude-opus-5-5: 144 tokens for an example of 89; first and old: inferred).
AT_THRESHOLD = {"first": 96, "old": 96, "new": 124}
ON_DEMAND = {"first": 56, "old": 56, "new": 56}


class Compacted(Struct, frozen=True):
    """An answer, perhaps behind a summary, and the request as the model reads it then.

    ``answer`` is all of it, ``said`` lacks the summary, and ``usage`` is what the summary took, None without one. The
    parts of ``answer`` are made for ``prompt``: thoughts behind a summary are bound to that, not to the conversation
    which it replaces. ``is_put_off``: the summary stands alone, and the answer is still to be given.
    """

    answer: Answer
    said: Answer
    edited: Edited
    prompt: Prompt
    usage: Mapping[str, Any] | None = None
    is_put_off: bool = False


def summarize(answer: Answer, prompt: Prompt, model: Model) -> Answer:
    """The answer to a request for a summary: the text of a script becomes that of the block.

    "A summary is produced only when the summarization call ends normally with text and no tool call" (source: the API's
    page on compaction on demand), and fits into ``max_tokens``. An answer with a summary of its own, or that says how
    it ends, stays as it is.
    """
    if not prompt.body.get("compaction") or not answer.is_endable or TYPE in answer.block_types:
        return answer
    text = "".join(str(block.get("text") or "") for block in answer.content if block.get("type") == "text")
    block, limit = {"type": TYPE, "content": text}, prompt.body.get("max_tokens")
    if "tool_use" in answer.block_types:
        return replace(answer, content=(), stop_reason="tool_use")
    if not text.strip():
        return replace(answer, content=(), stop_reason="end_turn")
    if isinstance(limit, int) and count_output((block,), model)[0] > limit:
        return replace(answer, content=(), stop_reason="max_tokens")
    return replace(answer, content=(block,))


def compact(answer: Answer, edited: Edited, prompt: Prompt, context: Context) -> Compacted:
    """Put a summary in front of an answer when the conversation has reached its threshold, or the script says one.

    A refusal is not compacted, nor an answer on demand: that is its own summary. Where the request asks for a pause,
    the summary stands alone, without what a script says of the answer put off. A summary that the conversation begins
    with already is not said once more, where the script says more than that.
    """
    wanted = next((each for each in find_edits(edited.body) if each.get("type") == COMPACT), {})
    scripted = _has_summary(answer)
    # A stop sequence may have left nothing behind the summary.
    is_alone = scripted and len(answer.content) == 1 and answer.stop_sequence is None
    is_spared = _is_spared(answer, edited.body)
    if scripted and not (is_alone or is_spared) and _is_known(answer.content[0], edited.body):
        scripted, answer = False, replace(answer, content=answer.content[1:])
    if is_spared or not (scripted or _is_due(wanted, edited)):
        return Compacted(answer, answer, edited, prompt)
    summary = answer.content[0] if scripted else _write_summary(prompt, context)
    is_paused = wanted.get("pause_after_compaction") is True
    is_put_off = is_paused and not is_alone
    if is_paused:
        whose = Answer(model=answer.model, pace=answer.pace) if is_put_off else answer
        answer = replace(whose, content=(summary,), stop_reason=TYPE, stop_sequence=None, stop_details=None)
    said = answer.content[1:] if scripted or is_paused else answer.content
    replaced = _replace_messages(edited, summary)
    return Compacted(
        replace(answer, content=(summary, *said)),
        replace(answer, content=said, stop_reason=answer.stop_reason or (None if said else TYPE)),
        replaced,
        replace(prompt, body=replaced.body, history=()),
        _measure(summary, wanted, edited, context),
        is_put_off,
    )


def _has_summary(answer: Answer) -> bool:
    return bool(answer.content) and answer.content[0].get("type") == TYPE


def _is_known(summary: Block, body: Mapping[str, Any]) -> bool:
    """Whether the conversation begins with the summary, or with any that nothing of the model follows yet."""
    messages: Sequence[Mapping[str, Any]] = body.get("messages") or ()
    lead = _find_lead(body)
    if lead.get("type") != TYPE or not lead.get("content"):
        return False
    follows = len(messages[0]["content"]) > 1 or any(each.get("role") == "assistant" for each in messages[1:])
    return bool(lead["content"] == summary.get("content")) or not follows


def _find_lead(body: Mapping[str, Any]) -> Block:
    """The first block of the conversation; empty where that begins with plain text."""
    messages = body.get("messages")
    content = (messages[0].get("content") if messages else None) or ""
    return {} if isinstance(content, str) else content[0]


def _is_spared(answer: Answer, body: Mapping[str, Any]) -> bool:
    is_refusal = answer.stop_reason == "refusal" or answer.stop_details is not None
    return is_refusal or bool(body.get("compaction")) or body.get("max_tokens") == 0


def count_instructions(wanted: Mapping[str, Any], tokens: Mapping[str, int], tokenizer: str) -> int:
    """The tokens of the prompt for a summary: the API's own, or the ``instructions`` that replace it."""
    given = wanted.get("instructions")
    return round(text_tokens(given, RATES[tokenizer])) if given and given.strip() else tokens[tokenizer]


def _is_due(wanted: Mapping[str, Any], edited: Edited) -> bool:
    """Whether "input tokens reach your specified trigger threshold"; with a signed summary it never runs."""
    if not wanted or _leads_with_signed(edited.body):
        return False
    return edited.tokens >= read_amount(wanted.get("trigger"), TRIGGER)


def _leads_with_signed(body: Mapping[str, Any]) -> bool:
    """Whether the first block is a signed summary: "threshold compaction can't run" on such a request."""
    lead = _find_lead(body)
    return lead.get("type") == TYPE and bool(lead.get("signature"))


def _write_summary(prompt: Prompt, context: Context) -> Block:
    # Imported when first needed: it brings the parts of the generator.
    from mockserver.compose.generated.summary import write_summary

    return write_summary(prompt, context.model, {}, context.seed)


def _replace_messages(edited: Edited, summary: Block) -> Edited:
    """The request with the summary in place of its messages; a failed compaction replaces nothing."""
    if not summary.get("content"):
        return edited
    body = {**edited.body, "messages": [{"role": "assistant", "content": [summary]}]}
    return replace(edited, body=body, tokens=count_whole(body, edited.model))


def _show_to_summarizer(wanted: Mapping[str, Any], edited: Edited) -> Edited:
    """ "On Claude 5.1 and later models, a request with custom `instructions` summarizes from the visible conversation
    only" (source: the API's page on compaction at a threshold, 2026-09): these are the models that bind their thoughts.
    """
    if not edited.model.prefix_bound or not (wanted.get("instructions") or "").strip():
        return edited
    body = {**edited.body, "messages": [drop_thoughts(each) for each in edited.body.get("messages") or ()]}
    return replace(edited, body=body, tokens=count_whole(body, edited.model))


def _measure(summary: Block, wanted: Mapping[str, Any], edited: Edited, context: Context) -> dict[str, Any]:
    """The usage of the call that wrote the summary: it reads the whole conversation, and its own prompt."""
    edited = _show_to_summarizer(wanted, edited)
    cached = use_cache(edited.body, edited.tokens, edited.model, context)
    asked = count_instructions(wanted, AT_THRESHOLD, edited.model.tokenizer)
    return {
        "input_tokens": edited.tokens + asked - cached.read - cached.written,
        "output_tokens": count_output((summary,), edited.model)[0],
        "cache_read_input_tokens": cached.read,
        "cache_creation_input_tokens": cached.written,
        "cache_creation": {
            "ephemeral_5m_input_tokens": cached.written_5m,
            "ephemeral_1h_input_tokens": cached.written_1h,
        },
        "type": TYPE,
    }
