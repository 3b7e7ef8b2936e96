"""Bodies that gateways' callers and echoes of answers send, and what is wrong with a field before its neighbours."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver.records.call import VERSIONS
from mockserver.validation import Checker

Json = dict[str, Any]
GOOD: Json = {"model": "claude-sonnet-4-5", "max_tokens": 16, "messages": [{"role": "user", "content": "hi"}]}
VERSION = {"anthropic-version": VERSIONS[0]}


def said(
    body: Json, profile: str = "relay", version: str = VERSIONS[0], betas: str = "", headers: Json | None = None
) -> str | None:
    """What the API would say of ``body``, or None when it takes it."""
    sent = VERSION if headers is None else headers
    checker = Checker(profile)
    found = checker.check(orjson.dumps(body), "messages", version, frozenset(betas.split()), headers=sent).finding
    return found.message if found else None


# ---- echoes of answers ----


def echo(uses: list[Json]) -> Json:
    """A body with these uses, answered."""
    results = [{"type": "tool_result", "tool_use_id": use["id"], "content": "a"} for use in uses]
    messages = [{"role": "assistant", "content": uses}, {"role": "user", "content": results}]
    return {**GOOD, "messages": [*GOOD["messages"], *messages]}


USE: Json = {"type": "tool_use", "id": "toolu_1", "name": "t", "input": {}, "caller": None}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("profile", ["relay", "anthropic"])
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-opus-4-8", "claude-sonnet-5-5"])
@pytest.mark.parametrize("uses", [[USE], [USE, {**USE, "id": "toolu_2", "toolset_name": None}]], ids=["one", "two"])
def test_a_tools_caller_that_is_null_is_none(uses: list[Json], model: str, profile: str, version: str) -> None:
    """The SDK's ``model_dump`` of an answer holds it."""
    assert said({**echo(uses), "model": model}, profile, version) is None


SERVED: dict[str, Json] = {
    "web_search": {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    "web_fetch": {
        "type": "web_fetch_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": {"type": "web_fetch_tool_result_error", "error_code": "unavailable"},
    },
}


def served(name: str, **uses: Any) -> Json:
    """A body with a server tool's use and its result, whose caller is null."""
    use: Json = {"type": "server_tool_use", "id": "srvtoolu_1", "name": name, "input": {}, **uses}
    blocks = [use, {**SERVED[name], "caller": None}]
    return {**GOOD, "messages": [*GOOD["messages"], {"role": "assistant", "content": blocks}, *GOOD["messages"]]}


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SERVED)
def test_the_caller_of_a_server_tools_result_may_be_null(name: str, version: str, profile: str) -> None:
    assert said(served(name), profile, version) is None


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-5", "claude-opus-5-5"])
@pytest.mark.parametrize("name", SERVED)
def test_a_server_tools_caller_is_not_null(name: str, model: str, version: str) -> None:
    """Seen of the real API on the days on which it took null as the caller of a ``tool_use``."""
    body = {**served(name, caller=None), "model": model}
    assert said(body, version=version) == "messages.1.content.0.server_tool_use.caller: Input should be an object"


# ---- the first reason ----


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"system": [{"type": "image", "source": {}}]}, "system.0.type: Input should be 'text'"),
        ({"system": [{"type": "text", "text": "a"}, {"type": "document"}]}, "system.1.type: Input should be 'text'"),
        ({"system": [{"type": 7, "cache_control": 7}]}, "system.0.type: Input should be 'text'"),
        ({"system": [{}]}, "system.0.text: Field required"),
        (
            {"output_config": {"format": {"type": "json_object"}}},
            "output_config.format.type: Input should be 'json_schema'",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "search_result", "content": [{"type": "image"}]}]}]},
            "messages.0.content.0.search_result.content.0.type: Input should be 'text'",
        ),
    ],
)
def test_a_wrong_type_is_told_before_what_it_lacks(changes: Json, message: str) -> None:
    assert said({**GOOD, **changes}) == message


def test_a_server_of_another_type_is_told_by_it() -> None:
    body = {**GOOD, "mcp_servers": [{"type": "stdio", "command": "x"}]}
    assert said(body, betas="mcp-client-2025-11-20") == "mcp_servers.0.type: Input should be 'url'"


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
@pytest.mark.parametrize(
    "changes",
    [
        {"speed": "standard"},
        {"container": {"id": "container_x"}},
        {"metadata": {"user_id": "a@example.com"}},
        {"system": [{"type": "image"}]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_fields_are_judged_before_the_conversation(profile: str, changes: Json) -> None:
    """Before what the messages lack, and before the model, which profile ``anthropic`` may not know."""
    hollow = {**GOOD, "messages": [{"role": "user", "content": ""}]}
    first = said({**hollow, **changes}, profile)
    assert first == said({**GOOD, **changes}, profile)
    assert str(first).startswith(next(iter(changes)))


# ---- a gateway's callers ----

SERVER = {"type": "url", "name": "s", "url": "https://example.com/mcp"}
TOOLSET = {"type": "mcp_toolset", "mcp_server_name": "s"}
UNUSED = "MCP server 's' is defined but not referenced by any mcp_toolset in tools"


@pytest.mark.parametrize(
    "server",
    [
        SERVER,
        {**SERVER, "authorization_token": None},
        {**SERVER, "tool_configuration": {"enabled": True, "allowed_tools": ["a"]}},
        {**SERVER, "tool_configuration": None},
    ],
)
@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-5-5", "some-model"])
def test_servers_without_headers_may_be_of_the_first_beta(server: Json, model: str) -> None:
    body = {**GOOD, "model": model, "mcp_servers": [server]}
    assert said(body, headers={}) is None
    assert said(body, betas="mcp-client-2025-04-04") is None
    assert said(body) == "mcp_servers: Extra inputs are not permitted"
    assert said(body, "anthropic", headers={}) == "mcp_servers: Extra inputs are not permitted"


def test_servers_without_headers_are_of_the_second_where_toolsets_say_so() -> None:
    body = {**GOOD, "mcp_servers": [SERVER], "tools": [TOOLSET]}
    assert said(body, headers={}) is None
    assert said({**body, "tools": [{**TOOLSET, "mcp_server_name": "x"}]}, headers={}) == UNUSED
    assert said({**GOOD, "mcp_servers": [SERVER]}, betas="mcp-client-2025-11-20") == UNUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"speed": "fast"},
        {"container": {"id": "c"}, "tools": [{"type": "code_execution_20250825", "name": "code_execution"}]},
    ],
)
def test_a_gateways_caller_may_use_what_needs_a_beta(changes: Json) -> None:
    assert said({**GOOD, "model": "claude-opus-5", **changes}, headers={}) is None
