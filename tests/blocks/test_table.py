"""The table of block types: complete by the schemas, and each type the same whole and streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from mockserver.blocks import BLOCKS, DEFAULT, BlockType, block_type
from mockserver.blocks.counting import count_output, count_request
from mockserver.records.reply import Answer, Block, Reply
from mockserver.reference import schemas
from mockserver.reference.catalog import lookup
from mockserver.scenarios.answering.blocks import build_content
from mockserver.scenarios.format.shorthands import SHORTHANDS
from mockserver.wires import WIRES
from tests import composing

WIRE = WIRES["messages"]
MODEL = lookup("claude-sonnet-4-5")
DEFINITIONS = {
    name: part
    for file in ("blocks.json", "tools.json", "responses.json")
    for name, part in json.loads((schemas.folder() / file).read_text("utf-8"))["$defs"].items()
}
# Blocks inside these are looked at for themselves.
HOLDERS = {"tool_result": ("text", "browser_state"), "document": ("text",), "search_result": ("text",)}

# A block of each type as a script may leave it: without ids, signatures and callers.
SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "thinking": {"thinking": "Let me see. The user asks for Oslo."},
    "redacted_thinking": {},
    "text": {"text": "Oslo is fine, dry and bright.", "citations": [{"type": "char_location", "cited_text": "dry"}]},
    "server_tool_use": {"name": "web_search", "input": {"query": "Ålesund"}},
    "web_search_tool_result": {"content": [{"type": "web_search_result", "title": "Yr", "url": "https://yr.no"}]},
    "web_fetch_tool_result": {"content": {"type": "web_fetch_tool_result_error", "error_code": "url_not_allowed"}},
    "code_execution_tool_result": {"content": {"type": "code_execution_result", "stdout": "3", "return_code": 0}},
    "bash_code_execution_tool_result": {"content": {"type": "bash_code_execution_result", "return_code": 1}},
    "text_editor_code_execution_tool_result": {"content": {"type": "text_editor_code_execution_create_result"}},
    "tool_search_tool_result": {"content": {"type": "tool_search_tool_search_result", "tool_references": []}},
    "advisor_tool_result": {"content": {"type": "advisor_result", "text": "Go on."}},
    "mcp_tool_use": {"name": "echo", "server_name": "s", "input": {"a": 'said "so"', "b": None}},
    "mcp_tool_result": {"content": [{"type": "text", "text": "so"}]},
    "mcp_tool_listing": {"mcp_server_name": "s", "tools": []},
    "container_upload": {"file_id": "file_01"},
    "tool_use": {"name": "weather", "input": {"city": "Oslo", "days": [1, 2], "units": {"temp": "C"}}},
    "tool_result": {"tool_use_id": "toolu_1", "content": "12 degrees"},
    "compaction": {"content": "They spoke of Oslo."},
    "fallback": {"from": {"model": "claude-opus-5"}, "to": {"model": "claude-sonnet-5"}},
    "image": {"source": {"type": "url", "url": "https://example.com/a.png"}},
    "document": {"source": {"type": "text", "media_type": "text/plain", "data": "Oslo."}},
    "search_result": {"source": "a", "title": "b", "content": [{"type": "text", "text": "c"}]},
    "browser_state": {"tabs": []},
    "tool_addition": {"tool": {"type": "tool_reference", "name": "a"}},
    "tool_removal": {"tool": {"type": "tool_reference", "name": "a"}},
}
# Each shorthand in use, so that it makes a block of its type.
WRITTEN: Mapping[str, Any] = {
    "thinking": "Hm.",
    "redacted_thinking": True,
    "text": "Hello.",
    "json": {"a": 1},
    "web_search": {"query": "q", "results": []},
    "web_fetch": {"url": "u", "text": "t"},
    "code_execution": {"code": "1", "stdout": "1"},
    "bash_code_execution": {"command": "ls", "error": "unavailable"},
    "text_editor_code_execution": {"command": "view", "path": "p", "result": {}},
    "tool_search": {"pattern": "p", "tools": []},
    "mcp": {"server": "s", "name": "n"},
    "container_upload": "file_1",
    "tool_use": "weather",
}


def compose(*content: Block) -> Reply:
    reply = composing.outcome(Answer(content=content))
    assert isinstance(reply, Reply)
    return reply


def names_of_integers(part: Any, known: frozenset[str], name: str = "") -> Iterator[str]:
    """The names of all integers below a part of a schema; each definition is entered once."""
    if isinstance(part, Mapping):
        if "integer" in part.get("type", ""):
            yield name
        target = str(part.get("$ref", "")).rpartition("/")[2]
        if target and target not in known:
            yield from names_of_integers(DEFINITIONS[target], known | {target}, name)
        for key, below in part.items():
            for inner, value in below.items() if key == "properties" else [(name, below)]:
                yield from names_of_integers(value, known, inner)
    elif isinstance(part, Sequence) and not isinstance(part, str):
        for each in part:
            yield from names_of_integers(each, known, name)


@pytest.mark.parametrize("union", ["ContentBlock", "ContentBlockParam"])
def test_every_type_of_the_schemas_has_a_row(union: str) -> None:
    assert set(DEFINITIONS[union]["x-mapping"]) <= set(BLOCKS)


@pytest.mark.parametrize("kind", BLOCKS)
def test_rows_name_their_integers(kind: str) -> None:
    """The integers of a row are those of its schema, but for those of blocks inside it."""
    mapping = {**DEFINITIONS["ContentBlockParam"]["x-mapping"], "browser_state": "#/$defs/BrowserStateBlockParam"}
    inner = {name for holder in HOLDERS.get(kind, ()) for name in BLOCKS[holder].integers}
    assert set(names_of_integers({"$ref": mapping[kind]}, frozenset())) - inner == set(BLOCKS[kind].integers)


def test_rows_say_where_they_hold_blocks() -> None:
    assert {kind for kind, row in BLOCKS.items() if row.nesting} == set(HOLDERS)


def test_every_row_has_a_sample() -> None:
    assert set(SAMPLES) == set(BLOCKS)
    assert all(kind == row.type for kind, row in BLOCKS.items())


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_type_folds_back(kind: str) -> None:
    reply = compose({"type": kind, **SAMPLES[kind]})
    (block,) = reply.message["content"]
    assert block.items() >= {"type": kind, **SAMPLES[kind]}.items()
    assert json.dumps(WIRE.fold([event.data for event in WIRE.unfold(reply)])) == json.dumps(reply.message)


@pytest.mark.parametrize("kind", SAMPLES)
def test_a_completed_block_stays_as_it_is(kind: str) -> None:
    (block,) = compose({"type": kind, **SAMPLES[kind]}).message["content"]
    (again,) = compose(block).message["content"]
    assert json.dumps(again) == json.dumps(block)


@pytest.mark.parametrize("kind", SAMPLES)
def test_every_type_counts(kind: str) -> None:
    block = {"type": kind, **SAMPLES[kind]}

    def count(*blocks: Block) -> int:
        return count_request({"messages": [{"role": "user", "content": list(blocks)}]}, MODEL)

    assert count(block) >= count()
    total, thought = count_output((block,), MODEL)
    assert total >= 1
    assert (thought > 0) is BLOCKS[kind].is_thought


def test_every_shorthand_makes_its_type() -> None:
    assert list(SHORTHANDS) == list(WRITTEN)
    for row in BLOCKS.values():
        for key in row.shorthands:
            assert row.type in [block["type"] for block in build_content([{key: WRITTEN[key]}])]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "hologram"}, DEFAULT),
        ({}, DEFAULT),
        ({"type": ["text"]}, DEFAULT),
        ({"type": "text"}, BLOCKS["text"]),
    ],
)
def test_unknown_types_have_the_default_row(block: Block, expected: BlockType) -> None:
    assert block_type(block) is expected


def test_results_of_unknown_server_tools_find_their_use() -> None:
    use: Block = {"type": "server_tool_use", "name": "divination", "input": {}}
    used, result = compose(use, {"type": "divination_tool_result", "content": "rain"}).message["content"]
    assert list(result) == ["type", "tool_use_id", "content"]
    assert result["tool_use_id"] == used["id"]
