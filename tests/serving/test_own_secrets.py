"""The server's control token and the keys it takes are shown nowhere, wherever a request repeats them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.serving.service import Service
from tests.serving.planting import Desk

TOKEN = "controlTokenOfThisServer"
KEY = "oneOfTheKeysItTakes"


class StrictDesk(Desk):
    """A desk of a server that takes one key."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.mock = assembly.build(Settings(api_keys=(KEY,), control_token=TOKEN, unmatched="error"))
        self.service = Service(self.mock, self.lines.append)


@pytest.mark.parametrize("secret", [TOKEN, KEY])
def test_own_secrets_are_shown_nowhere(secret: str) -> None:
    desk = StrictDesk()
    body: dict[str, Any] = {"model": secret, "max_tokens": 9, "messages": [{"role": "user", "content": f"a {secret}"}]}
    for path, headers in ((f"/v1/{secret}", {"x-foo": secret}), ("/v1/messages", {"x-mock-session": secret})):
        desk.ask(Call("POST", path, {"x-api-key": "other", **headers}, json.dumps(body).encode()))
    shown = [
        *desk.lines,
        desk.control("GET", secret, **{"x-mock-token": TOKEN}),
        desk.control("GET", "requests", **{"x-mock-token": TOKEN}),
        *(json.dumps(entry.as_dict()) for entry in desk.mock.journal.entries()),
        *map(repr, desk.mock.journal.entries()),
    ]
    assert [text for text in shown if secret in text] == []
    assert len(desk.mock.journal.entries()) == 2
