"""The wheel that ``make wheel`` has built, and installed with nothing but what it says it needs."""

from __future__ import annotations

import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from mockserver.reference import prebuilt
from tests.conftest import ROOT
from tests.strict import message_of

HELLO = {"model": "claude-haiku-4-5", "max_tokens": 64, "messages": [{"role": "user", "content": "Hi"}]}
FOLDER = os.environ.get("MOCKSERVER_WHEEL", "")

pytestmark = pytest.mark.skipif(not FOLDER, reason="make wheel builds it and runs this")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
    process = subprocess.Popen(
        [ROOT / ".venv-wheel" / "bin" / "mockserver", "serve", "--port", "0", "--examples"],
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


def test_wheel_holds_schemas_and_fixtures() -> None:
    (wheel,) = (ROOT / FOLDER).glob("*.whl")
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


def test_installed_wheel_answers(server: str) -> None:
    message = message_of(httpx.post(f"{server}/v1/messages", json=HELLO))
    assert message["content"][0]["type"] == "text"
    refused = httpx.post(f"{server}/v1/messages", json={**HELLO, "messages": []})
    assert refused.json()["error"]["message"] == "messages: at least one message is required"
    health = httpx.get(f"{server}/_mock/health").json()
    assert health["scenarios"] > 0
    assert all(".venv-wheel" in path for path in health["fixtures"])
