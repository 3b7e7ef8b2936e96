"""What a gateway refuses before it relays anything: paths, keys and models.

Each check gives the name of the row of the error and what stands in its words, or None. Their order is that of new-api:
the key, the channel it asks for, the body, the models of the key, the model (source: source code of 2026; one-api of
2025 has the same).
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qs

from msgspec import Struct

from mockserver.gateways.channels import list_channels
from mockserver.gateways.records import GATE, Channel, Gateway, KeyRow, PathRow, fits
from mockserver.records.masks import excerpt

# Only there an x-api-key is read, and at models the key of Google's clients, too.
_ANTHROPIC, _MODELS = ("/v1/messages", "/v1/models"), "/v1/models"
API_KEY, GOOGLE_KEY = "x-api-key", "x-goog-api-key"
_PREFIX, _SCHEMES = "sk-", ("Bearer ", "bearer ")
# What is left of a header with an empty key, which gateways take for one that they do not know.
_BARE = tuple([scheme.strip() for scheme in _SCHEMES])
# Of a shorter key three letters at both ends would be too much.
_LEAST = 12
_NO_ROW = KeyRow()


class Refusal(Struct, frozen=True):
    """The name of a row of errors, and what stands in its words."""

    name: str
    values: Mapping[str, str] = {}


class Caller(Struct, frozen=True):
    """Who calls: the key without ``sk-``, its row, and the channel that stands behind it; "" for none.

    ``is_listed``: the key has a row of its own.
    """

    key: str
    row: KeyRow = _NO_ROW
    channel: str = ""
    is_listed: bool = False

    def may_use(self, model: str) -> bool:
        """Whether the key is for a model."""
        return not self.row.models or any(fits(model, each) for each in self.row.models)


def find_path(gateway: Gateway, method: str, path: str) -> PathRow | None:
    """The first row that a method and a path fit; None: the gateway says nothing of it."""
    return next((row for row in gateway.paths if row.method in ("", method) and fits(path, row.path)), None)


def read_key(gateway: Gateway, headers: Mapping[str, str], query: str, path: str) -> str:
    """The key of a call, without a scheme; "" for none.

    The first of ``Gateway.key_headers`` that is there counts, but ``x-api-key`` only on paths of Anthropic's API.
    Before them, at ``/v1/models`` of a gateway that reads such keys, come ``x-goog-api-key`` and the parameter ``key``.
    """
    is_anthropic = path.startswith(_ANTHROPIC)
    if path.startswith(_MODELS) and API_KEY in gateway.key_headers and (key := _read_google_key(headers, query)):
        return key
    for name in gateway.key_headers:
        if (name != API_KEY or is_anthropic) and (given := headers.get(name, "").strip()):
            return given[len(_SCHEMES[0]) :].strip() if given.startswith(_SCHEMES) else given
    return ""


def is_google(headers: Mapping[str, str], query: str) -> bool:
    """Whether a client of Google's API asks."""
    return bool(_read_google_key(headers, query))


def find_caller(gateway: Gateway, key: str) -> Caller:
    """Who calls with a key. What stands behind its first dash is a channel, if the rest has a row."""
    rows, whole = {_cut(name): row for name, row in gateway.keys.items()}, _cut(key)
    base, _, channel = whole.partition("-")
    if whole not in rows and base in rows:
        return Caller(base, rows[base], channel, is_listed=True)
    return Caller(whole, rows.get(whole, _NO_ROW), is_listed=whole in rows)


def check_caller(gateway: Gateway, caller: Caller, accepted: Collection[str] = ()) -> Refusal | None:
    """What is wrong with a key. ``accepted`` are those that the server takes besides those with rows; () for any."""
    row = caller.row
    if not caller.key:
        return Refusal("no_token")
    if caller.key in _BARE or (accepted and not (caller.is_listed or _is_accepted(caller.key, accepted))):
        return Refusal("invalid_token", name_caller(gateway, caller))
    if row.error and gateway.errors[row.error].stage == GATE:
        return Refusal(row.error, name_caller(gateway, caller))
    return Refusal("channel_forbidden", name_caller(gateway, caller)) if caller.channel and not row.is_admin else None


def check_request(gateway: Gateway, caller: Caller, body: Mapping[str, Any] | None) -> Refusal | None:
    """What is wrong with the body of a request for a message, before it is relayed; None is one that is no JSON."""
    values = name_caller(gateway, caller)
    if body is None:
        return Refusal("invalid_body", {**values, "error": "invalid JSON request body"})
    model = body.get("model")
    if model is not None and not isinstance(model, str):
        return Refusal("invalid_body", {**values, "error": "field model must be a string"})
    if caller.channel:  # no model is asked for then
        return None if find_channel(gateway, caller.channel) else Refusal("invalid_channel", values)
    values = {**values, "model": excerpt(model or "")}
    if not caller.may_use(model or ""):
        return Refusal("model_forbidden", values)
    if not model:
        return Refusal("no_model", values)
    refusal = _refuse_model(gateway, model, values, is_early=True)
    return refusal or (None if list_channels(gateway, model) else Refusal("model_not_found", values))


def check_relayed(gateway: Gateway, caller: Caller, model: str) -> Refusal | None:
    """What a gateway refuses once it has read the whole request: a model without a price, a key without quota."""
    values = {**name_caller(gateway, caller), "model": excerpt(model)}
    refusal = _refuse_model(gateway, model, values, is_early=False)
    return refusal or (Refusal(caller.row.error, values) if caller.row.error else None)


def find_channel(gateway: Gateway, name: str) -> Channel | None:
    """The channel of a name, or of a number that counts from 1; None where there is none."""
    found = gateway.find_channel(name)
    if found is None and name.isascii() and name.isdigit() and 0 < int(name[:9]) <= len(gateway.channels):
        return gateway.channels[int(name[:9]) - 1]
    return found


def name_caller(gateway: Gateway, caller: Caller) -> dict[str, str]:
    """What the words of an error may say of a caller."""
    values = {"group": caller.row.group or gateway.group, "key": "***"}
    if len(caller.key) < _LEAST:
        return values
    first, last = caller.key[:3], caller.key[-3:]
    return {**values, "prefix": first, "suffix": last, "key": f"{_PREFIX}{first}***{last}"}


def _refuse_model(gateway: Gateway, model: str, values: Mapping[str, str], *, is_early: bool) -> Refusal | None:
    for pattern, name in gateway.model_errors.items():
        if fits(model, pattern):
            return Refusal(name, values) if (gateway.errors[name].stage == GATE) is is_early else None
    return None


def _read_google_key(headers: Mapping[str, str], query: str) -> str:
    return headers.get(GOOGLE_KEY, "") or (parse_qs(query).get("key", [""])[0] if "key=" in query else "")


def _is_accepted(key: str, accepted: Collection[str]) -> bool:
    """Compare with every key, each in constant time."""
    encoded = key.encode()
    return sum([hmac.compare_digest(encoded, _cut(each).encode()) for each in accepted]) > 0


def _cut(key: str) -> str:
    return key.removeprefix(_PREFIX)
