"""What stands behind a gateway, and what a retry moves through."""

from __future__ import annotations

from mockserver.gateways.failing import make_failure
from mockserver.gateways.records import RELAY, Channel, ErrorRow, Gateway, Upstream
from mockserver.records.reply import Failure

NATIVE = Channel("native")
# No call is sent to channels more often than that, whatever ``retries`` says.
MOST_TRIES = 10
# The rows that a gateway needs not have: an upstream's error without a type and words; no channel for a model.
NAMELESS, NO_CHANNEL = "bad_response_status_code", "model_not_found"
DEFAULTS = {
    NAMELESS: ErrorRow(
        500, {"en": "bad response status code {status}"}, code=NAMELESS, type="upstream_error", stage=RELAY
    ),
    NO_CHANNEL: ErrorRow(503, {"en": "No available channel for model {model}"}, code=NO_CHANNEL),
}


def list_channels(gateway: Gateway, model: str, forced: str = "") -> tuple[Channel, ...]:
    """The channels that a request for a model is sent to, one after the other until one answers; () where none takes
    it.

    The one that the gateway prefers is the first, then come the others that take the model in their order. A retry
    beyond the last one asks that again, as new-api does with its lowest priority (source code of new-api, 2026). A key
    may have ``forced`` a channel: then that alone is asked, and only once.
    """
    if forced and (only := gateway.find_channel(forced)):
        return (only,)
    if not gateway.channels:
        return (NATIVE,) * _count_tries(gateway)
    first = gateway.find_channel(gateway.channel)
    fitting = [first] if first else []
    fitting += [channel for channel in gateway.channels if channel is not first and channel.takes(model)]
    return tuple([fitting[min(number, len(fitting) - 1)] for number in range(_count_tries(gateway))] if fitting else ())


def may_retry(gateway: Gateway, status: int) -> bool:
    """Whether an error of this status sends a request to the next channel.

    All but 2xx and those of ``Gateway.no_retry`` do (source code of new-api, 2026, and one-api, 2025).
    """
    return not (200 <= status < 300 or status in gateway.no_retry)


def fail(gateway: Gateway, channel: Channel) -> Failure | None:
    """The error that a channel answers whatever is asked; None: it answers."""
    error = channel.error
    if error is None or isinstance(error, str):
        return None if error is None else make_failure(gateway, error, {"channel": channel.name})
    if error.type or error.message:
        return Failure(error.status, error.type or "upstream_error", error.message, code=error.code)
    return _make_nameless(gateway, error)


def miss(gateway: Gateway, model: str) -> Failure:
    """The error where no channel takes a model."""
    return _make(gateway, NO_CHANNEL, {"model": model, "group": "default"})


def _make_nameless(gateway: Gateway, error: Upstream) -> Failure:
    failure = _make(gateway, NAMELESS, {"status": str(error.status)})
    return Failure(error.status, failure.type, failure.message, code=failure.code, param=failure.param, stage=RELAY)


def _make(gateway: Gateway, name: str, values: dict[str, str]) -> Failure:
    if name in gateway.errors:
        return make_failure(gateway, name, values)
    row = DEFAULTS[name]
    text = row.word(gateway.language, values)
    return Failure(row.status, row.type or gateway.error_type, text, code=row.code, param=row.param, stage=row.stage)


def _count_tries(gateway: Gateway) -> int:
    return min(max(gateway.retries, 0) + 1, MOST_TRIES)
