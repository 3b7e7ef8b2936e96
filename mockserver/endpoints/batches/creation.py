"""What is kept of a call that creates a batch until all of its requests are answered."""

from __future__ import annotations

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.arrival import Arrival
from mockserver.records.call import Call
from mockserver.records.masks import Scrubber, is_secret, name_session


class Creation(Struct, frozen=True):
    """The call, without its body and its secrets, and the claim of the one who answers its requests, "" of nobody.

    The name of its session is "" where it may be a key: the object that holds this is in that session.
    """

    arrival: Arrival
    claim: str = ""

    def hand_over(self, claim: str) -> bytes:
        """The same, done by another one, as it is stored."""
        return _ENCODER.encode(replace(self, claim=claim))


_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(Creation)


def record(arrival: Arrival, claim: str, own: tuple[str, ...] = ()) -> bytes:
    """What is kept of a call, as it is stored; ``own`` are the secrets of the server."""
    call = arrival.call
    is_named = call.key != call.session == name_session(call, Scrubber(call, own))
    kept = _conceal(call if is_named else _without_session(call), Scrubber(replace(call, body=b""), own))
    session = arrival.session if is_named else ""
    return _ENCODER.encode(Creation(replace(arrival, call=kept, session=session, parameters={}), claim))


def read(data: bytes) -> Creation:
    """What was kept."""
    return _DECODER.decode(data)


def _without_session(call: Call) -> Call:
    return replace(call, headers={name: value for name, value in call.headers.items() if name != "x-mock-session"})


def _conceal(call: Call, scrubber: Scrubber) -> Call:
    """The call without body, query and secret headers, and without what repeats these."""
    local = call.local_path
    return replace(
        call,
        path=scrubber.content(call.path),
        headers={
            scrubber.content(name): scrubber.content(value)
            for name, value in call.headers.items()
            if not is_secret(name)
        },
        body=b"",
        query="",
        root=scrubber.content(call.root),
        local_path=None if local is None else scrubber.content(local),
        spool=None,
        session_path="",
    )
