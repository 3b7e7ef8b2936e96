"""The address of a batch's results, as the client sees the server that it asks."""

from __future__ import annotations

import re
from urllib.parse import quote

from mockserver.endpoints.prefixes import VERSION
from mockserver.records.call import Call

# A host with or without a port, as it may stand in a URL.
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?", re.ASCII)
_RESULTS_URL = re.compile(rb'("results_url"\s*:\s*")https?://[^"]*/v1/messages/batches/([\w-]+)/results"')
_PREFIX = re.compile(r"(/[\w.~%-]+)+", re.ASCII)


def find_results_url(call: Call, batch_id: str) -> str:
    """The URL of the results of a batch: below scheme, host and prefix by which the call reached the server.

    ``forwarded``, or else ``x-forwarded-proto``, ``-host`` and ``-prefix``, say them where a proxy stands before it;
    values that can stand in no URL are ignored.
    """
    forwarded = _read_forwarded(call)
    scheme = forwarded.get("proto", "").lower()
    host = forwarded.get("host", "")
    prefix = forwarded.get("prefix", "").rstrip("/")
    scheme = scheme if scheme in ("http", "https") else call.scheme
    hosts = (host, call.headers.get("host", ""), "localhost")
    host = next(each for each in hosts if _HOST.fullmatch(each))
    prefix = prefix if _PREFIX.fullmatch(prefix) else ""
    path = quote(f"{call.session_path}{call.path[: max(0, call.path.rfind(VERSION))]}")
    return f"{scheme}://{host}{prefix}{path}{VERSION}messages/batches/{quote(batch_id, safe='')}/results"


def lead_here(body: bytes, call: Call) -> bytes:
    """The body of an answer from elsewhere, in which the results of batches are found at this server.

    Clients ask for them at the address that they are told (source: the SDKs, 2.14.0), which is that of the upstream,
    and they would send it a key that only this server knows.
    """
    return _RESULTS_URL.sub(lambda found: found[1] + find_results_url(call, found[2].decode()).encode() + b'"', body)


def _read_forwarded(call: Call) -> dict[str, str]:
    """What the nearest client's proxy says of scheme, host and prefix."""
    headers = call.headers
    found = {
        name: value.split(",")[0].strip()
        for name in ("proto", "host", "prefix")
        if (value := headers.get(f"x-forwarded-{name}"))
    }
    for part in headers.get("forwarded", "").split(",")[0].split(";"):
        name, _, value = part.strip().partition("=")
        if value:
            found[name.lower()] = value.strip('"')
    return found
