"""The requests that pages of relay gateways print, sent by curl as they stand there to ``mockserver serve``."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

DATA = Path(__file__).parent.parent / "data" / "seed" / "requests.yaml"
SEED: list[dict[str, Any]] = yaml.safe_load(DATA.read_text("utf-8"))
GATEWAY = ["--gateway", "new-api"]
CASES = [
    pytest.param(tuple(options), case, id=f"{case['name']}, {' '.join(options) or 'no options'}")
    for case in SEED
    for options in case.get("options", [GATEWAY])
]
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[tuple[str, ...], str]]:
    """The addresses of two servers by their options: with a gateway, and with no options at all."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
    command = [sys.executable, "-m", "mockserver", "serve", "--port", "0"]
    made = {
        options: subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )
        for options in (tuple(GATEWAY), ())
    }
    try:
        yield {options: (process.stdout.readline().split() or [""])[-1] for options, process in made.items()}  # type: ignore[union-attr]
    finally:
        for process in made.values():
            process.kill()
            process.communicate()


def send(request: str, base: str, answered: Mapping[str, Any]) -> tuple[int, str]:
    """The status and the body that curl gets."""
    # The shell joins lines so, shlex does not.
    for name, value in {"\\\n": " ", "BASE": base, **answered}.items():
        request = request.replace(name, value)
    command = [*shlex.split(request), "--silent", "--write-out", "\n%{http_code}", "--noproxy", "*", "--max-time", "30"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def read(body: str) -> dict[str, Any]:
    """A message of either wire by what it says: its blocks by type, or its fields; a list of models as it is."""
    if body.startswith("data:"):
        chunks = [line.removeprefix("data: ") for line in body.splitlines() if line]
        assert chunks[-1] == "[DONE]"
        deltas = [choice["delta"] for chunk in chunks[:-1] for choice in json.loads(chunk)["choices"]]
        return {"content": "".join(delta.get("content") or "" for delta in deltas)}
    answer: dict[str, Any] = json.loads(body)
    if "content" in answer:
        return {block["type"]: block for block in answer["content"]}
    if "choices" in answer:
        return {key: value for key, value in answer["choices"][0]["message"].items() if value and key != "role"}
    return answer


def take_over(body: str) -> dict[str, str]:
    """What the next request repeats of an answer: the message, and the id of its call of a tool."""
    answer = json.loads(body)
    if "choices" not in answer:
        (used,) = [block["id"] for block in answer["content"] if block["type"] == "tool_use"]
        return {"ANSWER": json.dumps({"role": "assistant", "content": answer["content"]}), "ID": used}
    message = answer["choices"][0]["message"]
    (called,) = message["tool_calls"]
    return {"ANSWER": json.dumps(message), "ID": called["id"]}


@needs_curl
@pytest.mark.parametrize(("options", "case"), CASES)
def test_printed_request_works(
    servers: dict[tuple[str, ...], str], options: tuple[str, ...], case: dict[str, Any]
) -> None:
    said: dict[str, Any] = {}
    answered: dict[str, str] = {}
    for request in case["requests"]:
        status, body = send(request, servers[options], answered)
        assert status == 200, body
        said |= read(body)
        answered = take_over(body) if len(case["requests"]) > 1 and not answered else {}
    assert [part for part in case["says"] if not said.get(part)] == []
    if "thinking" in case["says"]:
        assert said["thinking"]["signature"]
    if "holds" in case:
        held = json.loads(said["content"])
        assert {key: type(value) for key, value in held.items()} == {
            key: type(value) for key, value in (case["holds"] or held).items()
        }


def test_every_page_is_there() -> None:
    assert len(SEED) == len({case["name"] for case in SEED}) > 12
