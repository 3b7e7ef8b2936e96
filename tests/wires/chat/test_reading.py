"""Chat requests, read into the Messages form."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from mockserver.records.call import Call
from mockserver.reference import catalog
from mockserver.wires.chat.reading import translate, translate_leniently
from mockserver.wires.chat.reading.options import ANY_OBJECT

Json = dict[str, Any]
CALL = Call("POST", "/v1/chat/completions", {}, at=12.9)
USER: Json = {"role": "user", "content": "Hi"}
FUNCTION: Json = {"name": "look_up", "description": "Looks.", "parameters": {"type": "object", "properties": {}}}
TOOL: Json = {"type": "function", "function": {**FUNCTION, "strict": True}}
READ_TOOL: Json = {"name": "look_up", "description": "Looks.", "input_schema": FUNCTION["parameters"]}
PDF = b64encode(b"%PDF-1.4").decode()


def ask(*messages: Json, model: str = "claude-opus-4-5", **more: Any) -> Json:
    return {"model": model, "messages": list(messages or [USER]), **more}


def read(body: Json) -> Json:
    """What is read of a body beside the model and the messages of ``ask()``."""
    said = translate(body, CALL).body
    return {key: value for key, value in said.items() if key != "model" and value != [USER]}


def converse(*messages: Json) -> list[Json]:
    said: list[Json] = translate(ask(*messages), CALL).body["messages"]
    return said


def call(arguments: str, use_id: str = "call_1") -> Json:
    return {"id": use_id, "type": "function", "function": {"name": "look_up", "arguments": arguments}}


def use(given: Any, use_id: str = "call_1") -> Json:
    return {"type": "tool_use", "id": use_id, "name": "look_up", "input": given}


def part(kind: str, **more: Any) -> Any:
    return converse({"role": "user", "content": [{"type": kind, **more}]})[0]["content"]


def test_plain_request_is_nearly_the_same() -> None:
    said = translate(ask(USER, {"role": "assistant", "content": "Hello"}, USER, stream=True, max_tokens=5), CALL)
    messages = [USER, {"role": "assistant", "content": "Hello"}, USER]
    assert said.body == {"model": "claude-opus-4-5", "messages": messages, "max_tokens": 5, "stream": True}
    assert said.form == {"created": 12, "n": 1, "include_usage": False, "model": "claude-opus-4-5"}
    assert (said.seen, said.finding) == (None, None)


def test_system_and_developer_are_hoisted_in_their_order() -> None:
    parts = [{"type": "text", "text": "b"}, {"type": "text", "text": ""}, {"type": "text", "text": "c"}]
    said = read(ask({"role": "system", "content": "a"}, USER, {"role": "developer", "content": parts, "name": "x"}))
    assert said == {"system": "a\nb\nc"}


def test_cached_system_stays_blocks() -> None:
    cached = {"type": "text", "text": "b", "cache_control": {"type": "ephemeral"}}
    said = read(ask({"role": "system", "content": "a"}, {"role": "system", "content": [cached]}, USER))
    assert said == {"system": [{"type": "text", "text": "a"}, cached]}


def test_tool_loop_is_read_as_uses_and_results() -> None:
    said = converse(
        USER,
        {"role": "assistant", "content": "Look:", "tool_calls": [call('{"q":1}'), call("", "call_2")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "21"},
        {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "22"}]},
        {**USER, "name": "someone"},
    )
    assert said[1:] == [
        {"role": "assistant", "content": [{"type": "text", "text": "Look:"}, use({"q": 1}), use({}, "call_2")]},
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_1", "content": "21"},
                {"type": "tool_result", "tool_use_id": "call_2", "content": [{"type": "text", "text": "22"}]},
            ],
        },
        USER,
    ]


def test_results_of_other_turns_are_other_messages() -> None:
    turn: list[Json] = [
        {"role": "assistant", "tool_calls": [call("{}")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "x"},
    ]
    assert [each["role"] for each in converse(USER, *turn, *turn)] == ["user", *["assistant", "user"] * 2]


@pytest.mark.parametrize("text", ['{"q": ', "[1]", '"x"', "null"])
def test_broken_arguments_are_kept_as_a_text(text: str) -> None:
    calls = {"role": "assistant", "tool_calls": [call(text)]}
    result = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
    assert converse(USER, calls, result)[1]["content"] == [use({"INVALID_JSON": text})]
    assert translate_leniently(ask(USER, calls, result), CALL).body["messages"][1]["content"] == "..."


def test_custom_tools_have_one_text() -> None:
    made = {"id": "call_1", "type": "custom", "custom": {"name": "look_up", "input": "x = 1"}}
    result = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
    assert converse(USER, {"role": "assistant", "tool_calls": [made]}, result)[1]["content"] == [
        use({"input": "x = 1"})
    ]
    said = read(ask(tools=[{"type": "custom", "custom": {"name": "look_up", "format": {"type": "text"}}}]))
    assert said["tools"][0]["input_schema"]["required"] == ["input"]


def test_legacy_functions_are_tools() -> None:
    called = {"role": "assistant", "content": None, "function_call": {"name": "look_up", "arguments": "{}"}}
    said = translate(
        ask(USER, called, {"role": "function", "name": "look_up", "content": "21"}, functions=[FUNCTION],
            function_call={"name": "look_up"}), CALL
    )  # fmt: skip
    assert said.body["messages"][1:] == [
        {"role": "assistant", "content": [use({})]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "call_1", "content": "21"}]},
    ]
    assert said.body["tools"] == [READ_TOOL]
    assert said.body["tool_choice"] == {"type": "tool", "name": "look_up"}


@pytest.mark.parametrize(
    "message",
    [
        {"content": ""},
        {"refusal": "No."},
        {"content": None, "refusal": "No."},
        {"content": [], "reasoning_content": "h"},
    ],
)
def test_assistants_that_say_nothing_are_left_out(message: Json) -> None:
    assert converse(USER, {"role": "assistant", **message}, USER) == [USER, USER]


def test_gateways_fill_what_says_nothing() -> None:
    said = translate_leniently(ask({"role": "assistant", "content": ""}, {"role": "user", "content": None}), CALL)
    filled = [("user", "..."), ("assistant", "..."), ("user", "...")]
    assert [(each["role"], each["content"]) for each in said.body["messages"]] == filled


IMAGES = [
    ("data:image/png;base64,AAAA", {"type": "base64", "media_type": "image/png", "data": "AAAA"}),
    ("data:image/jpg;charset=x;base64,AAAA", {"type": "base64", "media_type": "image/jpeg", "data": "AAAA"}),
    ("data:IMAGE/GIF,a%20b", {"type": "base64", "media_type": "image/gif", "data": "YSBi"}),
    ("https://x.test/a.png", {"type": "url", "url": "https://x.test/a.png"}),
]


@pytest.mark.parametrize(("url", "source"), IMAGES)
def test_images_have_their_source(url: str, source: Json) -> None:
    assert part("image_url", image_url={"url": url, "detail": "low"}) == [{"type": "image", "source": source}]


FILES: list[tuple[Json, Json | None]] = [
    (
        {"file_data": f"data:application/pdf;base64,{PDF}", "filename": "a.pdf"},
        {"source": {"type": "base64", "media_type": "application/pdf", "data": PDF}, "title": "a.pdf"},
    ),
    ({"file_data": PDF}, {"source": {"type": "base64", "media_type": "application/pdf", "data": PDF}}),
    (
        {"file_data": "SGk=", "filename": "A.TXT"},
        {"source": {"type": "text", "media_type": "text/plain", "data": "Hi"}, "title": "A.TXT"},
    ),
    ({"file_id": "file_1"}, {"source": {"type": "file", "file_id": "file_1"}}),
    ({"file_data": "not base64", "filename": "a.md"}, None),
]


@pytest.mark.parametrize(("file", "document"), FILES)
def test_files_are_documents(file: Json, document: Json | None) -> None:
    content = "" if document is None else [{"type": "document", **document}]
    assert part("file", file=file) == content


def test_images_may_be_files_and_pdfs_images() -> None:
    assert part("file", file={"file_data": "data:image/png;base64,AAAA"})[0]["type"] == "image"
    assert part("image_url", image_url={"url": f"data:application/pdf;base64,{PDF}"})[0]["type"] == "document"


def test_what_cannot_be_said_is_left_out() -> None:
    text = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
    audio = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
    assert converse({"role": "user", "content": [audio, text, {"type": "text", "text": ""}]})[0]["content"] == [text]
    assert part("input_audio", input_audio={"data": "AAAA", "format": "wav"}) == ""


OPTIONS: list[tuple[Json, Json]] = [
    ({"max_tokens": 7, "max_completion_tokens": 5}, {"max_tokens": 5}),
    ({"temperature": 1.7, "top_p": 0.5}, {"temperature": 1, "top_p": 0.5}),
    ({"temperature": 0}, {"temperature": 0}),
    ({"stop": "x"}, {"stop_sequences": ["x"]}),
    ({"stop": [" \n", "x", ""]}, {"stop_sequences": ["x"]}),
    ({"stop": " "}, {}),
    ({"stop": None, "temperature": None, "n": None, "stream": None, "thinking": None}, {}),
    ({"thinking": {"type": "disabled"}, "reasoning_effort": "high"}, {"thinking": {"type": "disabled"}}),
    ({"tools": [TOOL], "tool_choice": "auto"}, {"tools": [READ_TOOL], "tool_choice": {"type": "auto"}}),
    ({"tools": [TOOL], "tool_choice": "none"}, {"tools": [READ_TOOL], "tool_choice": {"type": "none"}}),
    (
        {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False},
        {"tools": [READ_TOOL], "tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
    ),
    (
        {"tools": [TOOL], "parallel_tool_calls": False},
        {"tools": [READ_TOOL], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
    ),
    (
        {"tools": [TOOL], "tool_choice": "none", "parallel_tool_calls": False},
        {"tools": [READ_TOOL], "tool_choice": {"type": "none"}},
    ),
    (
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "look_up"}}},
        {"tools": [READ_TOOL], "tool_choice": {"type": "tool", "name": "look_up"}},
    ),
    (
        {
            "tools": [TOOL, {"type": "function", "function": {"name": "other"}}],
            "tool_choice": {
                "type": "allowed_tools",
                "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "other"}}]},
            },
        },
        {
            "tools": [{"name": "other", "input_schema": {"type": "object", "properties": {}}}],
            "tool_choice": {"type": "any"},
        },
    ),
    (
        {
            "web_search_options": {
                "search_context_size": "low",
                "user_location": {"type": "approximate", "approximate": {"city": "Oslo", "country": ""}},
            }
        },
        {
            "tools": [
                {
                    "type": "web_search_20250305",
                    "name": "web_search",
                    "max_uses": 1,
                    "user_location": {"type": "approximate", "city": "Oslo"},
                }
            ]
        },
    ),
    (
        {
            "seed": 1, "logprobs": True, "top_logprobs": 2, "logit_bias": {"1": 1}, "presence_penalty": 1,
            "frequency_penalty": 1, "user": "u", "metadata": {"a": "b"}, "store": True, "modalities": ["text"],
            "prediction": {"type": "content", "content": "x"}, "service_tier": "auto", "verbosity": "low",
            "safety_identifier": "s", "prompt_cache_key": "k", "audio": {"voice": "alloy", "format": "wav"},
        },
        {},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "said"), OPTIONS, ids=[str(sent) for sent, _ in OPTIONS])
def test_options_are_read(sent: Json, said: Json) -> None:
    assert read(ask(**sent)) == said
    assert translate(ask(**sent), CALL).finding is None


EFFORTS: list[tuple[str, Json, Json]] = [
    ("claude-opus-4-5", {"reasoning_effort": "none"}, {"thinking": {"type": "disabled"}}),
    ("claude-fable-5", {"reasoning_effort": "none"}, {}),
    ("claude-opus-4-5", {"reasoning_effort": "minimal"}, {"thinking": {"type": "enabled", "budget_tokens": 1280}}),
    ("claude-opus-4-5", {"reasoning_effort": "medium"}, {"thinking": {"type": "enabled", "budget_tokens": 2048}}),
    (
        "claude-opus-4-5",
        {"reasoning_effort": "low", "max_tokens": 100},
        {"max_tokens": 1380, "thinking": {"type": "enabled", "budget_tokens": 1280}},
    ),
    (
        "claude-opus-4-5",
        {"reasoning_effort": "xhigh"},
        {"max_tokens": 8192, "thinking": {"type": "enabled", "budget_tokens": 4096}},
    ),
    (
        "claude-opus-4-5",
        {"reasoning": {"max_tokens": 5000}},
        {"max_tokens": 9096, "thinking": {"type": "enabled", "budget_tokens": 5000}},
    ),
    ("claude-opus-4-5", {"reasoning": {"effort": "low"}}, {"thinking": {"type": "enabled", "budget_tokens": 1280}}),
    ("claude-opus-4-5", {"reasoning": {}, "reasoning_effort": None}, {}),
    ("claude-3-haiku-20240307", {"reasoning_effort": "high"}, {}),
    (
        "claude-opus-5",
        {"reasoning_effort": "low"},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
    ),
    (
        "claude-opus-5",
        {"reasoning_effort": "minimal"},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
    ),
    (
        "claude-opus-4-6",
        {"reasoning_effort": "xhigh"},
        {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
    ),
    ("claude-opus-5", {"reasoning": {"max_tokens": 2000}}, {"thinking": {"type": "adaptive"}}),
]


@pytest.mark.parametrize(("model", "sent", "said"), EFFORTS, ids=[f"{model}-{sent}" for model, sent, _ in EFFORTS])
def test_reasoning_is_thinking_that_the_model_knows(model: str, sent: Json, said: Json) -> None:
    assert read(ask(model=model, **sent)) == said


def test_thinking_waits_while_tools_are_called() -> None:
    """Its signature would have to come back, which chat requests cannot carry; gateways ask for it all the same."""
    loop = ask(
        USER,
        {"role": "assistant", "tool_calls": [call("{}")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "x"},
        reasoning_effort="low",
    )
    assert "thinking" not in translate(loop, CALL).body
    assert "thinking" in translate_leniently(loop, CALL).body
    assert "thinking" in translate({**loop, "model": "claude-opus-5"}, CALL).body


def test_models_of_fixtures_are_found() -> None:
    changed = catalog.standard().change({"mine": {"like": "claude-opus-4-5"}})
    said = translate(ask(model="mine", reasoning_effort="low"), CALL, changed.lookup)
    assert said.body["thinking"]["type"] == "enabled"


@pytest.mark.parametrize(
    ("wanted", "schema"),
    [
        ({"type": "json_object"}, ANY_OBJECT),
        ({"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "array"}}}, {"type": "array"}),
        ({"type": "json_schema", "json_schema": {"name": "x"}}, ANY_OBJECT),
    ],
)
def test_formats_are_seen_by_answers_alone(wanted: Json, schema: Json) -> None:
    said = translate(ask(model="claude-opus-5", response_format=wanted, reasoning_effort="low"), CALL)
    assert said.seen is not None
    assert said.body["output_config"] == {"effort": "low"}
    assert said.seen == {
        **said.body,
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": schema}},
    }


def test_text_is_no_format() -> None:
    assert translate(ask(response_format={"type": "text"}), CALL).seen is None


@pytest.mark.parametrize(("n", "count"), [(3, 3), (10**9, 128), (0, 1), (-1, 1), ("2", 1), (True, 1), (None, 1)])
def test_the_form_knows_a_sane_number_of_choices(n: Any, count: int) -> None:
    form = translate(ask(n=n, stream_options={"include_usage": True}), CALL).form
    assert (form["n"], form["include_usage"]) == (count, True)
