"""Tells the traffic of the API from that of others, by its address and its headers."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from mockserver.endpoints.prefixes import VERSION

# What stands behind the version in the paths of the API (source: anthropic 2.14.0), but for logins and the
# administration of organizations.
RESOURCES = frozenset(
    (
        "agents",
        "deployment_runs",
        "deployments",
        "dreams",
        "environments",
        "files",
        "memory_stores",
        "messages",
        "models",
        "sessions",
        "skills",
        "tunnels",
        "user_profiles",
        "vaults",
    )
)
NOT_OURS = "not the Messages API"


def find_path(url: str, headers: Mapping[str, str], answered: Mapping[str, str]) -> str | None:
    """The path of a request to the API, behind the prefix of a gateway; None for the traffic of others.

    Other services have ``/v1/models`` and ``/v1/files``, too. Below those names a request is one to the API when it
    names the API's version or its host, or the answer has an id of the API's form. ``/v1/messages`` is the API's alone.
    """
    parts = urlsplit(url)
    _, version, rest = parts.path.rpartition(VERSION)
    resource = rest.partition("/")[0]
    if not version or resource not in RESOURCES:
        return None
    is_named = "anthropic-version" in headers or f".{parts.hostname}".endswith(".anthropic.com")
    if resource == "messages" or is_named or answered.get("request-id", "").startswith("req_"):
        return version + rest
    return None


def name_stranger(method: str, url: str) -> str:
    """The words for a request that is left out: its method and its address, without query and login."""
    parts = urlsplit(url)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    return f"{method} {parts.scheme}://{host}{parts.path} ({NOT_OURS})"
