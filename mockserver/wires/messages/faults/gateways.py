"""Defects of real relay gateways in the order and form of events, each by the name a scenario calls it."""

from __future__ import annotations

from mockserver.delivery.draft import Draft
from mockserver.delivery.kinds import WRITING, FaultKind
from mockserver.records.reply import Fault
from mockserver.wires.messages.faults.edits import Data, append, drop_events, on_bytes, on_events

DONE = b"data: [DONE]\n\n"


def _remove_name(data: bytes) -> bytes:
    return data.partition(b"\n")[2] if data.startswith(b"event:") else data


def _replace_stop_with_done(draft: Draft, fault: Fault) -> Draft:
    return append(DONE)(drop_events("message_stop")(draft, fault), fault)


def _double_start(data: Data) -> list[Data]:
    return [data, data] if data["type"] == "message_start" else [data]


def _reset_index(data: Data) -> list[Data]:
    return [{**data, "index": 0}] if "index" in data else [data]


GATEWAYS = {
    "no_event_names": FaultKind(
        on_bytes(_remove_name), "The `event:` lines are missing.", WRITING, whole=False, seen="openclaw/openclaw#37571"
    ),
    "done_marker": FaultKind(
        append(DONE), "`data: [DONE]` follows the stream.", whole=False, seen="earendil-works/pi#3708"
    ),
    "done_for_message_stop": FaultKind(
        _replace_stop_with_done,
        "`data: [DONE]` comes instead of `message_stop`.",
        whole=False,
        seen="huggingface/tau#692",
    ),
    "no_message_start": FaultKind(
        drop_events("message_start"),
        "`message_start` is missing.",
        whole=False,
        seen="NousResearch/hermes-agent#72833",
    ),
    "duplicate_message_start": FaultKind(
        on_events(_double_start), "`message_start` comes twice.", whole=False, seen="QuantumNous/new-api#1502"
    ),
    "no_ping": FaultKind(drop_events("ping"), "The `ping` is missing.", whole=False),
    "no_content_block_start": FaultKind(
        drop_events("content_block_start"),
        "Every `content_block_start` is missing.",
        whole=False,
        seen="looplj/axonhub#1655",
    ),
    "no_content_block_stop": FaultKind(
        drop_events("content_block_stop"),
        "Every `content_block_stop` is missing.",
        whole=False,
        seen="xemantic/anthropic-sdk-kotlin#147",
    ),
    "index_zero": FaultKind(
        on_events(_reset_index), "All blocks have index 0.", whole=False, seen="router-for-me/CLIProxyAPI#539"
    ),
}
