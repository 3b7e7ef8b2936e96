"""Words that ask for a tool: names of tools, words that touch characters of another language, and negations."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.compose.generated import language
from tests.compose.generated.test_asking import BM25, CODE, FETCH, MCP, MEMORY, REGEX, SEARCH, used
from tests.generating import WEATHER, reply, text

DEFERRED = [
    {"name": name, "input_schema": {"type": "object"}, "defer_loading": True, "description": about}
    for name, about in (
        ("get_weather", "The weather of a city"),
        ("send-mail", ""),
        ("createIssue", ""),
        ("do_it", ""),
        ("pick_the_best", ""),
        ("stock", "查询股票价格"),
    )
]


@pytest.mark.parametrize("tool", [BM25, REGEX])
@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("use get_weather", "get_weather"),
        ("get weather for Oslo", "get_weather"),
        ("Use GET_WEATHER", "get_weather"),
        ("use send-mail", "send-mail"),
        ("please send a mail", "send-mail"),
        ("call createIssue", "createIssue"),
        ("create an issue for it", "createIssue"),
        ("do_it", "do_it"),
        ("weatherのツールを探して", "get_weather"),
        ("查找weather工具", "get_weather"),
        ("查找股票工具", "stock"),
    ],
)
def test_deferred_tool_is_found_by_its_name(tool: dict[str, Any], asked: str, name: str) -> None:
    _, result, *_ = reply(asked, tools=[tool, *DEFERRED, {**WEATHER, "name": "other"}]).content
    assert result["content"]["tool_references"][0]["tool_name"] == name


@pytest.mark.parametrize(
    "asked", ["Weather, please", "Do it", "What is in stock?", "The weather and the mail", "Pick the ball"]
)
def test_one_word_of_a_name_is_not_enough(asked: str) -> None:
    assert used(asked, [BM25, *DEFERRED]) == []


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("3*4を計算して", "code_execution"),
        ("计算3*4等于多少", "code_execution"),
        ("web_searchを使って", "web_search"),
        ("请用web_search查金价", "web_search"),
        ("お茶が好きだと覚えて", "memory"),
        ("覚えて", "memory"),
        ("use WIKI to find it", "ask_question"),
        ("USE THE WIKI SERVER", "ask_question"),
    ],
)
def test_words_may_touch_other_characters(asked: str, name: str) -> None:
    wiki = {**MCP, "mcp_server_name": "wiki"}
    assert used(asked, [SEARCH, CODE, MEMORY, wiki]) == [name]
    # The server's name loses to no tool of the caller's.
    assert used(asked, [WEATHER, SEARCH, CODE, MEMORY, wiki], tool_choice={"type": "any"}) == [name]


@pytest.mark.parametrize(
    "asked",
    [
        "Don't forget to search the web for parrots",
        "Do not answer without searching the web",
        "Never hesitate to search the web",
        "You can't do it without searching the web",
        "Vergiss nicht im Internet zu suchen",
        "Antworte nicht ohne im Internet zu suchen",
        "No olvides buscar en internet",
        "不要忘记上网搜索",
        "忘れずにウェブで検索して",
        "Can you search the web for parrots? No rush.",
    ],
)
def test_negation_that_is_taken_back_asks(asked: str) -> None:
    assert used(asked, [SEARCH]) == ["web_search"]


@pytest.mark.parametrize(
    "asked",
    [
        "Search the web? No thanks.",
        "Search the web for parrots? No.",
        "Im Internet suchen? Nein, danke.",
        "¿Buscar en internet? No, gracias.",
        "上网搜索？不用了",
        "ウェブで検索する？いいえ",
        "No, I don't want you to search the web",
        "Please answer without web search",
    ],
)
def test_negation_keeps_from_searching(asked: str) -> None:
    assert used(asked, [SEARCH]) == []


def test_url_that_is_not_wanted_is_no_request() -> None:
    assert used("I will not open https://b.org/x", [FETCH]) == []


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("Suche im Web nach Papageien", "de"),
        ("Berechne 3*4", "de"),
        ("Merke dir das", "de"),
        ("calcula 3*4", "es"),
        ("Busca en internet", "es"),
        ("Search the web", "en"),
        ("calculate 3*4", "en"),
    ],
)
def test_short_request_is_answered_in_its_language(asked: str, spoken: str) -> None:
    assert language.detect(asked) == spoken
    assert language.detect(text(reply(asked, tools=[SEARCH, CODE]))) == spoken
