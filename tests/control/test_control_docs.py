"""The page of the control interface: its commands work as they stand, one after the other."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.control import ROUTES
from mockserver.control.routes import public_path
from mockserver.testing.server import MockServer

PAGE = (Path(__file__).parent.parent.parent / "docs/control.md").read_text("utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
JSON_BLOCKS = re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
TOOLS = ("bash", "curl")


def answers(block: str, url: str) -> Iterator[dict[str, Any]]:
    """What the commands of a block print."""
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", block.replace("http://127.0.0.1:8000", url)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"
    rest = done.stdout.strip()
    while rest:
        value, end = json.JSONDecoder().raw_decode(rest)
        yield value
        rest = rest[end:].strip()


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {' and '.join(TOOLS)}")
def test_commands_of_the_page_work() -> None:
    with MockServer() as server:
        for block in BLOCKS:
            told = list(answers(block, server.url))
            assert len(told) == len(re.findall("^curl ", block, re.MULTILINE))
            assert [answer["error"] for answer in told if "error" in answer] == []


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {' and '.join(TOOLS)}")
def test_token_may_be_sent_as_the_page_says() -> None:
    with MockServer(control_token="TOKEN") as server:
        (block,) = [block for block in BLOCKS if "TOKEN" in block]
        assert [answer["total"] for answer in answers(block, server.url)] == [0, 0, 0]
        (refused,) = answers(f"curl -s {server.url}/_mock/requests", server.url)
        assert "token" in refused["error"]["message"]


@pytest.mark.parametrize("block", JSON_BLOCKS)
def test_answers_on_the_page_are_json(block: str) -> None:
    assert json.loads(block)


def test_page_shows_every_endpoint() -> None:
    for route in ROUTES:
        path = public_path(route)
        shown = path.replace("{name}", "NAME").replace("{number}", "NUMBER").replace("{id}", "ID")
        shown = shown.replace("{file}", "FILE")
        assert re.search(rf"{route.method}[^|]*/_mock{re.escape(shown)}|/_mock/{path.split('/')[1]}\[", PAGE)
