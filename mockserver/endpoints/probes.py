"""Probes: what clients ask a server before they use it, and which is no request of the API."""

from __future__ import annotations

from msgspec import Struct

from mockserver.records.call import Call
from mockserver.records.reply import JSON, Raw

_READING = ("GET", "HEAD")


class Probe(Struct, frozen=True):
    """A question of clients. ``body`` is None where the answer is the 404 of any unknown path."""

    methods: tuple[str, ...]
    path: str
    source: str
    body: bytes | None = None


# Sources: public reports and copies of clients, 2026-02 to 2026-10; the answers to those without a body were not seen.
PROBES = (
    Probe(_READING, "/api/hello", "Claude Code from 2.1.238, observed 2026-07 to -10", b'{"message": "hello"}'),
    Probe(_READING, "/v1/oauth/hello", "Claude Code, observed 2026-08", b'{"message":"hello"}'),
    Probe(("POST",), "/api/event_logging/batch", "Claude Code, observed 2026-10"),
    Probe(("POST",), "/api/event_logging/v2/batch", "Claude Code, observed 2026-10"),
    Probe(("GET",), "/api/claude_cli/bootstrap", "Claude Code, observed 2026-10"),
    Probe(("GET",), "/api/claude_code_penguin_mode", "Claude Code, observed 2026-10"),
    Probe(("GET",), "/api/web/domain_info", "Claude Code, observed 2026-10"),
    Probe(("GET",), "/mcp-registry/v0/servers", "Claude Code, observed 2026-10"),
)
# The answer to HEAD / has neither body nor content-type nor request-id (source: anthropics/claude-code#22827, 2026-02).
NOTHING_HERE = Raw(404, b"")


def find_probe(call: Call) -> Probe | None:
    """The probe that a call is, below the prefixes that its server knows; None when it is none.

    ``HEAD`` is a probe anywhere: the API has none.
    """
    method, asked, is_exact = call.method, call.api_path.rstrip("/"), call.local_path is not None
    for probe in PROBES:
        if method in probe.methods and (asked == probe.path if is_exact else asked.endswith(probe.path)):
            return probe
    is_bare = method == "HEAD" or (method == "GET" and not asked)
    return Probe((method,), asked or "/", "Claude Code up to 2.1.237, observed 2026-02") if is_bare else None


def answer(probe: Probe, path: str) -> Raw | None:
    """The answer to a probe; None where it is the error of any unknown path, or of a wrong method."""
    if probe.body is not None:
        return Raw(200, probe.body, {"content-type": JSON})
    return NOTHING_HERE if probe.methods == ("HEAD",) and "/v1/" not in f"{path}/" else None
