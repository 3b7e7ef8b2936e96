"""Generated replies: right for the request, valid for its schemas, and the same every time."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.compose import Context, compose
from mockserver.compose.generate import OPTIONS, generate
from mockserver.compose.generated import language, magic_strings, patterns, texts, values
from mockserver.compose.generated.values import Hints, UnsatisfiableError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.reference import catalog
from mockserver.reference.schemas import response_validator
from mockserver.reference.signing import Signer
from mockserver.reference.tokens import count_output

SCHEMAS = yaml.safe_load(
    (Path(__file__).parent.parent / "data" / "generate" / "schemas.yaml").read_text(encoding="utf-8")
)
WEATHER: dict[str, Any] = {
    "name": "get_weather",
    "description": "The weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["celsius", "fahrenheit"]}},
        "required": ["city"],
        "additionalProperties": False,
    },
}
CLOCK: dict[str, Any] = {
    "name": "get_time",
    "input_schema": {"type": "object", "properties": {"zone": {"type": "string"}}},
}


def reply(
    asked: str | list[Any] = "What is the weather in Paris?", *, options: Mapping[str, Any] | None = None, **body: Any
) -> Answer:
    """A generated reply to one user message, or to a whole conversation."""
    messages = asked if isinstance(asked, list) else [{"role": "user", "content": asked}]
    whole = {"model": "claude-sonnet-4-5", "max_tokens": 4096, "messages": messages, **body}
    return generate(Prompt(whole), catalog.lookup(whole["model"]), options or {}, 0)


def text(answer: Answer) -> str:
    return "".join(block["text"] for block in answer.content if block["type"] == "text")


def kinds(answer: Answer) -> list[str]:
    return [block["type"] for block in answer.content]


# Language


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Who are you?", "en"),
        ("x", "en"),
        ("你是谁?", "zh"),
        ("请用 Python 写一个 hello world 的 web server", "zh"),
        ("What does 你好 mean?", "en"),
        ("あなたは誰ですか", "ja"),
        ("東京の天気", "ja"),
        ("너는 누구야?", "ko"),
        ("Кто ты?", "ru"),
        ("Хто ви такі?", "uk"),
        ("من أنت؟", "ar"),
        ("Wer bist du?", "de"),
        ("Qui es-tu ?", "fr"),
        ("¿Quién eres?", "es"),
        ("Quem é você?", "pt"),
        ("Chi sei?", "it"),
        ("आप कौन हैं?", "hi"),
        ("Ποιος είσαι;", "el"),
        ("מי אתה?", "he"),
        ("คุณคือใคร", "th"),
        ("tell me", "en"),
        ("weather in La Paz", "en"),
        ("Who wrote Das Kapital?", "en"),
        ("Come on", "en"),
        ("Wie geht es dir?", "de"),
        ("Quel temps fait-il à Paris ?", "fr"),
        ("Guten Tag", "de"),
        ("Dime algo", "es"),
        ("x y", "en"),
        ("Explain como se dice", "en"),
        ("Écris un poème", "fr"),
        ("Hola", "es"),
        ("la la land", "en"),
        ("Write me a résumé", "en"),
        ("What is the weather in São Paulo?", "en"),
        ("The word is привет, what does it mean?", "en"),
        ("1 + 1 = 2!", None),
        ("", None),
        ("🙂", None),
    ],
)
def test_language_follows_the_text(asked: str, expected: str | None) -> None:
    assert language.detect(asked) == expected


def test_end_of_a_long_text_decides() -> None:
    assert language.detect("the text " * 5 + "这是一个很长的问题。" * 400) == "zh"


@pytest.mark.parametrize("code", texts.list_languages())
def test_answer_is_in_the_users_language(code: str) -> None:
    body, greeting = (texts.read_phrases(code).lists[name] for name in ("body", "greeting"))
    answer = text(reply("\n".join(body[:3]), model="claude-sonnet-4-5"))
    assert language.detect(answer) == code
    assert len(greeting) > 1


@pytest.mark.parametrize("code", texts.list_languages())
def test_every_language_says_everything(code: str) -> None:
    known, english = texts.read_phrases(code), texts.read_phrases("en")
    slots = {"topic": "T", "model": "M", "n": 7, "count": 2, "tool": "W", "result": "R"}
    assert known.lists.keys() == english.lists.keys()
    assert known.asks.keys() == english.asks.keys()
    assert all("{" not in line.format_map(slots) for lines in known.lists.values() for line in lines)
    assert all(len(set(lines)) == len(lines) for lines in known.lists.values())


def test_system_decides_when_the_user_sends_no_words() -> None:
    assert language.detect(text(reply("???", system="Отвечай кратко."))) == "ru"


def test_identity_question_is_answered_with_the_model() -> None:
    assert "claude-sonnet-4-5" in text(reply("你是谁?"))


def test_question_is_taken_up() -> None:
    assert "Why is the sky blue" in text(reply("Why is the sky blue?"))


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("¿Qué hora es?", "Qué hora es"),
        ("Hola, ¿qué hora es?", "Hola, qué hora es"),
        ("¿Qué hora es? ¡Dime!", "¿Qué hora es? Dime"),
        ("¿Qué hora es en Madrid ahora?", "Qué hora es en…"),
        ("¿Sí? No.", "¿Sí? No"),
    ],
)
def test_marks_are_left_out_in_pairs(asked: str, topic: str) -> None:
    assert texts.shorten(asked, 20) == topic


def test_braces_in_the_question_are_only_text() -> None:
    assert "{0} {topic}" in text(reply("Explain {0} {topic}"))


def test_plain_reply_imports_nothing_heavy() -> None:
    heavy = ("faker", "jinja2", "jsonschema", "mockserver.compose.generated.values")
    code = f"""
