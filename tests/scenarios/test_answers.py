"""Answers: what each form says, as blocks of the API, its placeholders filled in."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.errors import ScenarioError
from mockserver.records.reply import Answer, Fault, Pace
from mockserver.scenarios import parse
from tests.scenarios.samples import answer

CITED = {"type": "char_location", "document_index": 0}
SERVER_USE = {"type": "server_tool_use"}

CONTENT: list[tuple[Any, list[dict[str, Any]]]] = [
    ("Hi", [{"type": "text", "text": "Hi"}]),
    ({"text": ["a", 1, 2.5]}, [{"type": "text", "text": text} for text in ("a", "1", "2.5")]),
    ({"thinking": "Hm."}, [{"type": "thinking", "thinking": "Hm."}]),
    (
        {"thinking": {"thinking": "Hm.", "signature": "s"}},
        [{"type": "thinking", "thinking": "Hm.", "signature": "s"}],
    ),
    ({"redacted_thinking": ["d", True]}, [{"type": "redacted_thinking", "data": "d"}, {"type": "redacted_thinking"}]),
    ({"tool_use": "now"}, [{"type": "tool_use", "name": "now", "input": {}}]),
    (
        {"tool_use": ["a", {"name": "b", "input": {"c": 1}}]},
        [{"type": "tool_use", "name": "a", "input": {}}, {"type": "tool_use", "name": "b", "input": {"c": 1}}],
    ),
    ({"json": {"a": [1, None, "é"]}}, [{"type": "text", "text": '{"a":[1,null,"é"]}'}]),
    (
        {"tool_use": "t", "text": "b", "web_search": {"query": "q"}, "thinking": "a"},
        [
            {"type": "thinking", "thinking": "a"},
            {"type": "text", "text": "b"},
            {**SERVER_USE, "name": "web_search", "input": {"query": "q"}},
            {"type": "tool_use", "name": "t", "input": {}},
        ],
    ),
    ({"content": []}, []),
    (
        {"content": ["a", {"text": "b"}, {"type": "anything", "x": {"y": 1}}]},
        [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, {"type": "anything", "x": {"y": 1}}],
    ),
    (
        {"text": "a", "citations": [{"cited_text": "b", "start_char_index": 0, "end_char_index": 1}]},
        [
            {
                "type": "text",
                "text": "a",
                "citations": [{**CITED, "cited_text": "b", "start_char_index": 0, "end_char_index": 1}],
            }
        ],
    ),
    (
        {"text": "a", "citations": [{"type": "page_location", "document_index": 2, "cited_text": "b"}]},
        [
            {
                "type": "text",
                "text": "a",
                "citations": [{**CITED, "type": "page_location", "document_index": 2, "cited_text": "b"}],
            }
        ],
    ),
    (
        {"web_search": {"query": "q", "results": [{"url": "u", "title": "t"}]}},
        [
            {**SERVER_USE, "name": "web_search", "input": {"query": "q"}},
            {
                "type": "web_search_tool_result",
                "content": [
                    {
                        "type": "web_search_result",
                        "title": "t",
                        "url": "u",
                        "encrypted_content": "EncryptedContent",
                        "page_age": None,
                    }
                ],
            },
        ],
    ),
    (
        {"web_search": {"query": "q", "error": "unavailable"}},
        [
            {**SERVER_USE, "name": "web_search", "input": {"query": "q"}},
            {
                "type": "web_search_tool_result",
                "content": {"type": "web_search_tool_result_error", "error_code": "unavailable"},
            },
        ],
    ),
    (
        {"web_fetch": {"url": "u", "text": "t"}},
        [
            {**SERVER_USE, "name": "web_fetch", "input": {"url": "u"}},
            {
                "type": "web_fetch_tool_result",
                "content": {
                    "type": "web_fetch_result",
                    "url": "u",
                    "content": {
                        "type": "document",
                        "source": {"type": "text", "media_type": "text/plain", "data": "t"},
                        "title": None,
                    },
                },
            },
        ],
    ),
    (
        {"code_execution": {"code": "1", "stdout": "a", "return_code": 1, "files": ["f"]}},
        [
            {**SERVER_USE, "name": "code_execution", "input": {"code": "1"}},
            {
                "type": "code_execution_tool_result",
                "content": {
                    "type": "code_execution_result",
                    "stdout": "a",
                    "stderr": "",
                    "return_code": 1,
                    "content": [{"type": "code_execution_output", "file_id": "f"}],
                },
            },
        ],
    ),
    (
        {"bash_code_execution": {"command": "ls", "files": ["f", {"filename": "a.csv", "text": "1,2"}]}},
        [
            {**SERVER_USE, "name": "bash_code_execution", "input": {"command": "ls"}},
            {
                "type": "bash_code_execution_tool_result",
                "content": {
                    "type": "bash_code_execution_result",
                    "stdout": "",
                    "stderr": "",
                    "return_code": 0,
                    "content": [
                        {"type": "bash_code_execution_output", "file_id": "f"},
                        {"type": "bash_code_execution_output", "file": {"filename": "a.csv", "text": "1,2"}},
                    ],
                },
            },
        ],
    ),
    (
        {"bash_code_execution": {"command": "ls"}},
        [{**SERVER_USE, "name": "bash_code_execution", "input": {"command": "ls"}}],
    ),
    (
        {"text_editor_code_execution": {"command": "create", "path": "p", "result": {"is_file_update": True}}},
        [
            {**SERVER_USE, "name": "text_editor_code_execution", "input": {"command": "create", "path": "p"}},
            {
                "type": "text_editor_code_execution_tool_result",
                "content": {"type": "text_editor_code_execution_create_result", "is_file_update": True},
            },
        ],
    ),
    (
        {"tool_search": [{"pattern": "p", "tools": ["t"]}, {"query": "q"}]},
        [
            {**SERVER_USE, "name": "tool_search_tool_regex", "input": {"pattern": "p"}},
            {
                "type": "tool_search_tool_result",
                "content": {
                    "type": "tool_search_tool_search_result",
                    "tool_references": [{"type": "tool_reference", "tool_name": "t"}],
                },
            },
            {**SERVER_USE, "name": "tool_search_tool_bm25", "input": {"query": "q"}},
        ],
    ),
    (
        {"mcp": {"server": "s", "name": "n", "result": "r"}},
        [
            {"type": "mcp_tool_use", "name": "n", "server_name": "s", "input": {}},
            {"type": "mcp_tool_result", "is_error": False, "content": [{"type": "text", "text": "r"}]},
        ],
    ),
    ({"container_upload": ["a"]}, [{"type": "container_upload", "file_id": "a"}]),
]


@pytest.mark.parametrize(("said", "content"), CONTENT, ids=[str(case[0])[:40] for case in CONTENT])
def test_shorthand_stands_for_blocks(said: Any, content: list[dict[str, Any]]) -> None:
    assert answer(said) == Answer(content=tuple(content))


TEXT = {"type": "text", "text": "x"}
FORMS: list[tuple[Any, Answer]] = [
    ({"error": "api_error"}, Answer("error", error={"type": "api_error"})),
    ({"error": 529}, Answer("error", error={"status": 529})),
    (
        {"error": {"type": "own", "status": 418, "retry_after": 1, "headers": {"X-A": 1}}, "headers": {"B": "c"}},
        Answer(
            "error", error={"type": "own", "status": 418, "retry_after": 1, "headers": {"x-a": "1"}}, headers={"b": "c"}
        ),
    ),
    (
        {"raw": {"body": "<p>"}},
        Answer("raw", raw={"status": 200, "headers": {"content-type": "text/html; charset=utf-8"}, "body": b"<p>"}),
    ),
    (
        {"raw": {"body": "data: 1", "stream": True}},
        Answer(
            "raw",
            raw={
                "status": 200,
                "headers": {"content-type": "text/event-stream; charset=utf-8"},
                "body": b"data: 1",
                "stream": True,
            },
        ),
    ),
    (
        {"raw": {"body": "<p>", "stream": True, "headers": {"Content-Type": "a/b"}}},
        Answer("raw", raw={"status": 200, "headers": {"content-type": "a/b"}, "body": b"<p>", "stream": True}),
    ),
    (
        {"raw": {"status": 502, "json": [1], "headers": {"Content-Type": "a/b"}}},
        Answer("raw", raw={"status": 502, "headers": {"content-type": "a/b"}, "body": b"[1]"}),
    ),
    ({"generate": True}, Answer("generate")),
    ({"generate": {"sentences": 2}, "usage": {"a": 1}}, Answer("generate", generate={"sentences": 2}, usage={"a": 1})),
    ({"fault": "crlf"}, Answer("generate", faults=(Fault("crlf"),))),
    ({"echo": True}, Answer("echo")),
    (
        {"refusal": True},
        Answer(stop_reason="refusal", stop_details={"type": "refusal", "category": None, "explanation": None}),
    ),
    (
        {"refusal": {"category": "bio", "recommended_model": "m"}},
        Answer(
            stop_reason="refusal",
            stop_details={"type": "refusal", "category": "bio", "explanation": None, "recommended_model": "m"},
        ),
    ),
    ({"text": "x", "refusal": False, "pause_turn": False}, Answer(content=(TEXT,))),
    ({"text": "x", "refusal": "{{ 1 == 2 }}"}, Answer(content=(TEXT,))),
    ({"text": "x", "redacted_thinking": False, "echo": False, "generate": False}, Answer(content=(TEXT,))),
    ({"content": ["x", {"redacted_thinking": [False]}]}, Answer(content=(TEXT,))),
    ({"redacted_thinking": False, "refusal": False}, Answer("generate")),
    ({"error": "api_error", "refusal": False}, Answer("error", error={"type": "api_error"})),
    ({"tool_use": "{{ prompt.tools }}"}, Answer()),
    ({"pause_turn": True, "content": []}, Answer(stop_reason="pause_turn")),
    ({"stop_sequence": "X", "content": []}, Answer(stop_reason="stop_sequence", stop_sequence="X")),
    ({"content": [], "stop_reason": "anything"}, Answer(stop_reason="anything")),
    (
        {"content": [], "container": "c", "model": "m", "extra": {"a": 1}},
        Answer(container={"id": "c"}, model="m", extra={"a": 1}),
    ),
    ({"text": "x", "id": "msg_{{ 1 + 1 }}"}, Answer(content=(TEXT,), id="msg_2")),
    ({"text": "x", "id": "{{ 1 + 1 }}"}, Answer(content=(TEXT,), id="2")),
    ({"text": "x", "id": "{{ none }}"}, Answer(content=(TEXT,))),
    ({"text": "x", "id": ""}, Answer(content=(TEXT,), id="")),
    ({"content": [], "pace": "none"}, Answer(pace=Pace())),
    (
        {
            "content": [],
            "pace": {"first": "300ms", "jitter": "20%", "tokens_per_second": 40, "stall": {"after": 2, "for": "1.5s"}},
        },
        Answer(pace=Pace(0.3, 40.0, 0.2, 2, 1.5)),
    ),
]


@pytest.mark.parametrize(("said", "expected"), FORMS, ids=[str(case[0])[:40] for case in FORMS])
def test_form_of_answer(said: Any, expected: Answer) -> None:
    assert answer(said) == expected


def test_placeholder_may_give_the_whole_content() -> None:
    blocks = '[{"type": "text", "text": "a"}, {"tool_use": "b"}, "c"]'
    assert [block["type"] for block in answer({"content": "{{ tool_result }}"}, blocks).content] == [
        "text",
        "tool_use",
        "text",
    ]
    assert answer({"content": "{{ tool_result }}"}, "plain").content == ({"type": "text", "text": "plain"},)


@pytest.mark.parametrize("key", ["headers", "web_search", "raw", "citations"])
def test_placeholder_of_a_wrong_type_is_told(key: str) -> None:
    with pytest.raises(ScenarioError, match="with its placeholders filled in"):
        answer({**({"text": "a"} if key == "citations" else {}), key: "{{ call + 1 }}"})


@pytest.mark.parametrize(
    "said",
    [{"headers": {"connection": "{{ tool_result }}"}}, {"headers": "{{ {'Content-Length': 3} }}"}],
)
def test_placeholder_cannot_speak_for_the_server(said: Any) -> None:
    with pytest.raises(ScenarioError, match=r'(connection|Content-Length)" is for the server to say'):
        answer({"text": "a", **said}, "upgrade")


@pytest.mark.parametrize("result", ["21", '{"a":1}', "[1,2]", "[]", "null", "true", "plain"])
@pytest.mark.parametrize(
    "said",
    [
        "{{ tool_result }}",
        {"text": ["{{ tool_result }}"]},
        {"content": [{"text": "{{ tool_result }}"}]},
        {"content": [{"type": "text", "text": "{{ tool_result }}"}]},
    ],
    ids=str,
)
def test_text_is_always_a_text(said: Any, result: str) -> None:
    assert answer(said, result) == Answer(content=({"type": "text", "text": result},))


def test_item_of_content_is_a_block_or_a_text() -> None:
    said = {"content": ["{{ tool_result }}"]}
    assert answer(said, '{"type": "text", "text": "a block"}').content == ({"type": "text", "text": "a block"},)
    assert answer(said, "[1,2]").content == ({"type": "text", "text": "[1,2]"},)


def test_list_of_the_prompt_keeps_its_brackets() -> None:
    (block,) = answer("{{ prompt.messages }}").content
    assert block["text"] == '[{"role":"user","content":"Hello, mock!"}]'


def test_several_steps_are_given_in_order() -> None:
    calls = [{"text": "a", "times": 2}, "b", {"text": "c", "times": "always"}]
    (scenario,) = parse({"calls": calls}, "given")
    steps = [scenario.step_at(position) for position in range(6)]
    assert [step and step.constant and step.constant.content[0]["text"] for step in steps] == list("aabccc")
    assert scenario.length is None


def test_script_without_always_runs_out() -> None:
    (scenario,) = parse({"calls": ["a", {"text": "b", "times": 3}]}, "given")
    assert scenario.length == 4
    assert scenario.step_at(3) is scenario.steps[1]
    assert scenario.step_at(4) is None
