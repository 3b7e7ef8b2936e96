"""Defects of real relay gateways in the usage and the stop reason of a message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mockserver.delivery.draft import Draft, Strike
from mockserver.delivery.kinds import FaultKind, SomeOf, count_or_null
from mockserver.records.reply import Fault
from mockserver.wires.messages.faults.edits import Data, Edit, edit_events, on_end, on_events, on_holder, on_totals

# OpenAI's names of the stop reasons, as gateways use them that speak its format inside.
FINISH_REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}

# The counts of a usage, and its other parts that may be null.
COUNTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")
PARTS = ("cache_creation", "output_tokens_details", "server_tool_use", "iterations", "service_tier", "inference_geo")


def _without_usage(holder: Data) -> Data:
    return {key: value for key, value in holder.items() if key != "usage"}


def _zero_usage(holder: Data) -> Data:
    return {**holder, "usage": _zeros(holder.get("usage") or {})}


def _zeros(usage: Data) -> Data:
    return {
        key: _zeros(value) if isinstance(value, Mapping) else 0 if isinstance(value, int) else value
        for key, value in usage.items()
    }


def _null_usage(draft: Draft, fault: Fault) -> Draft:
    only = fault.options.get("only")

    def edit(holder: Data) -> Data:
        usage = holder.get("usage") or {}
        nulls = only or {*usage} - {"output_tokens"}
        return {**holder, "usage": {key: None if key in nulls else value for key, value in usage.items()}}

    return on_totals(edit)(draft, fault)


def _set_usage_in(name: str) -> Strike:
    """Show other counts in the usage of one event."""

    def strike(draft: Draft, fault: Fault) -> Draft:
        def change(holder: Data) -> Data:
            return {**holder, "usage": {**(holder.get("usage") or {}), **fault.options}}

        return edit_events(draft, on_holder(name, change))

    return strike


def _replace_stop_reason(replacement: Callable[[Any], Any]) -> Edit:
    """Change the stop reason of a message, or of the delta of an event."""

    def edit(holder: Data) -> Data:
        if "delta" in holder:
            return {**holder, "delta": edit(holder["delta"])}
        return {**holder, "stop_reason": replacement(holder.get("stop_reason"))}

    return edit


TOTALS = {
    "no_start_usage": FaultKind(
        on_events(on_holder("message_start", _without_usage)),
        "`message_start` has no usage.",
        whole=False,
        seen="api7/aisix#712",
    ),
    "no_delta_usage": FaultKind(
        on_events(on_holder("message_delta", _without_usage)),
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
        _null_usage,
        "All of the usage but `output_tokens` is null, or the counts alone that `only` names: one, or a list.",
        options={"only": SomeOf((*COUNTS, *PARTS))},
        seen="karthink/gptel#1331",
    ),
    "start_usage": FaultKind(
        _set_usage_in("message_start"),
        "The usage of `message_start` has these counts, numbers or null.",
        options=dict.fromkeys(COUNTS, count_or_null),
        needs=COUNTS,
        whole=False,
    ),
    "delta_usage": FaultKind(
        _set_usage_in("message_delta"),
        "The usage of `message_delta` has these counts, numbers or null.",
        options=dict.fromkeys(COUNTS, count_or_null),
        needs=COUNTS,
        whole=False,
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
