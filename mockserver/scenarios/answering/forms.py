"""The form of an answer at the endpoints that its scenario names: what it may say, and what is made of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from mockserver.records.endpoints import MESSAGES
from mockserver.records.reply import Answer, Fault, Pace
from mockserver.records.specs import LONG, Field, Spec, WithoutPlaceholders, WithPlaceholders
from mockserver.scenarios.answering.building import build, build_value
from mockserver.scenarios.format.answers import ANSWER_OR_TEXT, FIELDS, LITERAL_ANSWER_OR_TEXT, VALUE_FIELDS
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.endpoints import find_keys, is_for_messages, make_answer, read_names, spell
from mockserver.scenarios.format.files import DEFAULT_KEYS
from mockserver.scenarios.format.kinds import is_file
from mockserver.scenarios.reading.node import Node

Build = Callable[[Mapping[str, Any], tuple[Fault, ...], Pace | None], Answer]


class Form(Struct, frozen=True):
    """What answers may hold; ``literal`` is the form of those without placeholders.

    ``name`` is "" for those of messages, ``defaults`` are the keys a file may give them, ``misplaced`` those of others.
    """

    spec: Spec
    literal: Spec
    keys: Mapping[str, Field]
    build: Build
    defaults: tuple[str, ...] = DEFAULT_KEYS
    name: str = ""
    misplaced: tuple[str, ...] = ()

    @property
    def expect(self) -> str:
        """What an answer is, in words."""
        return f"a mapping of {', '.join(self.keys)}" if self.name else "a text, or a mapping of what is said"

    def read(self, node: Node, *, literal: bool = False) -> Node:
        """The mapping at a node, where a text stands for one; mistakes are noted there."""
        if self.name and isinstance(node.value, str):
            node.expect(self.expect)
            return node
        if not self.name and is_file(LONG, node.value):
            node = node.with_value({"text": node.value})
        if isinstance(node.value, dict):
            misplaced = {key: _MISPLACED.format(key) for key in self.misplaced}
            if "text" in self.keys:
                misplaced["file"] = 'a text from a file is "text: {file: …}" where other keys stand beside it'
            for key in node.value.keys() & misplaced:
                node.at(key).complain(misplaced[key], key=True)
            node = node.with_value({key: value for key, value in node.value.items() if key not in misplaced})
        check(self.literal if literal else self.spec, node)
        return node.with_value({"text": node.value}) if isinstance(node.value, str) else node


_MISPLACED = '"{}" is for count_tokens: add endpoint: count_tokens to when (usage has the counts of a message)'
OF_MESSAGES = Form(ANSWER_OR_TEXT, LITERAL_ANSWER_OR_TEXT, FIELDS, build, misplaced=tuple(VALUE_FIELDS))
# Where the name of the endpoint is a mistake.
_OF_ANY = Form(ANSWER_OR_TEXT, LITERAL_ANSWER_OR_TEXT, FIELDS, build)


def find_form(when: Mapping[str, Any]) -> Form:
    """The form of the answers of a scenario with this condition; without an endpoint it is for messages."""
    names = read_names(when)
    if "endpoint" in when and not names:
        return _OF_ANY
    if is_for_messages(names):
        return OF_MESSAGES
    # What messages share with others are no values: an answer without a failure is generated there, computed here.
    made = build if MESSAGES in names else build_value
    keys, answer = find_keys(names), make_answer(names)
    return Form(WithPlaceholders(answer), WithoutPlaceholders(answer), keys, made, ("headers", "pace"), spell(names))
