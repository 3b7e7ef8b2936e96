"""Which channels a request is sent to, and which of their errors send it on."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.gateways.channels import NATIVE, fail, list_channels, may_retry, miss
from mockserver.gateways.reading import load
from mockserver.gateways.records import Channel, Gateway, Upstream

ANY, CHAT, LAST = Channel("any"), Channel("chat", models=("gpt-*", "o1")), Channel("last")
GATEWAY = load("new-api")


def listed(model: str, forced: str = "", **changed: Any) -> list[str]:
    gateway = Gateway(**{"name": "g", "channels": (CHAT, ANY, LAST), "retries": 3, **changed})
    return [channel.name for channel in list_channels(gateway, model, forced)]


@pytest.mark.parametrize(
    ("model", "changed", "expected"),
    [
        ("gpt-4o", {}, ["chat", "any", "last", "last"]),
        ("claude-opus-4-8", {}, ["any", "last", "last", "last"]),
        ("claude-opus-4-8", {"retries": 0}, ["any"]),
        ("claude-opus-4-8", {"channel": "last"}, ["last", "any", "any", "any"]),
        ("claude-opus-4-8", {"channel": "chat", "retries": 1}, ["chat", "any"]),
        ("o1-mini", {"channels": (CHAT,)}, []),
        ("o1-mini", {"channels": (CHAT,), "channel": "chat"}, ["chat", "chat", "chat", "chat"]),
        ("any", {"channels": (), "retries": 1}, [NATIVE.name, NATIVE.name]),
    ],
)
def test_channels_come_in_their_order(model: str, changed: dict[str, Any], expected: list[str]) -> None:
    """The preferred one first; beyond the last one that again."""
    assert listed(model, **changed) == expected


def test_a_key_may_name_the_only_channel() -> None:
    assert listed("claude-opus-4-8", "chat") == ["chat"]
    assert listed("claude-opus-4-8", "no such") == ["any", "last", "last", "last"]


def test_statuses_that_send_a_request_on() -> None:
    """As relay gateways do it: all but successes, the caller's 400, and what took too long."""
    kept = [status for status in range(200, 600) if not may_retry(GATEWAY, status)]
    assert kept == [*range(200, 300), 400, 408, 504, 524]
    kept = [status for status in range(200, 600) if not may_retry(load("one-api"), status)]
    assert kept == [*range(200, 300), 400]


VALUES = {"model": "gpt-4o", "group": "vip"}


def test_channels_may_always_fail() -> None:
    named = fail(GATEWAY, "get_channel_failed", VALUES)
    assert (named.status, named.code, named.stage) == (500, "get_channel_failed", "relay")
    assert "vip 下模型 gpt-4o" in named.message
    given = fail(GATEWAY, Upstream(529, "overloaded_error", "Too much for {model}."), VALUES)
    assert (given.status, given.type, given.stage) == (529, "overloaded_error", "")
    assert given.message == "Too much for gpt-4o."


@pytest.mark.parametrize("status", [429, 502])
def test_errors_without_words_get_those_of_the_gateway(status: int) -> None:
    failure = fail(GATEWAY, Upstream(status), VALUES)
    assert (failure.status, failure.type, failure.code) == (status, "upstream_error", "bad_response_status_code")
    assert failure.message == f"bad response status code {status}"


def test_code_stands_beside_the_words_of_the_gateway() -> None:
    failure = fail(GATEWAY, Upstream(500, code="c"), VALUES)
    assert (failure.code, failure.message) == ("c", "bad response status code 500")


def test_models_that_no_channel_takes_are_not_found() -> None:
    failure = miss(GATEWAY, VALUES)
    assert (failure.status, failure.code, failure.stage) == (503, "model_not_found", "gate")
    assert failure.message == "分组 vip 下模型 gpt-4o 无可用渠道（distributor）"
