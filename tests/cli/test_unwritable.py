"""Output that cannot be written: it ends no server, and no command loses its status by it."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import UnsupportedOperation
from pathlib import Path
from typing import Any, TextIO, cast
from xml.etree import ElementTree

import httpx2 as httpx
import pytest

from mockserver.cli import output
from mockserver.cli.access_log import MOST, log_request
from mockserver.cli.output import SteadyStream
from mockserver.cli.reporting import write_reports
from mockserver.cli.running import UNREPORTED
from mockserver.records.settings import Settings
from mockserver.serving.assembly import build
from mockserver.serving.server import bind
from mockserver.testing.sources import Case, Item, ServerSource
from tests.sockets import until

COMMAND = [sys.executable, "-m", "mockserver"]
HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
FULL = "/dev/full"
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}

pytestmark = pytest.mark.skipif(not Path(FULL).exists(), reason=f"there is no {FULL}, the disk that is always full")


def closed_pipe() -> int:
    """The end for writing of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    return writing


def full_disk() -> int:
    return os.open(FULL, os.O_WRONLY)


@contextmanager
def started(*arguments: str, fill: Callable[[], int] | None, streams: str) -> Iterator[subprocess.Popen[bytes]]:
    """The command, with descriptors of ``fill`` as stdout and stderr; without ``fill`` these are closed."""
    names = streams.split()
    given: dict[str, Any] = dict.fromkeys(("stdout", "stderr"), subprocess.DEVNULL)
    numbers = {"stdout": 1, "stderr": 2}
    if fill is not None:
        given |= {name: fill() for name in names}
        command = [*COMMAND, *arguments]
    else:
        # The shell closes them for good; a program that would do it itself opens others first.
        closing = " ".join(f"{numbers[name]}>&-" for name in names)
        command = ["sh", "-c", f'exec "$@" {closing}', "sh", *COMMAND, *arguments]
    process = subprocess.Popen(command, env=ENVIRONMENT, **given)
    try:
        for name in names if fill is not None else ():
            os.close(given[name])
        yield process
    finally:
        process.kill()
        process.wait()


PIPE, DISK = (pytest.param(way, id=way.__name__) for way in (closed_pipe, full_disk))
WAYS = [PIPE, DISK, pytest.param(None, id="closed")]
BOTH = "stdout stderr"


def is_answered(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_mock/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    ("fill", "streams", "workers"),
    [
        (closed_pipe, BOTH, "1"),
        (full_disk, BOTH, "1"),
        (None, BOTH, "1"),
        (full_disk, "stderr", "1"),
        (full_disk, BOTH, "2"),
    ],
)
def test_server_goes_on_without_its_output(fill: Callable[[], int] | None, streams: str, workers: str) -> None:
    with bind("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with started("serve", "--port", str(port), "--workers", workers, fill=fill, streams=streams) as process:
        until(lambda: is_answered(url) or process.poll() is not None)
        for body in (HELLO, {**HELLO, "messages": []}) * 3:
            assert httpx.post(f"{url}/v1/messages", json=body).status_code == (200 if body is HELLO else 400)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize(
    ("fill", "command", "status"),
    [
        (closed_pipe, [sys.executable, "-c", "raise SystemExit(7)"], 7),
        (None, [sys.executable, "-c", "raise SystemExit(7)"], 7),
        (full_disk, ["no-such-command"], 127),
    ],
)
def test_run_keeps_the_status_of_its_command(fill: Callable[[], int] | None, command: list[str], status: int) -> None:
    with started("run", "--", *command, fill=fill, streams=BOTH) as process:
        assert process.wait(timeout=60) == status


@pytest.mark.parametrize("fill", WAYS)
def test_run_says_in_its_status_that_a_report_is_missing(fill: Callable[[], int] | None) -> None:
    """Unless the command failed: its own status is the more important one."""
    command = ("run", "--report", FULL, "--junit", FULL, "--", sys.executable, "-c", "pass")
    with started(*command, fill=fill, streams=BOTH) as process:
        assert process.wait(timeout=60) == UNREPORTED


def test_report_that_cannot_be_written_is_told_and_the_other_written(tmp_path: Path) -> None:
    junit = tmp_path / "junit.xml"
    command = [
        *COMMAND,
        "run",
        "--quiet",
        "--report",
        FULL,
        "--junit",
        str(junit),
        "--",
        sys.executable,
        "-c",
        "raise SystemExit(3)",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=ENVIRONMENT)
    assert done.returncode == 3
    assert done.stderr == f"mockserver: cannot write the report {FULL}: No space left on device.\n"
    assert ElementTree.parse(junit).getroot().get("tests") == "0"  # noqa: S314  written by ourselves


def test_report_takes_half_a_surrogate_pair(tmp_path: Path) -> None:
    """It has no UTF-8."""

    class Half(ServerSource):
        def items(self) -> Iterator[Item]:
            yield Item(
                Case("half \ud800", "half \ud800", 0.0, "half \ud800"),
                lambda: request,
                lambda: {**exported, "entry": request},
            )

    request = {"scenario": "half \ud800"}
    exported: dict[str, object] = {"timeline": {"note": "half \ud800"}, "changes": {}}
    report, junit, page = tmp_path / "report.json", tmp_path / "report.xml", tmp_path / "report.html"
    assert write_reports([Half(build(Settings()))], 0, report=report, junit=junit, html=page, title="half \ud800")
    assert '"entry":{"scenario":"half \\ud800"}' in page.read_text("utf-8")
    assert json.loads(report.read_bytes())["requests"] == [request]
    assert "half" in junit.read_text("utf-8")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["serve", "--help"], ["run", "-h"], ["check", "-h"]])
