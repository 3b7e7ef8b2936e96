"""Whatever an answer says: it is served whole and streamed, with the same content and usage."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import compose, journey, scenarios
from mockserver.contract import validate_response, validate_stream
from mockserver.endpoints.parts import Parts
from mockserver.endpoints.rendering import render
from mockserver.records.call import Call
from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.settings import Settings
from mockserver.reference import catalog
from mockserver.scenarios.format.answers import COUNTS, FIELDS
from mockserver.serving import assembly
from mockserver.store import Document, Entry, JournalEntry
from mockserver.wires import WIRES
from mockserver.wires.messages.unfolding import fold
from tests.scenarios.test_fuzz import ANSWERS, PLAIN
from tests.strict import events_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda text: "{{" not in text and "{%" not in text and "{#" not in text
)
NAME = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAME, inner, max_size=3),
    max_leaves=5,
)
INPUT = st.dictionaries(NAME, JSON, max_size=3)
MADE = st.fixed_dictionaries({"filename": TEXT}, optional={"text": TEXT, "data": st.sampled_from(["", "QQ==", "QQ"])})
RUN = st.fixed_dictionaries(
    {},
    optional={
        "stdout": TEXT,
        "stderr": TEXT,
        "return_code": st.integers(0, 255),
        "files": st.lists(MADE | NAME, max_size=2),
    },
)
CITATION = st.fixed_dictionaries({"url": TEXT, "cited_text": TEXT})
PAGE = st.fixed_dictionaries({"url": TEXT, "title": TEXT})
# The sound values of each form, so that what is served can be held against the response schema.
FORMS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT | st.lists(TEXT, min_size=1, max_size=3),
    "thinking": TEXT | st.fixed_dictionaries({"thinking": TEXT, "signature": TEXT}),
    "redacted_thinking": st.just(True) | TEXT,
    "tool_use": NAME
    | st.lists(st.fixed_dictionaries({"name": NAME}, optional={"input": INPUT}), min_size=1, max_size=3),
    "json": JSON,
    "web_search": st.fixed_dictionaries({"query": TEXT}, optional={"results": st.lists(PAGE, max_size=2)}),
    "web_fetch": st.fixed_dictionaries({"url": TEXT}, optional={"text": TEXT, "title": TEXT}),
    "bash_code_execution": RUN.map(lambda run: {"command": "ls", **run}),
    "mcp": st.fixed_dictionaries({"server": NAME, "name": NAME}, optional={"input": INPUT, "result": TEXT}),
    "container_upload": NAME,
}
ENDS: dict[str, st.SearchStrategy[Any]] = {
    "usage": st.fixed_dictionaries(
        {}, optional={"output_tokens": st.integers(1, 9999), "cache_read_input_tokens": st.integers(0, 9999)}
    ),
    "model": st.just("claude-haiku-4-5"),
    "container": st.just("container_1"),
    "headers": st.just({"x-a": "b"}),
    "pace": st.just("none"),
}
STOPS = st.sampled_from(
    [
        *({}, {"stop_sequence": "."}, {"pause_turn": True}, {"stop_reason": "max_tokens"}),
        *({"refusal": True}, {"refusal": "cyber"}, {"refusal": {"category": "bio", "explanation": "No."}}),
    ]
)


def ended(said: dict[str, Any], ends: dict[str, Any], stop: dict[str, Any]) -> dict[str, Any]:
    return {**said, **ends, **stop}


SAID = st.fixed_dictionaries({}, optional=FORMS).filter(bool)
ENDED = st.fixed_dictionaries({}, optional=ENDS)
SHORTHANDS = st.builds(ended, SAID, ENDED, STOPS)
CITED = st.builds(lambda said, cited: {**said, "text": "So.", "citations": [cited]}, SHORTHANDS, CITATION)
ITEMS = st.lists(
    TEXT | st.sampled_from(list(FORMS)).flatmap(lambda key: FORMS[key].map(lambda value: {key: value})), max_size=4
)
FULL = st.builds(ended, st.fixed_dictionaries({"content": ITEMS}), ENDED, STOPS)
OTHER = st.sampled_from([{"echo": True}, {"generate": True}, {"generate": {"sentences": 2, "thinking": True}}, {}])


@cache
def mock() -> Parts:
    return assembly.build(Settings())


def served(reply: Any, *, stream: bool) -> tuple[int, bytes]:
    """How a reply is answered, in a session without a past."""
    mock().store.reset()
    document = Document("words", json.dumps({"name": "a", "reply": reply}), "file.yaml")
    mock().store.scripts.add("k", mock().compiler.scripts(document))
    body = {"model": "claude-sonnet-4-5", "max_tokens": 5000, "stream": stream}
    asked = {**body, "messages": [{"role": "user", "content": "Tell me, will you?"}]}
    call = Call("POST", "/v1/messages", {"x-api-key": "k"}, orjson.dumps(asked), at=1.0)
    answered = journey.answer(call, mock())
    assert orjson.dumps(Entry(JournalEntry(1, answered.record)).as_dict())
    return answered.delivery.status, b"".join(piece.data for piece in answered.delivery.pieces)


def told(message: Mapping[str, Any]) -> str:
    """A message without its ids and what is signed, which differ from call to call."""
    text = re.sub(r"(?:container|file|toolu|srvtoolu|mcptoolu|msg)_\w{10,}", "ID", orjson.dumps(message).decode())
    return re.sub('"(signature|data)":"[\\w+/=]{40,}"', "", text)


@given(SHORTHANDS | CITED | FULL | OTHER)
@settings(max_examples=80)
def test_stream_and_whole_say_the_same(reply: dict[str, Any]) -> None:
    status, body = served(reply, stream=False)
    assert status == 200
    whole = orjson.loads(body)
    assert validate_response(whole, beta=True) == []
    status, streamed = served(reply, stream=True)
    assert status == 200
    assert validate_stream(streamed, beta=True) == []
    assert told(fold(events_of(streamed.decode()))) == told(whole)


@given(ANSWERS)
@settings(max_examples=80)
def test_whatever_loads_is_answered(reply: Any) -> None:
    """Perhaps with a 500, but then one that names the place."""
    for stream in (False, True):
        try:
            status, body = served(reply, stream=stream)
        except ScenarioError:
            return
        assert status < 500 or b"file.yaml:1:1" in body or "error" in reply or "raw" in reply, body


def composed(reply: Any, body: dict[str, Any]) -> None:
    """Compose and render an answer without the journey, which could hide what is raised."""
    (scenario,) = scenarios.parse({"name": "a", "reply": reply}, "file.yaml", assembly.HOOKS)
    prompt = Prompt(body)
    context = compose.Context(catalog.lookup(prompt.model), mock().signer, generate=mock().generate)
    outcome = compose.compose(scenario.steps[0].answer(scenarios.Variables(prompt)), prompt, context)
    call = Call("POST", "/v1/messages", {}, orjson.dumps(body), at=1.0)
    for stream in (False, True):
        assert render(outcome, WIRES["messages"], call, "req_1", stream=stream, seed=1).delivery.status


# What placeholders may give, besides texts.
GIVEN = ["none", "true", "0", "1.5", "'a'", "[]", "[1]", "['a']", "[{'a': 1}]", "{}", "{'a': 1}", "{'text': 'a'}"]
GIVEN += ["{'type': 'text', 'text': 1}", "{'type': 'fallback'}", "{'name': 1}", "2 ** 70", "'\\ud800'"]
PLACEHOLDERS = st.sampled_from(GIVEN).map(lambda value: f"{{{{ {value} }}}}")
KINDS_OF_BLOCKS = [
    *("text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use", "mcp_tool_result"),
    *("web_search_tool_result", "bash_code_execution_tool_result", "compaction", "fallback", "container_upload", "new"),
]
VALUE: st.SearchStrategy[Any] = st.one_of(
    PLACEHOLDERS,
    PLAIN,
    st.lists(PLAIN, max_size=2),
    st.dictionaries(st.sampled_from(["type", "text", "model", "citations", "a"]), PLAIN, max_size=2),
)
BLOCKS = st.dictionaries(
    st.sampled_from(
        [
            *("text", "thinking", "signature", "data", "id", "name", "input", "caller", "content", "tool_use_id"),
            *("is_error", "citations", "encrypted_content", "from", "to", "trigger", "server_name"),
        ]
    ),
    VALUE,
    max_size=4,
)
VERBATIM = st.lists(
    st.builds(lambda kind, block: {**block, "type": kind}, st.sampled_from(KINDS_OF_BLOCKS), BLOCKS), max_size=3
)
FILLED = st.dictionaries(st.sampled_from([*FIELDS]), VALUE, min_size=1, max_size=3)
USAGE = st.fixed_dictionaries(
    {
        "text": st.just("a"),
        "usage": st.dictionaries(
            st.sampled_from([*COUNTS, "cache_creation", "output_tokens_details", "server_tool_use"]), VALUE, max_size=3
        ),
    }
)
BODIES = [
    {"model": "claude-sonnet-4-5", "max_tokens": 500, "messages": [{"role": "user", "content": "Tell me."}]},
    {
        "model": "claude-opus-4-8",
        "max_tokens": 500,
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]}
        ],
        "tools": [
            {"name": "a", "input_schema": {"type": "object"}},
            {"type": "web_search_20250305", "name": "web_search"},
        ],
        "thinking": {"type": "adaptive"},
    },
]


@given(ANSWERS | FILLED | USAGE | VERBATIM.map(lambda content: {"content": content}), st.sampled_from(BODIES))
@settings(max_examples=120)
def test_whatever_passes_the_checks_is_composed(reply: Any, body: dict[str, Any]) -> None:
    """A script that says what cannot be is refused when it is loaded, or when its placeholders are filled in."""
    with suppress(ScenarioError):
        composed(reply, body)
