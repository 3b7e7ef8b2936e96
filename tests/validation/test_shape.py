"""Bodies that break the API's rules: those of the least shape are answered without an exception, whatever they hold."""

from __future__ import annotations

import copy
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver import scenarios
from mockserver.blocks.counting import count_request
from mockserver.compose import Context, compose
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.reference import catalog, schemas
from mockserver.reference.signing import Signer
from mockserver.serving import assembly
from mockserver.validation import Checker, has_shape
from tests.conftest import FIXTURES
from tests.fuzz.mutations import list_places
from tests.schema_strategies import instances

Json = dict[str, Any]
VERSION = "2023-06-01"
TEXT: Json = {"type": "text", "text": "A text."}
CITED: Json = {"citations": {"enabled": True}}
SEARCH_RESULT: Json = {"type": "search_result", "source": "s", "title": "t", "content": [TEXT], **CITED}
# Asks for each of the API's own tools.
ASKED = (
    "Search the web. Fetch https://example.com/a. Calculate 3 * 4. Find a tool. Ask the advisor. Use s. "
    "Take a screenshot."
)
TOOLS: list[Json] = [
    {
        "name": "look_up",
        "description": "Looks up a word.",
        "input_schema": {"type": "object", "properties": {"q": {"type": "string"}}},
        "input_examples": [{"q": "x"}],
        "allowed_callers": ["direct"],
        "cache_control": {"type": "ephemeral"},
    },
    {"type": "web_search_20250305", "name": "web_search"},
    {"type": "code_execution_20250825", "name": "code_execution"},
    {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"},
    {"type": "computer_toolset_20260801"},
    {
        "type": "web_fetch_20250910",
        "name": "web_fetch",
        "allowed_domains": ["example.com"],
        "blocked_domains": [],
        **CITED,
    },
    {"type": "advisor_20260301", "name": "advisor", "model": "claude-fable-5", "max_tokens": 2048},
    {
        "type": "mcp_toolset",
        "mcp_server_name": "s",
        "tools": [{"name": "x", "input_schema": {"type": "object"}}],
        "default_config": {"enabled": True},
        "configs": {"x": {"enabled": True}},
    },
    {"name": "later", "input_schema": {"type": "object"}, "defer_loading": True},
]
ASSISTANT: list[Json] = [
    {"type": "thinking", "thinking": "hm", "signature": "bogus"},
    {"type": "redacted_thinking", "data": "bogus"},
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    {"type": "server_tool_use", "id": "srvtoolu_2", "name": "web_fetch", "input": {"url": "https://example.com/b"}},
    {
        "type": "web_fetch_tool_result",
        "tool_use_id": "srvtoolu_2",
        "content": {
            "type": "web_fetch_result",
            "content": {"type": "document", "title": "T", "source": {"type": "text", "data": "A page."}, **CITED},
        },
    },
    {"type": "tool_search_tool_result", "content": {"tool_references": [{"tool_name": "later"}]}},
    {"type": "mcp_tool_use", "id": "mcptoolu_1", "name": "x", "server_name": "s", "input": {}},
    {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "content": [TEXT]},
    {"type": "tool_use", "id": "toolu_1", "name": "look_up", "input": {"q": "x"}},
]
RESULTS: list[Json] = [
    {"type": "tool_result", "tool_use_id": "toolu_1", "is_error": True, "content": [TEXT, SEARCH_RESULT]}
]
USER: list[Json] = [
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}},
    {"type": "document", "title": "T", "context": "c", "source": {"type": "text", "data": "A page."}, **CITED},
    {"type": "document", "source": {"type": "content", "content": [TEXT]}, **CITED},
    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}, **CITED},
    SEARCH_RESULT,
    {"type": "compaction", "content": "x"},
    {**TEXT, "citations": None, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    {"type": "text", "text": ASKED},
]
CHANGES: list[Json] = [
    {"type": "tool_addition", "tool": {"type": "tool_definition", "definition": {"name": "new", "input_schema": {}}}},
    {"type": "tool_removal", "tool": {"type": "mcp_tool_reference", "server_name": "s", "name": "y"}},
    {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "later"}},
]
# One of everything that anything behind validation reads.
BODY: Json = {
    "model": "claude-opus-5",
    "max_tokens": 100,
    "stream": False,
    "system": [{**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
    "tools": TOOLS,
    "tool_choice": {"type": "auto"},
    "thinking": {"type": "adaptive", "display": "omitted", "block_binding": {"prefix_mismatch_behavior": "drop_block"}},
    "diagnostics": {"previous_message_id": "msg_1"},
    "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
    "output_format": {"type": "json_schema"},
    "stop_sequences": ["END"],
    "container": {"id": "c"},
    "mcp_servers": [{"name": "s", "tool_configuration": {"allowed_tools": ["z"]}}, {"name": "other"}],
    "inference_geo": "us",
    "speed": "fast",
    "safeguards": [{"type": "dangerous_tool_use"}],
    "compaction": {"type": "summarize"},
    "context_management": {
        "edits": [
            {"type": "clear_thinking_20251015", "keep": {"type": "thinking_turns", "value": 1}},
            {
                "type": "clear_tool_uses_20250919",
                "trigger": {"type": "tool_uses", "value": 0},
                "keep": {"type": "tool_uses", "value": 0},
                "clear_at_least": {"type": "input_tokens", "value": 1},
                "exclude_tools": ["x"],
                "clear_tool_inputs": ["look_up"],
            },
            {
                "type": "compact_20260112",
                "trigger": {"type": "input_tokens", "value": 1},
                "pause_after_compaction": False,
                "instructions": "Be brief.",
            },
        ]
    },
    "cache_control": {"type": "ephemeral"},
    "messages": [
        {"role": "user", "content": "weather in Oslo"},
        {"role": "assistant", "content": ASSISTANT},
        {"role": "user", "content": RESULTS},
        {"role": "system", "content": "Be brief."},
        {"role": "assistant", "content": "Fine."},
        {"role": "system", "content": CHANGES},
        {"role": "user", "content": USER},
    ],
}

SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=8)
)
WORDS = ["", "any", "assistant", "document", "enabled", "search_result", "system", "text", "tool", "tool_use", "user"]
FIELDS = ["citations", "content", "data", "enabled", "id", "name", "role", "source", "text", "ttl", "type"]
VALUES = st.recursive(
    SCALARS | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=6,
)


