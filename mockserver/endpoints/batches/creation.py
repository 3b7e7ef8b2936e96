"""What is kept of a call that creates a batch until all of its requests are answered."""

from __future__ import annotations

import os
import sys

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from mockserver.endpoints.arrival import Arrival


class Creation(Struct, frozen=True):
    """The call, without its body, and the process that answers its requests."""

    owner: int
    arrival: Arrival

    @property
    def is_orphan(self) -> bool:
        """Whether the process that did it has ended."""
        return self.owner == os.getpid() or not _is_running(self.owner)

    def take_over(self) -> bytes:
        """The same, done by this process from now on, as it is stored."""
        return _ENCODER.encode(replace(self, owner=os.getpid()))


_ENCODER, _DECODER = msgspec.json.Encoder(), msgspec.json.Decoder(Creation)


def record(arrival: Arrival) -> bytes:
    """What is kept of a call, as it is stored."""
    call = replace(arrival.call, body=b"", spool=None)
    return _ENCODER.encode(Creation(os.getpid(), replace(arrival, call=call, parameters={})))


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
