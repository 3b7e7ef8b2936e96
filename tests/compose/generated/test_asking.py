"""Which of the API's own tools a user's text asks for: by its words, once, and not when it says that it does not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.generating import WEATHER, kinds, reply, text

SEARCH: dict[str, Any] = {"type": "web_search_20250305", "name": "web_search"}
FETCH: dict[str, Any] = {"type": "web_fetch_20250910", "name": "web_fetch"}
CODE: dict[str, Any] = {"type": "code_execution_20260521", "name": "code_execution"}
BM25: dict[str, Any] = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}
REGEX: dict[str, Any] = {"type": "tool_search_tool_regex_20251119", "name": "tool_search_tool_regex"}
ADVISOR: dict[str, Any] = {"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-4-8"}
MEMORY: dict[str, Any] = {"type": "memory_20250818", "name": "memory"}
BASH: dict[str, Any] = {"type": "bash_20250124", "name": "bash"}
EDITOR: dict[str, Any] = {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"}
COMPUTER: dict[str, Any] = {"type": "computer_20251124", "name": "computer"}
BROWSER: dict[str, Any] = {"type": "browser_toolset_20260801"}
MCP: dict[str, Any] = {"type": "mcp_toolset", "mcp_server_name": "deep-wiki", "configs": {"ask_question": {}}}
RATE = {"name": "get_exchange_rate", "input_schema": {"type": "object"}, "defer_loading": True}
ALL = [SEARCH, FETCH, CODE, BM25, ADVISOR, MEMORY, BASH, EDITOR, COMPUTER, BROWSER, MCP, WEATHER, RATE]

ASKED = [
    ("web_search", "Search the web for the price of gold."),
    ("web_search", "Please use web search to find the documentation"),
    ("web_search", "Please also look up the price of Ethereum on that date"),
    ("web_search", "What is the latest news from Oslo?"),
    ("web_search", "If you are not sure, search the web."),
    ("web_search", "Can't you search online?"),
    ("web_search", "上网搜索今天的金价"),
    ("web_search", "请在网上查一下金价"),
    ("web_search", "Suche im Internet nach dem Goldpreis"),
    ("web_search", "Mach bitte eine Websuche zum Goldpreis"),
    ("web_search", "Busca en internet el precio del oro"),
    ("web_search", "Haz una búsqueda web"),
    ("web_search", "ウェブで金の価格を検索してください"),
    ("web_search", "ネットで調べて"),
    ("web_search", "web search cats"),
    ("web_search", "Web search: cats"),
    ("web_search", "websearch cats"),
    ("web_search", "search cats"),
    ("web_search", "web検索 猫"),
    ("web_search", "Durchsuche das Web nach Katzen"),
    ("web_fetch", "Fetch https://example.com/a.html and sum it up."),
    ("web_fetch", "What's the first movie listed on https://example.com/films?"),
    ("web_fetch", "请打开https://example.com看看"),
    ("web_fetch", "Fasse https://example.com/a zusammen"),
    ("web_fetch", "Resume https://example.com/a"),
    ("web_fetch", "https://example.com/a を要約して"),
    ("code_execution", "How much is 3 * 12390?"),
    ("code_execution", "Run python to sort these names"),
    ("code_execution", "Calculate the median."),
    ("code_execution", "Create a CSV file with three rows"),
    ("code_execution", "计算中位数"),
    ("code_execution", "Berechne den Median"),
    ("code_execution", "Calcula la mediana"),
    ("code_execution", "Pythonで並べ替えて"),
    ("tool_search_tool_bm25", "Find the exchange-rate tool."),
    ("tool_search_tool_bm25", "What is the USD exchange rate?"),
    ("tool_search_tool_bm25", "查找汇率工具"),
    ("advisor", "Ask the advisor before you begin."),
    ("advisor", "Frag den Berater"),
    ("tool_search_tool_bm25", "Tool search: exchange rates"),
    ("web_fetch", "What does https://example.org say?"),
    ("memory", "memory: I like tea"),
    ("memory", "Remember that I like tea."),
    ("memory", "记住我喜欢茶"),
    ("memory", "Merk dir, dass ich Tee mag"),
    ("memory", "Recuerda que me gusta el té"),
    ("memory", "お茶が好きだと覚えておいて"),
    ("bash", "Run the command `ls -l`"),
    ("str_replace_based_edit_tool", "Open /src/main.py"),
    ("ask_question", "Use deep wiki to explain this repository"),
    ("ask_question", "Call the ask_question tool"),
]
NOT_ASKED = [
    "Hello",
    "What is the weather like in Paris?",
    "Don't search the web, just answer.",
    "Please do not ever use web search.",
    "Answer without searching the web.",
    "You need not fetch https://example.com/a",
    "What is a web search engine?",
    "Search for the function in this file",
    "Search the code for it",
    "The meeting is on 2026-01-01, room 3-4.",
    "I cannot remember that word.",
    "不要上网搜索",
    "这台计算机很快",
    "Suche bitte nicht im Internet",
    "Erkläre das ohne Websuche",
    "No busques en internet",
    "ウェブで検索しないでください",
    "What tools do you have available?",
    "It rained. " * 2_000,
]


def used(asked: str | list[Any], tools: list[dict[str, Any]], **more: Any) -> list[str]:
    """The tools called; a part of the code execution goes by its name."""
    names = [block["name"] for block in reply(asked, tools=tools, **more).content if "name" in block]
    return ["code_execution" if name.endswith("code_execution") else name for name in names]


@pytest.mark.parametrize(("name", "asked"), ASKED)
def test_tool_is_used_when_asked_for(name: str, asked: str) -> None:
    assert set(used(asked, ALL)) == {name}


@pytest.mark.parametrize("asked", NOT_ASKED)
def test_tool_is_not_used_unasked(asked: str) -> None:
    assert used(asked, ALL) == []


@pytest.mark.parametrize(("name", "asked"), ASKED[::4])
def test_tool_that_is_not_offered_is_not_used(name: str, asked: str) -> None:
    assert name not in used(asked, [WEATHER])


def test_toolset_is_used_when_asked_for() -> None:
    (block,) = reply("Please take a screenshot.", tools=[BROWSER]).content
    assert (block["type"], block["toolset_name"]) == ("tool_use", "browser")


def test_two_tools_are_used_in_the_order_of_the_text() -> None:
    assert used("Calculate 3 * 4, then search the web.", [SEARCH, CODE]) == ["code_execution", "web_search"]


def test_call_of_the_caller_comes_last() -> None:
    answer = reply("Remember that I like tea, and search the web for tea.", tools=[MEMORY, SEARCH])
    assert kinds(answer) == ["server_tool_use", "web_search_tool_result", "tool_use"]


@pytest.mark.parametrize("more", [{"options": {"tool_use": False}}, {"tool_choice": {"type": "none"}}])
def test_tools_can_be_forbidden(more: dict[str, Any]) -> None:
    assert used("Search the web for gold.", [SEARCH], **more) == []


@pytest.mark.parametrize(
    "ending",
    [
        [{"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}],
        [
            {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},
            {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []},
        ],
    ],
)
def test_paused_answer_is_not_searched_again(ending: list[Any]) -> None:
    asked = [{"role": "user", "content": "Search the web for gold."}, {"role": "assistant", "content": ending}]
    assert used(asked, [SEARCH]) == []
    assert kinds(reply(asked, tools=[SEARCH])) == ["web_search_tool_result", "text"][len(ending) - 1 :]
    assert used([*asked, {"role": "user", "content": "Search the web again."}], [SEARCH]) == ["web_search"]


@pytest.mark.parametrize("name", ["code_execution", "bash_code_execution", "text_editor_code_execution"])
def test_part_of_a_tool_counts_as_the_tool(name: str) -> None:
    use = {"type": "server_tool_use", "id": "s1", "name": name, "input": {}}
    asked = [{"role": "user", "content": "Calculate 3 * 4."}, {"role": "assistant", "content": [use]}]
    assert used(asked, [CODE]) == []


def test_prefill_is_continued_without_tools() -> None:
    asked = [{"role": "user", "content": "Search the web for gold."}, {"role": "assistant", "content": "Gold is"}]
    assert used(asked, [SEARCH]) == []


def test_result_of_the_caller_ends_the_asking() -> None:
    asked = [
        {"role": "user", "content": "Remember that I like tea, and search the web."},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "memory", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t1", "content": "Saved."}]},
    ]
    assert used(asked, [MEMORY, SEARCH]) == []


def test_page_is_fetched_once_in_a_conversation() -> None:
    fetched = {"type": "server_tool_use", "id": "s1", "name": "web_fetch", "input": {"url": "https://example.com/a"}}
    result = {"type": "web_fetch_tool_result", "tool_use_id": "s1", "content": {}}
    begun = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [fetched, result]}]
    assert used([*begun, {"role": "user", "content": "Read https://example.com/a"}], [FETCH]) == []
    assert used([*begun, {"role": "user", "content": "Read https://example.com/b"}], [FETCH]) == ["web_fetch"]


@pytest.mark.parametrize("tool", [BM25, REGEX])
def test_only_deferred_tools_that_match_are_found(tool: dict[str, Any]) -> None:
    stock = {**RATE, "name": "stock_lookup"}
    content = reply("Find the exchange rate tool.", tools=[tool, RATE, stock, WEATHER]).content
    assert content[1]["content"]["tool_references"] == [{"type": "tool_reference", "tool_name": "get_exchange_rate"}]
    forced = reply("Hello", tools=[tool, RATE], tool_choice={"type": "tool", "name": tool["name"]}).content
    assert forced[1]["content"]["tool_references"] == []


def test_server_of_the_older_beta_needs_no_toolset() -> None:
    server = {"type": "url", "name": "echo", "url": "https://example.com/mcp"}
    servers = [{**server, "tool_configuration": {"allowed_tools": ["shout"]}}]
    use, result, said = reply("Use echo to say hi.", mcp_servers=servers).content
    assert (use["name"], use["server_name"], result["type"], said["type"]) == (
        "shout",
        "echo",
        "mcp_tool_result",
        "text",
    )


def test_structured_output_is_kept() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
    wanted = {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
    answer = reply("Search the web for gold.", tools=[SEARCH], **wanted)
    assert text(answer).startswith('{"a":')
