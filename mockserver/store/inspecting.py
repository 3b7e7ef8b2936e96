"""What the API would not have answered, in the scripted answer of a recorded call; secrets masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from mockserver.records.errors import AnswerFinding
from mockserver.records.masks import Scrubber
from mockserver.records.prompt import Prompt
from mockserver.records.reply import StoredReply
from mockserver.store.calls import CallRecord
from mockserver.store.readable import read_prompt, unreadable_keys
from mockserver.store.reports import parse

# Holds a message against the prompt that it answered.
Inspect = Callable[[Prompt, Any], tuple[AnswerFinding, ...]]


def inspect_nothing(_: Prompt, __: Any) -> tuple[AnswerFinding, ...]:
    """Objects to no answer."""
    return ()


def find_in_answer(record: CallRecord, inspect: Inspect, scrubber: Scrubber) -> tuple[AnswerFinding, ...]:
    """What the API would not have answered to a recorded call.

    Nothing of generated answers, of errors, of recorded answers, and of requests too broken to be read.
    """
    is_scripted = record.scenario is not None or any(record.fallbacks)
    outcome = record.outcome
    if not is_scripted or not isinstance(outcome, StoredReply) or outcome.is_recorded:
        return ()
    prompt = read_prompt(record)
    if prompt is None or unreadable_keys(prompt):
        return ()
    found = inspect(prompt, parse(outcome.message))
    return tuple(replace(each, message=scrubber.text(each.message), path=scrubber.content(each.path)) for each in found)
