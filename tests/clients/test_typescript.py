"""The official TypeScript SDK against a real server. ``make install`` fetches it where npm is present."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mockserver.testing.server import MockServer
from tests.clients.test_sdk import WEATHER, script

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
    if not (FOLDER / "node_modules" / "@anthropic-ai" / "sdk").is_dir():
        return "@anthropic-ai/sdk is not installed: run make install where npm is present"
    return ""


@pytest.mark.skipif(bool(missing()), reason=missing() or "present")
def test_typescript_sdk_works(running: MockServer, key: str) -> None:
    script(running, key, SCENARIOS)
    environment = {**os.environ, "ANTHROPIC_BASE_URL": running.url, "ANTHROPIC_API_KEY": key}
    done = subprocess.run(
        ["node", "check.mjs"], cwd=FOLDER, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
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
