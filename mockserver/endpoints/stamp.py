"""The stamp of a call: what tells it from any other, and decides what its answer leaves to chance."""

from __future__ import annotations

from hashlib import blake2b

from msgspec import Struct

from mockserver.records.call import Call
from mockserver.reference.ids import make_timed
from mockserver.store import Store


class Stamp(Struct, frozen=True):
    """What tells a call from any other: its number in the session, a seed made of it, its request id."""

    number: int
    seed: int
    request_id: str


def stamp_of(call: Call, store: Store, session: str, seed: int) -> Stamp:
    """The stamp of the session's next call. ``seed`` is the server's."""
    number = store.sessions.next_call(session)
    said = f"{seed}|{session}|{number}|{call.path}|".encode()
    own = int.from_bytes(blake2b(said + call.body, digest_size=8).digest(), "big")
    return Stamp(number, own, make_timed("req", number, own))
