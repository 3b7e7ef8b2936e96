"""Which headers pass: of a request on its way to an upstream, and of its answer on the way back."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from mockserver.endpoints.replaying import NO_BODY
from mockserver.recordings.recorder import Upstream
from mockserver.records.delivery import Headers
from mockserver.serving.forwarding.incoming import Pairs

# Those of one connection alone (source: RFC 9110, section 7.6.1, and RFC 2616, section 13.5.1).
HOP_BY_HOP = frozenset(
    (
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    )
)
# Of requests besides: what is ours to say, or was answered here.
_OURS = frozenset((b"host", b"expect", b"content-length", b"accept-encoding"))
_MOCK = b"x-mock-"
# Names the servers that a request has passed, so that it ends where it comes by a second time.
FORWARDED = b"x-mock-forwarded"
_AUTH = frozenset((b"x-api-key", b"authorization"))
IDENTITY = "identity"
# What no server may send on: it would let a value end its line.
_UNSENDABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_STATUSES = range(200, 600)


def choose_request_headers(sent: Pairs, upstream: Upstream, decodable: Container[str]) -> list[tuple[bytes, bytes]]:
    """The headers of a request as they are forwarded, without those that tell of the body.

    Args:
        sent: those that the client sent.
        upstream: says whose key is sent.
        decodable: the encodings that an answer may have.
    """
    dropped = HOP_BY_HOP | _OURS | _named_by_connection(sent) | (frozenset() if upstream.forwards_auth else _AUTH)
    passed = [(name, value) for name, value in sent if name not in dropped and not name.startswith(_MOCK)]
    accepted = b", ".join([value for name, value in sent if name == b"accept-encoding"])
    if any(name == b"accept-encoding" for name, _ in sent):
        passed.append((b"accept-encoding", narrow_encodings(accepted.decode("latin-1"), decodable).encode("latin-1")))
    return [*passed, *((name.encode(), value.encode()) for name, value in upstream.headers)]


def narrow_encodings(accepted: str, decodable: Container[str]) -> str:
    """The encodings that a client accepts, but for those that could not be recorded; ``identity`` when none is left."""
    parts = [part.strip() for part in accepted.split(",")]
    kept = [part for part in parts if (name := _name(part)) == IDENTITY or name in decodable]
    return ", ".join(kept) or IDENTITY


def list_servers(sent: Pairs) -> list[str]:
    """The servers like this one that a request has passed."""
    return [
        each.strip() for name, value in sent if name == FORWARDED for each in value.decode("latin-1").split(",") if each
    ]


def pass_response_headers(status: int, came: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The headers of an answer as they are passed on.

    Raises:
        ValueError: no server may send such a status, or such a header.
    """
    if status not in _STATUSES:
        raise ValueError(f"its status is {status}")
    pairs = tuple((name.lower(), value) for name, value in came)
    dropped = HOP_BY_HOP | _named_by_connection(pairs)
    # Chunks say where a body ends, whatever its length says (source: RFC 9112, section 6.3).
    if status in NO_BODY or any(name == b"transfer-encoding" for name, _ in pairs):
        dropped |= {b"content-length"}
    passed = tuple((name.decode("latin-1"), _decode(value)) for name, value in pairs if name not in dropped)
    for name, value in passed:
        if _UNSENDABLE.search(value):
            raise ValueError(f"its header {name} holds control characters")
    return passed


def _decode(value: bytes) -> str:
    # Encoded in the same way when it leaves, whatever its bytes are.
    return value.decode("utf-8", "surrogateescape")


def _named_by_connection(pairs: Pairs) -> frozenset[bytes]:
    values = b",".join([value for name, value in pairs if name == b"connection"])
    return frozenset([name.strip().lower() for name in values.split(b",")])


def _name(part: str) -> str:
    return part.partition(";")[0].strip().lower()