import sys
from mockserver.compose.generate import generate
from mockserver.records.prompt import Prompt
from mockserver.reference import catalog
body = {{"model": "m", "max_tokens": 99, "messages": [{{"role": "user", "content": "Hi"}}]}}
generate(Prompt(body), catalog.lookup("m"), {{}}, 0)
print([name for name in {heavy} if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# Determinism


@settings(max_examples=30, deadline=None)
@given(asked=st.text(min_size=1, max_size=200), seed=st.integers(0, 2**32))
def test_same_request_gives_the_same_answer(asked: str, seed: int) -> None:
    body = {"model": "claude-opus-5", "max_tokens": 500, "messages": [{"role": "user", "content": asked}]}
    model = catalog.lookup("claude-opus-5")
    first = generate(Prompt(body, session="a"), model, {}, seed)
    second = generate(Prompt({**body, "stream": True}, session="b"), model, {}, seed)
    assert first == second
    assert kinds(first)[0] == "thinking"


def test_seed_changes_the_answer() -> None:
    prompt = Prompt({"model": "m", "max_tokens": 500, "messages": [{"role": "user", "content": "Tell me more."}]})
    assert len({text(generate(prompt, catalog.lookup("m"), {}, seed)) for seed in range(20)}) > 5


# Thinking


@pytest.mark.parametrize(
    ("model", "thinking", "expected"),
    [
        ("claude-sonnet-4-5", None, False),
        ("claude-sonnet-4-5", {"type": "enabled", "budget_tokens": 1024}, True),
        ("claude-sonnet-4-5", {"type": "disabled"}, False),
        ("claude-sonnet-4-6", {"type": "adaptive"}, True),
        ("claude-opus-4-8", None, False),
        ("claude-opus-5", None, True),
        ("claude-opus-5", {"type": "disabled"}, False),
        ("claude-opus-5-5", None, True),
        ("claude-sonnet-5-5", {"type": "between_tools"}, False),
        ("gpt-unknown", {"type": "enabled", "budget_tokens": 1024}, True),
    ],
)
def test_thinking_is_there_when_on(model: str, thinking: Any, *, expected: bool) -> None:
    answer = reply("你是谁?", model=model, **({"thinking": thinking} if thinking else {}))
    assert kinds(answer) == (["thinking", "text"] if expected else ["text"])
    if expected:
        assert language.detect(answer.content[0]["thinking"]) == "zh"


def test_forced_tool_comes_without_thinking() -> None:
    answer = reply(
        model="claude-sonnet-4-6", thinking={"type": "adaptive"}, tools=[WEATHER], tool_choice={"type": "any"}
    )
    assert kinds(answer) == ["tool_use"]


def test_redacted_thinking_is_asked_for_by_string() -> None:
    answer = reply(f"Hello {magic_strings.REDACTED}", thinking={"type": "enabled", "budget_tokens": 1024})
    assert set(kinds(answer)[:-1]) == {"redacted_thinking"}
    assert answer.content[0].keys() == {"type"}
    assert "MAGIC" not in text(answer)
    assert kinds(reply(f"Hello {magic_strings.REDACTED}")) == ["text"]


def test_refusal_is_asked_for_by_string() -> None:
    answer = reply([{"role": "user", "content": [{"type": "text", "text": magic_strings.REFUSAL}]}])
    assert answer.content == ()
    assert answer.stop_reason == "refusal"
    assert answer.stop_details == {"type": "refusal", "category": None, "explanation": None}


# The whole message


@pytest.mark.parametrize(
    ("model", "body"),
    [
        ("claude-sonnet-4-5", {}),
        ("claude-opus-5", {"thinking": {"type": "adaptive", "display": "summarized"}}),
        ("claude-opus-5-5", {"max_tokens": 9}),
        ("claude-sonnet-4-6", {"messages": [{"role": "user", "content": magic_strings.REFUSAL}]}),
        ("claude-sonnet-4-5", {"messages": [{"role": "user", "content": magic_strings.REDACTED}]}),
        ("claude-sonnet-4-5", {"tools": [WEATHER], "tool_choice": {"type": "any"}}),
        ("claude-sonnet-4-5", {"tools": [{"type": "computer_toolset_20260801"}], "tool_choice": {"type": "any"}}),
        ("claude-opus-5", {"tools": [{"type": "web_search_20260318", "name": "web_search"}]}),
        ("claude-opus-5", {"tools": [{"type": "web_fetch_20260318", "name": "web_fetch"}]}),
        ("claude-opus-5", {"tools": [{"type": "code_execution_20260521", "name": "code_execution"}]}),
        ("claude-opus-5", {"tools": [{"type": "code_execution_20250522", "name": "code_execution"}]}),
        ("claude-opus-5", {"tools": [{"type": "tool_search_tool_bm25", "name": "tool_search_tool_bm25"}]}),
    ],
)
def test_composed_message_is_what_the_api_gives(model: str, body: dict[str, Any]) -> None:
    asked = {"messages": [{"role": "user", "content": "What is new?"}], "max_tokens": 4096, "model": model, **body}
    said = Answer("generate", generate={"tool_use": True})
    made = compose(said, Prompt(asked), Context(catalog.lookup(model), Signer(b"secret")))
    assert isinstance(made, Reply)
    assert [error.message for error in response_validator("message").iter_errors(made.message)] == []
    assert made.message["usage"]["output_tokens"] <= asked["max_tokens"]


# Tools


def test_offered_tool_is_not_called_unasked() -> None:
    assert kinds(reply(tools=[WEATHER])) == ["text"]


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "get_weather"}])
def test_forced_tool_is_called(choice: dict[str, Any]) -> None:
    answer = reply(tools=[CLOCK, WEATHER], tool_choice=choice)
    (block,) = answer.content
    assert (block["type"], block["name"]) == ("tool_use", "get_weather")
    assert block["input"]["city"] == "Paris"
    jsonschema.validate(block["input"], WEATHER["input_schema"])


