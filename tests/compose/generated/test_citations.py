"""Generated citations of documents and search results."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from tests.generating import kinds, reply


def cited(*blocks: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The quoted text and the citation of an answer to documents and a question."""
    answer = reply([{"role": "user", "content": [*blocks, {"type": "text", "text": "Which colour has the grass?"}]}])
    (block,) = (block for block in answer.content if "citations" in block)
    (citation,) = block["citations"]
    return block["text"], citation


def document(source: dict[str, Any], *, enabled: bool = True, title: str | None = None) -> dict[str, Any]:
    return {"type": "document", "source": source, "citations": {"enabled": enabled}, "title": title}


def test_plain_text_is_cited_by_characters() -> None:
    data = "The sky is blue. The grass is green. Water is wet."
    other = document({"type": "text", "media_type": "text/plain", "data": "Nothing here."})
    said, citation = cited(other, document({"type": "text", "media_type": "text/plain", "data": data}, title="Colours"))
    assert said == "The grass is green."
    assert citation == {
        "type": "char_location",
        "cited_text": "The grass is green. ",
        "document_index": 1,
        "document_title": "Colours",
        "start_char_index": 17,
        "end_char_index": 37,
    }
    assert data[17:37] == citation["cited_text"]


def test_content_is_cited_by_block() -> None:
    parts = [{"type": "text", "text": line} for line in ("The sky is blue.", "The grass is green.")]
    _, citation = cited(document({"type": "content", "content": parts}))
    assert citation == {
        "type": "content_block_location",
        "cited_text": "The grass is green.",
        "document_index": 0,
        "document_title": None,
        "start_block_index": 1,
        "end_block_index": 2,
    }


def test_pdf_is_cited_by_page() -> None:
    pdf = b"%PDF-1.4\n4 0 obj<</Length 44>>stream\nBT /F1 24 Tf (Green \\(grass\\)) Tj ET\nendstream endobj\n%%EOF"
    data = b64encode(pdf).decode()
    _, citation = cited(document({"type": "base64", "media_type": "application/pdf", "data": data}))
    assert citation["cited_text"] == "Green (grass)"
    assert (citation["start_page_number"], citation["end_page_number"]) == (1, 2)


def test_search_result_is_cited() -> None:
    parts = [{"type": "text", "text": "The grass is green."}]
    given = {"type": "search_result", "source": "https://a.example", "title": "Lawn", "content": parts}
    _, citation = cited({**given, "citations": {"enabled": True}})
    assert citation == {
        "type": "search_result_location",
        "cited_text": "The grass is green.",
        "source": "https://a.example",
        "title": "Lawn",
        "search_result_index": 0,
        "start_block_index": 0,
        "end_block_index": 1,
    }


def test_unreadable_document_is_not_cited() -> None:
    answer = reply([{"role": "user", "content": [document({"type": "url", "url": "https://a.example/a.pdf"})]}])
    assert kinds(answer) == ["text"]
    assert "citations" not in answer.content[0]
