"""Rules of message batches: for the list when it is created, for each item when it is processed."""

from __future__ import annotations

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts, refuse
from mockserver.validation.texts import excerpt

# Not possible in a batch (source: documented, message batches).
_LIVE = ("speed", "fallbacks", "thread")


def ids_unique(facts: Facts) -> Finding | None:
    """No two requests of a batch share a custom_id.

    Source: observed 2026-09.
    """
    known = set()
    for request in facts.body["requests"]:
        name = request.get("custom_id")
        if name in known:
            text = "custom_id's must be unique within a batch. Duplicate custom_id found"
            return refuse(f"requests: {text}: {excerpt(name)}")
        known.add(name)
    return None


def item_unstreamed(facts: Facts) -> Finding | None:
    """An item does not ask for a stream.

    Source: observed 2026-09, as an errored row.
    """
    if facts.endpoint != "batch_item" or facts.body.get("stream") is not True:
        return None
    return refuse('"stream=True" is not supported in the Message Batches API', path="stream")


def item_plain(facts: Facts) -> Finding | None:
    """Features that need an immediate answer are not possible in a batch.

    Source: documented, message batches; text inferred from that of ``stream``.
    """
    if facts.endpoint != "batch_item":
        return None
    bills = (facts.body.get("billing_policy") or {}).get("bill_to") == "user_profile"
    name = next((name for name in _LIVE if facts.body.get(name)), "billing_policy" if bills else None)
    return refuse(f'"{name}" is not supported in the Message Batches API', path=name or "") if name else None
