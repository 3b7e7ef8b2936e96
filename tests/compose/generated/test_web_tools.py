"""What a generated answer searches for and fetches: the URLs as the user wrote them, within the limits of the tool."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compose.generated.test_asking import FETCH, SEARCH, used
from tests.compose.generated.test_pending import pause
from tests.generating import reply

ANY = {"type": "any"}
PAGES = [{"type": "web_search_result", "title": "T", "url": f"https://{host}.org/found"} for host in "ab"]


def fetched(asked: str | list[Any], tool: dict[str, Any] = FETCH, **more: Any) -> list[tuple[str, str]]:
    """The URLs that are fetched, each with the error, "" when there is none."""
    content = reply(asked, tools=[tool], **more).content
    urls = [block["input"]["url"] for block in content if block["type"] == "server_tool_use"]
    results = [block["content"] for block in content if block["type"] == "web_fetch_tool_result"]
    return [(url, result.get("error_code", "")) for url, result in zip(urls, results, strict=True)]


@pytest.mark.parametrize(
    ("asked", "url"),
    [
        ("fetch HTTPS://B.ORG/X", "HTTPS://B.ORG/X"),
        ("fetch https://b.org/x_(y)", "https://b.org/x_(y)"),
        ("fetch https://b.org/x_(y)_(z), please", "https://b.org/x_(y)_(z)"),
        ("Read (the page) at (https://b.org/x).", "https://b.org/x"),
        ("Please read https://münchen.de/", "https://münchen.de/"),
        ("Please read [this](https://b.org/x)", "https://b.org/x"),
        ("Read [the whole page](https://b.org/x_(y)) now", "https://b.org/x_(y)"),
        ("fetch 'https://b.org/x'", "https://b.org/x"),
        ("fetch `https://b.org/x`.", "https://b.org/x"),
        ("fetch **https://b.org/x**", "https://b.org/x"),
        ("fetch <https://b.org/x>", "https://b.org/x"),
        ("Lies „https://b.org/x“", "https://b.org/x"),
        ("请打开「https://b.org/x」看看", "https://b.org/x"),
        ("https://b.org/xを要約して", "https://b.org/x"),
        ("I will not open https://b.org/x; fetch https://c.org/y", "https://c.org/y"),
    ],
)
def test_url_is_read_as_written(asked: str, url: str) -> None:
    assert fetched(asked) == [(url, "")]


THREE = "fetch https://a.org/1 and https://a.org/2 and https://a.org/3"


@pytest.mark.parametrize(("most", "codes"), [(1, ["", "max_uses_exceeded"]), (2, ["", "", "max_uses_exceeded"])])
def test_no_more_pages_than_the_tool_allows(most: int, codes: list[str]) -> None:
    assert [code for _, code in fetched(THREE, {**FETCH, "max_uses": most})] == codes
    assert [code for _, code in fetched(THREE, {**FETCH, "max_uses": 3})] == ["", "", ""]


@pytest.mark.parametrize(
    ("tool", "given"), [(SEARCH, {"query": "gold"}), (FETCH, {"url": "https://a.org/"})], ids=["search", "fetch"]
)
def test_paused_answer_keeps_to_the_limit(tool: dict[str, Any], given: dict[str, Any]) -> None:
    asked = pause(tool["name"], given)
    asked[1]["content"].append({**asked[1]["content"][0], "id": "srvtoolu_2"})
    first, second, *_ = reply(asked, tools=[{**tool, "max_uses": 1}]).content
    assert "error_code" not in first["content"]
    assert second["content"] == {"type": f"{tool['name']}_tool_result_error", "error_code": "max_uses_exceeded"}


def test_limits_of_length() -> None:
    assert fetched(f"fetch https://a.org/{'x' * 236}")[0][1] == ""
    assert fetched(f"fetch https://a.org/{'x' * 237}")[0][1] == "url_too_long"
    result, *_ = reply(pause("web_search", {"query": "x" * 300_000}), tools=[SEARCH]).content
    assert result["content"] == {"type": "web_search_tool_result_error", "error_code": "query_too_long"}


@pytest.mark.parametrize("most", [10, 25])
def test_page_is_cut(most: int) -> None:
    page = reply("fetch https://a.org/1", tools=[{**FETCH, "max_content_tokens": most}]).content[1]["content"]
    assert 0 < len(page["content"]["source"]["data"]) <= 4 * most


def test_url_that_nobody_gave_is_refused() -> None:
    assert fetched("Fetch the page") == [("https://example.com/", "url_not_in_prior_context")]
    assert fetched("Hello", tool_choice=ANY)[0][1] == "url_not_in_prior_context"


def search(content: Any) -> list[Any]:
    use = {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "gold"}}
    result = {"type": "web_search_tool_result", "tool_use_id": "s1", "content": content}
    return [{"role": "user", "content": "Search the web"}, {"role": "assistant", "content": [use, result]}]


@pytest.mark.parametrize(
    "asked",
    [
        "Fetch the first result",
        "Open the top search result",
        "Lies das erste Ergebnis",
        "Abre el primer resultado",
        "打开第一个结果",
        "最初の結果を開いて",
    ],
)
def test_first_result_is_fetched(asked: str) -> None:
    assert fetched([*search(PAGES), {"role": "user", "content": asked}]) == [("https://a.org/found", "")]


@pytest.mark.parametrize("content", [{"type": "web_search_tool_result_error", "error_code": "unavailable"}, [7], []])
def test_odd_results_have_no_url(content: Any) -> None:
    asked = [*search(content), {"role": "user", "content": "Fetch the page"}]
    assert fetched(asked)[0][1] == "url_not_in_prior_context"


def test_urls_of_the_context_are_fetched() -> None:
    assert fetched("Fetch the page", system="See https://s.org/") == [("https://s.org/", "")]
    use = {"type": "tool_use", "id": "t1", "name": "x", "input": {}}
    for result in ("https://r.org/ is it", [{"type": "text", "text": "https://r.org/"}]):
        answered = {"type": "tool_result", "tool_use_id": "t1", "content": result}
        beside = {"type": "text", "text": "Fetch the page"}
        asked = [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [answered, beside]},
        ]
        assert fetched(asked) == [("https://r.org/", "")]


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ("Perform a web search for the query: parrots 2026", "parrots 2026"),
        ("Search the web for parrots, then fetch https://a.org", "parrots"),
        ("Search the web for parrots and then tell me more", "parrots"),
        ("Search the web for cats and dogs", "cats and dogs"),
        ('Search the web for "parrots, 2026" and sum it up', "parrots, 2026"),
        ("Use web search to find the query language of GitHub", "the query language of GitHub"),
        ("Suche im Internet nach Gold und nenne den Preis", "Gold"),
        ("Busca en internet el precio del oro y luego dime cuánto", "el precio del oro"),
        ("上网搜索今天的金价，然后告诉我", "今天的金价"),
    ],
)
def test_query_is_what_to_search_for(asked: str, query: str) -> None:
    assert reply(asked, tools=[SEARCH]).content[0]["input"] == {"query": query}


def test_url_behind_the_query_is_fetched() -> None:
    assert used("Search the web for parrots, then fetch https://a.org", [SEARCH, FETCH]) == ["web_search", "web_fetch"]
