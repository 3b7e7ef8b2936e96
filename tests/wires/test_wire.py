"""The wire formats by name."""

from __future__ import annotations

from mockserver.records.reply import Reply
from mockserver.wires import WIRES
from tests.message_cases import message


def test_the_registry_names_the_wires() -> None:
    wire = WIRES["messages"]
    assert wire.fold([event.data for event in wire.unfold(Reply(message()))]) == message()
