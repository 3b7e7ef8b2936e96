"""Files by the official Python SDK, as an application uses them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import pytest

from mockserver.testing.server import MockServer
from tests.clients.test_sdk import ask, async_client, client, script

__all__ = ["async_client", "client"]  # fixtures

Files = Callable[[Any], Any]
GA_AND_BETA = pytest.mark.parametrize(
    "files", [lambda client: client.files, lambda client: client.beta.files], ids=["ga", "beta"]
)
NOTES = b"Some notes.\n"
CODE = {"type": "code_execution_20250825", "name": "code_execution"}
PLOT = {"filename": "plot.csv", "text": "x,y\n1,2\n"}
PLOTTING = {
    "name": "plotting",
    "when": {"user": "plot it"},
    "reply": {"content": [{"bash_code_execution": {"command": "python plot.py", "files": [PLOT]}}, "Here it is."]},
}


@pytest.fixture(scope="module")
def running() -> Iterator[MockServer]:
    """A server without fixtures: its files are those uploaded, its batches end at the second look."""
    with MockServer() as server:
        yield server


def given(kind: str, folder: Path) -> Any:
    """The same file in one of the ways in which the SDK takes it."""
    path = folder / "notes.txt"
    path.write_bytes(NOTES)
    ways: dict[str, Any] = {
        "path": path,
        "bytes": ("notes.txt", NOTES, "text/plain"),
        "stream": ("notes.txt", io.BytesIO(NOTES), "text/plain"),
    }
    return ways[kind]


@GA_AND_BETA
@pytest.mark.parametrize("kind", ["path", "bytes", "stream"])
def test_file_is_kept_until_it_is_deleted(client: anthropic.Anthropic, tmp_path: Path, files: Files, kind: str) -> None:
    resource = files(client)
    made = resource.upload(file=given(kind, tmp_path))
    assert (made.filename, made.mime_type, made.size_bytes) == ("notes.txt", "text/plain", len(NOTES))
    assert (made.type, made.downloadable) == ("file", False)
    assert resource.retrieve_metadata(made.id) == made
    assert [file.id for file in resource.list()] == [made.id]
    with pytest.raises(anthropic.BadRequestError, match=f"File '{made.id}' is not downloadable"):
        resource.download(made.id)
    assert resource.delete(made.id).type == "file_deleted"
    with pytest.raises(anthropic.NotFoundError, match=made.id):
        resource.retrieve_metadata(made.id)
    assert list(resource.list()) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["path", "bytes", "stream"])
@GA_AND_BETA
async def test_async_client_uploads_and_deletes(
    async_client: anthropic.AsyncAnthropic, tmp_path: Path, files: Files, kind: str
) -> None:
    async with async_client:
        resource = files(async_client)
        made = [await resource.upload(file=given(kind, tmp_path)) for _ in range(3)]
        assert {file.size_bytes for file in made} == {len(NOTES)}
        assert [file.id async for file in resource.list(limit=1)] == [file.id for file in made[::-1]]
        await resource.delete(made[0].id)
        assert [file.id async for file in resource.list(limit=1)] == [made[2].id, made[1].id]


@GA_AND_BETA
def test_list_is_paged_to_its_end(client: anthropic.Anthropic, files: Files) -> None:
    resource = files(client)
    made = [resource.upload(file=(f"{number}.txt", NOTES, "text/plain")).id for number in range(5)]
    assert [file.id for file in resource.list(limit=2)] == made[::-1]
    assert {file.id for file in resource.list(ids=[made[1], made[3], "file_011unknown"])} == {made[1], made[3]}


def test_list_is_paged_while_files_come_and_go(client: anthropic.Anthropic) -> None:
    """One that is there all the time is listed once, also when the last one of a page is deleted."""
    made = [client.files.upload(file=(f"{number}.txt", NOTES, "text/plain")).id for number in range(8)]
    seen: list[str] = []
    for file in client.files.list(limit=2):
        seen.append(file.id)
        if file.id in made[::2]:
            client.files.delete(file.id)
            client.files.upload(file=("new.txt", NOTES, "text/plain"))
    assert seen == made[::-1]


def test_old_shape_comes_with_the_old_header(client: anthropic.Anthropic) -> None:
    """Pages by ids, and no ``expires_at``."""
    old = {"anthropic-beta": "files-api-2025-04-14"}
    made = [client.files.upload(file=(f"{number}.txt", NOTES, "text/plain")).id for number in range(3)]
    page: Any = client.get("/v1/files?limit=2", cast_to=object, options={"headers": old})
    assert page.keys() == {"data", "has_more", "first_id", "last_id"}
    assert (page["has_more"], page["first_id"], page["last_id"]) == (True, made[2], made[1])
    assert "expires_at" not in page["data"][0]
    rest: Any = client.get(f"/v1/files?after_id={made[1]}", cast_to=object, options={"headers": old})
    assert [file["id"] for file in rest["data"]] == [made[0]]
    assert rest["has_more"] is False


def test_file_expires_when_it_says(client: anthropic.Anthropic) -> None:
    made = client.files.upload(file=("notes.txt", NOTES, "text/plain"), expires_in_seconds=3600)
    assert made.expires_at
    assert (made.expires_at - made.created_at).total_seconds() == pytest.approx(3600, abs=1)
    with pytest.raises(anthropic.BadRequestError, match="expires_in_seconds"):
        client.files.upload(file=("notes.txt", NOTES, "text/plain"), expires_in_seconds=60)


def test_large_file_is_taken_whole(client: anthropic.Anthropic) -> None:
    content = bytes(range(256)) * 40_000
    made = client.files.upload(file=("large.bin", io.BytesIO(content), "application/octet-stream"))
    assert made.size_bytes == len(content)


def test_message_reads_a_file(client: anthropic.Anthropic) -> None:
    made = client.files.upload(file=("notes.txt", NOTES * 50, "text/plain"))

    def read(file_id: str) -> Any:
        document = {"type": "document", "source": {"type": "file", "file_id": file_id}}
        more = ask("", messages=[{"role": "user", "content": [document, {"type": "text", "text": "Sum it up."}]}])
        return client.messages.create(**more)

    with_file = read(made.id).usage.input_tokens
    assert with_file > client.messages.create(**ask("Sum it up.")).usage.input_tokens + 100
    client.files.delete(made.id)
    with pytest.raises(anthropic.APIStatusError, match=made.id):
        read(made.id)


@GA_AND_BETA
def test_file_made_by_code_is_downloaded(
    running: MockServer, client: anthropic.Anthropic, key: str, tmp_path: Path, files: Files
) -> None:
    script(running, key, PLOTTING)
    message = client.messages.create(**ask("Please plot it.", tools=[CODE]))
    (file_id,) = [
        output.file_id
        for block in message.content
        if block.type == "bash_code_execution_tool_result" and block.content.type == "bash_code_execution_result"
        for output in block.content.content
    ]
    resource = files(client)
    found = resource.retrieve_metadata(file_id)
    assert (found.filename, found.size_bytes, found.downloadable) == ("plot.csv", len(PLOT["text"]), True)
    content = resource.download(file_id)
    content.write_to_file(tmp_path / "plot.csv")
    assert (tmp_path / "plot.csv").read_bytes() == PLOT["text"].encode()
    assert file_id in [file.id for file in resource.list()]
    resource.delete(file_id)
    with pytest.raises(anthropic.NotFoundError, match=file_id):
        resource.download(file_id)
