"""What the stages cost: checking against parsing, matching many scenarios against matching few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from mockserver import journey, scenarios
from mockserver.blocks.counting import count_request
from mockserver.records.call import Call
from mockserver.records.prompt import Prompt
from mockserver.records.settings import Settings
from mockserver.reference import catalog
from mockserver.serving.assembly import HOOKS, build
from mockserver.validation import Checker, Lookups

from .rows import Row, ratio, seconds

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
    yield from missing()


def checking() -> Iterator[Row]:
    checker, lookups = Checker("anthropic"), Lookups(count=_count)
    large = orjson.dumps(conversation(100, 40))
    double = orjson.dumps(conversation(200, 40))

    def check(body: bytes) -> None:
        assert checker.check(body, "messages", VERSION, frozenset(), lookups).finding is None

    # A check parses first, and what it does besides is meant.
    besides = ratio(lambda: check(large), lambda: orjson.loads(large), repeat=(10, 20)) - 1
    yield Row(f"checking {len(large) // 1000} kB / parsing it", besides, at_most=5)
    twice = ratio(lambda: check(double), lambda: check(large), repeat=(5, 10))
    yield Row("checking twice the body / checking it", twice, at_most=2.5)
    yield Row("checking 10 times as many merged messages", ratio(merged(1000), merged(100), repeat=(3, 30)), at_most=15)
    yield Row(
        "counting the tokens of 4 times the text", ratio(counted(8_000), counted(2_000), repeat=(1, 4)), at_most=8
    )
    broken = conversation(100, 40)
    broken["messages"][-1]["content"][0]["content"] = [{"type": "text", "txt": "x"}]
    bad = orjson.dumps(broken)
    explained = seconds(lambda: checker.check(bad, "messages", VERSION, frozenset(), lookups))
    yield Row("explaining a refusal of that body", explained * 1000, unit="ms", at_most=50)


def check_time(body: bytes) -> float:
    """Seconds that checking a good body takes, schema and rules, without parsing it."""
    checker, lookups = Checker(), Lookups(count=_count)

    def check() -> None:
        assert checker.check(body, "messages", VERSION, frozenset(), lookups).finding is None

    check()
    return seconds(check, rounds=9, repeat=500) - seconds(lambda: orjson.loads(body), repeat=500)


def _count(body: Mapping[str, Any]) -> int:
    return count_request(body, catalog.lookup(str(body["model"])))


def merged(number: int) -> Callable[[], object]:
    """Checks so many messages of one role, which the API merges into one turn."""
    block = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
    messages = [{"role": "user", "content": [block, block]} for _ in range(number)]
    data = orjson.dumps({"model": "claude-opus-5", "max_tokens": 1000, "messages": messages})
    checker = Checker("anthropic")
    return lambda: checker.check(data, "messages", VERSION, frozenset())


def counted(sentences: int) -> Callable[[], object]:
    """Counts the tokens of so many sentences."""
    body = {"model": "claude-opus-4-8", "messages": [{"role": "user", "content": WORD * sentences}]}
    return lambda: _count(body)


def matching() -> Iterator[Row]:
    few, many = (_choosing(number) for number in (10, 1000))
    yield Row("matching 1,000 scenarios / matching 10", ratio(many, few, repeat=(300, 300)), at_most=2)


def missing() -> Iterator[Row]:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "many.json"
        file.write_bytes(orjson.dumps({"scenarios": _scenarios(1000)}))
        mock = build(Settings(fixtures=(str(file),), unmatched="error"))
    body = {"model": "claude-opus-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Something else."}]}
    call = Call("POST", "/v1/messages", {"x-api-key": "bench"}, orjson.dumps(body))

    def miss() -> None:
        assert journey.answer(call, mock).delivery.status == 404

    miss()
    yield Row("404 of 1,000 scenarios", seconds(miss, repeat=5) * 1000, unit="ms", at_most=50)


def _scenarios(number: int) -> list[dict[str, Any]]:
    return [
        {
            "name": f"n{index}",
            "when": {"model": "claude-*", "user": f"question number {index:04}"},
            "reply": {"text": "x"},
        }
        for index in range(number)
    ]


def _choosing(number: int) -> Callable[[], object]:
    loaded = scenarios.ScenarioSet(scenarios.parse({"scenarios": _scenarios(number)}, "bench", HOOKS))
    body = {
        "model": "claude-opus-5",
        "messages": [{"role": "user", "content": f"Now question number {number - 1:04}, please."}],
    }

    def choose() -> None:
        assert scenarios.choose(loaded, Prompt(body), {}).scenario is not None

    choose()
    return choose
