"""The environment variables by which clients find the server of the tests.

Every pytest run may import this, so it imports nothing of the project.
"""

from __future__ import annotations

import pytest

BASE_URL, API_KEY, AUTH_TOKEN = "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"
# A developer's own would be sent along with the key, or in its place.
UNWANTED = (AUTH_TOKEN, "ANTHROPIC_CUSTOM_HEADERS")
# Behind a company's proxy, clients would ask it for 127.0.0.1.
NO_PROXY = ("NO_PROXY", "no_proxy")


def direct_clients(patch: pytest.MonkeyPatch, url: str, key: str | None) -> None:
    """Lead clients to an address.

    Args:
        patch: changes the environment.
        url: the address.
        key: the key that they send; None: their own.
    """
    patch.setenv(BASE_URL, url)
    if key is not None:
        patch.setenv(API_KEY, key)
        for name in UNWANTED:
            patch.delenv(name, raising=False)
    for name in NO_PROXY:
        patch.setenv(name, "127.0.0.1", prepend=",")
