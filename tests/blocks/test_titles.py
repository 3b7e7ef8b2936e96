"""The title of what is cited is filled in: of documents and search results that were given, returned or found."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.compose import compose
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.scenarios.answering.blocks import build_content
from tests.composing import body, context, message, outcome


def document(title: str | None) -> dict[str, Any]:
    source = {"type": "text", "media_type": "text/plain", "data": "Parrots talk."}
    return {"type": "document", "source": source, "title": title, "citations": {"enabled": True}}


def fetched(title: str | None) -> list[dict[str, Any]]:
    page = {"type": "web_fetch_result", "url": "https://example.com/", "content": document(title)}
    use = {"type": "server_tool_use", "id": f"srvtoolu_{title}", "name": "web_fetch", "input": {}}
    return [use, {"type": "web_fetch_tool_result", "tool_use_id": use["id"], "content": page}]


USE = {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [document("Returned")]}
ASKED = [
    {"role": "user", "content": [document("First"), document(None), {"type": "text", "text": "Hi"}]},
    {"role": "assistant", "content": [*fetched("Fetched before"), USE]},
    {"role": "user", "content": [RESULT]},
]
PLACES: dict[str, dict[str, Any]] = {
    "char_location": {"start_char_index": 0, "end_char_index": 3},
    "page_location": {"start_page_number": 1, "end_page_number": 2},
    "content_block_location": {"start_block_index": 0, "end_block_index": 1},
}


def cite(citation: dict[str, Any], *before: dict[str, Any]) -> dict[str, Any]:
    """The citation in the answer, after the blocks ``before``."""
    text = {"type": "text", "text": "They talk.", "citations": [citation]}
    content = message(*before, text, request=body(messages=ASKED))["content"]
    found: dict[str, Any] = content[-1]["citations"][0]
    return found


def citation(index: int, kind: str = "char_location", **more: Any) -> dict[str, Any]:
    return {"type": kind, "document_index": index, "cited_text": "Parrots", **PLACES[kind], **more}


@pytest.mark.parametrize("kind", PLACES)
@pytest.mark.parametrize(
    ("index", "title"),
    [(0, "First"), (1, None), (2, "Fetched before"), (3, "Returned"), (4, "Fetched now"), (5, None), (-1, None)],
)
def test_title_is_filled_in(kind: str, index: int, title: str | None) -> None:
    done = cite(citation(index, kind), *fetched("Fetched now"))
    assert done["document_title"] == title
    assert list(done)[:4] == ["type", "cited_text", "document_index", "document_title"]


def test_title_of_the_script_stays() -> None:
    assert cite(citation(0, document_title="Mine"))["document_title"] == "Mine"
    assert cite(citation(0, document_title=None))["document_title"] is None


@pytest.mark.parametrize("kind", PLACES)
def test_document_citation_has_the_keys_of_the_wire(kind: str) -> None:
    (text,) = build_content([{"text": "They talk.", "citations": [{"cited_text": "Parrots", **PLACES[kind]}]}])
    done = cite(text["citations"][0])
    assert list(done) == ["type", "cited_text", "document_index", "document_title", *PLACES[kind]]
    assert (done["type"], done["document_title"]) == (kind, "First")


def found(url: str, title: str) -> list[dict[str, Any]]:
    use = {"type": "server_tool_use", "id": f"srvtoolu_{title}", "name": "web_search", "input": {}}
    page = {"type": "web_search_result", "url": url, "title": title, "encrypted_content": "E", "page_age": None}
    return [use, {"type": "web_search_tool_result", "tool_use_id": use["id"], "content": [page]}]


SOURCES = [
    {"type": "search_result", "source": source, "title": title, "content": [{"type": "text", "text": "Parrots."}]}
    for source, title in (("https://s.org/1", "One"), ("https://s.org/2", "Two"), ("https://s.org/2", "Three"))
]
SEARCHED = [
    {"role": "user", "content": SOURCES[:2]},
    {"role": "assistant", "content": [*found("https://a.org", "Old"), *found("https://b.org", "Before"), USE]},
    {"role": "user", "content": [{**RESULT, "content": SOURCES[2:]}]},
]


@pytest.mark.parametrize(
    ("citation", "title"),
    [
        ({"url": "https://a.org"}, "Now"),
        ({"url": "https://b.org"}, "Before"),
        ({"url": "https://c.org"}, None),
        ({"url": "https://a.org", "title": "Mine"}, "Mine"),
        ({"url": "https://a.org", "title": None}, None),
        ({"source": "https://s.org/1"}, "One"),
        ({"source": "https://s.org/2"}, "Two"),
        ({"source": "https://s.org/2", "search_result_index": 2}, "Three"),
        ({"source": "https://s.org/2", "search_result_index": -1}, "Two"),
        ({"source": "https://s.org/3", "search_result_index": 1}, None),
        ({"source": "https://s.org/1", "title": None}, None),
    ],
    ids=str,
)
@pytest.mark.parametrize("is_raw", [False, True])
def test_title_of_a_result_is_filled_in(citation: dict[str, Any], title: str | None, is_raw: bool) -> None:
    cited: dict[str, Any] = {"text": "They talk.", "citations": [{"cited_text": "Parrots", **citation}]}
    (text,) = build_content([cited])
    if is_raw:
        cited["citations"] = [{"type": text["citations"][0]["type"], **cited["citations"][0]}]
        text = {"type": "text", **cited}
    answer = Answer(content=(*found("https://a.org", "Now"), text))
    made: Any = outcome(answer, body(messages=SEARCHED))
    assert made.message["content"][-1]["citations"][0]["title"] == title


@pytest.mark.parametrize("url", [None, 3, ["https://a.org"]])
def test_a_failed_search_and_a_strange_address_have_no_title(url: Any) -> None:
    failed = {"type": "web_search_tool_result", "content": {"type": "error", "error_code": "unavailable"}}
    citation = {"type": "web_search_result_location", "cited_text": "a", "url": url, "encrypted_index": "E"}
    text = {"type": "text", "text": "a", "citations": [citation, "odd"]}
    made: Any = outcome(Answer(content=(failed, text)), body(messages=SEARCHED))
    assert made.message["content"][-1]["citations"] == [{**citation, "title": None}, "odd"]


@pytest.mark.parametrize(("given", "shown"), [({}, "2026-11-01T00:00:05.000000"), ({"retrieved_at": "1999"}, "1999")])
def test_page_has_the_time_of_the_call(given: dict[str, Any], shown: str) -> None:
    use, result = fetched("A page")
    request = body()
    answer = Answer(content=(use, {**result, "content": {**result["content"], **given}}))
    made: Any = compose(answer, Prompt(request), context(request, tick=5_000))
    assert made.message["content"][1]["content"]["retrieved_at"] == shown
