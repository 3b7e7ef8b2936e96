"""What journals that are kept elsewhere tell of an entry besides its record."""

from __future__ import annotations

from hashlib import blake2b

from mockserver.records.call import Call
from mockserver.store.calls import CallRecord
from mockserver.store.kept.encoding import to_bytes

# Bytes that an entry takes besides those of the request and the answer: its records and objects.
_OVERHEAD = 4096


def weigh(record: CallRecord) -> int:
    """The bytes that an entry counts for in the bound of the journal."""
    call = record.call
    return sum(map(len, call.headers.values()), record.weight + len(call.query) + _OVERHEAD)


def digest_request(call: Call) -> bytes:
    """What a call and its retry have in common: path, body and session."""
    digest = blake2b(call.body, digest_size=16)
    digest.update(b"\0" + to_bytes(call.path) + b"\0" + to_bytes(call.session))
    return digest.digest()


def is_retry(record: CallRecord) -> bool:
    """Whether the SDK sends a request again: it counts its retries in a header."""
    return record.call.headers.get("x-stainless-retry-count", "0") != "0"