def test_help_that_cannot_be_printed_is_told(arguments: list[str]) -> None:
    with Path(FULL).open("w") as full:
        command = [*COMMAND, *arguments]
        done = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False, env=ENVIRONMENT
        )
    assert (done.returncode, done.stderr) == (74, "mockserver: cannot write to stdout: No space left on device.\n")


@pytest.mark.parametrize("arguments", [["--no-such"], ["serve", "--port", "x"], ["run"]])
def test_mistakes_that_cannot_be_printed_have_their_status(arguments: list[str]) -> None:
    with started(*arguments, fill=full_disk, streams=BOTH) as process:
        assert process.wait(timeout=60) == 2


@pytest.mark.parametrize("fill", [PIPE, DISK])
def test_mistakes_in_fixtures_have_their_status(fill: Callable[[], int] | None, tmp_path: Path) -> None:
    fixture = tmp_path / "bad.yaml"
    fixture.write_text("scenarios:\n  - name: x\n    reply: {txet: hello}\n")
    for command, status in ("serve", 2), ("check", 1):
        with started(command, str(fixture), fill=fill, streams=BOTH) as process:
            assert process.wait(timeout=60) == status


def test_check_that_cannot_print_does_not_pass(tmp_path: Path) -> None:
    fixture = tmp_path / "good.yaml"
    fixture.write_text("scenarios:\n  - {name: x, reply: {text: hello}}\n")
    with started("check", "--format", "json", str(fixture), fill=full_disk, streams="stdout") as process:
        assert process.wait(timeout=60) == 1


def test_log_that_nobody_reads_stops_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs that start a server and look at its address alone let the pipe behind it run full."""
    reading, writing = os.pipe()
    wrote = 0
    with os.fdopen(reading, "rb", buffering=0) as reader, os.fdopen(writing, "w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stderr", SteadyStream(stream))
        for number in range(1000):
            log_request(f"{number} " + "x" * 2 * MOST)
        while select.select((reader,), (), (), 0)[0]:
            wrote += reader.read(65536).count(b"\n")
        assert 0 < wrote < 1000
        log_request("read again")
        told = reader.read(1000).decode().lstrip("\n")
    assert told == f"mockserver: lines of this log that could not be written: {1000 - wrote}\nread again\n"


def test_log_goes_on_once_the_disk_has_room(monkeypatch: pytest.MonkeyPatch) -> None:
    class Disk:
        """A stream that is full at first."""

        def __init__(self) -> None:
            self.room, self.lines, self.encoding = False, list[str](), "utf-8"

        def write(self, text: str) -> None:
            if not self.room:
                raise OSError("full")
            self.lines.append(text)

        def flush(self) -> None: ...

        def fileno(self) -> int:
            raise UnsupportedOperation

    disk = Disk()
    monkeypatch.setattr(sys, "stderr", SteadyStream(cast(TextIO, disk)))
    log_request("lost")
    disk.room = True
    log_request("kept")
    assert output.tell_error("kept too")
    assert disk.lines == ["mockserver: lines of this log that could not be written: 1\n", "kept\n", "kept too\n"]


# Makes a server whose every answer fails, so that each request writes a traceback.
BUGGY = """
from mockserver import journey
from mockserver.cli import main

def fail(*_):
    raise RuntimeError("x" * 3000)

journey.answer = fail
main()
"""


@pytest.mark.parametrize("command", ["serve --port 0 -q", "run -- sleep 60"])
def test_tracebacks_that_nobody_reads_stop_no_answer(command: str, tmp_path: Path) -> None:
    """Both pipes are full and stay so; ``run`` says its address to its command alone."""
    script = tmp_path / "buggy.py"
    script.write_text(BUGGY)
    address = tmp_path / "address"
    arguments = command.replace("sleep 60", f"sh -c 'echo $ANTHROPIC_BASE_URL > {address}; exec sleep 60'")
    process = subprocess.Popen(
        ["sh", "-c", f'exec "$@" {arguments}', "sh", sys.executable, str(script)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        if command.startswith("serve"):
            url = process.stdout.readline().decode().split()[-1]
        else:
            until(lambda: address.exists() and address.read_text().endswith("\n"))
            url = address.read_text().strip()
        for _ in range(40):
            assert httpx.post(f"{url}/v1/messages", json=HELLO, timeout=20).status_code == 500
        assert os.read(process.stderr.fileno(), 65536).count(b"Traceback") >= 10
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) in (0, 143)
    finally:
        process.kill()
        process.communicate()


def test_text_that_is_cut_short_keeps_the_next_line_whole() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as reader, os.fdopen(writing, "w", buffering=1) as stream:
        steady = SteadyStream(stream)
        assert steady.write("x" * 10**6) == 10**6
        while select.select((reader,), (), (), 0)[0]:
            reader.read(65536)
        steady.write("whole\n")
        assert reader.read(1000) == b"\n" + output.LOST.format(1).encode() + b"whole\n"


def test_report_written_in_part_does_not_stay(tmp_path: Path) -> None:
    """The limit for files stands for a disk that becomes full."""
    report, junit = tmp_path / "report.json", tmp_path / "junit.xml"
    report.write_text("an earlier one")
    calls = "import os, urllib.request as u; [u.urlopen(os.environ['ANTHROPIC_BASE_URL'] + '/v1/models') for _ in 'ab']"
    command = [*COMMAND, "run", "--report", str(report), "--junit", str(junit), "--", sys.executable, "-c", calls]
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", *command], capture_output=True, text=True, timeout=60, check=False,
        env={**ENVIRONMENT, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert "cannot write the report" in done.stderr
    assert done.returncode == UNREPORTED
    assert not report.exists()
    assert ElementTree.parse(junit).getroot().get("tests") == "2"  # noqa: S314  written by ourselves
