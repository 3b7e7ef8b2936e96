"""Where a text is cited is filled in: the document that holds it, and the place there; fetched pages may be cited."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.records.errors import ScenarioError
from mockserver.records.reply import Answer
from mockserver.scenarios import parse
from tests.composing import body, message, outcome
from tests.scenarios.samples import answer

PAGE = "Parrots talk. Some parrots sing."


def document(text: str) -> dict[str, Any]:
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return {"type": "document", "source": source, "title": text[:5], "citations": {"enabled": True}}


PDF = {**document("PDF.."), "source": {"type": "base64", "media_type": "application/pdf", "data": "UERGLi4="}}
ASKED = [
    {
        "role": "user",
        "content": [PDF, document("Hens cluck."), document("Owls hoot. Hens cluck."), {"type": "text", "text": "Hi"}],
    }
]
FETCHED = {"web_fetch": {"url": "https://a.org/", "title": "Page", "text": PAGE, "citations": True}}


def cite(*before: Any, **citation: Any) -> dict[str, Any]:
    """The citation of an answer behind some content."""
    said = answer({"content": [*before, {"text": "They do.", "citations": [citation]}]})
    content = message(*said.content, request=body(messages=ASKED))["content"]
    found: dict[str, Any] = content[-1]["citations"][0]
    return found


@pytest.mark.parametrize(
    ("given", "index", "title", "start"),
    [
        ({"cited_text": "Hens cluck."}, 1, "Hens ", 0),
        ({"cited_text": "Hens cluck.", "document_index": 2}, 2, "Owls ", 11),
        ({"cited_text": "Owls hoot."}, 2, "Owls ", 0),
        ({"cited_text": "Some parrots"}, 3, "Page", 14),
        ({"cited_text": "parrots sing.", "type": "char_location"}, 3, "Page", 19),
    ],
)
def test_place_of_a_quotation_is_found(given: dict[str, Any], index: int, title: str, start: int) -> None:
    done = cite(FETCHED, **given)
    text = given["cited_text"]
    assert done == {
        "type": "char_location",
        "cited_text": text,
        "document_index": index,
        "document_title": title,
        "start_char_index": start,
        "end_char_index": start + len(text),
    }
    assert list(done)[:4] == ["type", "cited_text", "document_index", "document_title"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"cited_text": "Hens cluck.", "start_char_index": 5, "end_char_index": 7}, (0, 5, 7)),
        ({"cited_text": "Hens cluck.", "document_index": 2, "start_char_index": 5, "end_char_index": 7}, (2, 5, 7)),
        ({"cited_text": "Cows moo.", "start_char_index": 5, "end_char_index": 7}, (0, 5, 7)),
    ],
)
def test_what_a_script_says_of_a_place_stays(given: dict[str, Any], shown: tuple[int, int, int]) -> None:
    done = cite(**given)
    assert (done["document_index"], done["start_char_index"], done["end_char_index"]) == shown


def test_a_text_that_is_nowhere_has_no_place() -> None:
    said = answer({"text": "They do.", "citations": [{"cited_text": "Cows moo."}]})
    content = outcome(said, body(messages=ASKED)).message["content"]
    assert content[0]["citations"] == [{"type": "char_location", "cited_text": "Cows moo."}]


TOOLS: list[tuple[Any, Any, Any]] = [
    # what the script says, what the tool says, what the document says
    (True, None, {"enabled": True}),
    (False, {"enabled": True}, {"enabled": False}),
    ({"enabled": True}, {"enabled": False}, {"enabled": True}),
    (None, {"enabled": True}, {"enabled": True}),
    (None, {"enabled": False}, {"enabled": False}),
    (None, None, "absent"),
    ("{{ turn == 0 }}", None, {"enabled": True}),
]


@pytest.mark.parametrize("version", ["web_fetch_20250910", "web_fetch_20260318"])
@pytest.mark.parametrize(("said", "tool", "shown"), TOOLS)
def test_page_may_be_cited_as_the_script_or_the_tool_says(said: Any, tool: Any, shown: Any, version: str) -> None:
    page = {"url": "https://a.org/", "text": PAGE, **({} if said is None else {"citations": said})}
    offered = {"type": version, "name": "web_fetch", **({} if tool is None else {"citations": tool})}
    content = message(*answer({"web_fetch": page}).content, request=body(tools=[offered]))["content"]
    assert content[-1]["content"]["content"].get("citations", "absent") == shown


def test_an_error_of_a_fetch_has_no_citations() -> None:
    offered = {"type": "web_fetch_20250910", "name": "web_fetch", "citations": {"enabled": True}}
    said: Answer = answer({"web_fetch": {"url": "https://a.org/", "error": "url_not_allowed"}})
    assert "citations" not in str(message(*said.content, request=body(tools=[offered])))


@pytest.mark.parametrize("value", ["yes", 1, [True]])
def test_citations_of_a_page_are_a_flag_or_an_object(value: Any) -> None:
    with pytest.raises(ScenarioError, match="citations: expected true, false, or the object"):
        parse({"reply": {"web_fetch": {"url": "u", "text": "t", "citations": value}}}, "test.yaml")
