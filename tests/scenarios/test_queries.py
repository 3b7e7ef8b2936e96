"""JSONPath with filters: its patterns are linear, its steps are counted, and its mistakes name their place."""

from __future__ import annotations

import re
from typing import Any

import jsonpath_rfc9535
import pytest

from mockserver.records.errors import Place, ScenarioError
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
def test_steps_are_counted(path: str) -> None:
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
