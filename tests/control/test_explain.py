"""Explaining: what would answer a request, without using anything up."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from mockserver.control import Explanation
from mockserver.records.call import Call
from tests.control.desk import KEY, Desk

BODY = {"model": "claude-a", "max_tokens": 9, "messages": [{"role": "user", "content": "weather?"}]}


def test_explaining_tells_who_would_answer(desk: Desk) -> None:
    got = desk.ask("POST", "explain", {**BODY, "messages": [{"role": "user", "content": "flaky"}]}, x_mock_session="t")
    assert got.json["answered_by"] == "scenario"
    assert (got.json["scenario"], got.json["place"]) == ("flaky", "weather.yaml:4:5")
    assert [miss["scenario"] for miss in got.json["misses"]] == ["weather"]


def test_explaining_consumes_nothing(desk: Desk) -> None:
    for _ in range(3):
        desk.ask("POST", "explain", {**BODY, "messages": [{"role": "user", "content": "flaky"}]}, x_mock_session="t")
    assert (desk.store.sessions.names(), desk.journal.entries()) == ((), ())


def test_explained_request_may_bring_headers(desk: Desk) -> None:
    wrapped = {"body": BODY, "headers": {"Anthropic-Beta": "x"}, "path": "/v1/messages"}
    desk.ask("POST", "explain?session=t", wrapped, authorization="sk-mine", host="localhost")
    (call,) = desk.explained
    assert (call.session, call.betas, call.key) == ("t", frozenset({"x"}), "sk-mine")
    assert orjson.loads(call.body) == BODY
    assert "host" not in call.headers


def test_explained_path_may_have_a_query(desk: Desk) -> None:
    """As the journal shows it: Claude Code asks so."""
    desk.ask("POST", "explain", {"body": BODY, "path": "/_session/t/v1/messages?beta=true"})
    (call,) = desk.explained
    assert (call.path, call.query, call.session) == ("/v1/messages", "beta=true", "t")


def test_explained_request_keeps_the_key(desk: Desk) -> None:
    desk.ask("POST", "explain", BODY, x_api_key=KEY)
    assert desk.explained[0].session == KEY


def test_refused_request_is_explained(desk: Desk) -> None:
    got = desk.ask("POST", "explain", {"messages": []}).json
    assert (got["answered_by"], got["finding"]["message"]) == ("error", "model: Field required")


def test_fault_of_ours_reaches_the_edge(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the one handler of such faults is."""

    def failing(_: Call) -> Explanation:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.control, "services", replace(desk.control.services, explain=failing))
    with pytest.raises(ZeroDivisionError):
        desk.ask("POST", "explain", BODY, check=False)


@pytest.mark.parametrize("body", [[], b"{", b"", {"body": {}, "heders": {}}, {"body": {}, "headers": {"a": 1}}])
def test_nothing_to_explain_is_refused(desk: Desk, body: Any) -> None:
    assert desk.ask("POST", "explain", body).status == 400


def test_many_misses_are_left_out_and_counted(desk: Desk) -> None:
    many = [{"name": f"s{at}", "when": {"user": f"zebra {at}"}, "reply": "x"} for at in range(150)]
    assert desk.ask("POST", "scenarios", {"scenarios": many}, x_mock_session="t").status < 300
    got = desk.ask(
        "POST", "explain", {"model": "m", "messages": [{"role": "user", "content": "zebra 149"}]}, x_mock_session="t"
    )
    assert len(got.json["misses"]) == 100
    assert got.json["misses_left_out"] > 40
    assert all(miss["scenario"] != "s149" for miss in got.json["misses"])
