"""The text of a generated reply: its opening, what it refers to, and its length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from types import MappingProxyType
from typing import Any

import orjson

from mockserver.blocks.counting import count_output
from mockserver.compose.generated import texts
from mockserver.compose.generated.task import ReplyTask
from mockserver.records.prompt import blocks_of, text_of
from mockserver.reference import client_tags

SENTENCES = (1, 3)
MOST_SENTENCES = 4
PARAGRAPH = 4
RESULT_LENGTH = 80
MOST_RESULTS = 3
# A prefill that opens a JSON value is completed to one, by this text before and after the sentences.
JSON_COMPLETIONS = MappingProxyType({"{": ('"answer": ', "}"), "[": ("", "]")})


def make_text(task: ReplyTask) -> str:
    """The reply's text: one to four sentences, or as long as the options say. A prefill is continued."""
    first = _mention_results(task) or [*_mention_attachments(task), *_make_opening(task)]
    prefill = _find_prefill(task)
    if prefill:
        first = []
    lines = chain(first, task.iterate("body"))
    length, fit = next(
        ((task.options[name], fit) for name, fit in LENGTHS.items() if name in task.options), (0, _take_default)
    )
    text = fit(task, lines, length or len(first))
    return _continue_prefill(task, prefill, text) if prefill else text


def _find_prefill(task: ReplyTask) -> str:
    last = task.prompt.messages[-1] if task.prompt.messages else {}
    return text_of(last.get("content") or "") if last.get("role") == "assistant" else ""


def _continue_prefill(task: ReplyTask, prefill: str, text: str) -> str:
    before, after = JSON_COMPLETIONS.get(prefill[-1], ("", ""))
    if after:
        return f"{before}{orjson.dumps(text).decode()}{after}"
    space = task.phrases.space
    if prefill[-1] in texts.ENDS:
        return f"{space}{text}"
    return f"{space}{task.pick('continuation')}{space}{text}"


def _make_opening(task: ReplyTask) -> list[str]:
    name = texts.choose_opening(task.phrases, task.text)
    return [task.pick(name)] if name else []


def _mention_attachments(task: ReplyTask) -> list[str]:
    kinds = Counter(str(block.get("type")) for block in _find_last_blocks(task))
    named = ((kind, kinds[kind]) for kind in ("image", "document") if kinds[kind])
    return [task.pick(kind if count == 1 else f"{kind}s", count=count) for kind, count in named]


def _find_last_blocks(task: ReplyTask) -> Iterator[Mapping[str, Any]]:
    """The content blocks of the user turn to answer."""
    for message in reversed(task.prompt.messages):
        if message.get("role") == "assistant":
            return
        if message.get("role") == "user":
            yield from blocks_of(message)


def _mention_results(task: ReplyTask) -> list[str]:
    return [_mention_result(task, result) for result in task.prompt.tool_results[:MOST_RESULTS]]


def _mention_result(task: ReplyTask, result: Mapping[str, Any]) -> str:
    text = texts.shorten(client_tags.remove(text_of(result.get("content") or "")), RESULT_LENGTH)
    name = "tool_error" if result.get("is_error") else "tool_result"
    return task.pick(name if text else "tool_done", tool=result.get("name") or "?", result=text)


def _take_default(task: ReplyTask, lines: Iterator[str], opened: int) -> str:
    count = max(opened, min(MOST_SENTENCES, opened + task.rng.randint(*SENTENCES)))
    return _take_sentences(task, lines, count)


def _take_sentences(task: ReplyTask, lines: Iterator[str], count: int) -> str:
    return task.phrases.space.join(islice(lines, count))


def _take_paragraphs(task: ReplyTask, lines: Iterator[str], count: int) -> str:
    return "\n\n".join(_take_sentences(task, lines, PARAGRAPH) for _ in range(count))


def _take_words(task: ReplyTask, lines: Iterator[str], count: int) -> str:
    """Exactly ``count`` words; characters in a language that writes no spaces."""
    space = task.phrases.space
    words: list[str] = []
    while len(words) < count:
        line = next(lines)
        words.extend(line.split() if space else line)
    return space.join(words[:count])


def _take_tokens(task: ReplyTask, lines: Iterator[str], count: int) -> str:
    """Whole sentences of about ``count`` tokens."""
    space = task.phrases.space
    sample = list(islice(lines, 20))
    text = space.join(sample)
    wanted = count * len(text) / max(1, count_output([{"type": "text", "text": text}], task.model)[0])
    chosen: list[str] = []
    length = 0.0
    for line in chain(sample, lines):
        if chosen and length + len(line) / 2 > wanted:
            break
        chosen.append(line)
        length += len(line) + len(space)
    return space.join(chosen)


Fit = Callable[[ReplyTask, Iterator[str], int], str]
LENGTHS: MappingProxyType[str, Fit] = MappingProxyType(
    {"sentences": _take_sentences, "paragraphs": _take_paragraphs, "words": _take_words, "tokens": _take_tokens}
)
