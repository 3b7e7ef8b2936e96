"""Reads the event stream that a script gives raw on the chat wire."""

from __future__ import annotations

from mockserver.delivery.draft import Frames
from mockserver.wires.messages.raw import read_frames as read_messages


def read_frames(body: bytes) -> Frames:
    """The events of a body, byte for byte."""
    return read_messages(body)
