"""``literal: true``: braces in the texts of an answer are no placeholders."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.scenarios import Variables, parse
from mockserver.scenarios.format.answers import FIELDS
from mockserver.scenarios.format.files import DEFAULT_KEYS

BRACES = "{{ name }} {% if %} {{"
LITERAL: dict[str, Any] = {
    "text": {"text": BRACES},
    "texts": {"text": [BRACES, "plain"]},
    "json": {"json": {"a": [BRACES]}},
    "content": {"content": [BRACES, {"type": "text", "text": BRACES}, {"thinking": BRACES}]},
    "tool input": {"tool_use": {"name": "look", "input": {"template": BRACES}}},
    "server tool": {"web_search": {"query": BRACES, "results": [{"url": "https://example.org", "title": BRACES}]}},
    "model": {"text": "a", "model": BRACES},
    "stop_details": {"refusal": {"explanation": BRACES}},
    "extra": {"text": "a", "extra": {"more": BRACES}},
    "headers": {"text": "a", "headers": {"x-template": BRACES}},
    "error": {"error": {"type": "api_error", "message": BRACES}},
    "raw body": {"raw": {"body": BRACES}},
    "raw json": {"raw": {"json": {"a": BRACES}}},
}


def answer_of(answer: Any, **document: Any) -> Answer:
    scenario = {"when": {"user": "a"}, "reply": answer}
    (read,) = parse({"scenarios": [scenario], **document}, "test.yaml")
    return read.steps[0].answer(Variables(Prompt({"messages": []}), session="s7"))


def dump(answer: Answer) -> str:
    parts = (answer.content, answer.model, answer.extra, answer.headers, answer.error, answer.raw, answer.stop_details)
    return orjson.dumps(parts, default=lambda value: value.decode()).decode().replace('\\"', '"')


@pytest.mark.parametrize("words", LITERAL.values(), ids=LITERAL)
def test_braces_are_text_in_a_literal_answer(words: dict[str, Any]) -> None:
    assert BRACES in dump(answer_of({**words, "literal": True}))
    with pytest.raises(ScenarioError, match="placeholder"):
        answer_of(words)


@pytest.mark.parametrize("words", LITERAL.values(), ids=LITERAL)
def test_defaults_make_the_answers_of_a_file_literal(words: dict[str, Any]) -> None:
    assert BRACES in dump(answer_of(words, defaults={"answer": {"literal": True}}))


def test_a_text_alone_is_literal_by_default_too() -> None:
    assert BRACES in dump(answer_of(BRACES, defaults={"answer": {"literal": True}}))


def test_an_answer_takes_its_placeholders_back() -> None:
    answer = answer_of({"text": "{{ session }}", "literal": False}, defaults={"answer": {"literal": True}})
    assert answer.content[0]["text"] == "s7"


def test_defaults_say_for_themselves_whether_they_are_literal() -> None:
    """A literal answer keeps the placeholders of the defaults, a default that is literal keeps its braces."""
    headers = {"x-session": "{{ session }}"}
    open_ = answer_of({"text": BRACES, "literal": True}, defaults={"answer": {"headers": headers}})
    assert (open_.content[0]["text"], open_.headers["x-session"]) == (BRACES, "s7")
    closed = answer_of(
        {"text": "{{ session }}", "literal": False}, defaults={"answer": {"headers": headers, "literal": True}}
    )
    assert (closed.content[0]["text"], closed.headers["x-session"]) == ("s7", "{{ session }}")


def test_a_literal_text_stands_for_no_value_of_another_kind() -> None:
    with pytest.raises(ScenarioError, match="output_tokens: expected a whole number from 0"):
        answer_of({"text": "a", "usage": {"output_tokens": "{{ 5 }}"}, "literal": True})


def test_a_literal_answer_is_built_once() -> None:
    (read,) = parse({"reply": {"text": BRACES, "literal": True}}, "test.yaml")
    assert read.steps[0].constant is not None


@pytest.mark.parametrize("value", ["{{ true }}", "yes", 1, None])
def test_literal_is_true_or_false(value: Any) -> None:
    with pytest.raises(ScenarioError, match="literal: expected true or false"):
        answer_of({"text": "a", "literal": value})


def test_literal_is_a_key_of_answers_and_of_defaults() -> None:
    assert "literal" in FIELDS
    assert "literal" in DEFAULT_KEYS
