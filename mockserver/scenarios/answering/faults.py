"""The faults of an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mockserver.records.budget import LIMITS
from mockserver.records.reply import Fault
from mockserver.scenarios.answering.forms import Form
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.scripts import Extensions


def read_faults(node: Node, extensions: Extensions, form: Form) -> tuple[Fault, ...]:
    """The faults at an answer; mistakes in them are noted there."""

    def parse(given: Any) -> Fault:
        return _check_fault(extensions.parse_fault(given), extensions, form)

    faults = [fault for key in ("fault", "faults") if key in node.value for fault in read_each(node.at(key), parse)]
    if len(faults) > LIMITS.faults:
        node.complain(f"an answer has {LIMITS.faults} faults at most, not {len(faults)}")
    return tuple(faults)


def read_each(node: Node, parse: Callable[[Any], Fault]) -> list[Fault]:
    """One fault or a list of them; mistakes in them are noted there."""
    faults: list[Fault] = []
    for item in node:
        fault = {"then": item.value} if isinstance(item.value, str) else item.value
        if not isinstance(fault, dict):
            continue
        try:
            faults.append(parse(fault))
        except ValueError as error:
            for name, text in getattr(error, "problems", ((None, str(error)),)):
                is_known = name is not None and isinstance(item.value, dict) and name in item.value
                (item.at(name) if is_known and name else item).complain(text, key=is_known and name != "then")
    return faults


def _check_fault(fault: Fault, extensions: Extensions, form: Form) -> Fault:
    """The fault, when it strikes answers of this form.

    Raises:
        ValueError: it changes streams alone, or messages.
    """
    if form.name and not extensions.strikes_any(fault):
        raise ValueError(f"{fault.then} strikes messages alone, and this is an answer of {form.name}")
    return fault