PATHS = sorted(list_places(BODY)[1:], key=repr)


@st.composite
def bodies(draw: st.DrawFn) -> Json:
    """The body with up to six of its values replaced or removed."""
    body = copy.deepcopy(BODY)
    for path in draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=6, unique=True)):
        value, is_kept = draw(VALUES), draw(st.booleans())
        # An earlier change may have taken the place away.
        with suppress(KeyError, IndexError, TypeError):
            holder = find(body, path[:-1])
            if is_kept:
                holder[path[-1]] = value
            else:
                del holder[path[-1]]
    changed: Json = orjson.loads(orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS))
    return changed


def find(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


SCRIPTED = (
    {"type": "text", "text": "x"},
    {"type": "thinking", "thinking": "x"},
    {"type": "server_tool_use", "name": "code_execution"},
    {"type": "code_execution_tool_result", "content": []},
    {"type": "server_tool_use", "name": "advisor"},
    {"type": "advisor_tool_result", "content": {"type": "advisor_result", "text": "x"}},
    {"type": "tool_use", "name": "look_up", "input": {}},
)
BETAS = frozenset({"context-management-2025-06-27", "advisor-tool-2026-03-01", "thinking-binding-controls-2026-08-01"})
ANSWERS = (
    Answer("generate"),
    Answer("generate", generate={"tool_use": True}),
    Answer("generate", generate={"tool_use": "look_up"}),
    Answer("generate", generate={"tool_use": "web_search"}),
    Answer("generate", generate={"tool_use": "tool_search_tool_regex"}),
    Answer("echo"),
    Answer(content=SCRIPTED),
)
# Each key of ``when``, so that every matcher reads the prompt.
CONDITIONS: list[Json] = [
    {"user": "x y z"},
    {"system": "x y z"},
    {"tools": ["nothing"]},
    {"tool_result": {"for": "nothing", "contains": "x"}},
    {"tool_choice": "nothing"},
    {"output_format": "nothing"},
    {"thinking": "between_tools"},
    {"images": 99},
    {"documents": {"count": 99, "media_type": "x"}},
    {"any_message": "x y z"},
    {"turn": 99},
]


@cache
def load_scenarios() -> scenarios.ScenarioSet:
    """The example fixtures behind scenarios that fit nothing."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "conditions.json"
        file.write_bytes(orjson.dumps({"scenarios": [{"when": each, "reply": "x"} for each in CONDITIONS]}))
        return scenarios.load((str(file), str(FIXTURES)), assembly.HOOKS)


def answer_in_every_way(body: Json) -> None:
    """Runs all that comes after validation."""
    prompt = Prompt(body, betas=BETAS)
    model = catalog.lookup(prompt.model)
    count_request(body, model)
    loaded = load_scenarios()
    choice = scenarios.choose(loaded, prompt, {}, ())
    scenarios.explain(loaded, prompt, {}, ())
    if choice.step is not None and choice.step.constant is None:
        choice.step.build(scenarios.Variables(prompt))
    for answer in ANSWERS:
        compose(answer, prompt, Context(model, Signer(b"secret"), seed=3, tick=4))


@given(body=bodies())
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_body_of_the_shape_is_answered(body: Json) -> None:
    if has_shape(body):
        answer_in_every_way(body)


@pytest.mark.parametrize("path", PATHS, ids=repr)
def test_any_value_may_be_null_or_left_out(path: tuple[Any, ...]) -> None:
    for removed in (True, False):
        body = copy.deepcopy(BODY)
        holder = find(body, path[:-1])
        if removed or isinstance(holder, list):
            del holder[path[-1]]
        else:
            holder[path[-1]] = None
        assert has_shape(body)
        answer_in_every_way(body)


@given(body=instances(schemas.request_schema("messages", VERSION, schemas.known_betas())))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_body_that_fits_the_schema_has_the_shape(body: Json) -> None:
    assert has_shape(body)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"messages": 7}, "messages: Input should be a valid array"),
        ({"messages": [7]}, "messages.0: Input should be an object"),
        ({"messages": [{"role": "user", "content": 7}]}, "messages.0.content: Input should be a valid array"),
        ({"system": {"text": "x"}}, "system: Input should be a valid array"),
        ({"tools": [None]}, "tools.0: Input should be an object"),
        ({"stop_sequences": [7]}, "stop_sequences.0: Input should be a valid string"),
        ({"thinking": "on"}, "thinking: Input should be an object"),
        ({"diagnostics": True}, "diagnostics: Input does not match the expected shape."),
        (
            {"diagnostics": {"previous_message_id": [1]}},
            "diagnostics.previous_message_id: Input should be a valid string",
        ),
    ],
)
def test_refusal_is_that_of_strict_checking(change: Json, said: str) -> None:
    body = {"model": "claude-opus-5", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}], **change}
    finding = Checker().check_shape(body, "messages", VERSION)
    assert finding is not None
    assert finding == Checker().check_parsed(body, "messages", VERSION)
    assert finding.message == said


@pytest.mark.parametrize(
    "change", [{"temperature": 7}, {"bogus": 1}, {"messages": []}, {"max_tokens": "many"}, {"model": None}]
)
def test_rules_are_no_part_of_the_shape(change: Json) -> None:
    body = {"model": "claude-opus-5", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}], **change}
    assert Checker().check_parsed(body, "messages", VERSION) is not None
    assert Checker().check_shape(body, "messages", VERSION) is None
