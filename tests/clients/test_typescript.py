"""The official TypeScript SDKs against a real server. ``make install`` fetches them where npm is present."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mockserver.testing.server import MockServer
from tests.clients.test_batches import CITIES
from tests.clients.test_files import NOTES, PLOT, PLOTTING, running
from tests.clients.test_sdk import WEATHER, script

__all__ = ["running"]  # a fixture

FOLDER = Path(__file__).parent.parent / "typescript"
SCENARIOS: dict[str, Any] = {
    "scenarios": [
        *WEATHER["scenarios"],
        {"name": "overloaded", "when": {"user": "fail with 529"}, "reply": {"error": "overloaded_error"}},
        {"name": "limited", "when": {"user": "fail with 429"}, "reply": {"error": "rate_limit_error"}},
    ]
}


def missing() -> str:
    """Why this cannot run here; empty when it can."""
    if not shutil.which("node"):
        return "node is not installed"
    for name in ("@anthropic-ai/sdk", "openai"):
        if not (FOLDER / "node_modules" / name).is_dir():
            return f"{name} is not installed: run make install where npm is present"
    return ""


NEEDS_NODE = pytest.mark.skipif(bool(missing()), reason=missing() or "present")


def run(server: MockServer, key: str, *command: str) -> Any:
    """What a script of the folder prints."""
    environment = {**os.environ, "ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": key}
    environment |= {"OPENAI_BASE_URL": f"{server.url}/v1", "OPENAI_API_KEY": key}
    done = subprocess.run(
        ["node", *command], cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@NEEDS_NODE
def test_typescript_sdk_works(running: MockServer, key: str) -> None:
    script(running, key, SCENARIOS)
    seen = run(running, key, "check.mjs")
    assert seen["text"] == seen["streamed"] == seen["finalText"]
    assert seen["usage"][0] == seen["usage"][1] > 0
    assert seen["requestId"].startswith("req_")
    assert seen["toolInput"] == {"city": "Oslo"}
    assert seen["answer"] == "It is 21 degrees in Oslo."
    assert seen["errors"] == [
        ["BadRequestError", 400, True],
        ["OverloadedError", 529, True],
        ["RateLimitError", 429, True],
    ]


@NEEDS_NODE
def test_typescript_sdk_of_openai_works(running: MockServer, key: str) -> None:
    script(running, key, SCENARIOS)
    seen = run(running, key, "chat.mjs")
    assert seen["text"] == seen["streamed"] == seen["finalText"]
    assert seen["usage"][0] == seen["usage"][1] > 0
    assert seen["requestId"].startswith("req_")
    assert (seen["called"], seen["answer"]) == (["Oslo"], "It is 21 degrees in Oslo.")
    assert seen["structured"] == ["city", "degrees"]
    assert seen["errors"] == [
        ["BadRequestError", 400, True],
        ["InternalServerError", 529, True],
        ["RateLimitError", 429, True],
    ]
    assert "claude-opus-4-8" in seen["models"]


@NEEDS_NODE
def test_typescript_sdk_runs_batches(running: MockServer, key: str) -> None:
    script(running, key, CITIES)
    seen = run(running, key, "batches.mjs")
    assert seen["created"] == ["in_progress", 3, None]
    counts = {"processing": 0, "succeeded": 2, "errored": 1, "canceled": 0, "expired": 0}
    assert seen["counts"] == counts
    assert seen["results"] == {"item-0": "Oslo", "item-1": "Bergen", "item-2": ["errored", "invalid_request_error"]}
    assert seen["refused"] == ["BadRequestError", 400]
    assert seen["cancelled"] == "canceling"
    assert seen["cancelledCounts"] == {**counts, "succeeded": 0, "errored": 0, "canceled": 1}
    assert seen["listed"]
    assert seen["deleted"] == "message_batch_deleted"
    assert seen["gone"] == ["NotFoundError", 404]


@NEEDS_NODE
def test_typescript_sdk_keeps_files(running: MockServer, key: str, tmp_path: Path) -> None:
    script(running, key, PLOTTING)
    path = tmp_path / "notes.txt"
    path.write_bytes(NOTES)
    seen = run(running, key, "files.mjs", str(path))
    assert seen["uploads"] == [["notes.txt", len(NOTES), False]] * 3
    assert seen["metadata"]
    assert seen["listed"]
    assert seen["downloaded"] == PLOT["text"]
    assert seen["refused"] == [True, 400]
    assert seen["deleted"] == "file_deleted"
    assert seen["gone"] == [True, 404]
