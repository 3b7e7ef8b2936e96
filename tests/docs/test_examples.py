"""The examples for JavaScript as their users run them, with the packages that they name: ``make examples``."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from tests.docs.test_recipes import ENVIRONMENT, EXAMPLES

JAVASCRIPT, VITE = EXAMPLES / "javascript", EXAMPLES / "vite"

pytestmark = pytest.mark.skipif(
    not all((folder / "node_modules").is_dir() for folder in (JAVASCRIPT, VITE)),
    reason="make examples installs what they name, where npm is present",
)


def npm(folder: Path, *words: str) -> str:
    command = ["npm", *words]
    done = subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)


def test_vitest_passes() -> None:
    assert re.search(r"Tests +3 passed \(3\)", npm(JAVASCRIPT, "test"))


def test_vite_builds(tmp_path: Path) -> None:
    npm(VITE, "run", "build", "--", "--outDir", str(tmp_path))
    assert "/assets/index-" in (tmp_path / "index.html").read_text("utf-8")


@pytest.fixture
def page() -> Iterator[str]:
    """The address of the page that ``npm run dev`` serves."""
    command = ["npm", "run", "dev", "--", "--host", "127.0.0.1"]
    environment = {**ENVIRONMENT, "NO_COLOR": "1"}
    with subprocess.Popen(
        command, cwd=VITE, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            assert process.stdout is not None
            lines = (re.search(r"Local: +(http://\S+)", line) for line in process.stdout)
            yield next(found[1] for found in lines if found)
        finally:
            os.killpg(process.pid, 15)


def test_page_asks_the_mock(page: str) -> None:
    assert "baseURL: __BASE_URL__" in httpx.get(f"{page}main.js").text
    source = httpx.get(f"{page}@vite/env").text
    found = re.search(r'"__BASE_URL__": "(http://127\.0\.0\.1:\d+)"', source)
    assert found, source
    hello = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": "A story!"}]}
    answer = httpx.post(f"{found[1]}/v1/messages", json=hello, headers={"x-api-key": "any-key"}, timeout=30)
    assert answer.json()["content"][0]["text"].startswith("Once upon a time")
