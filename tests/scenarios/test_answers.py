"""Answers: what each form says, as blocks of the API; and placeholders, filled in and kept within bounds."""

from __future__ import annotations

import re
import time
from datetime import datetime, timezone
from typing import Any

import pytest

from mockserver.delivery import parse_fault
from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Fault, Pace
from mockserver.scenarios import Extensions, Variables, parse

EXTENSIONS = Extensions(parse_fault=parse_fault)
CITED = {"type": "char_location", "document_index": 0, "document_title": None, "file_id": None}


def prompt(*results: str) -> Prompt:
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Hello, mock!"}]
    if results:
        used = [{"type": "tool_use", "id": f"t{at}", "name": f"tool_{at}", "input": {}} for at in range(len(results))]
        given = [{"type": "tool_result", "tool_use_id": f"t{at}", "content": text} for at, text in enumerate(results)]
        messages += [{"role": "assistant", "content": used}, {"role": "user", "content": given}]
    body = {"model": "claude-x", "messages": messages, "metadata": {"items": [1, 2], "user_id": "u"}}
    return Prompt(body, betas=frozenset("abcdef"))


def answer(said: Any, *results: str, **values: Any) -> Answer:
    (scenario,) = parse({"name": "it", "reply": said}, "given", EXTENSIONS)
    return scenario.steps[0].answer(Variables(prompt(*results), **values))


def filled(text: str, *results: str, **values: Any) -> Any:
    """What a placeholder becomes where any value may stand."""
    return answer({"tool_use": {"name": "a", "input": {"value": text}}}, *results, **values).content[0]["input"][
        "value"
    ]


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
                        "citations": None,
                    },
                    "retrieved_at": None,
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


