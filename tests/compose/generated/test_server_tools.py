"""The blocks of the API's own tools in generated answers: as recorded, valid, and taken when they are sent back."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from mockserver.compose import Context, compose
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.reference import catalog
from mockserver.reference.schemas import response_validator
from mockserver.reference.signing import Signer
from mockserver.validation import Checker

VERSION = "2023-06-01"
BETAS = frozenset({"advisor-tool-2026-03-01", "mcp-client-2025-11-20"})
RATE = {"name": "get_exchange_rate", "input_schema": {"type": "object"}, "defer_loading": True}
READY = {"name": "ready", "input_schema": {"type": "object"}}


def tool(kind: str, **more: Any) -> dict[str, Any]:
    name = kind.rpartition("_")[0]
    return {"type": kind, "name": name, **more}


SEARCH = "Search the web for the price of gold."
FETCH = "Fetch https://example.com/a-page.html and sum it up."
CODE = "Use code execution: how much is 3 * 12390?"
EDIT = "Use the text editor to create /tmp/hello.txt."
CASES = [
    (SEARCH, tool("web_search_20250305"), {}),
    (SEARCH, tool("web_search_20260209"), {}),
    (SEARCH, tool("web_search_20260318"), {}),
    (SEARCH, tool("web_search_20260318", allowed_callers=["direct"]), {}),
    (FETCH, tool("web_fetch_20250910"), {}),
    (FETCH, tool("web_fetch_20250910", citations={"enabled": True}), {}),
    (FETCH, tool("web_fetch_20260209"), {}),
    (FETCH, tool("web_fetch_20260318", allowed_callers=["direct"], citations={"enabled": True}), {}),
    (FETCH, tool("web_fetch_20250910", allowed_domains=["example.org"]), {}),
    (CODE, tool("code_execution_20250522"), {}),
    (CODE, tool("code_execution_20250825"), {}),
    (CODE, tool("code_execution_20260120"), {}),
    (CODE, tool("code_execution_20260521"), {}),
    (EDIT, tool("code_execution_20250825"), {}),
    (EDIT, tool("code_execution_20260521"), {}),
    ("Find the rate tool.", tool("tool_search_tool_bm25_20251119"), {"tools": [RATE]}),
    ("Find the rate tool.", tool("tool_search_tool_regex_20251119"), {"tools": [RATE]}),
    ("Ask the advisor.", tool("advisor_20260301", model="claude-opus-4-8"), {}),
    ("Ask the advisor.", tool("advisor_20260301", model="claude-opus-5", max_tokens=2048), {}),
    (
        "Use wiki to find it.",
        {"type": "mcp_toolset", "mcp_server_name": "wiki"},
        {"mcp_servers": [{"type": "url", "name": "wiki", "url": "https://example.com/mcp"}]},
    ),
    ("Remember that I like tea.", tool("memory_20250818"), {}),
]
NAMES = [f"{offered['type']}-{number}" for number, (_, offered, _) in enumerate(CASES)]


def answer(
    asked: str, offered: dict[str, Any], more: dict[str, Any] | None = None, model: str = "claude-sonnet-4-6"
) -> Any:
    """The message of a generated answer, and the request."""
    tools = [offered, READY, *(more or {}).get("tools", ())]
    body = {"model": model, "max_tokens": 4096, "messages": [{"role": "user", "content": asked}], **(more or {})}
    body["tools"] = tools
    context = Context(catalog.lookup(model), Signer(b"secret"), tick=5_000)
    made = compose(Answer("generate"), Prompt(body, betas=BETAS), context)
    assert isinstance(made, Reply)
    return orjson.loads(orjson.dumps(made.message)), body


@pytest.mark.parametrize(("asked", "offered", "more"), CASES, ids=NAMES)
def test_answer_is_valid_and_taken_back(asked: str, offered: dict[str, Any], more: dict[str, Any]) -> None:
    said, body = answer(asked, offered, more)
    assert len(said["content"]) > 1 or said["stop_reason"] == "tool_use"
    assert [error.message for error in response_validator("beta_message").iter_errors(said)] == []
    checker = Checker("anthropic")
    assert checker.check_parsed(body, "messages", VERSION, BETAS) is None
    uses = [block["id"] for block in said["content"] if block["type"] == "tool_use"]
    results = [{"type": "tool_result", "tool_use_id": use, "content": "Done."} for use in uses]
    ending = [{"role": "assistant", "content": said["content"]}, {"role": "user", "content": results or "Go on."}]
    back = {**body, "messages": [*body["messages"], *ending]}
    assert checker.check_parsed(back, "messages", VERSION, BETAS) is None


def kinds(said: Any) -> list[str]:
    return [block["type"] for block in said["content"]]


@pytest.mark.parametrize("kind", ["web_search_20250305", "web_search_20260318"])
def test_search_is_cited(kind: str) -> None:
    said, _ = answer(SEARCH, tool(kind, allowed_callers=["direct"]) if "2026" in kind else tool(kind))
    use, result, opening, cited = said["content"]
    assert use["input"] == {"query": "the price of gold"}
    assert len(result["content"]) == 5
    assert list(result["content"][0]) == ["type", "title", "url", "encrypted_content", "page_age"]
    assert all(page["encrypted_content"].startswith("E") for page in result["content"])
    assert len({page["url"] for page in result["content"]}) == 5
    (citation,) = cited["citations"]
    assert list(citation) == ["type", "cited_text", "url", "title", "encrypted_index"]
    assert citation["url"] == result["content"][0]["url"]
    assert opening["text"].endswith(" ")
    assert said["usage"]["server_tool_use"] == {"web_search_requests": 1, "web_fetch_requests": 0}
    assert said["stop_reason"] == "end_turn"


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ("Search the web for gold.", "gold"),
        ("Use the web search tool to look up the price of gold. Be brief.", "the price of gold"),
        ("What are the latest news in Oslo?", "What are the latest news in Oslo"),
        ("Please search the web.", "Please search the web"),
        ("上网搜索今天的金价", "今天的金价"),
        ("Suche im Internet nach dem Goldpreis", "dem Goldpreis"),
        ("Busca en internet sobre el oro", "el oro"),
    ],
)
def test_query_is_what_follows_the_verb(asked: str, query: str) -> None:
    said, _ = answer(asked, tool("web_search_20250305"))
    assert said["content"][0]["input"] == {"query": query}


@pytest.mark.parametrize("kind", ["web_search_20260209", "web_search_20260318"])
def test_newer_search_is_called_by_code(kind: str) -> None:
    said, _ = answer(SEARCH, tool(kind))
    code, use, result, ran, _ = said["content"]
    assert kinds(said)[:4] == [
        "server_tool_use",
        "server_tool_use",
        "web_search_tool_result",
        "code_execution_tool_result",
    ]
    caller = {"type": "code_execution_20260120", "tool_id": code["id"]}
    assert (use["caller"], result["caller"], ran["tool_use_id"]) == (caller, caller, code["id"])
    assert ran["content"]["type"] == "encrypted_code_execution_result"
    assert said["container"]["id"].startswith("container_")
    assert not any("citations" in block for block in said["content"])


def test_callers_of_the_tool_are_obeyed() -> None:
    said, _ = answer(FETCH, tool("web_fetch_20260309", allowed_callers=["code_execution_20260521"]))
    assert said["content"][1]["caller"]["type"] == "code_execution_20260521"
    direct, _ = answer(FETCH, tool("web_fetch_20260309", allowed_callers=["direct"]))
    assert direct["content"][0]["caller"] == {"type": "direct"}


def test_page_is_that_of_the_text() -> None:
    said, _ = answer(FETCH, tool("web_fetch_20250910", citations={"enabled": False}))
    use, result, _ = said["content"]
    page = result["content"]
    assert use["input"] == {"url": "https://example.com/a-page.html"}
    assert list(page) == ["type", "url", "retrieved_at", "content"]
    assert page["retrieved_at"] == "2026-11-01T00:00:05.000000"
    assert list(page["content"]) == ["type", "source", "title", "citations"]
    assert page["content"]["title"] == "A page - example.com"
    assert page["content"]["citations"] == {"enabled": False}
    assert said["usage"]["server_tool_use"] == {"web_search_requests": 0, "web_fetch_requests": 1}


def test_fetched_page_is_cited_behind_given_documents() -> None:
    document = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Hi."}}
    fetch = tool("web_fetch_20250910", citations={"enabled": True})
    asked: Any = [{**document, "citations": {"enabled": True}}, {"type": "text", "text": FETCH}]
    said, _ = answer(asked, fetch)
    page = said["content"][1]["content"]["content"]
    (citation,) = said["content"][-1]["citations"]
    assert (citation["document_index"], citation["document_title"]) == (1, "A page - example.com")
    start, end = citation["start_char_index"], citation["end_char_index"]
    assert page["source"]["data"][start:end] == citation["cited_text"]


def test_page_of_another_domain_is_not_fetched() -> None:
    said, _ = answer(FETCH, tool("web_fetch_20250910", blocked_domains=["example.com"]))
    assert said["content"][1]["content"] == {"type": "web_fetch_tool_result_error", "error_code": "url_not_allowed"}


@pytest.mark.parametrize(
    ("asked", "output"),
    [
        ("Compute the product 3 * 12390", "37170"),
        ("Calculate 65465-6544 * 65464-6+1.02255", "-428330955.97745"),
        ("Calculate 1 / 0 please", "45"),
        ("Calculate 10 ÷ 4", "2.5"),
    ],
)
def test_output_suits_the_calculation(asked: str, output: str) -> None:
    bash, _ = answer(asked, tool("code_execution_20260521"))
    assert bash["content"][1]["content"]["stdout"] == f"{output}\n"
    python, _ = answer(asked, tool("code_execution_20250522"))
    assert python["content"][1]["content"]["stdout"].endswith(f"{output}\n")
    assert list(python["content"][1]["content"])[-1] == "abort_reason"


def test_code_of_the_text_is_run() -> None:
    said, _ = answer("Run this code:\n```python\nprint('a')\n```", tool("code_execution_20250522"))
    assert said["content"][0]["input"] == {"code": "print('a')"}


def test_older_sonnet_runs_python() -> None:
    """Recorded 2026-04 with tools of 2025-08 and 2026-01."""
    said, _ = answer(CODE, tool("code_execution_20250825"), model="claude-sonnet-4-0")
    assert said["content"][0]["name"] == "code_execution"


@pytest.mark.parametrize(
    ("advisor", "kind"), [("claude-opus-4-8", "advisor_result"), ("claude-opus-5", "advisor_redacted_result")]
)
def test_advice_is_readable_or_not(advisor: str, kind: str) -> None:
    said, _ = answer("Ask the advisor.", tool("advisor_20260301", model=advisor))
    assert (said["content"][0]["input"], said["content"][1]["content"]["type"]) == ({}, kind)


def test_note_is_remembered() -> None:
    said, _ = answer("Remember that I like tea.", tool("memory_20250818"))
    assert said["content"][0]["input"]["file_text"] == "Remember that I like tea."
    assert said["stop_reason"] == "tool_use"
