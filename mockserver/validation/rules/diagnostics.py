"""The rule of ``diagnostics``: which earlier answer a request compares itself with."""

from __future__ import annotations

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, refuse


def previous_message_named(facts: Facts) -> Finding | None:
    """The earlier answer is named by its own id, not by one that a proxy made up; whether it is known is no matter.

    Source: observed 2026-06 and later in many public reports, under 2023-06-01; both API versions.
    """
    named = (facts.body.get("diagnostics") or {}).get("previous_message_id")
    if named is None or str(named).startswith("msg_"):
        return None
    return refuse(
        "diagnostics.previous_message_id: must be the `id` from a prior /v1/messages response (starts with `msg_`)"
    )
