"""JSONPath with filters: its patterns are linear, its steps are counted, and its mistakes name their place."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsonpath_rfc9535
import pytest
from msgspec.structs import replace

from mockserver.records import budget
from mockserver.records.budget import guard
from mockserver.records.errors import Place, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios.matching import queries
from mockserver.scenarios.matching.conditions import condition
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


BODY = {"messages": [{"role": "user", "content": "a"}] * 50}


def ask(count: int, body: Any = BODY) -> None:
    with guard():
        for number in range(count):
            assert compile_query(f"$..zz{number}", PLACE)(body) == []


def test_steps_of_all_queries_of_a_request_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "LIMITS", replace(budget.LIMITS, request_steps=5_000))
    with pytest.raises(ScenarioError, match="all conditions that were tried take more than 5,000 steps"):
        ask(50)
    ask(2)


MANY: dict[str, Any] = {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}] * 1_000}]}


def test_body_is_made_ready_once_for_all_queries_of_a_request() -> None:
    finds = [compile_query(f"$.messages[-1].role{number}", PLACE) for number in range(1_000)]
    with guard():
        assert not any(find(MANY) for find in finds)


def test_one_path_is_searched_once_for_all_scenarios() -> None:
    finds = [compile_query("$..[?@.text=='b']", PLACE) for _ in range(1_000)]
    with guard():
        assert not any(find(MANY) for find in finds)


def test_queries_meet_their_steps_before_the_time_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: 0.0)
    with pytest.raises(ScenarioError, match=re.escape("file.yaml:3:5: the search for $..zz")) as caught:
        ask(1_000, MANY)
    assert "all conditions that were tried take more than 800,000 steps" in str(caught.value)


def test_requests_within_each_other_search_their_own_bodies() -> None:
    find = compile_query("$..x", PLACE)
    bodies = [{"x": {"y": number}} for number in range(300)]
    with guard():
        assert find(bodies[0]) == [{"y": 0}]
        with guard():
            assert [find(body) for body in bodies] == [[body["x"]] for body in bodies]
        assert find(bodies[0])[0] is bodies[0]["x"]
    assert budget.current_work() is not budget.current_work()


def test_threads_search_their_own_bodies() -> None:
    find = compile_query("$..x", PLACE)

    def search(number: int) -> list[Any]:
        with guard():
            return [found for _ in range(50) for found in find({"x": number})]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(search, range(50))) == [[number] * 50 for number in range(50)]


def test_comparing_what_was_found_is_counted_too() -> None:
    """Lists that count must not be met by the tests of values: their error would be one of ours."""
    items = [0] * 1_000
    compiled = condition({"body": {"$.lists[*]": {"is": [*items[1:], 1]}}})
    with guard():
        assert not compiled.matches(Prompt({"lists": [items] * 100}))
    with guard(), pytest.raises(ScenarioError, match="too large for so many conditions"):
        compiled.matches(Prompt({"lists": [items] * 300}))


def test_time_of_a_request_is_looked_at_before_each_query(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([0.5, 2.0])
    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: next(seconds))
    with pytest.raises(ScenarioError, match="the request takes more than 1 seconds"):
        ask(2)
