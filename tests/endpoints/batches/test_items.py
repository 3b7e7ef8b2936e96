"""The requests of a batch: answered by the scenarios and rules of single ones, in their order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer
from mockserver.testing.session import MockSession
from tests.endpoints.batches.calling import PARAMS, Json, client, create, item, read_rows, results
from tests.scenarios.test_fixtures import EXAMPLES, ROOT

WRONG: dict[str, tuple[Json, str, str]] = {
    "stream": ({"stream": True}, "invalid_request_error", '"stream=True" is not supported in the Message Batches API'),
    "model": ({"model": "claude-none"}, "not_found_error", "model: claude-none"),
    "no messages": ({"messages": []}, "invalid_request_error", "messages: at least one message is required"),
    "unknown key": ({"cache_hint": "x"}, "invalid_request_error", "cache_hint: Extra inputs are not permitted"),
    "no tokens": ({"max_tokens": 0}, "invalid_request_error", "max_tokens: must be greater than or equal to 1"),
    "too many tokens": (
        {"max_tokens": 200_000},
        "invalid_request_error",
        "max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for claude-opus-5",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_request_is_an_errored_row(case: str) -> None:
    params, kind, message = WRONG[case]
    with client() as caller:
        found = results(caller, item("good"), item("bad", **params), item("good-2"))
    error = {"details": {"error_visibility": "user_facing"}, "type": kind, "message": message}
    assert found["bad"] == {"type": "errored", "error": {"type": "error", "error": error, "request_id": None}}
    assert (found["good"]["type"], found["good-2"]["type"]) == ("succeeded", "succeeded")


LIVE = {
    "speed": ("fast", "fast-mode-2026-02-01"),
    "fallbacks": ("default", "server-side-fallback-2026-07-01"),
    "thread": ({"store": True}, ""),
}


@pytest.mark.parametrize("key", LIVE)
def test_what_needs_an_answer_at_once_is_an_errored_row(key: str) -> None:
    """Without a version all betas are allowed; how each key is refused without its beta is not a matter of batches."""
    with client(profile="relay") as caller:
        del caller.headers["anthropic-version"]
        found = results(caller, item("a", **{key: LIVE[key][0]}))["a"]
    assert found["type"] == "errored"
    assert key in found["error"]["error"]["message"]


def test_beta_of_the_call_lets_answers_be_longer() -> None:
    with client() as caller:
        longer = item("a", max_tokens=300_000)
        headers = {"anthropic-beta": "output-300k-2026-03-24"}
        assert results(caller, longer)["a"]["type"] == "errored"
        assert results(caller, longer, headers=headers)["a"]["type"] == "succeeded"


def test_version_of_the_call_holds_for_requests() -> None:
    sampled = item("a", temperature=1.0)
    with client() as caller:
        assert results(caller, sampled)["a"]["type"] == "succeeded"
        found = results(caller, sampled, headers={"anthropic-version": "2026-10-21"})["a"]
    assert "temperature" in found["error"]["error"]["message"]


def test_message_is_that_of_a_single_request_but_for_its_tier() -> None:
    with client() as caller:
        single = caller.post("/v1/messages", json=PARAMS).raise_for_status().json()
        found = results(caller, item("a"))["a"]["message"]
    assert (single["usage"].pop("service_tier"), found["usage"].pop("service_tier")) == ("standard", "batch")
    assert single.pop("id") != found.pop("id")
    assert found == single


def test_answers_are_used_up_in_the_order_of_the_list(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("scenarios: [{name: counted, calls: [one, two, three, {text: more, times: 9}]}]")
    with client(tmp_path) as caller:
        caller.post("/v1/messages", json=PARAMS).raise_for_status()
        found = results(caller, *(item(name) for name in "zay"))
    assert [found[name]["message"]["content"][0]["text"] for name in "zay"] == ["two", "three", "more"]


SCENARIOS = """
scenarios:
  - {name: single, when: {batch: false}, reply: single}
  - {name: mine, when: {custom_id: [mine, {starts_with: our-}]}, reply: 'I am {{ prompt.custom_id }}.'}
  - {name: broken, when: {custom_id: broken}, reply: {text: gone, fault: disconnect}}
  - {name: raw, when: {custom_id: raw}, reply: {raw: {status: 502, body: bad gateway}}}
  - {name: busy, when: {custom_id: busy}, reply: {error: overloaded_error}}
  - {name: coded, when: {custom_id: coded}, reply: {error: {type: billing_error, error_code: spent}}}
  - {name: paced, when: {custom_id: paced}, reply: {text: slow, pace: {first: 1m}}}
