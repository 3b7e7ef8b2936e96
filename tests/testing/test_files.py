"""The files of a test's session, and what the SDK makes of the Files API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import MockServer, MockSession
from tests.testing.asking import complaint

FORMS: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "bytes": lambda path: path.read_bytes(),
    "memory": lambda path: BytesIO(path.read_bytes()),
    "named": lambda path: (path.name, path.read_bytes()),
    "typed": lambda path: (path.name, BytesIO(path.read_bytes()), "text/csv"),
    "with headers": lambda path: (path.name, path.read_bytes(), "text/csv", {"x-any": "1"}),
}


@pytest.fixture
def opened(path: Path) -> Iterator[Any]:
    with path.open("rb") as stream:
        yield stream


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "räksmörgås.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def served() -> Iterator[MockServer]:
    with MockServer() as server:
        yield server


@pytest.fixture
def client(api: MockSession) -> Iterator[anthropic.Anthropic]:
    with httpx2.Client(transport=api.transport) as http_client:
        yield anthropic.Anthropic(api_key=api.api_key, base_url="http://mock", http_client=http_client, max_retries=0)


def use(files: Any, given: Any, **betas: Any) -> list[str]:
    """The names of the files that are listed after an upload; the file is shown and deleted then."""
    made = files.upload(file=given, **betas)
    assert files.retrieve_metadata(made.id, **betas) == made
    listed = [each.filename for each in files.list(limit=1, **betas)]
    assert files.delete(made.id, **betas).type == "file_deleted"
    with pytest.raises(anthropic.NotFoundError):
        files.retrieve_metadata(made.id, **betas)
    return listed


async def use_async(files: Any, given: Any) -> list[str]:
    made = await files.upload(file=given)
    listed = [each.filename async for each in files.list(limit=1)]
    assert (await files.delete(made.id)).id == made.id
    return listed


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("over_socket", [True, False], ids=["socket", "transport"])
def test_every_form_of_upload_reaches_the_session(
    served: MockServer, api: MockSession, client: anthropic.Anthropic, path: Path, form: str, over_socket: bool
) -> None:
    if over_socket:
        api = served.session(f"sk-{form}")
        client = anthropic.Anthropic(api_key=api.api_key, base_url=api.url, max_retries=0)
    name = path.name if form not in ("bytes", "memory") else "unnamed.txt"
    assert use(client.files, FORMS[form](path)) == [name]
    assert use(client.beta.files, FORMS[form](path)) == [name]
    assert use(client.beta.files, FORMS[form](path), betas=["files-api-2025-04-14"]) == [name]
    api.assert_uploaded(name, times=3)
    client.files.upload(file=FORMS[form](path))
    assert api.files[-1].text == "a,b\n1,2\n"


@pytest.mark.parametrize("form", ["path", "bytes", "typed"])
def test_async_client_uploads(served: MockServer, path: Path, form: str) -> None:
    api = served.session(f"sk-async-{form}")

    async def run() -> list[str]:
        async with anthropic.AsyncAnthropic(api_key=api.api_key, base_url=api.url, max_retries=0) as client:
            return await use_async(client.files, FORMS[form](path)) + await use_async(
                client.beta.files, FORMS[form](path)
            )

    assert asyncio.run(run()) == [path.name if form != "bytes" else "unnamed.txt"] * 2


def test_open_file_is_uploaded(api: MockSession, client: anthropic.Anthropic, opened: Any, path: Path) -> None:
    client.files.upload(file=opened)
    assert (api.files[0].text, api.files[0].filename) == ("a,b\n1,2\n", path.name)


def test_sdk_knows_the_errors(api: MockSession, client: anthropic.Anthropic) -> None:
    file = client.files.upload(file=b"x")
    with pytest.raises(anthropic.BadRequestError) as refused:
        client.files.download(file.id)
    assert type(refused.value).__name__ == "FileNotDownloadableError"
    api.files.add(b"made", "chart.png", downloadable=True)
    assert client.files.download(api.files["chart.png"].id).read() == b"made"


def test_list_pages_to_its_end_while_files_come_and_go(client: anthropic.Anthropic) -> None:
    ids = [client.files.upload(file=b"x").id for _ in range(6)][::-1]
    seen = []
    for number, each in enumerate(client.files.list(limit=2)):
        seen.append(each.id)
        if number % 2:
            client.files.upload(file=b"new")
            client.files.delete(each.id)
    assert seen == ids


def test_files_show_what_was_uploaded(api: MockSession, client: anthropic.Anthropic) -> None:
    first = client.files.upload(file=("a.txt", b"one"), expires_in_seconds=3600)
    second = client.files.upload(file=("a.txt", b"two"))
    assert [(file.id, file.filename, file.mime_type, file.size) for file in api.files] == [
        (first.id, "a.txt", "text/plain", 3),
        (second.id, "a.txt", "text/plain", 3),
    ]
    assert (len(api.files), api.files[0].text, api.files["a.txt"].bytes) == (2, "one", b"two")
    assert api.files[first.id].expires_at is not None
    assert (api.files[0].expires_at - api.files[0].created_at).total_seconds() == 3600  # type: ignore[operator]
    held = api.files[0]
    client.files.delete(first.id)
    assert [file.id for file in api.files] == [second.id]
    with pytest.raises(LookupError, match=r"the content of a\.txt is gone"):
        _ = held.bytes
    api.reset()
    assert list(api.files) == []


def test_missing_file_is_told_with_those_there_are(api: MockSession) -> None:
    api.files.add(b"x", "a.txt")
    with pytest.raises(KeyError, match=r"there is no file 'b\.txt'; there are: a\.txt"):
        _ = api.files["b.txt"]
    assert repr(api.files) == "<MockFiles [<MockFile a.txt (text/plain, 1 bytes)>]>"


def test_added_file_is_as_one_that_was_uploaded(api: MockSession, client: anthropic.Anthropic, path: Path) -> None:
    added = api.files.add(path, expires_in="2h")
    shown = client.files.retrieve_metadata(added.id)
    assert (shown.filename, shown.mime_type, shown.size_bytes) == (path.name, "text/csv", 8)
    assert shown.expires_at == added.expires_at
    other = api.files.add(str(path), "b.txt", mime_type="text/plain")
    assert [file.filename for file in client.files.list()] == ["b.txt", path.name]
    assert (other.mime_type, api.files.add(b"%PDF-1.4").filename) == ("text/plain", "unnamed.pdf")
    assert len({file.id for file in api.files}) == 3


def test_added_files_have_ids_of_their_own(api: MockSession, client: anthropic.Anthropic) -> None:
    ids = [api.files.add(b"x", name).id for name in ("a", "b")]
    client.files.delete(ids[0])
    ids += [api.files.add(b"x", name).id for name in ("b", "b")]
    assert len(set(ids)) == 4
    assert [file.id for file in api.files] == ids[1:]


def test_what_cannot_be_added_is_told(api: MockSession, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        api.files.add(tmp_path / "gone")
    with pytest.raises(ValueError, match="Invalid filename"):
        api.files.add(b"x", "a:b")
    with pytest.raises(ValueError, match="expected a duration"):
        api.files.add(b"x", expires_in="soon")
    wrong: tuple[tuple[str, Any], ...] = (("filename", 7), ("mime_type", None), ("downloadable", "yes"))
    for name, value in wrong:
        with pytest.raises(TypeError, match=f"{name}: expected"):
            api.files.add(b"x", **{name: value})
    full = MockServer(blob_bytes=3).session("k")
    with pytest.raises(ValueError, match="holds 3 bytes of files"):
        full.files.add(b"four")
    assert list(api.files) == list(full.files) == []


def test_uploads_are_asserted(api: MockSession, client: anthropic.Anthropic) -> None:
    assert complaint(api.assert_uploaded).startswith("expected at least 1 request(s), but none came with the key")
    made = client.files.upload(file=("a.txt", b"one"))
    client.files.delete(made.id)
    with pytest.raises(anthropic.BadRequestError):
        client.files.upload(file=("b:c", b"two"))
    api.assert_uploaded()
    api.assert_uploaded("a.txt", mime_type="text/plain", times=1)
    api.assert_uploaded("b:c", times=0)
    first, second, *_ = complaint(lambda: api.assert_uploaded("b.txt")).splitlines()
    assert first == "expected at least 1 request(s) that uploaded a file with filename 'b.txt', but 0 of the 1 made fit"
    assert second == "  a.txt (text/plain, 3 bytes)"
    assert "exactly 2" in complaint(lambda: api.assert_uploaded(times=2))


def test_journal_shows_an_upload_without_its_bytes(api: MockSession, client: anthropic.Anthropic) -> None:
    client.files.upload(file=("sk-ant-api03-abcdefghij.txt", b"\x00" * 5000), expires_in_seconds=7200)
    (entry,) = api.requests
    shown = entry.json
    assert shown["file"].pop("filename") == "sk-ant-…ghij.txt"
    assert shown == {"file": {"content_type": "text/plain", "size_bytes": 5000}, "expires_in_seconds": "7200"}
    assert "abcdefghij" not in entry.body.decode()
    api.assert_called(1, endpoint="files", when={"method": "POST", "body": {"$.file.size_bytes": 5000}})
    with pytest.raises(anthropic.BadRequestError):
        client.files.upload(file=("a:b", b"x" * 5000))
    assert api.last_request.json["file"] == {
        "filename": "a:b",
        "content_type": "application/octet-stream",
        "size_bytes": 5000,
    }
