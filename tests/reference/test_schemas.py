"""The committed schemas: what they take and refuse, and how they are fitted to a call."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from mockserver.reference import schemas

Json = dict[str, Any]
GA: frozenset[str] = frozenset()
DATA = Path(__file__).parent.parent / "data" / "schemas"
OLD, NEW = "2023-06-01", "2026-10-21"


def recorded(name: str) -> list[Json]:
    return [json.loads(line) for line in (DATA / name).read_text().splitlines()]


def body(**more: Any) -> Json:
    return {"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]} | more


SCOPED = {"type": "ephemeral", "scope": "global"}
TOOL = {"name": "t", "input_schema": {"type": "object"}}
INLINE = {
    "role": "system",
    "content": [{"type": "tool_addition", "tool": {"type": "tool_definition", "definition": TOOL}}],
}
ADDED = {"role": "system", "content": [{"type": "tool_addition", "tool": {"type": "tool_reference", "name": "t"}}]}
REMOVED = {"role": "system", "content": [{"type": "tool_removal", "tool": {"type": "tool_reference", "name": "t"}}]}
EFFORT = {"role": "system", "output_config": {"effort": "low"}}


def accepts(given: Json, *betas: str, endpoint: str = "messages", version: str = OLD) -> bool:
    return schemas.request_validator(endpoint, version, frozenset(betas)).is_valid(given)


@pytest.mark.parametrize("path", sorted(schemas.folder().glob("*.json")), ids=lambda path: path.stem)
def test_file_fits_the_meta_schema(path: Path) -> None:
    jsonschema_rs.meta.validate(json.loads(path.read_text()))


@pytest.mark.parametrize("endpoint", sorted(schemas.ENDPOINTS))
def test_request_schema_is_self_contained(endpoint: str) -> None:
    schema = schemas.request_schema(endpoint, OLD, schemas.known_betas())
    jsonschema_rs.meta.validate(schema)
    text = json.dumps(schema)
    assert ".json#" not in text
    assert "x-beta" not in text
    assert "x-versions" not in text


@pytest.mark.parametrize("case", recorded("accepted_requests.jsonl"), ids=lambda case: case["source"].split()[0])
def test_recorded_request_is_accepted(case: Json) -> None:
    """The real API answered each with 200. Where the recorder dropped the headers, any beta may have been sent."""
    betas = schemas.known_betas() if case["betas"] is None else frozenset(case["betas"])
    errors = schemas.request_explainer(case["endpoint"], OLD, betas).iter_errors(case["body"])
    assert [error.message for error in errors] == []
    assert accepts(case["body"], *betas, endpoint=case["endpoint"])


@pytest.mark.parametrize("case", recorded("recorded_responses.jsonl"), ids=lambda case: case["name"])
def test_recorded_response_is_strictly_valid(case: Json) -> None:
    errors = schemas.response_validator(case["name"]).iter_errors(case["body"])
    assert [error.message for error in errors] == []


@pytest.mark.parametrize(
    ("more", "beta"),
    [
        ({"context_management": {"edits": []}}, "context-management-2025-06-27"),
        ({"thread": {"type": "create"}}, "message-threads-2026-08-12"),
        ({"fallbacks": [{"model": "m"}]}, "server-side-fallback-2026-06-01"),
        ({"fallbacks": "default"}, "server-side-fallback-2026-07-01"),
        ({"fallback_credit_token": "t"}, "fallback-credit-2026-06-01"),
        ({"fallback_credit_token": {"token": "t"}}, "fallback-credit-2026-07-01"),
        ({"thinking": {"type": "adaptive", "display": "updates"}}, "thinking-display-updates-2026-08-18"),
        ({"tools": [{"type": "bash_20241022", "name": "bash"}]}, "computer-use-2024-10-22"),
        ({"output_config": {"task_budget": {"type": "tokens", "total": 20000}}}, "task-budgets-2026-03-13"),
        ({"system": [{"type": "text", "text": "x", "cache_control": SCOPED}]}, "prompt-caching-scope-2026-01-05"),
        ({"cache_control": SCOPED}, "prompt-caching-scope-2026-01-05"),
        ({"tools": [{**TOOL, "cache_control": SCOPED}]}, "prompt-caching-scope-2026-01-05"),
        ({"messages": [INLINE]}, "inline-tools-2026-09-15"),
        ({"messages": [ADDED]}, "inline-tools-2026-09-15"),
        ({"messages": [ADDED]}, "mid-conversation-tool-changes-2026-07-01"),
        ({"messages": [REMOVED]}, "inline-tools-2026-09-15"),
        ({"safeguards": [{"type": "dangerous_tool_use"}]}, "dangerous-tool-use-2026-09-03"),
        ({"messages": [EFFORT]}, "per-turn-control-2026-07-01"),
        ({"messages": [EFFORT]}, "mid-conversation-effort-2026-08-01"),
        (
            {"messages": [{"role": "system", "output_config": {"effort": "low"}}]},
            "mid-conversation-output-config-2026-07-01",
        ),
    ],
)
def test_beta_feature_needs_its_header(more: Json, beta: str) -> None:
    assert not accepts(body(**more))
    assert accepts(body(**more), beta)


@pytest.mark.parametrize(("given", "beta"), [("default", "-06-01"), ([{"model": "m"}], "-07-01")])
def test_newer_header_takes_more_forms(given: Any, beta: str) -> None:
    assert accepts(body(fallbacks=given), f"server-side-fallback-2026{beta}") is (given != "default")


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k"])
def test_sampling_parameters_end_with_the_new_version(name: str) -> None:
    assert accepts(body(**{name: 1}))
    assert not accepts(body(**{name: 1}), version=NEW)


@pytest.mark.parametrize("name", ["metadata", "inference_geo", "stop_sequences", "cache_control", "container"])
def test_null_counts_as_absent(name: str) -> None:
    assert accepts(body(**{name: None}))


@pytest.mark.parametrize(
    "name",
    ["stream", "system", "tools", "tool_choice", "thinking", "output_config", "service_tier", "top_k", "temperature"],
)
def test_null_is_refused_elsewhere(name: str) -> None:
    assert not accepts(body(**{name: None}))


@pytest.mark.parametrize("kind", [{}, {"type": None}, {"type": "custom"}])
def test_tool_without_type_is_custom(kind: Json) -> None:
    tool = {"name": "t", "input_schema": {"type": "object", "anything": 1}, **kind}
    assert accepts(body(tools=[tool]))
    assert not accepts(body(tools=[tool | {"name": "a b"}]))


def test_error_leads_into_the_tagged_block() -> None:
    given = body(messages=[{"role": "user", "content": [{"type": "image", "source": {"type": "url"}}]}])
    (error,) = schemas.request_explainer("messages", OLD, GA).iter_errors(given)
    assert error.instance_path == ["messages", 0, "content", 0, "source"]
    assert error.message == '"url" is a required property'


def test_tags_stand_in_the_order_of_messages() -> None:
    defs = schemas.request_schema("messages", OLD, GA)["$defs"]
    assert defs["ToolChoiceParam"]["x-tags"] == ["auto", "any", "tool", "none"]
    for name in ("ContentBlockParam", "ToolUnionParam", "ThinkingConfigParam"):
        assert defs[name]["x-tags"] == sorted(defs[name]["x-tags"])


def test_irrelevant_betas_share_one_schema() -> None:
    plain = schemas.request_schema("messages", OLD, GA)
    assert schemas.request_schema("messages", OLD, frozenset({"pdfs-2024-09-25", "made-up"})) is plain


@pytest.mark.parametrize("beta", sorted(schemas.relevant_betas("messages")))
def test_every_beta_alone_makes_a_whole_schema(beta: str) -> None:
    assert accepts(body(), beta)
    assert beta in schemas.known_betas()
    assert '"x-tags": []' not in json.dumps(schemas.request_schema("messages", OLD, frozenset({beta})))


def test_count_tokens_is_narrower() -> None:
    given = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    assert accepts(given, endpoint="count_tokens")
    assert not accepts({**given, "max_tokens": 1}, endpoint="count_tokens")


def test_response_schema_is_strict() -> None:
    usage = {
        "input_tokens": 1,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 1,
        "service_tier": "standard",
        "inference_geo": "global",
    }
    message: Json = {"model": "m", "id": "msg_1", "type": "message", "role": "assistant", "content": []}
    message |= {"stop_reason": "end_turn", "stop_sequence": None, "stop_details": None, "usage": usage}
    check = schemas.response_validator("message").is_valid
    assert check(message)
    assert not check({**message, "extra": 1})
    assert not check({**message, "stop_reason": None})
    assert not check({key: value for key, value in message.items() if key != "stop_details"})
    assert not check({**message, "context_management": {"applied_edits": []}})
    assert schemas.response_validator("beta_message").is_valid({**message, "context_management": {"applied_edits": []}})


def test_all_betas_of_the_api_are_known() -> None:
    assert len(schemas.known_betas()) >= 58
    assert "context-management-2025-06-27" in schemas.known_betas()