PLACEHOLDERS: list[tuple[str, tuple[str, ...], Any]] = [
    ("{{ prompt.user }}", (), "Hello, mock!"),
    ("{{ prompt.model }}", (), "claude-x"),
    ("{{ prompt.body.metadata }}", (), {"items": [1, 2], "user_id": "u"}),
    ("{{ prompt.body.metadata.items }}", (), [1, 2]),
    ("{{ prompt.messages | length }}", (), 1),
    ("{{ prompt.messages[0].role }}", (), "user"),
    (" {{ 1 + 1 }} ", (), 2),
    ("{{ 1 + 1 }}!", (), "2!"),
    ("{{ tool_result }}", ("21",), 21),
    ("{{ tool_result.temp }}", ('{"temp": 21}',), 21),
    ("{{ tool_result }}", ("plain",), "plain"),
    ("{{ tool_result }}", ("first", "last"), "last"),
    ("{{ tool_results[0].name }}={{ tool_results[0].text }}", ("x", "y"), "tool_0=x"),
    ("{{ tool_results | map(attribute='value') | sum }}", ("1", "2"), 3),
    ("{% for r in tool_results %}{{ r.text }},{% endfor %}", ("x", "y"), "x,y,"),
    ("It was {{ tool_result }}.", ('{"a": [true, null]}',), 'It was {"a":[true,null]}.'),
    ("{{ true }} {{ none }} {{ [1] }}", (), "true null [1]"),
    ("{{ none }}", (), None),
    ("{{ dict(a=1) }}", (), {"a": 1}),
    ("{{ range(3) | list }}", (), [0, 1, 2]),
    ("{{ {'a': '<'} | tojson }}", (), '{"a":"<"}'),
    ("{{ tool_results | map(attribute='is_error') | list | tojson }}", ("x",), "[false]"),
    ("{{ (tool_results | tojson)[:18] }}", ("x",), '[{"name":"tool_0",'),
    ("{{ (prompt | tojson)[:9] }}…", (), '{"body":{…'),
    ("{{ turn }}{{ call }}{{ session }}", (), "34s"),
    ("{{ now.year }}", (), 2026),
    ("{{ now }}", (), "2026-11-23T00:00:00+00:00"),
    ("{{ tool_result is defined }}", (), False),
    ("{{ 'yes' if prompt.stream else 'no' }}", (), "no"),
    ("{% raw %}{{ as it is }}{% endraw %}", (), "{{ as it is }}"),
    ("{{ '{{' }}", (), "{{"),
    ("{{ tool_result | default('none') }}", (), "none"),
    ("{{ [tool_result] | length }}", (), 1),
    ("{{ [] | first | default('none') }}", (), "none"),
    ("{% for a, b in [(1, 2)] %}{{ a }}{{ b }}{% endfor %}", (), "12"),
    ("{{ prompt.betas | join(' ') }}", (), "a b c d e f"),
]  # fmt: skip
AT = datetime(2026, 11, 23, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(("text", "results", "value"), PLACEHOLDERS, ids=[case[0] for case in PLACEHOLDERS])
def test_placeholder_becomes_its_value(text: str, results: tuple[str, ...], value: Any) -> None:
    got = filled(text, *results, turn=3, call=4, session="s", at=AT)
    assert got == value
    assert type(got) is type(value)


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


def test_same_seed_picks_the_same_items() -> None:
    text = "{{ range(1000) | random }} {{ range(1000) | random }}"
    assert filled(text, seed=7) == filled(text, seed=7) != filled(text, seed=8)
    first, second = filled(text, seed=7).split()
    assert first != second


def test_same_seed_gives_the_same_fakes() -> None:
    text = "{{ fake.name() }} {{ fake.name() }} {{ fake('ja_JP').city() }} {{ fake('ja_JP').city() }}"
    first = filled(text, seed=7)
    assert filled(text, seed=7) == first
    assert filled(text, seed=8) != first
    words = filled("{{ fake.name() }}|{{ fake.name() }}", seed=7).split("|")
    assert words[0] != words[1]
    assert any(ord(letter) > 0x3000 for letter in first)


# Makes something of what it made before, again and again.
DOUBLING = (
    "{{% set ns = namespace(x=['a']) %}}{{% for i in range(40) %}}{{% set ns.x = {} %}}{{% endfor %}}{{{{ ns }}}}"
)
FAILING = [
    ("{{ tool_result }}", "'tool_result' is undefined"),
    ("{{ prompt.body.nothing }}", "has no attribute 'nothing'"),
    ("{{ prompt.nothing }}", "has no attribute 'nothing'"),
    ("{{ 1 / 0 }}", "division by zero"),
    ("{{ prompt.__class__ }}", "__class__"),
    ("{{ prompt.body.__class__.__mro__ }}", "__class__"),
    ("{{ ''.join.__globals__ }}", "__globals__"),
    ("{{ fake._seed }}", "_seed"),
    ("{{ prompt.body.update({'a': 1}) }}", "is unsafe"),
    ("{{ prompt.messages.append(1) }}", "is unsafe"),
    ("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}", "steps"),
    ("{% for a in range(99999999) %}{% endfor %}", "Range too big"),
    ("{{ 'a' * 99999999 }}", "for small numbers only"),
    ("{{ [1] * 99999999 }}", "for small numbers only"),
    ("{{ 9 ** 9999999 }}", "for small numbers only"),
    ("{{ '%99999999d' % 1 }}", "for small numbers only"),
    ("{{ '{:>99999999}'.format(1) }}", "format"),
    ("{{ 'a'.ljust(99999999) }}", "ljust"),
    ("{% macro f(n) %}{{ f(n - 1) }}{{ f(n - 1) }}{% endmacro %}{{ f(50) }}", ""),
    ("{% macro f(s, n) %}{% if n %}{{ f(s ~ s, n - 1) }}{% endif %}{% endmacro %}{{ f('ab', 40) }}", "grows beyond"),
    ("{% macro f(s, n) %}{% if n %}{{ f(s + s, n - 1) }}{% endif %}{% endmacro %}{{ f('ab', 40) }}", "grows beyond"),
    ("{% for a in range(10000) %}" + "x" * 200 + "{% endfor %}", "grows beyond"),
    ("{{ 'a'.encode().ljust(300000000) | length }}", "'ljust' of 'bytes' object is unsafe"),
    ("{{ (1).to_bytes(1000000000, 'big') | length }}", "'to_bytes' of 'int' object is unsafe"),
    (DOUBLING.format("[ns.x, ns.x]"), "grows beyond 1,000,000 items"),
    (DOUBLING.format("{'a': ns.x, 'b': ns.x}"), "grows beyond 1,000,000 items"),
    (DOUBLING.format("(ns.x, ns.x)"), "grows beyond 1,000,000 items"),
    (DOUBLING.format("dict(a=ns.x, b=ns.x)"), "grows beyond 1,000,000 items"),
    (DOUBLING.format("ns.x | string | tojson"), "grows beyond 1,000,000 characters"),
    (DOUBLING.format("[ns.x | string, ns.x | string] | string"), "grows beyond 1,000,000 characters"),
    (DOUBLING.format("[ns.x | string, ns.x | string] ~ ''"), "grows beyond 1,000,000 characters"),
    (DOUBLING.format("[ns.x, ns.x] | sum(start=[])"), "sum is for numbers only"),
    (DOUBLING.format("1"), "a namespace cannot be written"),
    ("{% macro f() %}{% for i in range(19000) %}" + "x" * 9000 + "{% endfor %}{% endmacro %}{{ f() }}", "in all"),
]


@pytest.mark.parametrize(("text", "said"), FAILING, ids=[case[0][:50] for case in FAILING])
def test_failing_placeholder_names_its_place(text: str, said: str) -> None:
    source = f"scenarios:\n  - name: a\n    reply:\n      text: >-\n        {text}\n"
    (scenario,) = parse(source, "file.yaml")
    start = time.perf_counter()
    with pytest.raises(ScenarioError) as caught:
        scenario.steps[0].answer(Variables(prompt()))
    assert time.perf_counter() - start < 2
    assert str(caught.value.problems[0].place) == "file.yaml:4:13"
    assert said in caught.value.problems[0].message


@pytest.mark.parametrize("name", ["center", "format", "indent", "wordwrap"])
def test_growing_filters_do_not_exist(name: str) -> None:
    with pytest.raises(ScenarioError, match=f"No filter named '{name}'"):
        parse({"reply": f"{{{{ prompt.user | {name}(9) }}}}"}, "given")


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


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("fake.pystr(max_chars=1000000000)", "fake.pystr: max_chars is 1000000000, and 10000 at most"),
        ("fake.words(20000)", "fake.words: nb is 20000, and 10000 at most"),
        ("fake.nme()", "there is no fake.nme: did you mean fake.name?"),
        ("fake.unique.name()", "there is no fake.unique"),
        ("fake.seed_instance(3)", "there is no fake.seed_instance"),
        ("fake('xx').name()", "unknown locale 'xx': expected one such as en_US or zh_CN"),
        ("prompt.user | replace('e', prompt.user)", "it grows beyond 1,000,000 characters"),
        ("[prompt.user, prompt.user] | join", "it grows beyond 1,000,000 characters"),
        ("prompt ~ prompt", "it grows beyond 1,000,000 characters"),
        ("tool_results[0] ~ ''", "it grows beyond 1,000,000 characters"),
    ],
)
def test_placeholders_cannot_grow_without_bounds(source: str, reason: str) -> None:
    (scenario,) = parse({"reply": {"text": f"x {{{{ {source} }}}}"}}, "given")
    long = "e" * 600_000
    result = {"type": "tool_result", "tool_use_id": "t", "content": long}
    prompt = Prompt({"messages": [{"role": "user", "content": long}, {"role": "user", "content": [result]}]})
    with pytest.raises(ScenarioError, match=re.escape(reason)):
        scenario.steps[0].answer(Variables(prompt))


