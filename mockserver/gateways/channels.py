"""What stands behind a gateway, and what a retry moves through."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from mockserver.gateways.failing import make_failure
from mockserver.gateways.records import Channel, Gateway, Upstream
from mockserver.records.reply import Failure

NATIVE = Channel("native")
# The rows of an upstream's error without a type and words, and of a model that no channel takes.
NAMELESS, NO_CHANNEL = "bad_response_status_code", "model_not_found"


def list_channels(gateway: Gateway, model: str, forced: str = "") -> tuple[Channel, ...]:
    """The channels that a request for a model is sent to, one after the other until one answers; () where none takes
    it.

    The one that the gateway prefers is the first, then come the others that take the model in their order. A retry
    beyond the last one asks that again, as new-api does with its lowest priority (source code of new-api, 2026). Where
    a key names a channel, that alone is asked, and only once: ``forced``.
    """
    if forced and (only := gateway.find_channel(forced)):
        return (only,)
    first = gateway.find_channel(gateway.channel)
    fitting = [first] if first else []
    fitting += [channel for channel in gateway.channels or (NATIVE,) if channel is not first and channel.takes(model)]
    last = len(fitting) - 1
    return tuple([fitting[min(number, last)] for number in range(gateway.retries + 1)]) if fitting else ()


def may_retry(gateway: Gateway, status: int) -> bool:
    """Whether an error of this status sends a request to the next channel.

    All but 2xx and those of ``Gateway.no_retry`` do (source code of new-api, 2026, and one-api, 2025).
    """
    return not (200 <= status < 300 or status in gateway.no_retry)


def fail(gateway: Gateway, error: Upstream | str, values: Mapping[str, str]) -> Failure:
    """The error that a channel answers whatever is asked; ``values`` are what its words may say of the call."""
    if isinstance(error, str):
        return make_failure(gateway, error, values)
    if error.type or error.message:
        message = error.message.replace("{model}", values["model"])
        return Failure(error.status, error.type or "upstream_error", message, code=error.code)
    nameless = make_failure(gateway, NAMELESS, {**values, "status": str(error.status)})
    return replace(nameless, status=error.status, code=nameless.code if error.code is None else error.code)


def miss(gateway: Gateway, values: Mapping[str, str]) -> Failure:
    """The error where no channel takes a model; ``values`` are what its words may say of the call."""
    return make_failure(gateway, NO_CHANNEL, values)
