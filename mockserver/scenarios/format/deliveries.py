"""The fields about the delivery of an answer: its pace and its faults."""

from __future__ import annotations

import re

from mockserver.records.specs import (
    OBJECT,
    STRING,
    Either,
    EnumOf,
    Field,
    Mode,
    Number,
    OneOrMany,
    Record,
    Ref,
    Rule,
    Ruled,
    Text,
    Whole,
    WithoutPlaceholders,
)
from mockserver.scenarios.reading.node import Node

_DECIMAL = r"([0-9]+\.?[0-9]*|\.[0-9]+)"
TIME = Text(
    numbers=True,
    pattern=rf"{_DECIMAL}\s*(ms|s|m|)",
    expect="a time such as 300ms, 1.5s or 2 (seconds)",
    low=0,
)
PART = Text(numbers=True, pattern=rf"{_DECIMAL}\s*(%?)", expect="a part of the whole such as 20% or 0.2", low=0)
_PACE = "none, or a mapping of chunk, first, jitter, stall, tokens_per_second"

_CHUNK = "word, token or a number of characters from 1"


def check_part(node: Node, _: Mode) -> None:
    """Note a part of a whole that is more than the whole."""
    found = re.fullmatch(str(PART.pattern), str(node.value))
    if found and not isinstance(node.value, bool) and float(found[1]) > (100 if found[2] else 1):
        node.expect(PART.expect)


PACES = Record(
    "pace",
    {
        "first": Field(TIME, "the time to the first event: `300ms`, `1.5s`, or a number of seconds"),
        "tokens_per_second": Field(Number("a number above 0", above=0), "the rate after it"),
        "jitter": Field(Ruled(PART, (Rule(check_part),)), "how much the times vary: `20%` or `0.2`"),
        "stall": Field(
            Record(
                "stall",
                {"after": Field(Whole(0, expect="a number of events")), "for": Field(TIME)},
                ("after", "for"),
                expect="{after: a number of events, for: a time}",
            ),
            "a pause after N events: `{after: N, for: TIME}`",
        ),
        "chunk": Field(
            Either((EnumOf(("word", "token"), _CHUNK), Whole(1, expect=_CHUNK)), _CHUNK),
            "how much of a text, a thought or a tool's input one event brings: `word`, `token` (about), or a number "
            "of characters; by default as much as from the model",
        ),
    },
)
PACE = Ref("pace", lambda: WithoutPlaceholders(Either((EnumOf(("none",), _PACE), PACES), _PACE)))

# The options of each fault are those of the table of faults, which reads them.
FAULTS = Ref(
    "faults",
    lambda: WithoutPlaceholders(
        OneOrMany(
            Either(
                (STRING, OBJECT),
                "the name of a fault, or a mapping",
            ),
            least=0,
        )
    ),
)
