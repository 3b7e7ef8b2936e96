"""All exchanges, and the servers that they are sent to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import bodies, chats, controls, edges, oddities, routes, scripts, talks
from .exchange import Group

FIXTURES = (str(talks.FIXTURES),)
# By name: the fixtures and the settings of a server.
SERVERS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "relay": ((), {}),
    "anthropic": ((), {"profile": "anthropic"}),
    "observed": ((), {"profile": "anthropic", "api_keys": ("sk-valid", "sk-one", "sk-two")}),
    "keys": ((), {"api_keys": ("sk-one", "sk-two"), "seed": 7}),
    "strict": (FIXTURES, {"unmatched": "error"}),
    "control": (FIXTURES, {}),
    "warn": ((), {"validation": "warn"}),
    "off": ((), {"validation": "off"}),
    "small": ((), {"max_body": 2000}),
    "hosts": ((), {"allowed_hosts": ("mock.internal", "*.example")}),
    "new-api": (FIXTURES, {"gateway": "new-api"}),
    "one-api": (FIXTURES, {"gateway": "one-api"}),
    "bounds": ((), {"max_sessions": 3, "journal_entries": 2}),
}


def groups() -> Iterator[Group]:
    """All groups, in the order in which they are sent."""
    for module in (bodies, chats, talks, scripts, edges, routes, oddities, controls):
        yield from module.groups()
