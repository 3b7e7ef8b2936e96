"""The functions of this process that scripts name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver import asgi_transport, journey
from mockserver.endpoints.compiler import Compiler
from mockserver.endpoints.functions import FunctionTable
from mockserver.records.call import Call
from mockserver.records.errors import Place, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios import Extensions, Variables
from mockserver.store import Document
from mockserver.store.scripts import WORDS

HERE = Place("test.py", 3)
PROMPT = Prompt({"messages": [{"role": "user", "content": "Hi"}]})


def answer(prompt: Prompt) -> str:
    return prompt.user


def test_functions_stand_for_answers_alone() -> None:
    table = FunctionTable()
    words = {
        "when": {"function": answer},
        "reply": {"function": answer, "times": 2},
        "calls": ["text", {"function": answer}, {"function": "no function"}],
    }
    named = table.name_functions(words, "s", HERE)
    assert (named["when"], named["calls"][0], named["calls"][2]) == (words["when"], "text", {"function": "no function"})
    assert len({named["reply"]["$function"], named["calls"][1]["$function"]}) == 2
    found = table.find_functions(named)
    assert found["reply"]["function"].call is answer
    assert (found["reply"]["times"], found["calls"][1]["function"].name) == (2, "answer")


def test_answers_may_stand_in_a_mapping() -> None:
    table = FunctionTable()
    named = table.name_functions({"turns": {"from": "start", "answers": [{"function": answer}, "b"]}}, "s", HERE)
    assert list(named["turns"]["answers"][0]) == ["$function"]
    assert table.find_functions(named)["turns"]["answers"][0]["function"].call is answer


def test_text_of_a_script_holds_no_function() -> None:
    compiler = Compiler(Extensions())
    named = compiler.functions.name_functions({"name": "a", "reply": {"function": answer}}, "s", HERE)
    (scenario,) = compiler.compile(Document(WORDS, json.dumps(named), "test.py", 3))
    assert scenario.steps[0].answer(Variables(PROMPT)).content[0]["text"] == "Hi"


@pytest.mark.parametrize("is_forgotten", [True, False])
def test_function_that_is_gone_says_so(is_forgotten: bool) -> None:
    first, second = Compiler(Extensions()), Compiler(Extensions())
    named = first.functions.name_functions({"name": "a", "reply": {"function": answer}}, "s", HERE)
    if is_forgotten:
        first.functions.forget("s")
    (scenario,) = (first if is_forgotten else second).compile(Document(WORDS, json.dumps(named), "test.py", 3))
    with pytest.raises(ScenarioError, match="stood here is gone: its session was reset or closed, or another process"):
        scenario.steps[0].answer(Variables(PROMPT))


@pytest.mark.parametrize(
    ("path", "model", "fallbacks", "is_later"),
    [
        ("/v1/messages", "claude-opus-4-8", [], True),
        ("/v1/files", "claude-sonnet-5", [], True),
        # It may answer for the next model.
        ("/v1/messages", "claude-fable-5", [{"model": "claude-opus-4-8"}], True),
        ("/v1/messages", "claude-fable-5", [], False),
    ],
)
def test_event_loop_waits_for_no_function(path: str, model: str, fallbacks: list[Any], is_later: bool) -> None:
    transport = asgi_transport()
    api = transport.session("k")
    api.reply("plain")
    api.when(model="claude-opus-4-8").reply(lambda prompt: prompt.user)
    api.when(path="/v1/files").reply(lambda prompt: prompt.user)
    body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    body |= {"fallbacks": fallbacks} if fallbacks else {}
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01", "anthropic-beta": "server-side-fallback-2026-07-01"}
    concluded = journey.answer(Call("POST", path, headers, json.dumps(body).encode()), transport.mock)
    assert (concluded.later is not None) == is_later
    assert (concluded.later() if concluded.later else concluded).delivery.status == 200
