"""The wire formats by name. A new one is a folder beside ``messages`` and a row here."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.wires.chat import WIRE as CHAT
from mockserver.wires.messages import WIRE as MESSAGES
from mockserver.wires.wire import Wire

WIRES: Mapping[str, Wire] = {"messages": MESSAGES, "chat": CHAT}
