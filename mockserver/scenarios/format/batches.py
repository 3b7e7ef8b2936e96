"""The fields of ``batches``: how message batches go on."""

from __future__ import annotations

from mockserver.records.batches import ORDERS
from mockserver.records.specs import Field, Record, Rule, Ruled, Text
from mockserver.scenarios.format.deliveries import PART, check_part
from mockserver.scenarios.format.values import AMOUNT, one_of

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "": 1.0}
_TIME = Text(
    numbers=True,
    pattern=r"([0-9]+\.?[0-9]*|\.[0-9]+)\s*(ms|s|m|h|d|)",
    expect="a time such as 30s, 1.5m, 25h or 2 (seconds)",
    low=0,
)
BATCHES = Record(
    "batches",
    {
        "takes": Field(_TIME, "the time from creation to end: `30s`, `25h`; by default it ends at the second `GET`"),
        "per_item": Field(_TIME, "the time added for each request: `10ms`"),
        "fail": Field(Ruled(PART, (Rule(check_part),)), "the part of the requests that ends in an `api_error`: `2%`"),
        "expire": Field(AMOUNT, "how many requests expire, the last ones of the list"),
        "order": Field(one_of(ORDERS), "the order of the results: `listed` (the default) or `shuffled`"),
    },
    expect="a mapping of how batches go on, such as {takes: 30s}",
)
