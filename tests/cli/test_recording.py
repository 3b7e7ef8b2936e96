"""``mockserver record``, ``run --record`` and ``serve --record``: what is recorded, what is replayed, what is told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mockserver.cli.commands import main
from mockserver.cli.recording import tell_recording
from mockserver.recordings.errors import RecordingError
from mockserver.scenarios.cassette_files import find_cassettes
from mockserver.serving.recording import check_address
from mockserver.serving.server import bind
from mockserver.testing.server import MockServer

KEY = "sk-ant-api03-upstream-secret"
COMMAND = [sys.executable, "-m", "mockserver"]
# Prints the answers to the questions that it is given, or the statuses of errors.
ASK = """
import json, os, sys, urllib.error, urllib.request as r
for text in sys.argv[1:]:
    body = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": text}]}
    key = os.environ.get("ANTHROPIC_API_KEY", "")
    headers = {"content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": key}
    asked = r.Request(os.environ["ANTHROPIC_BASE_URL"] + "/v1/messages", json.dumps(body).encode(), headers)
    try:
        print(json.load(r.urlopen(asked))["content"][0]["text"])
    except urllib.error.HTTPError as error:
        print(error.code)
"""


@pytest.fixture
def upstream() -> Iterator[MockServer]:
    with MockServer(api_keys=(KEY,), unmatched="error") as server:
        server.scripts.when(user="Hi").calls(["First.", "Second.", "Third."])
        server.scripts.when(user="Bye").reply("Gone.")
        server.scripts.when(user="Busy").error("overloaded_error")
        yield server


def environment(**variables: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MOCKSERVER_", "ANTHROPIC_")) and name != "CI"
    }
    return {**kept, "ANTHROPIC_API_KEY": KEY, **variables}


def record(
    upstream: MockServer, *arguments: str, asks: tuple[str, ...] = ("Hi",), name: str = "record", **variables: str
) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, name, "--upstream", upstream.url, *arguments, "--", sys.executable, "-c", ASK, *asks]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment(**variables), timeout=60, check=False
    )


def test_record_writes_what_is_new_and_replays_the_rest(upstream: MockServer, tmp_path: Path) -> None:
    folder = str(tmp_path / "cassettes")
    done = record(upstream, "--to", folder, asks=("Hi", "Busy"))
    assert done.stdout.split() == ["First.", "529"]
    lines = done.stderr.splitlines()
    assert lines[0] == f"mockserver: records {upstream.url} in {folder} (mode new_episodes)"
    assert lines[2] == (f"mockserver: recorded 1 exchange in 1 file of {folder}: hi.yaml; 1 not recorded (status 529)")
    again = record(upstream, "--to", folder, asks=("Hi", "Bye"))
    assert again.stdout.split() == ["First.", "Gone."]
    first, _, last = again.stderr.splitlines()
    assert first == f"mockserver: records {upstream.url} in {folder} (mode new_episodes), replays 1 cassette of it"
    assert last == f"mockserver: recorded 1 exchange in 1 file of {folder}: bye.yaml"
    assert upstream.mock.journal.received() == 3
    assert not any(KEY.encode() in path.read_bytes() for path in Path(folder).iterdir())


def test_all_replaces_what_comes_again_and_leaves_the_rest(upstream: MockServer, tmp_path: Path) -> None:
    folder = tmp_path / "cassettes"
    record(upstream, "--to", str(folder), asks=("Hi", "Bye"))
    bye = (folder / "bye.yaml").read_bytes()
    done = record(upstream, "--to", str(folder), "--record-mode", "all")
    assert done.stdout.split() == ["Second."]
    assert sorted(path.name for path in folder.glob("*.yaml")) == ["bye.yaml", "hi.yaml"]
    assert "Second." in (folder / "hi.yaml").read_text()
    assert "First." not in (folder / "hi.yaml").read_text()
    assert (folder / "bye.yaml").read_bytes() == bye


def test_nothing_is_recorded_in_ci_unless_asked(upstream: MockServer, tmp_path: Path) -> None:
    folder = str(tmp_path / "cassettes")
    refused = record(upstream, "--to", folder, CI="true")
    assert refused.returncode == 2
    assert "there is no cassette in" in refused.stderr
    assert "CI is set, so nothing is recorded" in refused.stderr
    assert record(upstream, "--to", folder, "--record-mode", "once", CI="true").stdout.split() == ["First."]
    replayed = record(upstream, "--to", folder, asks=("Hi", "Bye"), CI="true", ANTHROPIC_API_KEY="")
    assert replayed.stdout.split() == ["First.", "404"]
    assert "records nothing (CI is set; --record-mode says otherwise); replays 1 cassette of" in replayed.stderr
    assert upstream.mock.journal.received() == 1


def test_once_records_into_an_empty_folder_alone(upstream: MockServer, tmp_path: Path) -> None:
    folder = str(tmp_path)
    assert record(upstream, "--to", folder, "--record-mode", "once", asks=("Hi", "Bye")).stdout.split()[1] == "Gone."
    replayed = record(upstream, "--to", folder, "--record-mode", "once", asks=("Hi", "Other"))
    assert replayed.stdout.split() == ["First.", "404"]
    assert "records nothing (mode once, and there are cassettes)" in replayed.stderr


def test_files_that_are_no_scenarios_are_no_cassettes(upstream: MockServer, tmp_path: Path) -> None:
    for name in ("mockserver.yaml", ".hidden.yaml"):
        (tmp_path / name).write_text("cassette: [", "utf-8")
    done = record(upstream, "--to", str(tmp_path), "--record-mode", "once")
    assert done.stdout.split() == ["First."]
    assert f"in {tmp_path} (mode once)\n" in done.stderr
    assert find_cassettes([tmp_path])[0].file == str(tmp_path / "hi.yaml")


def test_run_records_too_and_reports(upstream: MockServer, tmp_path: Path) -> None:
    folder, report = str(tmp_path / "cassettes"), tmp_path / "report.json"
    record(upstream, "--record", folder, name="run", asks=("Hi", "Hi", "Bye"))
    done = record(
        upstream, "--record", folder, "--record-mode", "none", "--report", str(report), name="run", asks=("Hi",)
    )
    assert done.stdout.split() == ["First."]
    cassettes = json.loads(report.read_bytes())["cassettes"]
    assert cassettes == [
        {"file": f"{folder}/bye.yaml", "turns": 1, "unplayed": ["bye-1"]},
        {"file": f"{folder}/hi.yaml", "turns": 1, "unplayed": ["hi-1 (1 of 2 answers)"]},
    ]


def test_clients_keep_their_key_where_it_is_forwarded(upstream: MockServer, tmp_path: Path) -> None:
    done = record(upstream, "--to", str(tmp_path), "--forward-auth", ANTHROPIC_AUTH_TOKEN="mine")
    assert done.stdout.split() == ["First."]
    assert "sets ANTHROPIC_BASE_URL, NO_PROXY, OPENAI_BASE_URL, no_proxy\n" in done.stderr
    hidden = record(upstream, "--to", str(tmp_path / "other"))
    assert "sets ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL" in hidden.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["record", "--", "true"], "Missing option '--to'"),
        (
            ["record", "--to", "here"],
            "No command to run. Write it behind two dashes: mockserver record --to cassettes/",
        ),
        (["record", "--to", "here", "pytest"], "The command belongs behind two dashes: mockserver record … -- pytest"),
        (["record", "--to", "here", "--reload", "--", "true"], "record: expected no reload beside it"),
        (["serve", "--record", "here", "--workers", "2"], "record: one process records: leave out --workers"),
        (["record", "--to", "/proc/here", "--", "true"], "record: nothing can be written in /proc/here"),
        (["record", "--to", "here", "--upstream", "nowhere", "--", "true"], "expected a base URL"),
        (["record", "--to", "here", "--redact", "(", "--", "true"], "redact: /(/ is no regular expression"),
        (["serve", "--record", "here", "--redact", "$["], "redact: $[ is no JSONPath"),
        (
            ["serve", "--record", "here", "--port", "8397", "--upstream", "http://localhost:8397"],
            "this mock server itself",
        ),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    arguments: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, arguments, env={"ANTHROPIC_API_KEY": "any", "CI": None})
    assert (done.exit_code, told in done.output) == (2, True), done.output


def test_server_does_not_record_itself(tmp_path: Path) -> None:
    with bind("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    arguments = ["serve", "--record", str(tmp_path), "--port", str(port), "--upstream", f"http://localhost:{port}"]
    done = CliRunner().invoke(main, arguments, env={"ANTHROPIC_API_KEY": "any", "CI": None})
    assert (done.exit_code, "this mock server itself" in done.output) == (2, True), done.output


@pytest.mark.parametrize(
    ("host", "settings", "is_refused"),
    [
        ("0.0.0.0", {}, True),  # noqa: S104  nothing listens there
        ("0.0.0.0", {"api_keys": ("sk-team",)}, False),  # noqa: S104
        ("0.0.0.0", {"forward_auth": True}, False),  # noqa: S104
        ("127.0.0.1", {}, False),
    ],
)
def test_key_is_not_lent_to_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, settings: dict[str, Any], is_refused: bool
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-real-key")
    server = MockServer(record=str(tmp_path), record_mode="all", upstream="http://127.0.0.1:9", **settings)
    told = pytest.raises(RecordingError, match="could use your key of the upstream: say --api-key")
    with told if is_refused else nullcontext():
        check_address(server.mock, host, 8000)


def test_recording_needs_a_key(upstream: MockServer, tmp_path: Path) -> None:
    done = record(upstream, "--to", str(tmp_path), ANTHROPIC_API_KEY="")
    assert done.returncode == 2
    assert (
        "set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN) in the environment, or use --forward-auth (forward_auth in"
        in done.stderr
    )


def test_last_line_waits_for_what_is_being_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    go = threading.Event()
    server = MockServer(record=str(tmp_path), upstream="http://127.0.0.1:9", forward_auth=True, record_mode="all")
    recorder = server.mock.recorders.find("")
    assert recorder is not None

    def keep() -> None:
        assert go.wait(30)
        recorder.tally.keep()

    with tell_recording(server.mock, quiet=False):
        server.mock.recorders.queue.add(keep)
        threading.Timer(0.05, go.set).start()
    assert "recorded 1 exchange" in capsys.readouterr().err
