"""A call that has arrived: whose it is, its number in that session, and the ids and chances derived from both."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from msgspec import Struct

from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.reference.ids import make_timed

NO_PARAMETERS: Mapping[str, str] = {}


class Arrival(Struct, frozen=True):
    """A call in its session.

    ``number`` counts the calls of the session from 1. ``seed`` is unlike that of any other call: it decides what an
    answer leaves to chance. ``endpoint``, ``wire`` and ``parameters`` are those of the call's route, once it is found.
    """

    call: Call
    session: str
    number: int
    seed: int
    request_id: str
    endpoint: str = ""
    wire: str = "messages"
    parameters: Mapping[str, str] = NO_PARAMETERS


def register(call: Call, parts: Parts) -> Arrival:
    """Count the call in its session, which begins with its first call."""
    session = call.session
    number = parts.store.sessions.begin_call(session)
    material = f"{parts.settings.seed}|{session}|{number}|{call.path}|".encode()
    seed = int.from_bytes(blake2b(material + call.body, digest_size=8).digest(), "big")
    return Arrival(call, session, number, seed, make_timed("req", number, seed))
