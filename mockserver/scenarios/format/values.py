"""Kinds of values that several places of the format share."""

from __future__ import annotations

import re

from mockserver.records.specs import (
    OBJECT,
    EnumOf,
    MapOf,
    Mode,
    Ref,
    Rule,
    Ruled,
    Text,
    Whole,
)
from mockserver.scenarios.reading.node import Node, has_placeholder

AMOUNT = Ref("amount", lambda: Whole(low=0, expect="a whole number from 0"), "A whole number from 0.")
STATUS = Ref(
    "status",
    # A status below 200 promises another answer.
    lambda: Whole(low=200, high=599, expect="a whole number from 200 to 599"),
    "An HTTP status that ends an answer.",
)


def whole(low: int, high: int) -> Whole:
    """A whole number of a range."""
    return Whole(low, high, f"a whole number from {low} to {high}")


def one_of(names: tuple[str, ...]) -> EnumOf:
    """One of a few names; a complaint shows all of them."""
    return EnumOf(names, " or ".join(names))


# Headers ----------------------------------------------------------------------------------------------------------

HEADER_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# No line ends, no control characters.
HEADER_VALUE = r"[^\x00-\x08\x0a-\x1f\x7f]*"
# Headers of the server itself, about the length of an answer; "connection" is one too, but for these two values.
OWN_HEADERS = ("content-length", "transfer-encoding")
CONNECTION = ("close", "keep-alive")
# The same as schemas can say it.
OWN_NAMES = [*OWN_HEADERS, *(name.title() for name in OWN_HEADERS)]


def is_own_header(name: str, value: object) -> bool:
    """Whether the server itself sends this header: the length of an answer, or what happens to the connection."""
    name = name.lower()
    return name in OWN_HEADERS or (name == "connection" and str(value).lower() not in CONNECTION)


def _check_header_names(node: Node, mode: Mode) -> None:
    for name, below in node.items() if isinstance(node.value, dict) else ():
        if not re.fullmatch(HEADER_NAME, name):
            below.complain(f'"{name}" is no name of a header: expected letters, digits and - in ASCII', key=True)
        unknown_yet = mode is Mode.TEMPLATE and has_placeholder(below.value)
        if is_own_header(name, "close" if unknown_yet else below.value):
            help_ = "to break an answer, give it a fault (truncate, disconnect, stall)"
            below.complain(f'"{name}" is for the server to say: {help_}', key=True)


HEADERS = Ref(
    "headers",
    lambda: Ruled(
        MapOf(Text(numbers=True, written=True, pattern=HEADER_VALUE, form="a text on one line")),
        (
            Rule(
                _check_header_names,
                {
                    "propertyNames": {
                        "pattern": f"^{HEADER_NAME}$",
                        "not": {"enum": OWN_NAMES},
                    }
                },
            ),
        ),
    ),
)


# Keys that belong elsewhere ---------------------------------------------------------------------------------------


def free_without(keys: tuple[str, ...], message: str) -> Ruled:
    """A mapping with any keys but these; ``message`` is the complaint about them."""

    def check(node: Node, _: Mode) -> None:
        for key in sorted(node.value.keys() & {*keys}) if isinstance(node.value, dict) else ():
            node.at(key).complain(f'"{key}" {message}', key=True)

    return Ruled(OBJECT, (Rule(check, {"propertyNames": {"not": {"enum": list(keys)}}}),))
