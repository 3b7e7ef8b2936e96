"""Errors of a gateway, by the names of their rows."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.gateways.records import Gateway
from mockserver.records.errors import Finding
from mockserver.records.reply import NOTHING, Failure
from mockserver.records.suggesting import find_similar


def find_error(gateway: Gateway, name: str) -> Failure:
    """The failure of a row as a scenario names it: what the words say of the call stands there as its placeholder.

    Raises:
        ValueError: there is no such row.
    """
    if name not in gateway.errors:
        near = find_similar(name, gateway.errors)
        hint = f'did you mean "{near}"?' if near else f"known are {', '.join(sorted(gateway.errors))}"
        raise ValueError(f'"{name}" is no error of the gateway {gateway.name}: {hint}')
    return make_failure(gateway, name, {"group": gateway.group})


def make_failure(gateway: Gateway, name: str, values: Mapping[str, str] = NOTHING) -> Failure:
    """The failure of a row in the language of the gateway, with ``values`` put in its words. One without a body has no
    message.

    Raises:
        KeyError: there is no such row.
    """
    row = gateway.errors[name]
    text = "" if row.is_empty else row.word(gateway.language, values)
    kind = row.type or gateway.error_type
    return Failure(row.status, kind, text, code=row.code, param=row.param, stage=row.stage, is_nameless=not row.has_id)


def make_finding(gateway: Gateway, name: str, values: Mapping[str, str] = NOTHING, hint: str = "") -> Finding:
    """The same as the reason why a call is refused: its rule is ``gateway.`` and the name of the row.

    Raises:
        KeyError: there is no such row.
    """
    failure = make_failure(gateway, name, values)
    return Finding(
        failure.message,
        rule=f"gateway.{name}",
        source=f"{gateway.name} {gateway.version}".rstrip(),
        status=failure.status,
        kind=failure.type,
        code=failure.code,
        param=failure.param,
        stage=failure.stage,
        is_nameless=failure.is_nameless,
        hint=hint,
    )