def test_null_in_a_schema_counts_as_absent() -> None:
    schema = {"type": "object", "properties": {"zone": {"type": "string"}}, "required": None}
    (block,) = reply(tools=[{**CLOCK, "input_schema": schema}], tool_choice={"type": "any"}).content
    assert list(block["input"]) == ["zone"]


def test_any_spares_tools_that_cannot_be_called() -> None:
    hidden = {**WEATHER, "defer_loading": True}
    indirect = {**WEATHER, "name": "other", "allowed_callers": ["code_execution_20260120"]}
    answer = reply(tools=[hidden, indirect, CLOCK], tool_choice={"type": "any"})
    assert answer.content[0]["name"] == "get_time"


def test_example_of_the_tool_is_used() -> None:
    tool = {**WEATHER, "input_examples": [{"wrong": 1}, {"city": "Rome"}]}
    assert reply(tools=[tool], tool_choice={"type": "any"}).content[0]["input"] == {"city": "Rome"}


@pytest.mark.parametrize(
    ("kind", "name", "key"),
    [
        ("bash_20250124", "bash", "command"),
        ("text_editor_20250728", "str_replace_based_edit_tool", "path"),
        ("memory_20250818", "memory", "path"),
        ("computer_20251124", "computer", "action"),
    ],
)
def test_tools_of_the_api_get_their_own_input(kind: str, name: str, key: str) -> None:
    block = reply(tools=[{"type": kind, "name": name}], tool_choice={"type": "tool", "name": name}).content[0]
    assert block["name"] == name
    assert key in block["input"]


