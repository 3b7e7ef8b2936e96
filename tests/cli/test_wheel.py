"""The wheel, installed and run apart from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from mockserver.reference import prebuilt
from tests.conftest import ROOT
from tests.strict import message_of

HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(ROOT))
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds nothing but the installed package; its dependencies come from the environment."""
    folder = tmp_path_factory.mktemp("site")
    done = pip("install", "--no-deps", "--no-index", "--no-compile", "--target", str(folder), str(wheel))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def server(installed: Path, tmp_path: Path) -> Iterator[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONSAFEPATH": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "serve", "--port", "0", str(installed / "mockserver" / "_fixtures")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("mockserver listening on "), process.communicate()[1]
        yield line.split()[-1]
    finally:
        process.kill()
        process.communicate()


def pip(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_wheel_holds_schemas_and_fixtures(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = [path for folder in ("schemas", "fixtures") for path in (ROOT / folder).rglob("*") if path.is_file()]
    assert shipped
    missing = [path for path in shipped if f"mockserver/_{path.relative_to(ROOT).as_posix()}" not in names]
    assert missing == []
    data = (
        "py.typed",
        "reference/data/models.yaml",
        "control/openapi.json",
        *(f"reference/data/prebuilt/{name}.json" for name in prebuilt.list_names()),
    )
    assert {f"mockserver/{name}" for name in data} <= names
    assert not [name for name in names if name.startswith("tests")]


def test_installed_wheel_answers(installed: Path, server: str) -> None:
    message = message_of(httpx.post(f"{server}/v1/messages", json=HELLO))
    assert message["content"][0]["type"] == "text"
    refused = httpx.post(f"{server}/v1/messages", json={**HELLO, "messages": []})
    assert refused.json()["error"]["message"] == "messages: at least one message is required"
    health = httpx.get(f"{server}/_mock/health").json()
    assert health["scenarios"] > 0
    assert all(str(installed) in path for path in health["fixtures"])
