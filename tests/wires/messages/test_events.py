"""Events as they stand on the wire."""

from __future__ import annotations

from mockserver.records.reply import Reply
from mockserver.wires.messages.events import Event
from mockserver.wires.messages.unfolding import unfold
from tests.message_cases import BLOCKS, message


def test_events_are_written_as_recorded() -> None:
    stop = Event({"type": "content_block_stop", "index": 0}, padding=3)
    assert stop.encode() == b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0   }\n\n'
    assert Event({"type": "ping"}, padding=9).encode() == b'event: ping\ndata: {"type": "ping"}\n\n'


def test_events_tell_what_delivery_needs() -> None:
    events = unfold(Reply(message(BLOCKS["text"], BLOCKS["tool_use"])))
    written = '{"city": "Oslo", "days": [1,2], "units": {"temp":"C"}}'
    assert sum(event.weight for event in events) == len(BLOCKS["text"]["text"]) + len(written)
    assert [event.opened_block for event in events if event.opened_block is not None] == [0, 1]
    assert [event.is_last for event in events].index(True) == len(events) - 1