@pytest.mark.parametrize(
    ("kind", "name", "used", "result"),
    [
        ("web_search_20260318", "web_search", "web_search", "web_search_tool_result"),
        ("web_fetch_20250910", "web_fetch", "web_fetch", "web_fetch_tool_result"),
        ("code_execution_20250522", "code_execution", "code_execution", "code_execution_tool_result"),
        ("code_execution_20260521", "code_execution", "bash_code_execution", "bash_code_execution_tool_result"),
        ("tool_search_tool_regex", "tool_search_tool_regex", "tool_search_tool_regex", "tool_search_tool_result"),
    ],
)
def test_server_tool_comes_with_its_result(kind: str, name: str, used: str, result: str) -> None:
    hidden = {**WEATHER, "defer_loading": True}
    answer = reply(tools=[{"type": kind, "name": name}, hidden], tool_choice={"type": "tool", "name": name})
    assert kinds(answer) == ["server_tool_use", result, "text"]
    assert answer.content[0]["name"] == used


def test_toolset_is_called_by_its_member() -> None:
    block = reply(tools=[{"type": "computer_toolset_20260801"}], tool_choice={"type": "any"}).content[0]
    assert (block["name"], block["toolset_name"]) == ("screenshot", "computer")


def test_impossible_schema_gets_an_empty_input() -> None:
    tool = {"name": "odd", "input_schema": {"type": "object", "properties": {"a": False}, "required": ["a"]}}
    assert reply(tools=[tool], tool_choice={"type": "any"}).content[0]["input"] == {}


def test_tool_result_is_referred_to() -> None:
    conversation = [
        {"role": "user", "content": "天气怎么样？"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "get_weather", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "18 度，多云"}]},
    ]
    said = text(reply(conversation, tools=[WEATHER], options={"tool_use": True}))
    assert "get_weather" in said
    assert "18 度，多云" in said
    assert language.detect(said) == "zh"


# Structured output


@pytest.mark.parametrize("case", SCHEMAS, ids=lambda case: case["name"])
def test_value_is_valid_for_its_schema(case: dict[str, Any]) -> None:
    schema = case["schema"]
    checker = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    for seed in range(8):
        value = values.make(schema, Random(seed), Hints(case.get("asked", "")), share=seed % 2)
        checker(schema).validate(value)
        if "value" in case:
            assert value == case["value"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 5, "maximum": 4},
        {"allOf": [{"type": "string"}, {"type": "integer"}]},
        {"$ref": "#/$defs/missing"},
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "#"},
        {"enum": []},
        {"type": "unknown"},
        {"type": "object", "properties": [], "required": "x"},
        {"type": "array", "items": {"type": "integer"}, "minItems": 1_000_000},
        {"type": "string", "minLength": 10_000_000},
        {"type": "string", "pattern": "^a{100000}$"},
        {"type": "object", "patternProperties": {"(": {}}, "minProperties": 1},
        False,
    ],
)
def test_contradiction_is_reported(schema: Any) -> None:
    with pytest.raises(UnsatisfiableError):
        values.make(schema, Random(0), Hints())


