"""What the chat wire says of every kind of message fits the schemas of the openai SDK, in each form of answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.records.reply import Reply
from mockserver.reference import schemas
from mockserver.wires.chat.forms import FORMS
from mockserver.wires.chat.wire import make_wire
from tests.message_cases import BLOCKS, message

# The forms of answers, with what stands before the names of their schemas.
PREFIXES = {"openai": "", "new-api": "new_api_", "one-api": "one_api_"}
ASKED: list[dict[str, Any]] = [
    {"created": 1, "n": 1, "include_usage": False, "model": "gpt-4o"},
    {"created": 1, "n": 3, "include_usage": True, "model": "gpt-4o"},
]
STOPS = [
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
]


def check(name: str, body: Any) -> None:
    errors = schemas.response_validator(name).iter_errors(body)
    assert [(list(error.instance_path), error.message) for error in errors] == [], body


def check_answers(given: dict[str, Any], form: str) -> None:
    wire = make_wire(FORMS[form])
    for asked in ASKED:
        reply = Reply(message=given, form=asked)
        check(f"{PREFIXES[form]}chat_completion", json.loads(wire.write(reply)))
        frames = wire.stream(reply)[0].decode().split("\n\n")
        assert frames[-2:] == ["data: [DONE]", ""]
        for frame in frames[:-2]:
            check(f"{PREFIXES[form]}chat_chunk", json.loads(frame.removeprefix("data: ")))


def test_every_form_has_schemas() -> None:
    assert PREFIXES.keys() == FORMS.keys()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", [name for name in BLOCKS if "wrong" not in name])
def test_every_block_is_said_in_the_words_of_the_sdk(name: str, form: str) -> None:
    check_answers(message(BLOCKS[name], BLOCKS["text"]), form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reason", STOPS)
def test_every_stop_reason_is_said_in_the_words_of_the_form(reason: str, form: str) -> None:
    check_answers({**message(BLOCKS["text"]), "stop_reason": reason}, form)


@pytest.mark.parametrize("form", FORMS)
def test_empty_message_is_said_in_the_words_of_the_form(form: str) -> None:
    check_answers(message(), form)