def test_writing_a_tool_result_again_and_again_is_work() -> None:
    source = "{% for i in range(90) %}{{ tool_results | map('string') | list | length }}{% endfor %}"
    (scenario,) = parse({"reply": {"text": source}}, "given")
    result = {"type": "tool_result", "tool_use_id": "t", "content": "e" * 300_000}
    with pytest.raises(ScenarioError, match="it makes more than"):
        scenario.steps[0].answer(Variables(Prompt({"messages": [{"role": "user", "content": [result]}]})))


def test_long_prompts_may_be_looked_at() -> None:
    long = Prompt({"messages": [{"role": "user", "content": "é" * 3_000_000}], "tools": []})
    source = "{{ prompt.user | upper | truncate(5) }} {{ prompt.user | length }} {{ [prompt.messages] | length }}"
    (scenario,) = parse({"reply": {"text": source}}, "given")
    assert scenario.steps[0].answer(Variables(long)).content[0]["text"] == "ÉÉ... 3000000 1"


def test_blocks_of_text_cannot_grow_without_bounds() -> None:
    doubling = "{% set x %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = x %}"
    source = "{% set n = namespace(x='ab') %}{% for i in range(30) %}" + doubling + "{% endfor %}{{ n.x | length }}"
    (scenario,) = parse({"reply": {"text": source}}, "given")
    with pytest.raises(ScenarioError, match="it grows beyond"):
        scenario.steps[0].answer(Variables(Prompt({"messages": []})))


@pytest.mark.parametrize("source", ["fake.random_int(1, 99999999)", "fake.text(2000)", "fake.profile()"])
def test_values_of_fakes_may_be_large(source: str) -> None:
    (scenario,) = parse({"reply": {"text": f"x {{{{ {source} }}}}"}}, "given")
    assert len(scenario.steps[0].answer(Variables(Prompt({"messages": []}))).content[0]["text"]) > 2