def test_recursive_schema_gives_a_small_value() -> None:
    node = {"type": "object", "properties": {f"p{n}": {"$ref": "#"} for n in range(10)}}
    assert len(json.dumps(values.make(node, Random(0), Hints()))) < 5_000


@pytest.mark.parametrize("broken", ["(", "[a", "a)", "\\", "[]"])
def test_broken_pattern_is_reported(broken: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|class"):
        patterns.make_match(broken, Random(0))


def test_format_makes_the_text_json() -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
        "required": ["name", "tags"],
        "additionalProperties": False,
    }
    answer = reply(output_config={"format": {"type": "json_schema", "schema": schema}})
    assert kinds(answer) == ["text"]
    jsonschema.validate(json.loads(text(answer)), schema)


# Cuts


@settings(max_examples=50, deadline=None)
@given(
    limit=st.integers(1, 120),
    model=st.sampled_from(["claude-sonnet-4-5", "claude-opus-5", "claude-opus-4-8"]),
    asked=st.sampled_from(["Who are you?", "你是谁?", "Кто ты?", "คุณคือใคร"]),
)
def test_max_tokens_is_kept(limit: int, model: str, asked: str) -> None:
    whole, answer = reply(asked, model=model, max_tokens=100_000), reply(asked, model=model, max_tokens=limit)
    if count_output(whole.content, catalog.lookup(model))[0] <= limit:
        assert answer == whole
        return
    assert answer.stop_reason == "max_tokens"
    assert len(text(answer)) <= limit or count_output(answer.content, catalog.lookup(model))[0] <= limit
    assert answer.content
    assert text(whole).startswith(text(answer))
    assert text(answer) != text(whole)


KEYS = {"type": "object", "properties": {f"k{n}": {"const": n} for n in range(40)}}
MANY: dict[str, Any] = {"tools": [{"name": "many", "input_schema": KEYS}], "tool_choice": {"type": "any"}}
REQUESTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "thinking": {"thinking": {"type": "enabled", "budget_tokens": 1024}},
    "many keys": MANY,
    "format": {"output_config": {"format": {"type": "json_schema", "schema": {**KEYS, "additionalProperties": False}}}},
    "search": {"tools": [{"type": "web_search_20260209", "name": "web_search"}], "tool_choice": {"type": "any"}},
    "sequence": {"stop_sequences": ["e"]},
}


@settings(max_examples=50, deadline=None)
@given(
    limit=st.integers(1, 200),
    model=st.sampled_from(["claude-sonnet-4-5", "claude-opus-5"]),
    asked=st.sampled_from(["1 " * 24, "\n.\n" * 9, "¿Qué? 🙂🙂🙂", f"Hi {magic_strings.REDACTED}"])
    | st.text(max_size=40),
    request=st.sampled_from(sorted(REQUESTS)),
)
def test_output_never_exceeds_max_tokens(limit: int, model: str, asked: str, request: str) -> None:
    body = {
        "model": model,
        "max_tokens": limit,
        "messages": [{"role": "user", "content": asked or "x"}],
        **REQUESTS[request],
    }
    made = compose(Answer("generate"), Prompt(body), Context(catalog.lookup(model), Signer(b"secret")))
    assert isinstance(made, Reply)
    used, is_cut = made.message["usage"]["output_tokens"], made.message["stop_reason"] == "max_tokens"
    assert used <= limit
    assert not is_cut or used == limit


def test_limit_may_fall_into_thinking() -> None:
    answer = reply(model="claude-opus-5", max_tokens=8)
    assert kinds(answer) == ["thinking"]
    assert answer.stop_reason == "max_tokens"


def test_zero_tokens_are_a_warm_up() -> None:
    answer = reply(max_tokens=0)
    assert (answer.content, answer.stop_reason) == ((), "max_tokens")


