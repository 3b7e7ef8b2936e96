"""What a gateway refuses before it relays: keys, channels behind them, bodies, models; and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.gateways import adjusting, admitting
from mockserver.gateways.admitting import Caller, Refusal, find_caller, find_path, read_key
from mockserver.gateways.globs import fits
from mockserver.gateways.records import RELAY, Channel, ErrorRow, Gateway, KeyRow, PathRow

ERRORS = {
    "token_expired": ErrorRow(401, {"en": "expired"}),
    "model_not_found": ErrorRow(503, {"en": "none"}),
    "no_model_allowed": ErrorRow(403, {"en": "no model"}),
    "no_price": ErrorRow(500, {"en": "no price"}, stage=RELAY),
    "no_quota": ErrorRow(403, {"en": "no quota"}, stage=RELAY),
}
GATEWAY = Gateway(
    "test",
    errors=ERRORS,
    channels=(Channel("converted", converts=True), Channel("native")),
    keys={
        "sk-old": KeyRow(error="token_expired"),
        "sk-poor": KeyRow(error="no_quota"),
        "sk-claude": KeyRow(models=("claude-*",), group="vip"),
        "sk-plain": KeyRow(),
        "root": KeyRow(is_admin=True),
        "sk-none": KeyRow(models=()),
    },
    model_errors={"gpt-9*": "model_not_found", "o9": "no_price"},
    paths=(
        PathRow("/v1/messages", "POST"),
        PathRow("/v1/files*", error="api_not_implemented"),
        PathRow("/v1/*", error="invalid_url", needs_key=False),
    ),
)
MESSAGES, CHAT, MODELS = "/v1/messages", "/v1/chat/completions", "/v1/models"


@pytest.mark.parametrize(
    ("headers", "query", "path", "key"),
    [
        ({"authorization": "Bearer sk-a"}, "", MESSAGES, "sk-a"),
        ({"authorization": "bearer  sk-a "}, "", MESSAGES, "sk-a"),
        ({"authorization": "sk-a"}, "", CHAT, "sk-a"),
        ({"authorization": "BEARER sk-a"}, "", CHAT, "BEARER sk-a"),
        ({"x-api-key": "sk-a"}, "", MESSAGES, "sk-a"),
        ({"x-api-key": "sk-a", "authorization": "Bearer sk-b"}, "", MESSAGES, "sk-a"),
        ({"x-api-key": "", "authorization": "Bearer sk-b"}, "", MESSAGES, "sk-b"),
        ({"x-api-key": "sk-a", "authorization": "Bearer sk-b"}, "", CHAT, "sk-b"),
        ({"x-api-key": "sk-a"}, "", CHAT, ""),
        ({"x-api-key": "sk-a"}, "", "/v1/files", ""),
        ({"x-api-key": "sk-a"}, "", MODELS, "sk-a"),
        ({"x-goog-api-key": "sk-g", "x-api-key": "sk-a"}, "", MODELS, "sk-g"),
        ({"authorization": "Bearer sk-b"}, "key=sk-q", f"{MODELS}/m", "sk-q"),
        ({"authorization": "Bearer sk-b"}, "key=sk-q", "/v1beta/models/m:generateContent", "sk-q"),
        ({"x-goog-api-key": "sk-g"}, "", "/v1beta/models", "sk-g"),
        ({"x-goog-api-key": "sk-g"}, "key=sk-q", MESSAGES, ""),
        ({"authorization": "Bearer "}, "", MESSAGES, "Bearer"),
        ({}, "", MESSAGES, ""),
    ],
)
def test_key_is_read_of_its_headers(headers: Mapping[str, str], query: str, path: str, key: str) -> None:
    assert read_key(GATEWAY, headers, query, path) == key


def test_gateway_without_anthropics_header_reads_none_of_them() -> None:
    gateway = Gateway("test", key_headers=("authorization",))
    assert read_key(gateway, {"x-api-key": "sk-a"}, "", MODELS) == ""
    assert read_key(gateway, {"x-goog-api-key": "sk-a", "authorization": "sk-b"}, "key=c", MODELS) == "sk-b"


@pytest.mark.parametrize(
    ("key", "base", "channel"),
    [
        ("sk-plain", "plain", ""),
        ("plain", "plain", ""),
        ("sk-plain-2", "plain", "2"),
        ("sk-root-native", "root", "native"),
        ("root-a-b", "root", "a-b"),
        # Behind a key that has no row it is a part of it.
        ("sk-my-test", "my-test", ""),
        ("sk-ant-api03-x", "ant-api03-x", ""),
        ("sk-", "", ""),
    ],
)
def test_channel_stands_behind_keys_with_rows_alone(key: str, base: str, channel: str) -> None:
    caller = find_caller(GATEWAY, key)
    assert (caller.key, caller.channel) == (base, channel)


@pytest.mark.parametrize(
    ("key", "accepted", "name"),
    [
        ("", (), "no_token"),
        ("", ("sk-a",), "no_token"),
        ("sk-any", (), None),
        ("sk-any", ("sk-a",), "invalid_token"),
        # A scheme without a key.
        ("Bearer", (), "invalid_token"),
        ("bearer", ("sk-a",), "invalid_token"),
        ("sk-a", ("sk-b", "sk-a"), None),
        ("a", ("sk-a",), None),
        ("sk-ключ", ("sk-a",), "invalid_token"),
        # A key with a row is known.
        ("sk-plain", ("sk-a",), None),
        ("sk-old", (), "token_expired"),
        ("sk-old-2", (), "token_expired"),
        ("sk-plain-2", (), "channel_forbidden"),
        ("root-2", (), None),
        # Said once the request has been read.
        ("sk-poor", (), None),
    ],
)
def test_keys_are_checked(key: str, accepted: tuple[str, ...], name: str | None) -> None:
    refusal = admitting.check_caller(GATEWAY, find_caller(GATEWAY, key), accepted)
    assert (refusal and refusal.name) == name


@pytest.mark.parametrize(
    ("key", "body", "name"),
    [
        ("sk-any", None, "invalid_body"),
        ("sk-any", {}, "no_model"),
        ("sk-any", {"model": None}, "no_model"),
        ("sk-any", {"model": ""}, "no_model"),
        ("sk-any", {"model": 7}, "invalid_body"),
        ("sk-any", {"model": "claude-x"}, None),
        ("sk-any", {"model": "gpt-9-mini"}, "model_not_found"),
        # While it relays.
        ("sk-any", {"model": "o9"}, None),
        ("sk-claude", {"model": "claude-x"}, None),
        ("sk-claude", {"model": "gpt-9"}, "model_forbidden"),
        ("sk-claude", {}, "model_forbidden"),
        ("sk-none", {"model": "claude-x"}, "no_model_allowed"),
        # Whoever asks for a channel gets that, whatever the model.
        ("root-2", {"model": "gpt-9"}, None),
        ("root-native", {}, None),
        ("root-3", {"model": "claude-x"}, "invalid_channel"),
        ("root-0", {"model": "claude-x"}, "invalid_channel"),
        ("root-²", {"model": "claude-x"}, "invalid_channel"),
        ("root-3", None, "invalid_body"),
    ],
)
def test_requests_are_checked(key: str, body: dict[str, Any] | None, name: str | None) -> None:
    refusal = admitting.check_request(GATEWAY, find_caller(GATEWAY, key), body)
    assert (refusal and refusal.name) == name


@pytest.mark.parametrize(
    ("key", "model", "name"),
    [
        ("sk-any", "claude-x", None),
        ("sk-any", "o9", "no_price"),
        ("sk-any", "gpt-9", None),
        ("sk-poor", "claude-x", "no_quota"),
        # The price is asked for before the quota is taken.
        ("sk-poor", "o9", "no_price"),
    ],
)
def test_prices_and_quotas_come_last(key: str, model: str, name: str | None) -> None:
    refusal = admitting.check_relayed(GATEWAY, find_caller(GATEWAY, key), model)
    assert (refusal and refusal.name) == name


@pytest.mark.parametrize(
    ("method", "path", "error"),
    [
        ("POST", MESSAGES, ""),
        ("GET", MESSAGES, "invalid_url"),
        ("GET", "/v1/files/x/content", "api_not_implemented"),
        ("POST", "/v1/messages/count_tokens", "invalid_url"),
        ("GET", "/", None),
    ],
)
def test_first_row_of_a_path_counts(method: str, path: str, error: str | None) -> None:
    row = find_path(GATEWAY, method, path)
    assert (row and row.error) == error


def test_keys_without_models_are_refused_by_any_gateway() -> None:
    """One that has no row for it says so of the model."""
    gateway = Gateway("test", keys={"sk-none": KeyRow(models=())})
    refusal = admitting.check_request(gateway, find_caller(gateway, "sk-none"), {"model": "m"})
    assert refusal is not None
    assert refusal.name == "model_forbidden"


@pytest.mark.parametrize(
    ("name", "pattern", "is_fitting"),
    [
        ("claude-opus-4-6[1m]", "claude-opus-4-6[1m]", True),
        ("claude-opus-4-6m", "claude-opus-4-6[1m]", False),
        ("claude-opus-4-6[1m]", "claude-*[1m]", True),
        ("x-y", "x?y", False),
        ("/v1/a/b", "/v1/*", True),
        ("a\nb", "a*", True),
        ("A", "a", False),
    ],
)
def test_nothing_but_a_star_stands_for_anything(name: str, pattern: str, is_fitting: bool) -> None:
    assert fits(name, pattern) is is_fitting
    assert Channel("x", models=(pattern,)).takes(name) is is_fitting
    assert Caller("x", KeyRow(models=(pattern,))).may_use(name) is is_fitting
    assert adjusting.adjust_body({"model": name}, GATEWAY, Channel("x", renames={pattern: "z"}))["model"] == (
        "z" if is_fitting else name
    )


def test_channels_have_names_and_numbers() -> None:
    found = [admitting.find_channel(GATEWAY, name) for name in ("native", "1", "2", "3", "9" * 5000)]
    assert [each and each.name for each in found] == ["native", "converted", "native", None, None]


def test_words_tell_group_and_masked_key() -> None:
    values = admitting.name_caller(GATEWAY, Caller("abcdefghijklmno", KeyRow(group="vip")))
    assert values == {"group": "vip", "prefix": "abc", "suffix": "mno", "key": "sk-abc***mno"}
    assert admitting.name_caller(GATEWAY, Caller("short")) == {"group": "default", "key": "***"}


def test_names_of_models_are_repeated_in_part() -> None:
    refusal = admitting.check_request(GATEWAY, Caller("a"), {"model": "gpt-9" + "x" * 10_000})
    assert refusal == Refusal("model_not_found", {"group": "default", "key": "***", "model": f"gpt-9{'x' * 59}..."})
