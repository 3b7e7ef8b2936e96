"""The Messages wire: its parts put together."""

from __future__ import annotations

from mockserver.wires.messages.errors import error_body
from mockserver.wires.messages.faults import FAULTS
from mockserver.wires.messages.folding import fold
from mockserver.wires.messages.headers import error_head, success_head
from mockserver.wires.messages.raw import read_frames
from mockserver.wires.messages.reading import read
from mockserver.wires.messages.unfolding import body, stream, unfold
from mockserver.wires.wire import Schemas, Wire

WIRE = Wire(
    read=read,
    write=body,
    unfold=unfold,
    stream=stream,
    read_frames=read_frames,
    fold=fold,
    error=error_body,
    success_head=success_head,
    error_head=error_head,
    schemas=Schemas("message", "stream_event", "beta_message", "beta_stream_event"),
    faults=FAULTS,
)
