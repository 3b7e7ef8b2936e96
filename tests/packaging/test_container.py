"""The Dockerfile, without an engine: what it copies, its installation, its command and its health check are run here.

``make wheel`` runs this. That an engine takes the file is not shown: there is none where this was written.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.sockets import until

pytestmark = pytest.mark.skipif(not os.environ.get("MOCKSERVER_WHEEL"), reason="make wheel runs this")

# The instructions of a Dockerfile (docs.docker.com/reference/dockerfile), but for those that nobody needs here.
KNOWN = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "ENV", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


def read_stages() -> list[list[tuple[str, str]]]:
    """The instructions of each stage, in their order."""
    stages: list[list[tuple[str, str]]] = []
    for line in (ROOT / "Dockerfile").read_text("utf-8").splitlines():
        word, _, rest = line.partition(" ")
        if not line or word == "#":
            continue
        assert word in KNOWN, line
        assert not line.endswith("\\"), "this reader knows no lines that go on"
        if word == "FROM":
            stages.append([])
        stages[-1].append((word, rest))
    return stages


BUILD, IMAGE = read_stages()


def copy_context(to: Path) -> None:
    """The files that an engine would see: ``.dockerignore`` leaves out all but what it names."""
    first, *kept = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert first == "*"
    for name in (line.removeprefix("!") for line in kept if line.startswith("!")):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, to / name)


def test_image_installs_and_serves(tmp_path: Path) -> None:
    context, installed, scenarios = tmp_path / "source", tmp_path / "installed", tmp_path / "scenarios"
    context.mkdir()
    scenarios.mkdir()
    copy_context(context)
    (pip,) = [rest for word, rest in BUILD if word == "RUN"]
    assert ("COPY", ". .") in BUILD
    assert ("COPY", "--from=build /installed /usr/local") in IMAGE
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "image"], check=True, timeout=100)
    python = str(tmp_path / "image" / "bin" / "python")
    command = [python, "-m", *pip.replace("/installed", str(installed)).split()]
    subprocess.run([*command, "--quiet"], cwd=context, check=True, timeout=300)

    (packages,) = installed.glob("lib/python*/site-packages")
    told = dict(IMAGE)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")},
        **dict(pair.split("=") for pair in told["ENV"].split()),
        "MOCKSERVER_HOST": "127.0.0.1",
        "MOCKSERVER_PORT": port,
        "PYTHONPATH": str(packages),
    }
    (entry,), (verb, folder) = json.loads(told["ENTRYPOINT"]), json.loads(told["CMD"])
    assert folder == told["VOLUME"]
    health = [sys.executable, *json.loads(told["HEALTHCHECK"].partition(" CMD ")[2])[1:]]
    with subprocess.Popen([python, installed / "bin" / entry, verb, scenarios], env=environment) as process:
        try:
            until(lambda: subprocess.run(health, env=environment, check=False, capture_output=True).returncode == 0)
        finally:
            process.terminate()
