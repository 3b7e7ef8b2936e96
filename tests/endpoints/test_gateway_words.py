"""What the words of errors say of a call: whoever has the error, they name its model, group, method and path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.endpoints.gating import Gate, told

WORDS = "{method} {path} {model} {group}"
FILE: dict[str, Any] = {
    "errors": {"early": {"status": 451, "texts": WORDS}, "late": {"status": 452, "texts": WORDS, "stage": "relay"}},
    "keys": {"sk-early": "early", "sk-late": "late", "sk-vip": {"group": "vip"}},
    "models": {"late-*": {"error": "late"}, "early-*": {"error": "early"}},
    "channels": [{"name": "down", "models": "down", "error": "late"}, "native"],
    "paths": [{"path": "/v1/gone", "error": "early"}],
}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"key": "sk-early", "model": "m"}, (451, "POST /v1/messages m default")),
        ({"key": "sk-late", "model": "m"}, (452, "POST /v1/messages m default")),
        ({"key": "sk-vip", "model": "early-1"}, (451, "POST /v1/messages early-1 vip")),
        ({"key": "sk-vip", "model": "late-1"}, (452, "POST /v1/messages late-1 vip")),
        ({"key": "sk-vip", "model": "down"}, (452, "POST /v1/messages down vip")),
        ({"key": "sk-vip", "model": "m", "path": "/v1/gone"}, (451, "POST /v1/gone m vip")),
        ({"key": "sk-vip", "model": "m", "path": "/up/v1/gone"}, (451, "POST /v1/gone m vip")),
        ({"key": "sk-early", "model": 7}, (451, "POST /v1/messages  default")),
    ],
)
def test_words_name_the_call(tmp_path: Path, asked: dict[str, Any], said: tuple[int, str]) -> None:
    assert told(Gate(tmp_path / "gate.yaml", FILE).ask(**asked))[:2] == said


def test_what_a_caller_sends_is_not_filled_in(tmp_path: Path) -> None:
    """A model may be named like a place for another word."""
    gate = Gate(tmp_path / "gate.yaml", {**FILE, "models": {"*{*": {"error": "early"}}})
    assert told(gate.ask(key="sk-vip", model="{group}{path}"))[1] == "POST /v1/messages {group}{path} vip"
    gate = Gate(tmp_path / "gate.yaml", FILE)
    gate.api.error(gateway="late")
    assert told(gate.ask(model="{method}{path}"))[1] == "POST /v1/messages {method}{path} default"


def test_words_of_a_row_may_name_the_call(tmp_path: Path) -> None:
    row = {"status": 451, "texts": "{why}", "values": {"why": "no {model}"}}
    gate = Gate(tmp_path / "gate.yaml", {"errors": {"early": row}, "keys": {"sk-early": "early"}})
    assert told(gate.ask(key="sk-early", model="m"))[1] == "no m"


def test_what_the_server_tells_those_who_write_scenarios_is_not_masked(tmp_path: Path) -> None:
    gate = Gate(tmp_path / "gate.yaml", {"language": "en"})
    gate.api.when(user="greet.me.com").reply("Hello.")
    gate.api.configure(unmatched="error")
    status, message = told(gate.ask("no"))[:2]
    assert status == 404
    assert "greet.me.com" in message
    gate.api.calls([{"error": {"status": 400, "message": "at greet.me.com"}}])
    assert told(gate.ask("no"))[1] == "at ***.***.com"


@pytest.mark.parametrize("body", [None, False, 0, "", [], {}])
def test_paths_answer_any_json(tmp_path: Path, body: Any) -> None:
    gate = Gate(tmp_path / "gate.yaml", {"paths": [{"path": "/v1/x", "body": body}]})
    delivery = gate.ask(path="/v1/x").delivery
    assert (delivery.status, orjson.loads(b"".join(piece.data for piece in delivery.pieces))) == (200, body)


@pytest.mark.parametrize(
    ("error", "path", "message"),
    [
        (429, "/v1/chat/completions", "The upstream of this group is saturated, please try again later"),
        ("rate_limit_error", "/v1/chat/completions", "The upstream of this group is saturated, please try again later"),
        (429, "/v1/messages", "bad response status code 429"),
        (503, "/v1/chat/completions", "bad response status code 503"),
    ],
)
def test_one_api_says_of_any_busy_channel_that_it_is_saturated(
    tmp_path: Path, error: int | str, path: str, message: str
) -> None:
    words = {"like": "one-api", "language": "en", "wires": ["messages", "chat"]}
    gate = Gate(tmp_path / "gate.yaml", {**words, "channels": [{"name": "busy", "error": error}]})
    assert told(gate.ask(path=path))[1] == message