def test_cut_call_keeps_its_complete_properties() -> None:
    schema = {"type": "object", "properties": {f"p{n}": {"const": "word " * 20} for n in range(9)}}
    whole: dict[str, Any] = {"tools": [{"name": "big", "input_schema": schema}], "tool_choice": {"type": "any"}}
    full, part = reply(**whole).content[0]["input"], reply(**whole, max_tokens=150)
    assert part.stop_reason == "max_tokens"
    assert list(part.content[0]["input"]) == list(full)[: len(part.content[0]["input"])]
    assert 0 < len(part.content[0]["input"]) < len(full)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("aeiou .,tn", min_size=1, max_size=3).filter(str.strip), min_size=1, max_size=4))
def test_text_ends_before_the_first_stop_sequence(sequences: list[str]) -> None:
    whole, answer = text(reply()), reply(stop_sequences=sequences)
    first = min((at for each in sequences if (at := whole.find(each)) >= 0), default=None)
    if first is None:
        assert (text(answer), answer.stop_reason) == (whole, None)
        return
    assert text(answer) == whole[:first]
    assert answer.stop_reason == "stop_sequence"
    assert answer.stop_sequence in sequences
    assert whole[first:].startswith(answer.stop_sequence or "?")


def test_stop_sequence_at_once_leaves_no_block() -> None:
    assert reply(stop_sequences=[text(reply())[0]]).content == ()


def test_stop_sequence_does_not_concern_thinking() -> None:
    whole = reply(model="claude-opus-5")
    answer = reply(model="claude-opus-5", stop_sequences=[text(whole)[0]])
    assert answer.content == whole.content[:1]


# What else the caller sent


def test_prefill_is_continued() -> None:
    begun = [{"role": "user", "content": "Capital of France?"}, {"role": "assistant", "content": "The capital is"}]
    said = text(reply(begun))
    assert said.startswith(" ")
    assert not said.startswith("  ")


@pytest.mark.parametrize("begun", ["{", "["])
def test_prefilled_json_is_completed(begun: str) -> None:
    asked = [{"role": "user", "content": 'Say "hi" as JSON'}, {"role": "assistant", "content": begun}]
    assert json.loads(begun + text(reply(asked)))


def test_attachments_are_mentioned() -> None:
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hi."}}
    said = text(reply([{"role": "user", "content": [image, image, document, {"type": "text", "text": "And this?"}]}]))
    assert "2" in said
    assert "image" in said
    assert "document" in said


