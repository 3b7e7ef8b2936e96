"""A bug of ours in the control interface: the console gets the trace, the client an error."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from mockserver import asgi_transport
from mockserver.control import Control


def test_bug_is_answered_with_500(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Control, "handle", fail)
    with httpx2.Client(transport=asgi_transport()) as client:
        response = client.get("http://mock/_mock/health")
    assert (response.status_code, response.json()["error"]["message"]) == (500, "Internal server error")
    assert "GET /_mock/health failed" in caplog.text
    assert "ZeroDivisionError" in caplog.text
