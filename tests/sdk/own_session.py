"""A plugin for the SDK's run of pytest: each of its workers has a session, and each test finds that session fresh.

It is loaded before the SDK's tests, which read TEST_API_BASE_URL when they are imported. MOCK_URL names the server.
"""

from __future__ import annotations

import os
import urllib.request

import pytest

URL = f"{os.environ['MOCK_URL']}/_session/{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
os.environ["TEST_API_BASE_URL"] = URL


@pytest.fixture(autouse=True)
def fresh_session() -> None:
    """What a test before this one made or deleted is forgotten."""
    request = urllib.request.Request(f"{URL}/_mock/reset", method="POST")  # noqa: S310  it is our own server
    with urllib.request.urlopen(request):  # noqa: S310
        pass
