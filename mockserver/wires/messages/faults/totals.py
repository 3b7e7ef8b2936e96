"""Defects of real relay gateways in the usage and the stop reason of a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.delivery.kinds import FaultKind
from mockserver.wires.messages.faults.edits import Data, Edit, EventEdit, on_end, on_events, on_totals

# OpenAI's names of the stop reasons, as gateways use them that speak its format inside.
FINISH_REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


def _without_usage(holder: Data) -> Data:
    return {key: value for key, value in holder.items() if key != "usage"}


def _drop_usage_in(name: str) -> EventEdit:
    def edit(data: Data) -> list[Data]:
        if data["type"] != name:
            return [data]
        return [{**data, "message": _without_usage(data["message"])} if "message" in data else _without_usage(data)]

    return edit


def _zero_usage(holder: Data) -> Data:
    return {**holder, "usage": _zeros(holder.get("usage") or {})}


def _zeros(usage: Data) -> Data:
    return {
        key: _zeros(value) if isinstance(value, Mapping) else 0 if isinstance(value, int) else value
        for key, value in usage.items()
    }


def _null_usage(holder: Data) -> Data:
    usage = holder.get("usage") or {}
    return {**holder, "usage": {key: value if key == "output_tokens" else None for key, value in usage.items()}}


def _replace_stop_reason(replacement: Callable[[Any], Any]) -> Edit:
    """Change the stop reason of a message, or of the delta of an event."""

    def edit(holder: Data) -> Data:
        if "delta" in holder:
            return {**holder, "delta": edit(holder["delta"])}
        return {**holder, "stop_reason": replacement(holder.get("stop_reason"))}

    return edit


TOTALS = {
    "no_start_usage": FaultKind(
        on_events(_drop_usage_in("message_start")), "`message_start` has no usage.", whole=False, seen="api7/aisix#712"
    ),
    "no_delta_usage": FaultKind(
        on_events(_drop_usage_in("message_delta")),
        "`message_delta` has no usage.",
        whole=False,
        seen="earendil-works/pi#6567",
    ),
    "zero_usage": FaultKind(
        on_totals(_zero_usage),
        "All counts of the usage are 0.",
        seen="mlx-node/mlx-node#45",
    ),
    "null_usage": FaultKind(
        on_totals(_null_usage),
        "All of the usage but `output_tokens` is null.",
        seen="karthink/gptel#1331",
    ),
    "null_stop_reason": FaultKind(
        on_end(_replace_stop_reason(lambda _reason: None)), "`stop_reason` is still null at the end."
    ),
    "openai_stop_reason": FaultKind(
        on_end(_replace_stop_reason(lambda reason: FINISH_REASONS.get(reason, reason))),
        "`stop_reason` is OpenAI's: `stop`, `length`, `tool_calls`.",
    ),
    "end_turn_for_tools": FaultKind(
        on_end(_replace_stop_reason(lambda _reason: "end_turn")),
        "`stop_reason` is `end_turn` although tools are called.",
        seen="maximhq/bifrost#6123",
    ),
}
