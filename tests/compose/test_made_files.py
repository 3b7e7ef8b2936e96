"""Files that code execution makes in an answer: ids for them, and their contents beside the message."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from mockserver.compose.generate import generate
from mockserver.records.files import MadeFile
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import lookup
from tests.composing import HELLO, body, outcome

TABLE = {"filename": "table.csv", "text": "id,name\n1,alpha\n"}
CHART = {"filename": "chart.png", "data": b64encode(b"\x89PNG").decode(), "mime_type": "image/png"}
RUNS = ["code_execution", "bash_code_execution"]


def ran(tool: str, *outputs: Any) -> Block:
    made = [{"type": f"{tool}_output", ("file" if isinstance(each, dict) else "file_id"): each} for each in outputs]
    result = {"type": f"{tool}_result", "stdout": "", "stderr": "", "return_code": 0, "content": made}
    return {"type": f"{tool}_tool_result", "content": result}


@pytest.mark.parametrize("tool", RUNS)
def test_files_get_ids_and_come_beside_the_message(tool: str) -> None:
    content = (ran(tool, TABLE, "file_given", CHART), ran(tool, {**TABLE, "id": "file_mine"}))
    reply = outcome(Answer(content=content))
    first, second = (block["content"]["content"] for block in reply.message["content"])
    assert [*map(sorted, (*first, *second))] == [["file_id", "type"]] * 4
    ids = [output["file_id"] for output in (*first, *second)]
    assert (ids[1], ids[3], len({*ids})) == ("file_given", "file_mine", 4)
    assert [len(ids[0]), ids[0][:9], len(ids[2])] == [29, "file_011C", 29]
    assert reply.files == (
        MadeFile(ids[0], "table.csv", b"id,name\n1,alpha\n"),
        MadeFile(ids[2], "chart.png", b"\x89PNG", "image/png"),
        MadeFile("file_mine", "table.csv", b"id,name\n1,alpha\n"),
    )
    assert outcome(Answer(content=content)).message == reply.message
    assert "container" in reply.message


@pytest.mark.parametrize("content", [(HELLO,), (ran("code_execution", "file_given"), HELLO), ()])
def test_other_answers_make_none(content: tuple[Block, ...]) -> None:
    assert outcome(Answer(content=content)).files == ()


def test_answer_that_is_cut_before_makes_none() -> None:
    content = ({"type": "text", "text": "word " * 50}, ran("code_execution", TABLE))
    request = body(max_tokens=10, stop_sequences=["word"])
    assert outcome(Answer(content=content), request).files == ()


def test_odd_outputs_are_left_as_they_are() -> None:
    for odd in ("text", None, [3, {"file": "a"}, {"file": None}], {"a": 1}):
        block = {"type": "code_execution_tool_result", "content": {"type": "code_execution_result", "content": odd}}
        assert outcome(Answer(content=(block,))).message["content"][0]["content"]["content"] == odd


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Create a CSV file with 3 rows of sample data and save it as output.csv", "output.csv"),
        ("Please export numbers as a JSON file with code execution", "data.json"),
    ],
)
@pytest.mark.parametrize("tool", ["code_execution_20250522", "code_execution_20250825", "code_execution_20260120"])
def test_generated_answer_makes_the_file_asked_for(tool: str, text: str, name: str) -> None:
    request = body(
        messages=[{"role": "user", "content": text}],
        tools=[{"type": tool, "name": "code_execution"}],
        tool_choice={"type": "tool", "name": "code_execution"},
    )
    reply = outcome(generate(Prompt(request), lookup(request["model"]), {}, 1), request)
    assert [(file.filename, bool(file.content)) for file in reply.files] == [(name, True)]
    assert reply.files[0].id in str(reply.message["content"])
    assert "'file'" not in str(reply.message["content"])
    request["messages"] = [{"role": "user", "content": "What is 3 * 4? Use code execution."}]
    assert outcome(generate(Prompt(request), lookup(request["model"]), {}, 1), request).files == ()
