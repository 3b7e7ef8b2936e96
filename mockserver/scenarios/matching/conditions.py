"""Conditions: the ``when`` of a scenario, compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mockserver.records.budget import LIMITS, Budget
from mockserver.records.errors import Place, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NOTHING
from mockserver.scenarios.format import checking
from mockserver.scenarios.format.conditions import WHEN
from mockserver.scenarios.matching.checks import Check
from mockserver.scenarios.matching.matchers import MATCHERS
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.sizes import check_number, count_values
from mockserver.scenarios.reading.source import Document, plain

HERE = Place("when")


class Condition(Struct, frozen=True):
    """Checks of a prompt, all of which must hold; a condition without checks always holds."""

    checks: tuple[Check, ...] = ()
    # The ``when`` that it was compiled from.
    source: Mapping[str, Any] = NOTHING

    def matches(self, prompt: Prompt) -> bool:
        """Whether everything holds."""
        for check in self.checks:  # noqa: SIM110 - a generator would double the cost
            if not check.fits(prompt):
                return False
        return True

    def differences(self, prompt: Prompt) -> tuple[str, ...]:
        """Each check that fails, with the expected value and the one that came; empty when the prompt matches."""
        return tuple(check.difference(prompt) for check in self.checks if not check.fits(prompt))


def condition(when: Mapping[str, Any], place: Place = HERE) -> Condition:
    """The condition of a ``when`` value in Python at ``place``, in the same words as in YAML.

    Raises:
        ScenarioError: a key does not exist, its value cannot be used, or there are too many values.
    """
    check_number(count_values(when), place.file, LIMITS.document_values)
    value = plain(when)
    node = Node(Document(place.file, value, line=place.line, budget=Budget(LIMITS.document_steps)), value)
    compiled = read_condition(node)
    if node.problems:
        raise ScenarioError(*node.problems)
    return compiled


def read_condition(node: Node) -> Condition:
    """The condition at a node; mistakes are noted there."""
    if not isinstance(node.value, dict):
        checking.check(WHEN, node)
        return Condition()
    node.is_mapping(WHEN.fields, WHEN.name)
    keys = [(key, matcher) for key, matcher in MATCHERS.items() if key in node.value]
    valid = [(key, matcher) for key, matcher in keys if checking.check(WHEN.fields[key].spec, node.at(key))]
    return Condition(tuple(matcher(key, node.at(key)) for key, matcher in valid), node.value)
