"""The table of forms in docs/wires.md: what each form has, in the order of its columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.wires.chat.forms import FORMS
from tests.message_cases import BLOCKS
from tests.wires.chat.cases import chunks, deltas, reply, rows, whole

TABLE = {name: cells for name, cells in rows("Forms").items() if len(cells) == len(FORMS)}
CALL, EMPTY, TEXT = (BLOCKS[name] for name in ("tool_use", "tool_use without input", "text"))
SAID: Any = reply(TEXT, CALL, stop_reason="tool_use")
UNASKED: Any = reply(TEXT, include_usage=False)


def calls(given: Any, form: str) -> list[Any]:
    return [call for delta in deltas(given, form) for call in delta.get("tool_calls", ())]


def show(holder: Any, key: str, none: str = "`null`") -> str:
    return none if key in holder and holder[key] is None else "–"


def of_both(form: str, key: str) -> str:
    """A key that is null in choices, or in what holds them: of whole answers and of chunks."""
    completion, chunk = whole(SAID, form), chunks(SAID, form)[0]
    shown = [show({**each["choices"][0], **each}, key) for each in (completion, chunk)]
    return shown[0] if shown[0] == shown[1] else f"chunks: {shown[1]}"


def tell_empty_input(form: str) -> str:
    told = [call["function"].get("arguments") for call in calls(reply(EMPTY), form)]
    alone = '`"{}"` in a chunk of its own'
    if "{}" not in told:
        return '`""`'
    return '`""`, and `"{}"` beside the finish reason if it is the last' if "" in told[1:] else alone


def tell_null_usage(form: str) -> str:
    asked, other = ("usage" in chunks(each, form)[0] for each in (SAID, UNASKED))
    return "always" if other else "with `include_usage`" if asked else "–"


def tell_usage_chunk(form: str) -> str:
    asked, other = (bool(chunks(each, form)[-1].get("usage")) for each in (SAID, UNASKED))
    assert not other
    return "with `include_usage`" if asked else "–"


def tell_id(form: str) -> str:
    given = whole(reply(TEXT, id="msg_…"), form)["id"]
    return "`msg_…` as it is" if given == "msg_…" else f"`{given}` for `msg_…`" if "msg" not in given else f"`{given}`"


def tell_call_id(form: str) -> str:
    given = calls(reply({**CALL, "id": "toolu_…"}), form)[0]["id"]
    return "as they are" if given == "toolu_…" else f"`{given}` for `toolu_…`"


CELLS: dict[str, Callable[[str], str]] = {
    "id": tell_id,
    "ids of tool calls": tell_call_id,
    "content` of tool calls alone": lambda form: (
        "`null`" if whole(reply(CALL), form)["choices"][0]["message"]["content"] is None else '`""`'
    ),
    "the input `{}` in a stream": tell_empty_input,
    "finish_reason` before the end": lambda form: (
        "`null`" if chunks(SAID, form)[0]["choices"][0]["finish_reason"] is None else '`""`'
    ),
    "usage: null` in chunks": tell_null_usage,
    "chunk of the usage": tell_usage_chunk,
    "logprobs": lambda form: of_both(form, "logprobs"),
    "system_fingerprint": lambda form: of_both(form, "system_fingerprint"),
}
# Of these only whether a form has them; their words are held by the tests of each form.
HAS: dict[str, Callable[[str], bool]] = {
    "thoughts": lambda form: "reasoning_content" in str(whole(reply(BLOCKS["thinking"]), form)),
    "index` of a tool call in a stream": lambda form: all("index" in call for call in calls(SAID, form)),
    "inputs of server tools in a stream": lambda form: bool(calls(reply(BLOCKS["server_tool_use"]), form)),
    "chunks that say nothing": lambda form: bool(FORMS[form].echoes),
    "refusal`, `annotations": lambda form: "annotations" in whole(SAID, form)["choices"][0]["message"],
    "service_tier": lambda form: "service_tier" in whole(SAID, form),
}
WORDS = {"", "model", "content` of several texts", "arguments` of tool calls"}


def test_every_row_is_held() -> None:
    assert set(TABLE) == {*CELLS, *HAS, *WORDS}
    assert [cell.strip("`") for cell in TABLE[""]] == [*FORMS]


@pytest.mark.parametrize("row", CELLS)
def test_forms_write_what_the_table_says(row: str) -> None:
    assert [CELLS[row](form) for form in FORMS] == TABLE[row]


@pytest.mark.parametrize("row", HAS)
def test_forms_have_what_the_table_says(row: str) -> None:
    assert [HAS[row](form) for form in FORMS] == [cell != "–" for cell in TABLE[row]]
