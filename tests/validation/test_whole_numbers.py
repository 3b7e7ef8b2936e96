"""Numbers that must be whole are refused with a point, as the API does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.reference import schemas
from mockserver.validation import keys
from tests.validation.test_checker import GOOD, VERSION, Json, said, said_of_block


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"max_tokens": 16.0}, "max_tokens"),
        ({"max_tokens": 1e30}, "max_tokens"),
        ({"top_k": 5.0}, "top_k"),
        ({"thinking": {"type": "enabled", "budget_tokens": 2000.0}}, "thinking.enabled.budget_tokens"),
        (
            {"tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 1.0}]},
            "tools.0.web_search_20250305.max_uses",
        ),
    ],
)
def test_whole_numbers_have_no_point(changes: Json, place: str) -> None:
    assert said(GOOD | changes) == f"{place}: Input should be a valid integer"
    assert said({**GOOD, "temperature": 1.0}) is None


CITED = {"type": "char_location", "cited_text": "a", "document_title": None, "end_char_index": 1}
RAN = {"type": "code_execution_result", "stdout": "", "stderr": "", "content": []}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"fallbacks": [{"model": "claude-opus-4-8", "max_tokens": 16.0}]}, "fallbacks.0.max_tokens"),
        ({"output_config": {"task_budget": {"type": "tokens", "total": 2e4}}}, "output_config.task_budget.total"),
        (
            {
                "context_management": {
                    "edits": [
                        {"type": "clear_tool_uses_20250919", "trigger": {"type": "tool_uses", "value": 1.0}},
                    ]
                }
            },
            "context_management.edits.0.clear_tool_uses_20250919.trigger.tool_uses.value",
        ),
        (
            {"system": [{"type": "text", "text": "a", "citations": [{**CITED, "document_index": 0.0}]}]},
            "system.0.citations.0.char_location.document_index",
        ),
    ],
)
def test_whole_numbers_of_betas_have_no_point(changes: Json, place: str) -> None:
    betas = "server-side-fallback-2026-06-01 task-budgets-2026-03-13 context-management-2025-06-27"
    assert said(GOOD | changes, betas=betas) == f"{place}: Input should be a valid integer"


@pytest.mark.parametrize(
    ("block", "place"),
    [
        (
            {"type": "text", "text": "a", "citations": [{**CITED, "document_index": 0.0, "start_char_index": 0}]},
            "text.citations.0.char_location.document_index",
        ),
        (
            {
                "type": "search_result",
                "source": "a",
                "title": "b",
                "content": [
                    {
                        "type": "text",
                        "text": "a",
                        "citations": [{**CITED, "document_index": 0, "start_char_index": 0.0}],
                    }
                ],
            },
            "search_result.content.0.citations.0.char_location.start_char_index",
        ),
        (
            {
                "type": "code_execution_tool_result",
                "tool_use_id": "srvtoolu_1",
                "content": {**RAN, "return_code": -0.0},
            },
            "code_execution_tool_result.content.code_execution_result.return_code",
        ),
    ],
)
def test_whole_numbers_in_blocks_have_no_point(block: Json, place: str) -> None:
    assert said_of_block(block) == f"messages.0.content.0.{place}: Input should be a valid integer"


def integers(part: Json, defs: Json, path: tuple[str, ...] = (), seen: frozenset[str] = frozenset()) -> Iterator[Any]:
    """The paths of all integers in a schema, tags among them; each definition is entered once on a path."""
    if "integer" in part.get("type", ""):
        yield path
    tagged = part.get("x-mapping", {})
    inner = [("", {"$ref": part["$ref"]})] if "$ref" in part else []
    inner += [(tag, {"$ref": ref}) for tag, ref in tagged.items()]
    inner += [("", member.get("then", member)) for member in part.get("allOf", ()) if not tagged]
    inner += [("", part["items"])] if "items" in part else []
    inner += [("", branch) for branch in part.get("anyOf", ())]
    inner += part.get("properties", {}).items()
    for name, member in inner:
        path_to = (*path, name) if name else path
        target = member.get("$ref", "").rpartition("/")[2]
        if not target:
            yield from integers(member, defs, path_to, seen)
        elif target not in seen:
            yield from integers(defs[target], defs, path_to, seen | {target})


def test_every_whole_number_of_the_schema_is_looked_at() -> None:
    schema = schemas.request_schema("messages", VERSION, schemas.known_betas())
    places = set(integers(schema, schema["$defs"]))
    missed = {
        path
        for path in places
        if path[0] not in keys.INTEGERS
        and keys.INTEGER_KINDS.isdisjoint({*path, "@cited" if "citations" in path else path[0]})
    }
    assert len(places) > 100
    assert missed == set()
