"""Errors of a gateway, by the names of their rows."""

from __future__ import annotations

from collections.abc import Mapping

from mockserver.gateways.records import Gateway
from mockserver.records.reply import NOTHING, Failure


def make_failure(gateway: Gateway, name: str, values: Mapping[str, str] = NOTHING) -> Failure:
    """The failure of a row in the language of the gateway, with ``values`` put in its words.

    Raises:
        KeyError: there is no such row.
    """
    row = gateway.errors[name]
    text = row.word(gateway.language, values)
    kind = row.type or gateway.error_type
    return Failure(row.status, kind, text, code=row.code, param=row.param, stage=row.stage)