"""


def test_scenarios_tell_requests_of_batches(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(SCENARIOS)
    names = ("mine", "our-1", "broken", "raw", "busy", "coded", "paced", "other")
    with client(tmp_path, unmatched="error") as caller:
        assert caller.post("/v1/messages", json=PARAMS).json()["content"][0]["text"] == "single"
        found = results(caller, *map(item, names))
    texts = [found[name]["message"]["content"][0]["text"] for name in ("mine", "our-1", "paced")]
    assert texts == ["I am mine.", "I am our-1.", "slow"]
    errors = {name: found[name]["error"]["error"] for name in ("broken", "raw", "busy", "coded", "other")}
    kinds = [error["type"] for error in errors.values()]
    assert kinds == ["api_error", "api_error", "overloaded_error", "billing_error", "not_found_error"]
    assert errors["coded"]["details"] == {"error_visibility": "user_facing", "error_code": "spent"}
    assert errors["other"]["message"].startswith("No scenario fits")


@contextmanager
def session() -> Iterator[tuple[MockSession, httpx.Client]]:
    with MockServer() as server:
        api = server.session("k")
        with httpx.Client(transport=api.transport, base_url="http://test", headers={"x-api-key": "k"}) as caller:
            yield api, caller


def test_planned_faults_wait_for_answers_that_travel() -> None:
    with session() as (api, caller):
        api.fault("empty_body")
        assert results(caller, item("a"))["a"]["type"] == "succeeded"
        assert caller.post("/v1/messages", json=PARAMS).content == b""


def test_functions_answer_requests() -> None:
    with session() as (api, caller):
        api.reply(lambda prompt: f"{prompt.custom_id} asks {prompt.user}")
        found = results(caller, item("a"), item("b"))
    assert found["b"]["message"]["content"][0]["text"] == "b asks Hi"


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_lenient_validation_holds_for_requests(mode: str) -> None:
    with client(validation=mode) as caller:
        found = results(caller, item("a", more=1), item("b", messages="x"))
    assert (found["a"]["type"], found["b"]["type"]) == ("succeeded", "errored")


def test_thread_of_a_request_is_not_looked_for() -> None:
    with client(profile="relay", validation="warn") as caller:
        del caller.headers["anthropic-version"]
        found = results(caller, item("a", thread={"type": "continue", "previous_message_id": "msg_0"}))["a"]
    assert found["type"] == "succeeded"


def test_part_of_requests_fails_by_plan(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("{batches: {fail: 20%, expire: 1}, scenarios: [{calls: [a, b, c, d, {text: e}]}]}")
    names = [f"i{number}" for number in range(10)]
    with client(tmp_path) as caller:
        found = results(caller, *map(item, names))
    kinds = [found[name]["type"] for name in names]
    assert (kinds.count("succeeded") + kinds.count("errored"), kinds[-1]) == (9, "expired")
    assert 1 <= kinds.count("errored") <= 2
    # Those that fail use up no answer.
    texts = [each["message"]["content"][0]["text"] for each in found.values() if each["type"] == "succeeded"]
    assert texts[:5] == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize("name", [name for name, example in EXAMPLES.items() if "custom_id" in example])
def test_example_is_served(name: str) -> None:
    example: dict[str, Any] = EXAMPLES[name]
    messages = [{"role": "user", "content": example["user"]}]
    with client(ROOT / "fixtures", profile="relay") as caller:
        name = create(caller, item(example["custom_id"], messages=messages))["id"]
        assert caller.post(f"/_mock/batches/{name}/finish").raise_for_status().json()["processing_status"] == "ended"
        (row,) = read_rows(caller, name)
    assert row["result"]["type"] == ("succeeded" if "says" in example else "errored")
    assert example.get("says", "Overloaded") in str(row)
