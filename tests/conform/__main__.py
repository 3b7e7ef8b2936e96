"""``make conform``: holds a server against the description of its control interface, and against the request schemas.

python -m tests.conform SCHEMATHESIS, the path of its command ``st``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from mockserver import MockServer
from mockserver.reference import schemas
from mockserver.wires.chat.schema import chat_request_schema
from tests.conftest import FIXTURES, ROOT

CONTROL = ROOT / "mockserver" / "control" / "openapi.json"
# An answer over a socket that has no end is none for it; tests/serving/test_feeding.py reads it.
BOUNDED = ("--exclude-path", "/events")
# A scenario, a condition or a fault that fits the description may be refused all the same: their words have rules too.
BEYOND = ("--exclude-checks", "positive_data_acceptance")
# Of the API itself our schemas say what a request may be, not what comes back: whatever is sent, it may not be a 500.
NO_500 = ("--checks", "not_a_server_error")
ENDPOINTS = {"/v1/messages": "messages", "/v1/messages/count_tokens": "count_tokens"}


def describe_requests() -> dict[str, Any]:
    """An OpenAPI document of the request schemas."""
    paths: dict[str, Any] = {}
    definitions: dict[str, Any] = {}
    for path, endpoint in ENDPOINTS.items():
        schema = dict(schemas.request_schema(endpoint, "2023-06-01", frozenset()))
        definitions |= schema.pop("$defs")
        paths[path] = _describe(schema)
    chat = dict(chat_request_schema())
    definitions |= chat.pop("$defs")
    paths["/v1/chat/completions"] = _describe(chat)
    document = {"openapi": "3.1.0", "info": {"title": "Requests", "version": "1"}, "paths": paths}
    return {**document, "components": {"schemas": definitions}}


def _describe(schema: dict[str, Any]) -> dict[str, Any]:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {"post": {"requestBody": body, "responses": {"default": {"description": "An answer."}}}}


def run(command: str, folder: str, document: Path, url: str, *options: str) -> int:
    """The exit status of one run, which may write files in a folder."""
    fixed = ("--max-examples", "40", "--seed", "1", "--no-color", "--header", "x-mock-session: conform")
    return subprocess.run([command, "run", str(document), "--url", url, *fixed, *options], cwd=folder).returncode


def main(command: str) -> int:
    with MockServer(FIXTURES) as server, tempfile.TemporaryDirectory() as folder:
        requests = Path(folder) / "requests.json"
        requests.write_text(json.dumps(describe_requests()).replace("#/$defs/", "#/components/schemas/"))
        statuses = [
            run(command, folder, CONTROL, f"{server.url}/_mock", *BEYOND, *BOUNDED),
            run(command, folder, requests, server.url, *NO_500),
        ]
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main(str(Path(sys.argv[1]).absolute())))
