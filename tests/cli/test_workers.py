"""Several worker processes behind one port."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
from pathlib import Path

import httpx2 as httpx
import pytest

from mockserver.serving.server import bind
from tests.cli.test_cli import COMMAND, ENDLESS, HELLO, serving
from tests.sockets import until
from tests.strict import message_of


@pytest.fixture
def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def has_begun(worker: int) -> bool:
    """Whether it has loaded its fixtures: then it makes an event loop."""
    try:
        return any("eventpoll" in str(each.readlink()) for each in Path(f"/proc/{worker}/fd").iterdir())
    except FileNotFoundError:  # it closed one meanwhile
        return False


def can_listen(port: int) -> bool:
    try:
        bind("127.0.0.1", port).close()
    except OSError:
        return False
    return True


def test_workers_share_a_port(environment: dict[str, str]) -> None:
    with serving("--workers", "2", environment=environment) as (process, url):
        for _ in range(4):
            message_of(httpx.post(f"{url}/v1/messages", json=HELLO, timeout=30))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert errors.count("POST /v1/messages 200") == 4


def test_feed_tells_what_all_workers_answered(environment: dict[str, str]) -> None:
    with (
        serving("--workers", "2", environment=environment) as (process, url),
        httpx.Client(timeout=30) as client,
        client.stream("GET", f"{url}/_mock/events") as feed,
    ):
        lines = feed.iter_lines()
        assert next(line for line in lines if line.startswith("id: ")) == "id: 0"
        for _ in range(6):
            message_of(httpx.post(f"{url}/v1/messages", json=HELLO, timeout=30))
        told = [json.loads(line[6:])["number"] for line in itertools.islice(filter(_is_data, lines), 6)]
        assert told == [1, 2, 3, 4, 5, 6]
        process.send_signal(signal.SIGTERM)
        assert list(lines)[-1:] in ([""], [])
        assert process.wait(timeout=60) == 0


def _is_data(line: str) -> bool:
    return line.startswith("data: ")


def test_workers_may_be_stopped_while_they_start(environment: dict[str, str]) -> None:
    with serving("--workers", "2", environment=environment) as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize(("number", "how"), [(signal.SIGKILL, "killed (SIGKILL)"), (signal.SIGTERM, "told to stop")])
def test_dead_worker_is_replaced(environment: dict[str, str], number: signal.Signals, how: str) -> None:
    with serving("--workers", "2", environment=environment) as (process, url):
        before = workers_of(process)
        os.kill(before[0], number)
        until(lambda: len(workers_of(process)) == 2 and before[0] not in workers_of(process))
        message_of(httpx.post(f"{url}/v1/messages", json=HELLO, timeout=30))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"a worker was {how}; another takes its place." in errors


def test_worker_that_does_not_listen_is_killed(environment: dict[str, str]) -> None:
    with serving("--workers", "2", environment=environment) as (process, _):
        os.kill(workers_of(process)[0], signal.SIGSTOP)
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_worker_that_fails_ends_the_server(environment: dict[str, str], tmp_path: Path) -> None:
    broken = "import os, sys\nif 'mockserver.cli.workers' in sys.orig_argv: os._exit(3)\n"
    (tmp_path / "sitecustomize.py").write_text(broken)
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", "--workers", "2"],
        env={**environment, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert process.wait(timeout=60) == 3


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_port_is_free_while_workers_drain(environment: dict[str, str], tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "endless.yaml").write_text(ENDLESS)
    with (
        serving("--workers", "2", str(tmp_path), environment=environment) as (process, url),
        httpx.stream("POST", f"{url}/v1/messages", json={**HELLO, "stream": True}) as response,
    ):
        parts = response.iter_bytes()  # held: without it the client hangs up
        assert next(parts)
        workers, port = workers_of(process), int(url.rpartition(":")[2])
        process.send_signal(number)
        until(lambda: can_listen(port))
        assert any(map(is_running, workers))
        for worker in filter(is_running, workers):
            os.kill(worker, signal.SIGKILL)


def test_workers_end_with_the_process_that_started_them(environment: dict[str, str]) -> None:
    with serving("--workers", "2", environment=environment) as (process, url):
        workers, port = workers_of(process), int(url.rpartition(":")[2])
        process.kill()
        until(lambda: not any(map(is_running, workers)))
    bind("127.0.0.1", port).close()


def test_programs_answer_from_one_process(environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "fixture.py"
    path.write_text("raise ValueError('it was run')")
    done = subprocess.run(
        [*COMMAND, "serve", "--workers", "2", "--port", "0", str(path)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "fixture.py:1:1: a fixture in Python answers from one process: leave out --workers" in done.stderr
    assert "it was run" not in done.stderr
