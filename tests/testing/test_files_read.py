"""Files of a test's session in the messages of the application."""

from __future__ import annotations

import httpx2 as httpx

from mockserver import Answer, MockServer, Prompt

HEADERS = {"x-api-key": "k", "anthropic-version": "2023-06-01"}


def read(prompt: Prompt) -> Answer:
    """The text of the document, and the id by which the request names it."""
    content, sent = prompt.seen.messages[0]["content"], prompt.messages[0]["content"]
    return f"{content[0]['source']['data']} {sent[0]['source']['file_id']}"


def test_function_reads_a_file() -> None:
    server = MockServer()
    session = server.session("k")
    session.when(documents={"media_type": "text/plain"}).reply(read)
    file = session.files.add(b"Parrots are green.", filename="birds.txt")
    named = {"type": "document", "source": {"type": "file", "file_id": file.id}}
    body = {"model": "claude-opus-5", "max_tokens": 99, "messages": [{"role": "user", "content": [named]}]}
    with httpx.Client(transport=server.transport, base_url="http://mock", headers=HEADERS) as client:
        answer = client.post("/v1/messages", json=body).json()
    assert answer["content"][0]["text"] == f"Parrots are green. {file.id}"
