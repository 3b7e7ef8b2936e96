"""Conditions: the ``when`` of a scenario, compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mockserver.records.errors import Place, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NOTHING
from mockserver.scenarios.matching.checks import Check
from mockserver.scenarios.matching.matchers import KEYS
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import Document, plain

WHEN = Place("when")


class Condition(Struct, frozen=True):
    """What must hold of a prompt, all of it; no checks at all hold always."""

    checks: tuple[Check, ...] = ()
    # The ``when`` it was made of.
    source: Mapping[str, Any] = NOTHING

    def matches(self, prompt: Prompt) -> bool:
        """Whether everything holds."""
        for check in self.checks:  # noqa: SIM110 - a generator would double the cost
            if not check.fits(prompt):
                return False
        return True

    def differences(self, prompt: Prompt) -> tuple[str, ...]:
        """What does not hold, each with what was expected and what came; empty when the prompt matches."""
        return tuple(check.tell(prompt) for check in self.checks if not check.fits(prompt))


def condition(when: Mapping[str, Any], place: Place = WHEN) -> Condition:
    """The condition of a ``when`` given in Python at ``place``, in the same words as in YAML.

    Raises:
        ScenarioError: a key does not exist or its value cannot be used.
    """
    given = plain(when)
    node = Node(Document(place.file, given, line=place.line), given)
    compiled = read_condition(node)
    if node.problems:
        raise ScenarioError(*node.problems)
    return compiled


def read_condition(node: Node) -> Condition:
    """The condition at a node; mistakes are noted there."""
    if not isinstance(node.value, dict):
        node.expect("a mapping of what must hold, such as {user: hello}")
        return Condition()
    node.is_mapping(KEYS, "when")
    checks = tuple(make(key, node.at(key)) for key, make in KEYS.items() if key in node.value)
    return Condition(checks, node.value)
