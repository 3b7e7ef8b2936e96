"""Reads one scenario of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mockserver.records.errors import Place
from mockserver.scenarios.answering.answers import read_step
from mockserver.scenarios.answering.forms import Form, find_form
from mockserver.scenarios.answering.functions import find_function, read_function_step
from mockserver.scenarios.defaults import PRIORITY, merge_defaults
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.endpoints import list_unread, read_names, spell
from mockserver.scenarios.format.files import SCENARIO, SCRIPTS, TURNS
from mockserver.scenarios.format.kinds import find_misspelt
from mockserver.scenarios.matching.conditions import read_condition
from mockserver.scenarios.reading.file_reader import FileReader
from mockserver.scenarios.reading.node import Node, find_meant
from mockserver.scenarios.reading.sizes import count_values
from mockserver.scenarios.scripts import Extensions, Scenario, Step

NAME = SCENARIO.fields["name"].spec

# Mistakes that may be nested so deeply that Python's own parsers give up: those of patterns and JSONPath.
_TOO_DEEP = "something in this scenario is nested too deeply, a regular expression perhaps"


def find_answers(script: Node) -> Node:
    """The answers of a script: those of ``turns`` may stand in a mapping, below ``answers``."""
    return script.at("answers") if _has_more_keys(script) and "answers" in script.value else script


def _has_more_keys(script: Node) -> bool:
    return (
        script.path[-1:] == ("turns",)
        and isinstance(script.value, dict)
        and not TURNS.fields.keys().isdisjoint(script.value)
    )


def _read_from_start(script: Node) -> bool:
    """Whether turns are counted from the start of the conversation; mistakes in saying so are noted."""
    if not _has_more_keys(script):
        return False
    if script.is_mapping(TURNS.fields, TURNS.name) and "from" in script.value:
        check(TURNS.fields["from"].spec, script.at("from"))
    return bool(script.value.get("from") == "start")


class ScenarioReader:
    """Reads scenarios whose names are unique among all that it reads.

    Args:
        extensions: functions of other parts.
        reader: reads files that answers name; None when a document may name none.
    """

    def __init__(self, extensions: Extensions, reader: FileReader | None = None) -> None:
        self.extensions = extensions
        self.reader = reader
        self.names: dict[str, Place] = {}
        # The cassettes of whose names it is said that they are taken.
        self._copies: set[str] = set()

    def read(self, node: Node, number: int, defaults: Mapping[str, Any], default_values: int = 0) -> Scenario | None:
        """One scenario; None when its mistakes, which are told at the node, leave nothing of it.

        Args:
            node: the scenario.
            number: its position in the document, from 0.
            defaults: the document's ``defaults``.
            default_values: how many values they are: each of the scenarios holds them too.
        """
        try:
            return self._read(node, number, defaults, default_values)
        except RecursionError:
            node.complain(_TOO_DEEP)
            return None

    def _read(self, node: Node, number: int, defaults: Mapping[str, Any], default_values: int) -> Scenario | None:
        if not node.is_mapping(SCENARIO.fields, SCENARIO.name):
            return None
        name = self._read_name(node, number)
        # A mistake in a name is told once, and hides none below it.
        keys = {name: key for key, name in find_misspelt(node, SCENARIO.fields).items()}
        scripts = [key for key in SCRIPTS if key in node.value or key in keys]
        if len(scripts) > 1 or not (scripts or _has_misnamed(node)):
            mistake = f"has both {' and '.join(scripts)}" if scripts else "says nothing"
            node.complain(f"scenario {name} {mistake}: it needs one of reply, turns or calls")
        condition = read_condition(merge_defaults(node, keys.get("when", "when"), defaults.get("when") or {}))
        place = node.document.place(node.path)
        # Higher ones are tried first.
        priority = node.value["priority"] if "priority" in node.value else defaults.get("priority", 0)
        if "priority" in node.value and not check(PRIORITY, node.at("priority")):
            priority = 0
        _check_conversation(node, scripts, condition.source)
        form, answers = find_form(condition.source), defaults.get("answer") or {}
        written = [node.at(keys.get(key, key)) for key in scripts]
        steps = [
            self._read_steps(find_answers(each), key, answers, form) for key, each in zip(scripts, written, strict=True)
        ]
        from_start = [_read_from_start(each) for each in written]
        size = count_values(node.value) + default_values
        if len(scripts) != 1:
            return None
        return Scenario(name, place, condition, scripts[0], steps[0], priority, size, from_start[0])

    def _read_name(self, node: Node, number: int) -> str:
        """The scenario's name; one without is called after its file."""
        if "name" not in node.value:
            return f"{Path(node.document.file).stem} #{number + 1}"
        name = node.value["name"]
        if not check(NAME, node.at("name")):
            return str(name)
        name = str(name)
        if name in self.names:
            self._complain_of_twin(node, name)
        self.names.setdefault(name, node.document.place(node.path))
        return name

    def _complain_of_twin(self, node: Node, name: str) -> None:
        """Note a name that is taken; in a cassette once, for a copy has all names of the other."""
        if node.document.file in self._copies:
            return
        advice = ""
        if node.document.cassette is not None:
            self._copies.add(node.document.file)
            advice = ": if this cassette is a copy, delete one of the two, or give its scenarios other names"
        node.at("name").complain(f'there is another scenario "{name}" at {self.names[name]}{advice}')

    def _read_steps(self, node: Node, script: str, defaults: Mapping[str, Any], form: Form) -> tuple[Step, ...]:
        """The steps of a script."""
        if script == "reply":
            return (self._read_answer(node, defaults, form, always=True),)
        if _has_more_keys(node):  # and no answers; a misspelt key is told of its name
            if not find_misspelt(node, TURNS.fields):
                node.complain('turns needs "answers": {from: start, answers: […]}')
            return ()
        if not isinstance(node.value, list) or not node.value:
            example = f", such as [{node.show()}]" if isinstance(node.value, str) else ""
            is_one = isinstance(node.value, dict) and node.document.root is not None
            dashes = ', each beginning with "- "' if is_one else ""
            node.expect(f"a list of answers{dashes}{example}")
            return ()
        return tuple(self._read_answer(item, defaults, form, always=False) for item in node)

    def read_answers(self, node: Node, script: str, endpoints: Sequence[str]) -> tuple[Step, ...]:
        """One answer, or a list of them, for a script that has a condition already, with these endpoints."""
        form = find_form({"endpoint": [*endpoints]} if endpoints else {})
        try:
            if isinstance(node.value, (str, dict)):
                return (self._read_answer(node, {}, form, always=False),)
            return self._read_steps(node, script, {}, form)
        except RecursionError:
            node.complain(_TOO_DEEP)
            return ()

    def _read_answer(self, node: Node, defaults: Mapping[str, Any], form: Form, *, always: bool) -> Step:
        """One step of a script."""
        function = find_function(node.value)
        if function is not None:
            return read_function_step(
                node, function, self.extensions, defaults=defaults, reader=self.reader, always=always, form=form
            )
        return read_step(node, self.extensions, defaults=defaults, reader=self.reader, always=always, form=form)


def _check_conversation(node: Node, scripts: Sequence[str], when: Mapping[str, Any]) -> None:
    """Note what looks at a conversation where the endpoints named get none: it would never hold."""
    names = read_names(when)
    unread = list_unread(when, names) if names else []
    at = node.at("when") if unread and isinstance(node.value.get("when"), dict) else node
    for key in unread:
        below = at.at(key) if at is not node and key in at.value else at
        below.complain(f"{key} looks at a conversation, and {spell(names)} gets none", key=below is not at)
    if names and "turns" in {*scripts} & node.value.keys() and list_unread({"turn": 0}, names):
        node.at("turns").complain(f"turns count in a conversation, and {spell(names)} gets none: use calls", key=True)


def _has_misnamed(node: Node) -> bool:
    """Whether an unknown key is meant to be a script: that is told of its name."""
    return node.has_help and any(key not in SCENARIO.fields and find_meant(key, SCRIPTS) for key in node.value)
