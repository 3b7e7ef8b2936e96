"""``mockserver run``: what its command gets, how it ends, and the reports it leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest

from mockserver import MockServer
from mockserver.cli import reporting
from mockserver.cli.output import has_room
from mockserver.cli.reporting import make_json_report, make_junit_report, write_reports
from mockserver.cli.running import UNREPORTED, make_environment, run
from mockserver.records.settings import Settings
from mockserver.testing.sources import ServerSource

HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
KEY = "sk-mock-a-long-enough-key"


def report_of(server: MockServer, status: int = 0) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(make_json_report([ServerSource(server.mock)], status))
    return told


@pytest.fixture
def server(tmp_path: Path) -> Any:
    """One that was asked for a scripted answer, an unmatched one, a refused one, and one with odd characters."""
    fixture = tmp_path / "hi.yaml"
    fixture.write_text('scenarios: [{name: "greet <all> & \\u0001", when: {user: Hi}, reply: {text: Hello.}}]')
    with (
        MockServer(fixture, unmatched="error") as server,
        httpx2.Client(base_url=server.url, headers={"x-api-key": KEY}) as client,
    ):
        client.post("/v1/messages", json=HELLO)
        client.post("/v1/messages", json={**HELLO, "messages": [{"role": "user", "content": "Bye"}]})
        client.post("/v1/messages", json={**HELLO, "max_tokens": -1})
        client.post("/v1/messages", content=b"\xff")
        assert server.session(KEY).wait()
        yield server


def test_report_tells_every_request(server: MockServer) -> None:
    told = report_of(server, 7)
    assert {name: value for name, value in told.items() if name not in ("stats", "requests")} == {
        "exit_status": 7,
        "total": 4,
        "dropped": 0,
        "refused": 2,
        "unmatched": 1,
    }
    first = told["requests"][0]
    assert first["body"] == HELLO
    assert first["headers"]["x-api-key"] == "sk-…-key"
    assert first["answer"]["content"][0]["text"] == "Hello."
    assert told["stats"]["statuses"] == {"200": 1, "400": 2, "404": 1}
    assert told["stats"]["scenarios"] == {"greet <all> & \\u0001": 1}


def test_junit_fails_what_was_refused_or_unmatched(server: MockServer) -> None:
    suite = make_junit_report([ServerSource(server.mock)])
    cases = suite.findall("testcase")
    failed = [case.find("failure") is not None for case in cases]
    assert failed == [False, True, True, True]
    assert suite.get("failures") == "3"
    assert cases[0].get("name") == "1: greet <all> & �"
    failures = [case.find("failure") for case in cases]
    assert failures[1] is not None
    message = str(failures[1].get("message"))
    assert message.startswith("No scenario fits this request. What differs from the one there is: 1. greet <all> & ")
    assert message.endswith('user: expected to contain "Hi", got "Bye"')
    assert "user: expected to contain" in str(failures[1].text)
    assert failures[2] is not None
    assert str(failures[2].get("message")).startswith("max_tokens: ")


def test_generated_answers_are_no_failures() -> None:
    with MockServer() as server:
        httpx2.post(f"{server.url}/v1/messages", json=HELLO)
        (case,) = make_junit_report([ServerSource(server.mock)]).findall("testcase")
    assert case.get("name") == "1: generated"
    assert case.find("failure") is None


def test_reports_are_files(server: MockServer, tmp_path: Path) -> None:
    report, junit, html = tmp_path / "report.json", tmp_path / "junit.xml", tmp_path / "report.html"
    write_reports([ServerSource(server.mock)], 0, title="Requests of pytest", report=report, junit=junit, html=html)
    assert json.loads(report.read_text("utf-8"))["total"] == 4
    assert ElementTree.parse(junit).getroot().get("tests") == "4"  # noqa: S314  written by ourselves
    page = html.read_text("utf-8")
    assert "<title>Requests of pytest</title>" in page
    assert page.count('"timeline":') == 4
    assert KEY not in report.read_text("utf-8") + junit.read_text("utf-8") + page


@pytest.mark.parametrize(
    ("given", "direct"),
    [({}, "127.0.0.1"), ({"NO_PROXY": "a.example", "no_proxy": "a.example"}, "127.0.0.1,a.example")],
)
def test_command_finds_the_server_and_only_that(given: dict[str, str], direct: str) -> None:
    unwanted = {"ANTHROPIC_AUTH_TOKEN": "mine", "ANTHROPIC_CUSTOM_HEADERS": "x-api-key: corp"}
    got = make_environment({**given, **unwanted, "HOME": "/root"}, {"ANTHROPIC_API_KEY": "k"})
    assert got == {"HOME": "/root", "ANTHROPIC_API_KEY": "k", "NO_PROXY": direct, "no_proxy": direct}


def test_status_of_the_command_is_ours(tmp_path: Path) -> None:
    program = (
        "import os, urllib.request\n"
        "urllib.request.urlopen(os.environ['ANTHROPIC_BASE_URL'] + '/v1/models')\n"
        "raise SystemExit(3)"
    )
    report = tmp_path / "reports" / "of today" / "report.json"
    assert run(Settings(), [sys.executable, "-c", program], report=report, junit=None) == 3
    told = json.loads(report.read_text("utf-8"))
    assert (told["exit_status"], told["total"]) == (3, 1)


def test_report_holds_more_than_a_server_keeps(tmp_path: Path) -> None:
    program = (
        "import os, urllib.request\n"
        "for number in range(7):\n"
        "    url = os.environ['ANTHROPIC_BASE_URL'] + '/v1/models'\n"
        "    urllib.request.urlopen(urllib.request.Request(url, headers={'x-api-key': str(number // 2)}))"
    )
    report = tmp_path / "report.json"
    assert (
        run(Settings(journal_entries=1, max_sessions=2), [sys.executable, "-c", program], report=report, junit=None)
        == 0
    )
    told = json.loads(report.read_text("utf-8"))
    assert (told["total"], told["dropped"]) == (7, 0)


def test_report_is_of_this_run_alone(tmp_path: Path) -> None:
    program = "import os, urllib.request as r; r.urlopen(os.environ['ANTHROPIC_BASE_URL'] + '/v1/models')"
    report, settings = tmp_path / "report.json", Settings(store=str(tmp_path / "kept"))
    for number in (1, 2):
        assert run(settings, [sys.executable, "-c", program], report=report, quiet=True) == 0
        told = json.loads(report.read_text("utf-8"))
        assert [each["number"] for each in told["requests"]] == [number]
        assert (told["total"], told["dropped"]) == (1, 0)


def test_missing_requests_are_counted() -> None:
    with MockServer(journal_entries=2) as server:
        for _ in range(5):
            httpx2.post(f"{server.url}/v1/messages", json=HELLO)
        assert (
            report_of(server)["total"],
            report_of(server)["dropped"],
        ) == (5, 3)
        suite = make_junit_report([ServerSource(server.mock)])
    assert suite.get("tests") == "2"
    assert str(suite.findtext("system-out")).startswith("3 requests are missing here")


def test_failures_that_are_missing_are_a_case() -> None:
    with MockServer(journal_entries=2) as server:
        for number in range(5):
            httpx2.post(f"{server.url}/v1/messages", json={**HELLO, "max_tokens": -number})
        suite = make_junit_report([ServerSource(server.mock)])
    assert (suite.get("tests"), suite.get("failures")) == ("3", "3")
    case = suite.findall("testcase")[-1]
    assert (case.get("classname"), case.get("name")) == ("missing", "3 requests")
    assert "2 of 3 requests" in str(case.findtext("failure"))


def test_report_keeps_failures_where_there_is_no_room(server: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
    httpx2.post(f"{server.url}/v1/messages", json=HELLO, headers={"x-api-key": KEY})
    monkeypatch.setattr(reporting, "_MOST", 1)
    told = report_of(server)
    assert [each["number"] for each in told["requests"]] == [4]
    monkeypatch.setattr(reporting, "_MOST", 6_000)
    told = report_of(server)
    numbers = [each["number"] for each in told["requests"]]
    assert numbers == sorted(numbers)
    assert 1 not in numbers
    assert (told["total"], told["dropped"], told["refused"]) == (5, 5 - len(numbers), 2)


def test_resets_take_nothing_from_the_figures(server: MockServer) -> None:
    server.reset(KEY)
    server.reset()
    told = report_of(server)
    assert (told["total"], told["dropped"], told["refused"], told["requests"]) == (4, 4, 2, [])
    (row,) = told["stats"]["endpoints"][1:]
    assert (row["model"], row["requests"], row["duration_ms"]["count"]) == ("claude-haiku-4-5", 3, 3)


def test_report_needs_no_place_for_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder can be made for what the command's own servers hand over."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    report = tmp_path / "report.json"
    assert run(Settings(), [sys.executable, "-c", ""], report=report, junit=None) == 0
    assert json.loads(report.read_text("utf-8"))["total"] == 0


def test_report_without_a_folder_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SystemExit, match=f"mockserver: cannot make the folder {tmp_path}/file: File exists."):
        run(Settings(), ["never"], report=None, junit=tmp_path / "file" / "junit.xml")


def test_two_reports_in_one_file_stop_the_start(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "x")
    for other in ("x", "link", "../" + tmp_path.name + "/x"):
        with pytest.raises(SystemExit, match=f"mockserver: --report and --junit are one file, {tmp_path}/"):
            run(Settings(), ["never"], report=tmp_path / "x", junit=tmp_path / other)
    with pytest.raises(SystemExit, match=f"mockserver: --junit and --html are one file, {tmp_path}/x"):
        run(Settings(), ["never"], junit=tmp_path / "x", html=tmp_path / "x")
    nothing = Path("/dev/null")
    assert run(Settings(), [sys.executable, "-c", ""], report=nothing, junit=nothing) == 0


@pytest.mark.parametrize("name", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_report_on_stdout_comes_behind_what_stands_there(tmp_path: Path, name: str) -> None:
    log = tmp_path / "log"
    log.write_text("earlier\n")
    command = [sys.executable, "-m", "mockserver", "run", "--report", name, "--", "sh", "-c", "echo said; exit 3"]
    with log.open("a") as out:
        assert subprocess.run(command, stdout=out, timeout=60).returncode == 3
    earlier, said, report = log.read_text().split("\n", 2)
    assert (earlier, said, json.loads(report)["exit_status"]) == ("earlier", "said", 3)


@pytest.mark.parametrize("is_link", [True, False])
def test_report_written_in_part_keeps_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_link: bool) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    link.symlink_to(real)
    monkeypatch.setattr(reporting, "has_room", lambda *_: False)
    assert not reporting._write(link if is_link else real, lambda: b"new")
    assert (link.is_symlink(), real.exists() and real.read_text()) == (True, "" if is_link else False)


def test_descriptors_beyond_a_thousand_are_asked_too() -> None:
    """``select`` knows the first 1,024 alone."""
    opened = [os.open(os.devnull, os.O_WRONLY)]
    try:
        opened.append(os.dup2(opened[0], 1_500))
        assert has_room(opened[-1])
    except OSError:
        pytest.skip("this process may not have so many descriptors")
    finally:
        for number in opened:
            os.close(number)


def test_report_for_a_pipe_that_nobody_reads_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert run(Settings(), [sys.executable, "-c", ""], report=pipe, junit=None) == UNREPORTED
    assert "it is a pipe that nobody reads" in capsys.readouterr().err
    assert pipe.exists()


def test_report_for_a_pipe_that_stays_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_PATIENCE", 0.0)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with pytest.raises(OSError, match="nobody reads"):
            reporting._write_at_once(pipe, b"x" * 2_000_000)
    finally:
        os.close(reader)


def test_large_report_goes_to_the_reader_of_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    with os.fdopen(reader, "rb") as file:
        thread = threading.Thread(target=lambda: read.append(file.read()))
        holder = os.open(pipe, os.O_WRONLY)
        thread.start()
        reporting._write_at_once(pipe, b"x" * 2_000_000)
        os.close(holder)
        thread.join(20)
    assert read == [b"x" * 2_000_000]


def test_command_that_cannot_start_has_the_status_of_a_shell(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("no program")
    assert run(Settings(), [str(script)], report=None, junit=None) == 126
    assert run(Settings(), [str(tmp_path / "nothing")], report=None, junit=None) == 127


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_command_decides_how_to_end(tmp_path: Path, number: signal.Signals) -> None:
    """SIGTERM is handed on; SIGINT comes to both from a terminal, so the command is waited for."""
    program = (
        "import os, signal, sys, time\n"
        f"signal.signal({int(number)}, lambda *_: sys.exit(9))\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    report = tmp_path / "report.json"
    options = ["--quiet", "--report", str(report)]
    command = [sys.executable, "-m", "mockserver", "run", *options, "--", sys.executable, "-c", program]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    assert process.communicate(timeout=60) == (b"", b"")
    assert process.returncode == 9
    assert json.loads(report.read_text("utf-8"))["exit_status"] == 9
