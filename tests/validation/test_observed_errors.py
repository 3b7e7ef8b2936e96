"""Errors seen on the real API: the same request gets the same status, type and text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
import pytest

from mockserver import asgi_transport
from mockserver.auth import authenticate
from mockserver.records.call import VERSIONS, Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.settings import Settings
from mockserver.validation import Checker, Lookups
from tests.strict import error_of

DATA = Path(__file__).parent.parent / "data" / "observed"
SETTINGS = Settings(profile="anthropic", api_keys=("sk-valid",))


# Where we answer otherwise than observed: what we say, and why.
DEPARTURES = {
    "invalid_x_api_key": ("API key is invalid.", "new wording since 2026-09"),
    "server_tool_unresolved": (
        "messages.1: `web_search` tool use with id `srvtoolu_1` was found without a corresponding "
        "`web_search_tool_result` block",
        "documentation leaves the place out, reports have it",
    ),
    "system_role_old": (
        "messages.0: use the top-level 'system' parameter for the initial system prompt; "
        "the directive-only form (content: [] with output_config) is accepted at any position",
        "the role exists since 2026-08",
    ),
    "tools_defer_cache": (
        "Tool 'get_weather' cannot have both defer_loading=true and cache_control set. "
        "Tools with defer_loading cannot use prompt caching.",
        "it was seen without its beginning",
    ),
    "thinking_disabled_use_between_tools": (
        'To turn thinking off on this model, send "thinking": {"type": "between_tools"} instead of '
        '{"type": "disabled"}. The model does not think before responding. The short updates it writes between tool '
        "calls come back as thinking blocks.",
        "new wording since 2026-10",
    ),
    "thinking_tag": (
        "thinking: Input tag 'bogus' found using 'type' does not match any of the expected tags: "
        "'adaptive', 'between_tools', 'disabled', 'enabled'",
        "two types have come since 2026-04",
    ),
}
# Rejected at the API's edge, with a body of another shape: pretty-printed without request_id, or with null, and without
# the header. Ours have the envelope of all errors, its request_id equal to the header, so that whoever meets one finds
# its request in the journal.
AT_THE_EDGE = {
    "method_not_allowed": ("GET", "sk-valid", 405, "Method Not Allowed"),
    "api_key_invalid_edge": ("POST", "invalid", 401, "API key is invalid."),
}


def rows() -> list[dict[str, Any]]:
    """Errors with a request: in ``built.jsonl`` one that we built, in ``measured.jsonl`` one that shows the order."""
    files = ("errors.jsonl", "built.jsonl", "measured.jsonl")
    return [orjson.loads(line) for file in files for line in (DATA / file).read_bytes().splitlines()]


def answer(row: Mapping[str, Any]) -> Finding | None:
    """What auth and checker say, in the order of the journey."""
    sent = {"x-api-key": "sk-valid", "anthropic-version": VERSIONS[0], **row.get("headers", {})}
    headers = {name: value for name, value in sent.items() if value is not None}
    call = Call("POST", "/v1/messages", headers, orjson.dumps(row["request"]))
    try:
        authenticate(call, SETTINGS)
    except ApiError as error:
        return error.finding
    lookups = Lookups(examine=lambda _: "invalid")
    return Checker("anthropic").check_parsed(row["request"], row["endpoint"], VERSIONS[0], call.betas, lookups)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_observed_error_is_given(row: dict[str, Any]) -> None:
    """Rows without a message are known by status and type alone."""
    finding = answer(row)
    text, _ = DEPARTURES.get(row["id"], (row["message"], ""))
    assert finding
    assert (finding.status, finding.type) == (row["status"], row["type"])
    assert text in (None, finding.message)


def test_measured_conversations_are_accepted() -> None:
    """Shapes that the real API took (2026-08, claude-sonnet-5)."""
    bodies = [orjson.loads(line) for line in (DATA / "accepted.jsonl").read_bytes().splitlines()]
    verdicts = [Checker("anthropic").check_parsed(body, "messages", VERSIONS[0]) for body in bodies]
    assert len(verdicts) > 10
    assert set(verdicts) == {None}


def test_batches_are_created_before_their_items_are_checked() -> None:
    """Bad params give errored rows later; creating such a batch is a 200."""
    items = [row for row in rows() if row["endpoint"] == "batch_item"]
    requests = [{"custom_id": row["id"], "params": row["request"]} for row in items]
    assert len(items) == 2
    assert Checker("anthropic").check_parsed({"requests": requests}, "batches", VERSIONS[0]) is None


@pytest.mark.parametrize("row", AT_THE_EDGE)
def test_edge_answers_have_the_envelope_of_all_errors(row: str) -> None:
    method, key, status, message = AT_THE_EDGE[row]
    headers = {"x-api-key": key, "anthropic-version": VERSIONS[0]}
    transport = asgi_transport(profile="anthropic", api_keys=SETTINGS.api_keys)
    with httpx.Client(transport=transport, base_url="http://test", headers=headers) as client:
        assert error_of(client.request(method, "/v1/messages"), status)["message"] == message


def test_departures_are_of_known_rows() -> None:
    assert set(DEPARTURES) <= {row["id"] for row in rows()}
