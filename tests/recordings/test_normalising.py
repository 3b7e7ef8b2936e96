"""What may differ between a recorded request and one that comes, and what may not, in every kind of block."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import orjson
import pytest

from mockserver.blocks import BLOCKS
from mockserver.recordings.cassette import IGNORABLE, IGNORED, Match
from mockserver.recordings.comparing import find_difference
from mockserver.recordings.normalising import RULES
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedResponse
from mockserver.records.prompt import Prompt

from .comparisons import AT, ask, compare, recorded
from .making import JSON, MESSAGE

Body = dict[str, Any]
TOOL = "toolu_01A09q90qw90lq917835lq9"
OTHER = "toolu_01D7FLrfh4GYq7yT1ULFeyMV"
SERVER_TOOL, OTHER_SERVER_TOOL = "srvtoolu_01WYG3ziw53XMcoyKL4XcZmE", "srvtoolu_01JgHXCcSxEvMrXyUF9ZXJJW"
FILE, OTHER_FILE = "file_011CNha8iCJcU1wXNR6q4V8w", "file_011CPMxVD3fHLUhvTqtsQA5w"
TOOLS = [
    {"name": "get_weather", "description": "Tells the weather", "input_schema": {"type": "object"}},
    {"name": "get_time", "description": "Tells the time", "input_schema": {"type": "object"}},
]

# Parts that differ from run to run, by the name under which they are ignored: a request, and the same later.
VOLATILE: list[tuple[str, Body, Body]] = [
    (
        "ids",
        {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": TOOL, "name": "a", "input": {}}]}]},
        {"messages": [{"role": "assistant", "content": [{"type": "tool_use", "id": OTHER, "name": "a", "input": {}}]}]},
    ),
    (
        "ids",
        ask([{"type": "tool_result", "tool_use_id": "1"}]),
        ask([{"type": "tool_result", "tool_use_id": "call-7"}]),
    ),
    ("ids", ask(f"Look at {FILE}."), ask(f"Look at {OTHER_FILE}.")),
    (
        "ids",
        ask(f"It was {TOOL}: (msg_01XFDUDYJgAACzvnptvVoYEL)"),
        ask(f"It was {OTHER}: (msg_013Zva2CMHLNnXjNJJKqJ2EF)"),
    ),
    (
        "ids",
        ask([{"type": "document", "source": {"type": "file", "file_id": FILE}}]),
        ask([{"type": "document", "source": {"type": "file", "file_id": OTHER_FILE}}]),
    ),
    ("ids", ask([{"type": "container_upload", "file_id": FILE}]), ask([{"type": "container_upload", "file_id": "x"}])),
    ("ids", ask("a", container="container_011CPR5CNjB747bTd36fQLFk"), ask("a", container="c")),
    ("ids", ask("a", container={"id": "a", "skills": []}), ask("a", container={"id": "b", "skills": []})),
    (
        "ids",
        ask("a", diagnostics={"previous_message_id": "msg_01"}),
        ask("a", diagnostics={"previous_message_id": "b"}),
    ),
    (
        "ids",
        ask([{"type": "tool_use", "id": "a", "name": "b", "input": {}, "caller": {"tool_id": SERVER_TOOL}}]),
        ask([{"type": "tool_use", "id": "c", "name": "b", "input": {}, "caller": {"tool_id": OTHER_SERVER_TOOL}}]),
    ),
    (
        "ids",
        ask([{"type": "tool_use", "id": "a", "input": {"to": FILE}}]),
        ask([{"type": "tool_use", "id": "b", "input": {"to": OTHER_FILE}}]),
    ),
    (
        "signatures",
        ask([{"type": "thinking", "thinking": "Hm", "signature": "EqQBCgIYAhIM1gbcDa9GJwZA2b3hGgxBdjrkzLoky3dl1pk"}]),
        ask([{"type": "thinking", "thinking": "Hm", "signature": "x"}]),
    ),
    (
        "signatures",
        ask([{"type": "redacted_thinking", "data": "a"}]),
        ask([{"type": "redacted_thinking", "data": "b"}]),
    ),
    (
        "signatures",
        ask([{"type": "web_search_tool_result", "content": [{"url": "u", "encrypted_content": "EqgfCioIARgBIiQ3Y"}]}]),
        ask([{"type": "web_search_tool_result", "content": [{"url": "u", "encrypted_content": "x"}]}]),
    ),
    (
        "signatures",
        ask([{"type": "text", "text": "a", "citations": [{"url": "u", "encrypted_index": "Eo8BCioIAhgB"}]}]),
        ask([{"type": "text", "text": "a", "citations": [{"url": "u", "encrypted_index": "x"}]}]),
    ),
    (
        "signatures",
        ask([{"type": "code_execution_tool_result", "content": {"encrypted_stdout": "a", "return_code": 0}}]),
        ask([{"type": "code_execution_tool_result", "content": {"encrypted_stdout": "b", "return_code": 0}}]),
    ),
    ("cache_control", ask([{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]), ask("a")),
    ("cache_control", ask("a", cache_control={"type": "ephemeral"}), ask("a")),
    (
        "cache_control",
        ask("a", tools=[{**TOOLS[0], "cache_control": {"type": "ephemeral", "ttl": "1h"}}]),
        ask("a", tools=TOOLS[:1]),
    ),
    (
        "cache_control",
        ask(
            [
                {
                    "type": "tool_result",
                    "tool_use_id": "a",
                    "content": [{"type": "text", "text": "b", "cache_control": {}}],
                }
            ]
        ),
        ask([{"type": "tool_result", "tool_use_id": "a", "content": "b"}]),
    ),
    ("metadata", ask("a", metadata={"user_id": "b"}), ask("a")),
    ("betas", ask("a", betas=["b"]), ask("a")),
    ("max_tokens", ask("a"), ask("a") | {"max_tokens": 7}),
    ("sampling", ask("a", temperature=0.5, top_p=0.9, top_k=4), ask("a", temperature=1)),
    ("stream", ask("a", stream=True), ask("a")),
    ("system", ask("a", system="b"), ask("a")),
    (
        "tool_descriptions",
        ask("a", tools=TOOLS),
        ask("a", tools=[{**TOOLS[0], "description": "x"}, {**TOOLS[1], "description": "y"}]),
    ),
    ("tool_order", ask("a", tools=TOOLS), ask("a", tools=TOOLS[::-1])),
    (
        "billing_header",
        ask(
            "a",
            system=[
                {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.198.716; cch=0a1b2;"},
                {"type": "text", "text": "b"},
            ],
        ),
        ask("a", system="b"),
    ),
    (
        "billing_header",
        ask("a", system="x-anthropic-billing-header: cc_version=2.1.198.716; cc_entrypoint=cli; cch=0a1b2;\nb"),
        ask("a", system="x-anthropic-billing-header: cc_version=2.1.233.223; cc_entrypoint=sdk-ts;\nb"),
    ),
    ("dates", ask("Today is 2026-11-30."), ask("Today is 2027-02-28.")),
    ("dates", ask("a", system="Today's date is 2026-11-30."), ask("a", system="Today's date is 2027-01-02.")),
]


@pytest.mark.parametrize(("name", "one", "other"), VOLATILE)
def test_volatile_part_may_differ(name: str, one: Body, other: Body) -> None:
    assert compare(one, other, Match((name,))) is None
    assert compare(other, other, Match((name,))) is None
    assert compare(one, other, Match(tuple(each for each in IGNORABLE if each not in (name, "system")))) is not None


def test_every_ignorable_part_has_its_case() -> None:
    assert {name for name, *_ in VOLATILE} == {*IGNORABLE}
    assert {*IGNORABLE} - RULES.keys() == {"cache_control", "dates", "ids", "signatures"}


# Ways to write the same.
SAME: list[tuple[Body, Body]] = [
    (ask("a"), ask([{"type": "text", "text": "a"}])),
    (ask("a"), dict(reversed(ask("a").items()))),
    (ask("a", system="b"), ask("a", system=[{"text": "b", "type": "text"}])),
    (ask("a", system=[]), ask("a")),
    (ask("a", stream=False), ask("a")),
    (ask("a", temperature=1, top_p=1e300), ask("a", temperature=1.0, top_p=1e300)),
    (ask([{"type": "text", "text": "a", "citations": None}], system=None), ask("a")),
    (
        ask([{"type": "tool_result", "tool_use_id": "a", "content": "b"}]),
        ask([{"content": [{"type": "text", "text": "b"}], "tool_use_id": "a", "type": "tool_result"}]),
    ),
    (
        ask([{"type": "document", "source": {"type": "content", "content": "b"}}]),
        ask([{"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "b"}]}}]),
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_is_written_otherwise_is_the_same(one: Body, other: Body) -> None:
    assert compare(one, other, Match(())) is None


# A question for each kind of block, so that a change of any text below it is another question.
BLOCKS_ASKED: dict[str, Body] = {
    "text": {"type": "text", "text": "Q"},
    "image": {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "Q"}},
    "image by address": {"type": "image", "source": {"type": "url", "url": "https://a/Q"}},
    "document": {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Q"}, "title": "Q"},
    "document of blocks": {
        "type": "document",
        "source": {"type": "content", "content": [{"type": "text", "text": "Q"}]},
    },
    "search_result": {"type": "search_result", "source": "Q", "title": "Q", "content": [{"type": "text", "text": "Q"}]},
    "thinking": {"type": "thinking", "thinking": "Q", "signature": "s"},
    "tool_use": {"type": "tool_use", "id": TOOL, "name": "Q", "input": {"id": "Q", "deep": [{"id": "Q"}]}},
    "tool_result": {"type": "tool_result", "tool_use_id": TOOL, "content": "Q"},
    "tool_result of blocks": {
        "type": "tool_result",
        "tool_use_id": TOOL,
        "content": [
            {"type": "text", "text": "Q"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "Q"}},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Q"}},
            {"type": "search_result", "source": "Q", "title": "Q", "content": [{"type": "text", "text": "Q"}]},
            {"type": "tool_reference", "tool_name": "Q"},
        ],
    },
    "server_tool_use": {"type": "server_tool_use", "id": SERVER_TOOL, "name": "web_search", "input": {"query": "Q"}},
    "web_search_tool_result": {
        "type": "web_search_tool_result",
        "tool_use_id": SERVER_TOOL,
        "content": [{"type": "web_search_result", "url": "Q", "title": "Q", "encrypted_content": "e", "page_age": "Q"}],
    },
    "web_fetch_tool_result": {
        "type": "web_fetch_tool_result",
        "tool_use_id": SERVER_TOOL,
        "content": {
            "type": "web_fetch_result",
            "url": "Q",
            "content": {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Q"}},
        },
    },
    "code_execution_tool_result": {
        "type": "code_execution_tool_result",
        "tool_use_id": SERVER_TOOL,
        "content": {"type": "code_execution_result", "stdout": "Q", "stderr": "Q", "return_code": 0, "content": []},
    },
    "bash_code_execution_tool_result": {
        "type": "bash_code_execution_tool_result",
        "tool_use_id": SERVER_TOOL,
        "content": {
            "type": "bash_code_execution_result",
            "stdout": "Q",
            "stderr": "Q",
            "return_code": 0,
            "content": [],
        },
    },
    "text_editor_code_execution_tool_result": {
        "type": "text_editor_code_execution_tool_result",
        "tool_use_id": SERVER_TOOL,
        "content": {"type": "text_editor_code_execution_view_result", "content": "Q", "file_type": "text"},
    },
    "tool_search_tool_result": {
        "type": "tool_search_tool_result",
        "tool_use_id": SERVER_TOOL,
        "content": {"type": "x", "tool_references": [{"type": "tool_reference", "tool_name": "Q"}]},
    },
    "mcp_tool_use": {"type": "mcp_tool_use", "id": "mcptoolu_01", "name": "Q", "server_name": "Q", "input": {"a": "Q"}},
    "mcp_tool_result": {
        "type": "mcp_tool_result",
        "tool_use_id": "mcptoolu_01",
        "content": [{"type": "text", "text": "Q"}],
    },
    "compaction": {"type": "compaction", "content": "Q", "encrypted_content": "e"},
    "advisor_tool_result": {
        "type": "advisor_tool_result",
        "tool_use_id": SERVER_TOOL,
        "content": {"type": "advisor_result", "text": "Q"},
    },
    "tool_reference": {"type": "tool_reference", "tool_name": "Q"},
    "mcp_tool_listing": {
        "type": "mcp_tool_listing",
        "mcp_server_name": "Q",
        "tools": [{"name": "Q", "description": "Q"}],
    },
    "browser_state": {
        "type": "browser_state",
        "tabs": [{"tab_id": "Q", "title": "Q", "url": "Q"}],
        "state_changes": [{"type": "download_started", "download_id": "Q", "url": "Q"}],
    },
    "tool_addition": {"type": "tool_addition", "tool": {"name": "Q"}},
    "tool_removal": {"type": "tool_removal", "tool": {"name": "Q"}},
    "fallback": {"type": "fallback", "from": {"model": "Q"}, "to": {"model": "Q"}},
}
# They hold nothing but what the API signed, or ids.
UNASKED = {"redacted_thinking", "container_upload"}


def test_every_block_type_is_asked() -> None:
    assert {*BLOCKS} - UNASKED <= {each["type"] for each in BLOCKS_ASKED.values()}


def list_changes(value: Any) -> list[Any]:
    """The value with each "Q" in it changed, one at a time."""
    if value == "Q" or (isinstance(value, str) and value.endswith("/Q")):
        return [value[:-1] + "R"]
    if isinstance(value, dict):
        return [{**value, key: changed} for key, below in value.items() for changed in list_changes(below)]
    if isinstance(value, list):
        return [
            [*value[:at], changed, *value[at + 1 :]]
            for at, below in enumerate(value)
            for changed in list_changes(below)
        ]
    return []


def nest_in_result(block: Body) -> Body:
    return ask([{"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "b"}, block]}])


def nest_in_document(block: Body) -> Body:
    return ask([{"type": "document", "source": {"type": "content", "content": [block]}}])


PLACES: dict[str, Callable[[Body], Body]] = {
    "message": lambda block: ask([block]),
    "tool result": nest_in_result,
    "document": nest_in_document,
    "system": lambda block: ask("a", system=[block]),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", BLOCKS_ASKED)
def test_changed_question_is_another_request(name: str, place: str) -> None:
    block, put = BLOCKS_ASKED[name], PLACES[place]
    changes = list_changes(block)
    assert changes
    assert compare(put(block), put(deepcopy(block)), Match()) is None
    for changed in changes:
        found = compare(put(block), put(changed), Match(IGNORABLE if place != "system" else IGNORED))
        assert found is not None, changed
        assert ("Q" in found.recorded, "R" in found.came) == (True, True)


@pytest.mark.parametrize("name", BLOCKS_ASKED)
def test_changed_history_of_a_thread_is_another_request(name: str) -> None:
    block, thread = BLOCKS_ASKED[name], {"type": "continue", "previous_message_id": "msg_x"}
    body = ask("And now?", thread=thread)
    answer = {"id": "msg_x", "type": "message", "role": "assistant", "content": [block]}
    first = recorded(ask("First"))
    response = RecordedResponse(200, (JSON,), (Chunk(orjson.dumps({**MESSAGE, **answer})),))
    first = RecordedExchange(first.request, response, AT, 1)
    second = recorded(body)

    def hold(held: Any) -> Any:
        history = (*ask("First")["messages"], {"role": "assistant", "content": [held]})
        sent = {**body, "thread": {**thread, "previous_message_id": "msg_y"}}
        return find_difference(second, Prompt(sent, history=history), Match(), (first, second))

    assert hold(deepcopy(block)) is None
    assert all(hold(changed) is not None for changed in list_changes(block))
    # One that is not continued here is told apart by the message that it goes on from.
    assert find_difference(second, Prompt(body), Match(), (first, second)) is None
    other = {**body, "thread": {**thread, "previous_message_id": "msg_z"}}
    assert find_difference(second, Prompt(other), Match(), (first, second)) is not None
