"""A call that has arrived: whose it is, its number in that session, and the ids and chances derived from both."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.reference.ids import EPOCH, make_dated, make_timed
from mockserver.store.clocks import REAL, ClockSetting, ClockStore

NO_PARAMETERS: Mapping[str, str] = {}


class Arrival(Struct, frozen=True):
    """A call in its session.

    ``number`` counts the calls of the session from 1. ``seed`` is unlike that of any other call: it decides what an
    answer leaves to chance. ``tick`` is the time of the call on the virtual clock, in milliseconds (see
    `mockserver.reference.ids`): a call takes one of them, and what moves the ``clock`` of the session moves it on.
    ``endpoint``, ``wire`` and ``parameters`` are those of the call's route, once it is found. ``channel`` is that
    of the gateway that an admin's key asks for; "": the gateway chooses. ``place`` is what the journal keeps for it.
    """

    call: Call
    session: str
    number: int
    seed: int
    request_id: str
    endpoint: str = ""
    wire: str = "messages"
    parameters: Mapping[str, str] = NO_PARAMETERS
    tick: int = 0
    clock: ClockSetting = REAL
    channel: str = ""
    place: int = 0


def register(call: Call, parts: Parts) -> Arrival:
    """Count the call in its session, which begins with its first call. Its time is that of the session's clock."""
    session = call.session
    number = tick = parts.store.sessions.begin_call(session)
    place = parts.store.journal.reserve()
    call, clock = move(call, parts.store.clocks)
    if clock.ahead:
        tick = max(number + round(clock.ahead * 1000), -EPOCH)
    material = f"{parts.settings.seed}|{session}|{number}|{call.path}|".encode()
    seed = int.from_bytes(blake2b(material + call.body, digest_size=8).digest(), "big")
    if (gateway := parts.gateway) is None:
        request_id = make_timed("req", tick, seed)
    else:
        request_id = make_dated(tick, seed, gateway.id_mark, gateway.id_letters)
    return Arrival(call, session, number, seed, request_id, tick=tick, clock=clock, place=place)


def move(call: Call, clocks: ClockStore) -> tuple[Call, ClockSetting]:
    """The call at the time that the clock of its session shows, and that clock."""
    clock = clocks.active(call.session)
    return (call, clock) if clock is REAL else (replace(call, at=clock.read(call.at)), clock)
