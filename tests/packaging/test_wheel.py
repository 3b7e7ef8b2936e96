"""What ``make wheel`` has built, and installed with nothing but what it says it needs."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from mockserver.control import page
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
        *(f"control/inspector/{name}" for name in ("index.html", *page.list_files())),
        *(f"reference/data/prebuilt/{name}.json" for name in prebuilt.list_names()),
    )
    assert {f"mockserver/{name}" for name in data} <= names
    assert not [name for name in names if name.startswith("tests")]


def test_sdist_makes_the_same_wheel(tmp_path: Path) -> None:
    (sdist,) = (ROOT / FOLDER).glob("*.tar.gz")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", tmp_path, sdist], check=True, timeout=100)
    (wheel,), (again,) = (ROOT / FOLDER).glob("*.whl"), tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(again) as other:
        assert {name: one.read(name) for name in one.namelist()} == {
            name: other.read(name) for name in other.namelist()
        }


def test_sdist_holds_what_its_tests_need() -> None:
    (sdist,) = (ROOT / FOLDER).glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert {*listed.stdout.splitlines()} - names == set()


def test_installed_wheel_answers(server: str) -> None:
    message = message_of(httpx.post(f"{server}/v1/messages", json=HELLO))
    assert message["content"][0]["type"] == "text"
    refused = httpx.post(f"{server}/v1/messages", json={**HELLO, "messages": []})
    assert refused.json()["error"]["message"] == "messages: at least one message is required"
    health = httpx.get(f"{server}/_mock/health").json()
    assert health["scenarios"] > 0
    assert all(".venv-wheel" in path for path in health["fixtures"])


def test_installed_wheel_has_its_page(server: str) -> None:
    assert "inspector/app.js" in httpx.get(f"{server}/_mock/").text
    for name in page.list_files():
        assert httpx.get(f"{server}/_mock/inspector/{name}").status_code == 200
