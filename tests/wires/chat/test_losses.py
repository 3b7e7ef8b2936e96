"""The tables of docs/wires.md: each row is as the wire does it, and nothing has no row."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mockserver.blocks import BLOCKS
from mockserver.records.errors import TYPES
from mockserver.wires import FAULTS
from mockserver.wires import WIRES as ALL
from mockserver.wires.chat.forms import FORMS
from tests.message_cases import BLOCKS as SAMPLES
from tests.wires.chat.cases import DOCS, chunks, reply, rows, whole

LOSSES = {name: cells for names, cells in rows("What the wire cannot say").items() for name in names.split("`, `")}
KINDS = {"content", "reasoning_content", "tool_calls"}
# The blocks that an answer of the API never holds have no samples: a script may give them.
EACH = {kind: next((each for each in SAMPLES.values() if each["type"] == kind), {"type": kind}) for kind in BLOCKS}


def said(block: dict[str, Any]) -> set[str]:
    """The keys in which an answer with a block differs from one without it."""
    with_it, without = (whole(reply(*content))["choices"][0]["message"] for content in ((block,), ()))
    return {key for key in with_it if with_it[key] != without.get(key)}


def test_every_block_has_its_row() -> None:
    assert set(LOSSES) == {"block", *BLOCKS}


@pytest.mark.parametrize("kind", BLOCKS)
def test_blocks_become_what_the_docs_say(kind: str) -> None:
    (becomes,) = LOSSES[kind]
    told = set(re.findall(r"`(\w+)`", becomes.split(";")[0]))
    assert told <= KINDS
    assert said(EACH[kind]) & KINDS == told | ({"content"} if told == {"tool_calls"} else set())
    assert bool(told) is (becomes != "–")


@pytest.mark.parametrize("kind", [kind for kind in BLOCKS if LOSSES.get(kind) == ["–"]])
def test_lost_blocks_leave_no_trace(kind: str) -> None:
    """Neither whole nor streamed is anything made up for them."""
    with_it, without = reply(EACH[kind]), reply()
    assert whole(with_it) == whole(without)
    assert chunks(with_it) == chunks(without)


REASONS = ("end_turn", "stop_sequence", "max_tokens", "model_context_window_exceeded", "tool_use", "refusal")


@pytest.mark.parametrize("reason", [*REASONS, "pause_turn", "compaction", "anything"])
def test_stop_reasons_become_what_the_docs_say(reason: str) -> None:
    table = rows("Why an answer ends")
    cells = table.get(reason) or table["any other, such as `pause_turn"]
    for form, cell in zip(FORMS, cells, strict=True):
        told = reason if cell == "as it is" else cell.strip("`")
        assert whole(reply(stop_reason=reason), form)["choices"][0]["finish_reason"] == told
        (last,) = [each["choices"][0] for each in chunks(reply(stop_reason=reason), form) if finishes(each)]
        assert last["finish_reason"] == told


def finishes(chunk: Any) -> bool:
    return bool(chunk["choices"] and chunk["choices"][0]["finish_reason"])


@pytest.mark.parametrize("form", FORMS)
def test_usage_has_what_the_docs_say(form: str) -> None:
    usage = {"input_tokens": 5, "cache_read_input_tokens": 70, "cache_creation_input_tokens": 300, "output_tokens": 20}
    counts, table = whole(reply(usage=usage, n=2), form)["usage"], rows("Usage")
    keys = ["prompt_tokens", "completion_tokens", "total_tokens", "prompt_tokens_details", "completion_tokens_details"]
    told = [key for key in keys if table[key][[*FORMS].index(form)] != "–"]
    others = re.findall(r"`(\w+)", table["others"][[*FORMS].index(form)])
    assert set(counts) == {*told, *others}
    assert counts["prompt_tokens"] == (5 if form == "one-api" else 375)
    assert counts["completion_tokens"] == 40
    assert counts["total_tokens"] == counts["prompt_tokens"] + 40


def test_errors_have_the_types_that_the_docs_say() -> None:
    told = {int(status): cells[0].strip("`") for status, cells in rows("Errors").items() if status.isdigit()}
    assert told == TYPES


def test_the_docs_name_the_faults_that_strike() -> None:
    section = DOCS.read_text(encoding="utf-8").split("\n## Faults\n")[1].split("\n## ")[0]
    listed = next(part for part in section.split("\n\n") if part.startswith("`disconnect`"))
    assert re.findall(r"`(\w+)`", listed) == list(ALL["chat"].faults)
    assert set(ALL["chat"].faults) <= set(FAULTS)
