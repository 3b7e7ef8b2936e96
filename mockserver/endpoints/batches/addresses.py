"""The address of a batch's results, as the client sees the server that it asks."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from msgspec.structs import replace

from mockserver.endpoints.prefixes import VERSION
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery, Piece

# A host with or without a port, as it may stand in a URL.
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?", re.ASCII)
_PREFIX = re.compile(r"(/[\w.~%-]+)+", re.ASCII)
# What stands before the id of a batch in the address of its results, the id, and what stands behind.
_RESULTS = re.compile(rb'("results_url"\s*:\s*")https?://[^"\s]*?/messages/batches/([\w.~%-]+)/results(")', re.ASCII)


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


def lead_here(delivery: Delivery, call: Call) -> Delivery:
    """A recorded answer whose ``results_url`` leads to this server, not to the upstream that was recorded."""
    body = b"".join([piece.data for piece in delivery.pieces])
    changed = _RESULTS.sub(lambda found: b"".join((found[1], _write_url(call, found[2]), found[3])), body)
    if changed == body:
        return delivery
    headers = tuple(
        [(name, str(len(changed)) if name == "content-length" else each) for name, each in delivery.headers]
    )
    pieces = (Piece(changed, sum([piece.delay for piece in delivery.pieces])),)
    return replace(delivery, headers=headers, pieces=pieces)


def _write_url(call: Call, batch_id: bytes) -> bytes:
    return find_results_url(call, unquote(batch_id.decode("ascii"))).encode()


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
