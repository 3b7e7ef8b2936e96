"""JSONPath with filters: its patterns are linear, its steps are counted, and its mistakes name their place."""

from __future__ import annotations

import re
from typing import Any

import jsonpath_rfc9535
import pytest
from msgspec.structs import replace

from mockserver.records import budget
from mockserver.records.budget import guard
from mockserver.records.errors import Place, ScenarioError
from mockserver.scenarios.matching import queries
from mockserver.scenarios.matching.queries import compile_query

PLACE = Place("file.yaml", 3, 5)
TEXTS = ["a", "ab", "Hi there", "a\n", "a\rb", "a\nb", "x.y", "é", "日本", "", "[a]", "a]b", "a\\b", "1-2", "$", "aaa"]
PATTERNS = [
    *("a", "a.", "a.b", ".*", "a$", "^a", "[a-c]+", "[^a]", "[.]", r"\.", r"\\", r"[\]]b", r"\p{L}+", r"\p{Lu}", "日."),
    *("a{2,3}", "(a|b)*", "a|é", r"[\-1]", r"a\nb", "[", "(?=a)", r"\d", "(?i)A", "a**", "[$]"),
]


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("function", ["match", "search"])
def test_patterns_mean_the_same_as_before(function: str, pattern: str) -> None:
    """The package searches with an engine that may take for ever."""
    path = f"$[?{function}(@, $.p)]"
    body: dict[str, Any] = {f"t{at}": text for at, text in enumerate(TEXTS)} | {"p": pattern}
    assert compile_query(path, PLACE)(body) == jsonpath_rfc9535.find(path, body).values()


@pytest.mark.parametrize(
    "path", ["$.messages[?search(@.content, '(a|aa)+$')]", "$.messages[?match(@.content, '(a*)*(b|c)')]"]
)
def test_patterns_take_linear_time(path: str) -> None:
    find = compile_query(path, PLACE)
    assert find({"messages": [{"content": "a" * 5_000 + "!"}]}) == []


@pytest.mark.parametrize("path", ["$..[?count(@..*) > 999999]", "$..*..*..*", "$..[?@..x]", "$..[?count($..*) < 3]"])
def test_steps_are_counted(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(queries, "LIMITS", replace(budget.LIMITS, query_steps=20_000))
    body: dict[str, Any] = {}
    for _ in range(200):
        body = {"a": body, "b": [{}] * 5}
    find = compile_query(path, PLACE)
    with pytest.raises(ScenarioError, match=re.escape(f"file.yaml:3:5: the search for {path} in this request failed")):
        find(body)


def test_large_requests_may_be_searched() -> None:
    body = {"messages": [{"role": "user", "content": [{"type": "text", "text": str(n)}]} for n in range(5_000)]}
    assert compile_query("$..[?@.text == '4999']", PLACE)(body) == [{"type": "text", "text": "4999"}]


def test_deep_requests_may_be_searched() -> None:
    body: dict[str, Any] = {"x": "found"}
    for _ in range(245):
        body = {"a": body}
    assert compile_query("$..x", PLACE)(body) == ["found"]


def ask(count: int) -> None:
    body = {"messages": [{"role": "user", "content": "a"}] * 50}
    with guard():
        for _ in range(count):
            assert compile_query("$..zz", PLACE)(body) == []


def test_steps_of_all_queries_of_a_request_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "LIMITS", replace(budget.LIMITS, request_query_steps=5_000))
    with pytest.raises(ScenarioError, match="all searches in it take more than 5,000 steps"):
        ask(50)
    ask(2)


def test_time_of_a_request_is_looked_at_before_each_query(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.0, 0.5, 2.0])
    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: next(seconds))
    with pytest.raises(ScenarioError, match="the request takes more than 1 seconds"):
        ask(2)
