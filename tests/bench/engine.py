"""What the stages cost: checking against parsing, matching many scenarios against matching few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from mockserver import catalog, scenarios, tokens
from mockserver.assembly import HOOKS
from mockserver.call import Prompt
from mockserver.validation import Aids, Checker

from .rows import Row, seconds

VERSION = "2023-06-01"
WORD = "The build failed again because the second module was not found on the path. "


def conversation(trips: int, tools: int) -> dict[str, Any]:
    """An agent's conversation: ``trips`` tool round trips, two messages each, about 2 kB a trip."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": "Fix the build."}]
    for number in range(trips):
        use = {
            "type": "tool_use",
            "id": f"toolu_{number}",
            "name": f"tool_{number % tools}",
            "input": {"path": WORD[:40]},
        }
        messages.append({"role": "assistant", "content": [{"type": "text", "text": WORD * 2}, use]})
        result = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": WORD * 16}
        messages.append({"role": "user", "content": [result]})
    return {
        "model": "claude-opus-4-8",
        "max_tokens": 1024,
        "system": WORD,
        "tools": [
            {
                "name": f"tool_{number}",
                "description": WORD,
                "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]},
            }
            for number in range(tools)
        ],
        "messages": messages,
    }


def rows() -> Iterator[Row]:
    yield from checking()
    yield from matching()


def checking() -> Iterator[Row]:
    checker, aids = Checker("anthropic"), Aids(count=_count)
    large = orjson.dumps(conversation(100, 40))
    double = orjson.dumps(conversation(200, 40))

    def check(body: bytes) -> None:
        assert checker.check(body, "messages", VERSION, frozenset(), aids).finding is None

    parse = seconds(lambda: orjson.loads(large), repeat=20)
    once = seconds(lambda: check(large), repeat=10) - parse
    twice = seconds(lambda: check(double), repeat=10) - seconds(lambda: orjson.loads(double), repeat=20)
    yield Row(f"checking {len(large) // 1000} kB / parsing it", once / parse, at_most=5)
    yield Row("checking twice the body / checking it", twice / once, at_most=2.5)
    broken = conversation(100, 40)
    broken["messages"][-1]["content"][0]["content"] = [{"type": "text", "txt": "x"}]
    bad = orjson.dumps(broken)
    explained = seconds(lambda: checker.check(bad, "messages", VERSION, frozenset(), aids))
    yield Row("explaining a refusal of that body", explained * 1000, unit="ms", at_most=50)


def _count(body: Mapping[str, Any]) -> int:
    return tokens.count_request(body, catalog.lookup(str(body["model"])))


def matching() -> Iterator[Row]:
    few, many = (_choosing(number) for number in (10, 1000))
    yield Row("matching 1,000 scenarios / matching 10", many / few, at_most=2)


def _choosing(number: int) -> float:
    rules = [
        {
            "name": f"n{index}",
            "when": {"model": "claude-*", "user": f"question number {index:04}"},
            "reply": {"text": "x"},
        }
        for index in range(number)
    ]
    loaded = scenarios.ScenarioSet(scenarios.parse({"scenarios": rules}, "bench", HOOKS))
    body = {
        "model": "claude-opus-5",
        "messages": [{"role": "user", "content": f"Now question number {number - 1:04}, please."}],
    }

    def choose() -> None:
        assert scenarios.choose(loaded, Prompt(body), {}).scenario is not None

    choose()
    return seconds(choose, rounds=9, repeat=500)
