"""``mockserver export``: a journal or cassettes in other forms, which are read again as the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from anthropic import Anthropic
from anthropic.types import MessageParam
from click.testing import CliRunner, Result

from mockserver.cassettes.formats.table import read_data
from mockserver.cli.commands import main
from mockserver.records.exchanges import RecordedExchange
from mockserver.testing.server import MockServer
from tests.cassettes.forms import recorded_rows, recordings, vcr_text

MESSAGES: list[MessageParam] = [{"role": "user", "content": "How is the weather in Oslo?"}]


def run(*arguments: object, token: str = "") -> Result:
    environment = {"MOCKSERVER_CONTROL_TOKEN": token, "HTTP_PROXY": "http://127.0.0.1:9"}
    return CliRunner().invoke(main, ["export", *map(str, arguments)], env=environment)


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer() as server:
        client = Anthropic(base_url=server.url, api_key="sk-ant-planted-secret-0001", max_retries=0)
        client.messages.create(model="claude-haiku-4-5", max_tokens=100, messages=MESSAGES)
        with client.messages.stream(model="claude-haiku-4-5", max_tokens=50, messages=MESSAGES) as stream:
            stream.until_done()
        client.models.list()
        yield server


def parts_of(exchange: RecordedExchange) -> tuple[object, ...]:
    request, response = exchange.request, exchange.response
    return (request, response.status, response.headers, response.chunks, response.first, response.end)


@pytest.mark.parametrize("form", ["har", "jsonl"])
def test_journal_is_written(form: str, server: MockServer, tmp_path: Path) -> None:
    done = run("--url", server.url, "--format", form, "-o", tmp_path / "out" / "file")
    assert (done.exit_code, done.output) == (0, f"exported: 3 exchanges to {tmp_path}/out/file\n")
    data = (tmp_path / "out" / "file").read_bytes()
    assert b"planted" not in data
    exchanges = read_data(data).exchanges
    assert [each.request.path for each in exchanges] == ["/v1/messages", "/v1/messages", "/v1/models"]
    assert [each.response.is_stream for each in exchanges] == [False, True, False]


@pytest.mark.parametrize(
    ("form", "begin", "number"),
    [("html", b"<!doctype html>", 3), ("json", b'{"title":', 3), ("scenarios", b"scenarios:", 2)],
)
def test_server_writes_its_journal_itself(
    form: str, begin: bytes, number: int, server: MockServer, tmp_path: Path
) -> None:
    done = run("--url", server.url, "--format", form, "-o", tmp_path / "out" / "file")
    assert (done.exit_code, done.output) == (0, "")
    data = (tmp_path / "out" / "file").read_bytes()
    assert data.startswith(begin)
    assert max(data.count(b'"timeline":'), data.count(b"- name:")) == number
    assert b"planted" not in data
    assert run("--url", server.url, "--format", form, "-o", "-", "--session", "nobody").stdout_bytes.startswith(begin)


def test_page_that_cannot_be_written_is_told(server: MockServer, tmp_path: Path) -> None:
    done = run("--url", server.url, "--format", "html", "-o", tmp_path)
    assert (done.exit_code, done.stderr) == (2, f"mockserver: {tmp_path} cannot be written: Is a directory\n")
    gone = run("--url", "http://127.0.0.1:9", "--format", "html", "-o", tmp_path / "file")
    assert gone.exit_code == 2
    assert "there is no mock server at http://127.0.0.1:9" in gone.stderr


def test_journal_becomes_cassettes(server: MockServer, tmp_path: Path) -> None:
    done = run("--url", server.url, "-o", tmp_path)
    assert done.exit_code == 0, done.output
    assert run("--url", server.url, "-o", tmp_path).exit_code == 2
    assert run("--url", server.url, "-o", tmp_path, "--replace").exit_code == 0
    with MockServer(tmp_path) as other:
        first, second = (Anthropic(base_url=each.url, api_key="k", max_retries=0) for each in (server, other))
        said = [
            client.messages.create(model="claude-haiku-4-5", max_tokens=100, messages=MESSAGES).content
            for client in (first, second)
        ]
    assert said[0] == said[1]


def test_session_is_chosen(server: MockServer) -> None:
    client = Anthropic(base_url=server.url, api_key="k", default_headers={"x-mock-session": "other"})
    client.models.list()
    done = run("--url", server.url, "--session", "other", "--format", "jsonl", "-o", "-")
    assert [json.loads(line)["request"]["path"] for line in done.stdout.splitlines()] == ["/v1/models"]


def test_token_is_taken_from_the_environment(tmp_path: Path) -> None:
    with MockServer(control_token="TOKEN") as server:
        refused = run("--url", server.url, "--format", "har", "-o", tmp_path / "file")
        allowed = run("--url", server.url, "--format", "har", "-o", tmp_path / "file", token="TOKEN")
    assert refused.exit_code == 2
    assert "answered 401 to a request for its journal: give its token as MOCKSERVER_CONTROL_TOKEN" in refused.stderr
    assert (allowed.exit_code, allowed.stderr) == (2, "exported: nothing\n")


def test_missing_server_is_told(tmp_path: Path) -> None:
    done = run("--url", "http://127.0.0.1:9", "-o", tmp_path)
    assert done.exit_code == 2
    assert done.stderr.startswith("mockserver: there is no mock server at http://127.0.0.1:9: ")


@pytest.mark.parametrize("form", ["har", "jsonl"])
def test_cassettes_are_written_and_read_as_the_same(form: str, tmp_path: Path) -> None:
    for number, rows in enumerate([*recordings(recorded_rows()).values()][:30]):
        (tmp_path / f"test-{number:02}").write_bytes(vcr_text(rows))
    assert CliRunner().invoke(main, ["import", str(tmp_path), "--to", str(tmp_path / "cassettes")]).exit_code == 0
    assert run(tmp_path / "cassettes", "--format", form, "-o", tmp_path / "one").exit_code == 0
    cassettes = sorted((tmp_path / "cassettes").glob("*.yaml"))
    recorded = [each for path in cassettes for each in read_data(path.read_bytes(), path.parent).exchanges]
    again = read_data((tmp_path / "one").read_bytes()).exchanges
    assert len(again) > 30
    assert [parts_of(each) for each in again] == [parts_of(each) for each in recorded]
    assert run(tmp_path / "one", "-o", tmp_path / "again").exit_code == 0
    assert [*(tmp_path / "again").glob("*.yaml")] != []


def test_broken_cassettes_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("cassette: {exchanges: b.jsonl, version: 1}\nscenarios: []\n")
    done = run(tmp_path / "a.yaml", "--format", "har", "-o", tmp_path / "out")
    assert (done.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert done.stderr == f"mockserver: {tmp_path}/a.yaml: No such file or directory\n"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((".", "--session", "demo", "-o", "out"), "--session goes without cassettes"),
        (("-o", "-"), "Cassettes are files in a folder"),
        ((".", "--format", "html", "-o", "out"), "--format html is of a server's journal"),
        (("--format", "scenarios", "--redact", "x", "-o", "out"), "it goes without cassettes and --redact"),
    ],
)
def test_options_that_say_nothing_are_refused(words: tuple[str, ...], expected: str) -> None:
    done = run(*words)
    assert (done.exit_code, expected in done.output) == (2, True)
