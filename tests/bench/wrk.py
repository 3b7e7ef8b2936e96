"""Load by wrk, where that is installed: it takes a tenth of a core; else by Python, in a process of its own."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from .load import Request, rate

CONNECTIONS = 32
SCRIPT = """
local requests, at = {}, 0
function init()
  for _, session in ipairs({SESSIONS}) do
    local headers = {["content-type"] = "application/json", ["x-api-key"] = session}
    requests[#requests + 1] = wrk.format("POST", "/v1/messages", headers, BODY)
  end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
"""
_RATE = re.compile(r"^\s*(\d+) requests in ([\d.]+)(m?s|m)", re.MULTILINE)
_FAILED = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}


def why_no_wrk() -> str:
    """Why the load is made in Python; "" when it is not."""
    return "" if shutil.which("wrk") else "wrk is not here (apt install wrk): the load is made in Python"


def load(port: int, body: bytes, *, sessions: Sequence[str], seconds: float) -> tuple[int, float]:
    """Send one request after the other over 32 connections, the sessions in turns.

    Returns:
        How many were answered, and in how many seconds.

    Raises:
        RuntimeError: one was answered by an error, or not at all.
    """
    if why_no_wrk():
        return _load_in_python(port, body, sessions[0], seconds)
    with TemporaryDirectory() as folder:
        script = Path(folder) / "post.lua"
        names = ", ".join(f'"{name}"' for name in sessions)
        script.write_text(SCRIPT.replace("SESSIONS", names).replace("BODY", f"[==[{body.decode()}]==]"))
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{max(int(seconds), 1)}s", "--timeout", "30s", "-s", str(script)]
        command = ["wrk", *options, f"http://127.0.0.1:{port}"]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if failed := _FAILED.search(told):
        raise RuntimeError(failed[0])
    found = _RATE.search(told)
    assert found, told
    return int(found[1]), float(found[2]) * _UNITS[found[3]]


def _load_in_python(port: int, body: bytes, session: str, seconds: float) -> tuple[int, float]:
    """Sends as many requests as take about so long, and no more than 1,500 a second's worth."""
    count = max(int(seconds * 1500), CONNECTIONS)
    command = [sys.executable, "-m", __name__, str(port), session, str(count)]
    told = subprocess.run(command, check=True, capture_output=True, text=True, input=body.decode()).stdout
    return count, count / float(told)


def main(port: str, session: str, count: str) -> None:
    request = Request.post("/v1/messages", sys.stdin.buffer.read())
    request = Request(request.data.replace(b"x-api-key: bench", f"x-api-key: {session}".encode()))
    print(asyncio.run(rate(int(port), request, count=int(count), connections=CONNECTIONS)))


if __name__ == "__main__":
    main(*sys.argv[1:])
