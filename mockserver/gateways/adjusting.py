"""What a gateway changes of a request before it goes on, and what it misses in one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.gateways.failing import make_finding
from mockserver.gateways.records import Channel, Gateway, NameRow, fits
from mockserver.records.errors import Finding
from mockserver.wires import Translation

Body = Mapping[str, Any]
Change = Callable[[dict[str, Any], NameRow], dict[str, Any]]

# The row of what a gateway misses in a request, and the fields that it looks for (source code of new-api, 2026).
INVALID, REQUIRED = "invalid_request", ("messages", "model")


def find_missing(body: Body, gateway: Gateway) -> Finding | None:
    """What the gateway itself misses in a body, whatever the wire, before it asks any channel; None: nothing."""
    name = next((name for name in REQUIRED if not body.get(name)), None)
    if name is None:
        return None
    return _refuse(gateway, f"field {name} is required", name)


def _refuse(gateway: Gateway, error: str, path: str = "") -> Finding:
    return replace(make_finding(gateway, INVALID, {"error": error}), path=path)


def adjust(said: Translation, gateway: Gateway, channel: Channel) -> Translation:
    """The request as it goes on to a channel, in what is checked and in what is read.

    The model has the channel's own name, then an ending of that is taken as a wish, and ``max_tokens`` is there (source
    code of new-api, 2026). What could not be read of it is refused as the gateway does.
    """
    if said.finding and INVALID in gateway.errors:
        said = replace(said, finding=_refuse(gateway, said.finding.message))
    seen = None if said.seen is None else adjust_body(said.seen, gateway, channel)
    return replace(said, body=adjust_body(said.body, gateway, channel), seen=seen)


def adjust_body(body: dict[str, Any], gateway: Gateway, channel: Channel) -> dict[str, Any]:
    """The same for one body, which may hold anything."""
    changed = dict(body)
    if gateway.max_tokens and changed.get("max_tokens") in (None, 0):
        changed["max_tokens"] = gateway.max_tokens
    model = changed.get("model")
    if not isinstance(model, str):
        return changed
    model = changed["model"] = _rename(model, channel)
    row = next((row for row in gateway.names if _fits(row, model)), None)
    return changed if row is None else {**CHANGES[row.does](changed, row), "model": model.removesuffix(row.ending)}


def _rename(model: str, channel: Channel) -> str:
    return next((name for glob, name in channel.renames.items() if fits(model, glob)), model)


def _fits(row: NameRow, model: str) -> bool:
    base = model.removesuffix(row.ending)
    return base not in ("", model) and (not row.models or any(fits(base, each) for each in row.models))


def _think(body: dict[str, Any], row: NameRow) -> dict[str, Any]:
    """Thinking with a share of ``max_tokens`` as its budget, unless the request says itself how it thinks."""
    most = body.get("max_tokens")
    if body.get("thinking") is not None or type(most) is not int:
        return body
    most = max(most, row.values.get("least_max_tokens", 1280))
    thinking = {"type": "enabled", "budget_tokens": int(most * min(row.values.get("share", 0.8), 1))}
    return _drop({**body, "max_tokens": most, "thinking": thinking}, row)


def _think_adaptively(body: dict[str, Any], row: NameRow) -> dict[str, Any]:
    """Adaptive thinking, unless the request says itself how it thinks."""
    return body if body.get("thinking") is not None else _set_effort(body, row)


def _set_effort(body: dict[str, Any], row: NameRow) -> dict[str, Any]:
    """Adaptive thinking with an effort, whatever the request says of either."""
    display = {"display": row.values["display"]} if "display" in row.values else {}
    effort = {"effort": row.values.get("effort", row.ending.removeprefix("-"))}
    return _drop({**body, "thinking": {"type": "adaptive", **display}, "output_config": effort}, row)


def _drop(body: dict[str, Any], row: NameRow) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in row.values.get("drops", ())}


# What rows of names do, see ``NameRow.does``.
CHANGES: Mapping[str, Change] = {"thinking": _think, "adaptive": _think_adaptively, "effort": _set_effort}
