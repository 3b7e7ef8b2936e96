"""The title of a cited document is filled in: of documents that were given, returned by tools, or fetched."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.compose import compose
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from tests.composing import body, context, message


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
    assert cite(citation(0, document_title=None))["document_title"] == "First"


def test_other_citations_stay_as_they_are() -> None:
    found = {"type": "web_search_result_location", "cited_text": "a", "url": "u", "title": "t", "encrypted_index": "E"}
    assert cite(found) == found


@pytest.mark.parametrize(("given", "shown"), [({}, "2026-11-01T00:00:05.000000"), ({"retrieved_at": "1999"}, "1999")])
def test_page_has_the_time_of_the_call(given: dict[str, Any], shown: str) -> None:
    use, result = fetched("A page")
    request = body()
    answer = Answer(content=(use, {**result, "content": {**result["content"], **given}}))
    made: Any = compose(answer, Prompt(request), context(request, tick=5_000))
    assert made.message["content"][1]["content"]["retrieved_at"] == shown
