"""The environment variables by which the clients of both wires find a mock server.

Every pytest run may import this, so it imports nothing of the project.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

BASE_URL, API_KEY, AUTH_TOKEN = "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"
OPENAI_BASE_URL, OPENAI_API_KEY = "OPENAI_BASE_URL", "OPENAI_API_KEY"
# A developer's own would be sent along with the key, or in its place; LangChain asks OPENAI_API_BASE first.
UNWANTED = (AUTH_TOKEN, "ANTHROPIC_CUSTOM_HEADERS", "OPENAI_API_BASE", "OPENAI_CUSTOM_HEADERS")
# All that lead clients somewhere.
OWN = (BASE_URL, API_KEY, OPENAI_BASE_URL, OPENAI_API_KEY, *UNWANTED)
# Behind a company's proxy, clients would ask it for 127.0.0.1.
NO_PROXY = ("NO_PROXY", "no_proxy")


def name_openai_url(url: str) -> str:
    """The base URL of clients of the chat wire, which has the version in it; "" for ""."""
    return f"{url}/v1" if url else ""


def list_variables(url: str, key: str | None) -> dict[str, str]:
    """The variables that lead clients to an address, with a key; None: with their own."""
    keys = {} if key is None else {API_KEY: key, OPENAI_API_KEY: key}
    return {BASE_URL: url, OPENAI_BASE_URL: name_openai_url(url), **keys}


def direct_clients(patch: pytest.MonkeyPatch, url: str, key: str | None) -> None:
    """Lead clients to an address.

    Args:
        patch: changes the environment.
        url: the address.
        key: the key that they send; None: their own.
    """
    for name, value in list_variables(url, key).items():
        patch.setenv(name, value)
    for name in UNWANTED if key is not None else ():
        patch.delenv(name, raising=False)
    for name in NO_PROXY:
        patch.setenv(name, "127.0.0.1", prepend=",")
