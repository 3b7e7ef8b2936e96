"""The official SDK: files that messages name, and files that answers make."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

from mockserver.testing.server import MockServer
from tests.pictures import file

MODEL = "claude-opus-4-8"
CODE: Any = {"type": "code_execution_20260120", "name": "code_execution"}


@pytest.fixture
def client(running: MockServer, key: str) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=running.url, api_key=key, max_retries=0) as client:
        yield client


def ask(source: dict[str, Any], kind: str = "document", **more: Any) -> dict[str, Any]:
    content = [{"type": kind, "source": source}, {"type": "text", "text": "What is this?"}]
    return {"model": MODEL, "messages": [{"role": "user", "content": content}], **more}


def test_uploaded_files_are_read_and_are_gone_when_deleted(client: anthropic.Anthropic) -> None:
    pdf = client.files.upload(file=("birds.pdf", file("pdf 3"), "application/pdf"))
    named = {"type": "file", "file_id": pdf.id}
    counted = client.messages.count_tokens(**ask(named)).input_tokens
    assert counted > 3 * 1500
    message: Any = client.messages.create(**ask(named, max_tokens=200))
    assert message.usage.input_tokens == counted
    with client.beta.messages.stream(**ask(named, max_tokens=200)) as stream:
        assert stream.get_final_message().usage.input_tokens == counted
    with pytest.raises(anthropic.BadRequestError, match="Unsupported image file format: application/pdf"):
        client.messages.create(**ask(named, "image", max_tokens=200))
    client.files.delete(pdf.id)
    with pytest.raises(anthropic.NotFoundError, match=f"File `{pdf.id}` not found"):
        client.messages.create(**ask(named, max_tokens=200))


@pytest.mark.parametrize("stream", [False, True])
def test_files_that_an_answer_makes_are_downloaded(client: anthropic.Anthropic, *, stream: bool) -> None:
    question = [{"role": "user", "content": "Create a CSV file, and save it as birds.csv"}]
    asked: dict[str, Any] = {"model": MODEL, "max_tokens": 2000, "messages": question, "tools": [CODE]}
    if stream:
        with client.beta.messages.stream(**asked) as events:
            answer: Any = events.get_final_message()
    else:
        answer = client.messages.create(**asked)
    [made] = {*re.findall(r"file_011C\w+", answer.to_json())}
    shown, *_ = client.files.list()
    assert (shown.id, shown.filename, shown.mime_type, shown.downloadable) == (made, "birds.csv", "text/csv", True)
    content = client.files.download(made).read()
    assert (content, len(content)) == (b"id,name\n1,alpha\n2,beta\n", shown.size_bytes)
    again = [
        *question,
        {"role": "assistant", "content": answer.to_dict()["content"]},
        {"role": "user", "content": "And?"},
    ]
    assert client.messages.create(**{**asked, "messages": again}).stop_reason == "end_turn"