def cited(*blocks: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The quoted text and the citation of an answer to documents and a question."""
    answer = reply([{"role": "user", "content": [*blocks, {"type": "text", "text": "Which colour has the grass?"}]}])
    (block,) = (block for block in answer.content if "citations" in block)
    (citation,) = block["citations"]
    return block["text"], citation


def document(source: dict[str, Any], *, enabled: bool = True, title: str | None = None) -> dict[str, Any]:
    return {"type": "document", "source": source, "citations": {"enabled": enabled}, "title": title}


def test_plain_text_is_cited_by_characters() -> None:
    data = "The sky is blue. The grass is green. Water is wet."
    other = document({"type": "text", "media_type": "text/plain", "data": "Nothing here."})
    said, citation = cited(other, document({"type": "text", "media_type": "text/plain", "data": data}, title="Colours"))
    assert said == "The grass is green."
    assert citation == {
        "type": "char_location",
        "cited_text": "The grass is green. ",
        "document_index": 1,
        "document_title": "Colours",
        "start_char_index": 17,
        "end_char_index": 37,
    }
    assert data[17:37] == citation["cited_text"]


def test_content_is_cited_by_block() -> None:
    parts = [{"type": "text", "text": line} for line in ("The sky is blue.", "The grass is green.")]
    _, citation = cited(document({"type": "content", "content": parts}))
    assert citation == {
        "type": "content_block_location",
        "cited_text": "The grass is green.",
        "document_index": 0,
        "document_title": None,
        "start_block_index": 1,
        "end_block_index": 2,
    }


def test_pdf_is_cited_by_page() -> None:
    pdf = b"%PDF-1.4\n4 0 obj<</Length 44>>stream\nBT /F1 24 Tf (Green \\(grass\\)) Tj ET\nendstream endobj\n%%EOF"
    data = b64encode(pdf).decode()
    _, citation = cited(document({"type": "base64", "media_type": "application/pdf", "data": data}))
    assert citation["cited_text"] == "Green (grass)"
    assert (citation["start_page_number"], citation["end_page_number"]) == (1, 2)


def test_search_result_is_cited() -> None:
    parts = [{"type": "text", "text": "The grass is green."}]
    given = {"type": "search_result", "source": "https://a.example", "title": "Lawn", "content": parts}
    _, citation = cited({**given, "citations": {"enabled": True}})
    assert citation == {
        "type": "search_result_location",
        "cited_text": "The grass is green.",
        "source": "https://a.example",
        "title": "Lawn",
        "search_result_index": 0,
        "start_block_index": 0,
        "end_block_index": 1,
    }


def test_unreadable_document_is_not_cited() -> None:
    answer = reply([{"role": "user", "content": [document({"type": "url", "url": "https://a.example/a.pdf"})]}])
    assert kinds(answer) == ["text"]
    assert "citations" not in answer.content[0]


# Options


@pytest.mark.parametrize(
    ("asked", "options", "count"),
    [
        ("Tell me.", {"sentences": 1}, lambda said: said.count(". ") == 0),
        ("Tell me.", {"paragraphs": 3}, lambda said: said.count("\n\n") == 2),
        ("Tell me.", {"words": 250}, lambda said: len(said.split()) == 250),
        ("请介绍一下。", {"words": 250}, lambda said: len(said) == 250),
        ("Tell me.", {"locale": "ja_JP"}, lambda said: language.detect(said) == "ja"),
        ("Tell me.", {"locale": "fi_FI", "sentences": 2}, lambda said: len(said) > 10),
        ("Tell me.", {"thinking": True}, lambda said: bool(said)),
    ],
)
def test_option_is_obeyed(asked: str, options: dict[str, Any], count: Any) -> None:
    assert count(text(reply(asked, options=options)))


@pytest.mark.parametrize("wanted", [20, 200, 3000])
@pytest.mark.parametrize("asked", ["Tell me.", "请介绍一下。"])
def test_length_in_tokens_is_about_met(asked: str, wanted: int) -> None:
    answer = reply(asked, options={"tokens": wanted}, max_tokens=100_000)
    assert abs(count_output(answer.content, catalog.lookup("claude-sonnet-4-5"))[0] - wanted) < 16 + wanted / 20


@pytest.mark.parametrize(
    ("wish", "expected"), [(True, ["thinking", "text"]), (False, ["text"]), (1, ["thinking", "text"])]
)
def test_thinking_is_as_wished(wish: bool | int, expected: list[str]) -> None:
    assert kinds(reply(options={"thinking": wish}, model="claude-opus-5")) == expected


@pytest.mark.parametrize(
    ("wish", "choice", "expected"),
    [
        (True, None, "get_weather"),
        ("get_time", None, "get_time"),
        ("unknown", None, None),
        (True, {"type": "none"}, None),
    ],
)
def test_tool_is_called_as_wished(wish: bool | str, choice: Any, expected: str | None) -> None:
    more = {"tool_choice": choice} if choice else {}
    answer = reply(options={"tool_use": wish}, tools=[CLOCK, WEATHER], **more)
    assert answer.content[0].get("name") == expected


def test_unknown_option_is_named() -> None:
    with pytest.raises(ValueError, match="unknown option lenght of generate: known are sentences") as caught:
        reply(options={"lenght": 3})
    assert all(name in str(caught.value) for name in OPTIONS)


def test_unknown_locale_is_named() -> None:
    with pytest.raises(ValueError, match="unknown locale 'xx_XX'"):
        reply(options={"locale": "xx_XX"})
