"""What is kept of a call that creates a batch until all of its requests are answered."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.arrival import Arrival
from mockserver.records.call import Call


class Creation(Struct, frozen=True):
    """What is needed of the call to answer the rest of its requests later. ``owner`` is the process that does it."""

    owner: int
    path: str
    headers: Mapping[str, str]
    at: float
    session: str
    number: int
    seed: int
    request_id: str
    local_path: str | None = None

    @property
    def is_orphan(self) -> bool:
        """Whether the process that did it has ended."""
        return self.owner == os.getpid() or not _is_running(self.owner)

    def take_over(self) -> bytes:
        """The same, done by this process from now on, as it is stored."""
        return _ENCODER.encode(replace(self, owner=os.getpid()))

    def recall(self) -> Arrival:
        """The call as it arrived, without its body."""
        call = Call("POST", self.path, self.headers, at=self.at, local_path=self.local_path)
        return Arrival(call, self.session, self.number, self.seed, self.request_id)


_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(Creation)


def record(arrival: Arrival) -> bytes:
    """What is kept of a call, as it is stored."""
    call, session = arrival.call, arrival.session
    creation = Creation(
        os.getpid(),
        call.path,
        call.headers,
        call.at,
        session,
        arrival.number,
        arrival.seed,
        arrival.request_id,
        call.local_path,
    )
    return _ENCODER.encode(creation)


def read(data: bytes) -> Creation:
    """What was kept."""
    return _DECODER.decode(data)


def _is_running(process: int) -> bool:
    if sys.platform == "win32":  # where there is no signal that only asks
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
