"""Reads one scenario of a document."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mockserver.records.errors import Place
from mockserver.scenarios.answering.answers import read_step
from mockserver.scenarios.defaults import PRIORITY, merge_defaults
from mockserver.scenarios.format.checking import check
from mockserver.scenarios.format.files import SCENARIO, SCRIPTS
from mockserver.scenarios.matching.conditions import read_condition
from mockserver.scenarios.reading.file_reader import FileReader
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.sizes import count_values
from mockserver.scenarios.scripts import Extensions, Scenario, Step

NAME = SCENARIO.fields["name"].spec

# Mistakes that may be nested so deeply that Python's own parsers give up: those of patterns and JSONPath.
_TOO_DEEP = "something in this scenario is nested too deeply, a regular expression perhaps"


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
        scripts = [key for key in SCRIPTS if key in node.value]
        if len(scripts) != 1:
            mistake = f"has both {' and '.join(scripts)}" if scripts else "says nothing"
            node.complain(f"scenario {name} {mistake}: it needs one of reply, turns or calls")
            return None
        condition = read_condition(merge_defaults(node, "when", defaults.get("when") or {}))
        place = node.document.place(node.path)
        # Higher ones are tried first.
        priority = node.value["priority"] if "priority" in node.value else defaults.get("priority", 0)
        if "priority" in node.value and not check(PRIORITY, node.at("priority")):
            priority = 0
        steps = self._read_steps(node.at(scripts[0]), scripts[0], defaults.get("answer") or {})
        size = count_values(node.value) + default_values
        return Scenario(name, place, condition, scripts[0], steps, priority, size)

    def _read_name(self, node: Node, number: int) -> str:
        """The scenario's name; one without is called after its file."""
        if "name" not in node.value:
            return f"{Path(node.document.file).stem} #{number + 1}"
        name = node.value["name"]
        if not check(NAME, node.at("name")):
            return str(name)
        name = str(name)
        if name in self.names:
            node.at("name").complain(f'there is another scenario "{name}" at {self.names[name]}')
        self.names.setdefault(name, node.document.place(node.path))
        return name

    def _read_steps(self, node: Node, script: str, defaults: Mapping[str, Any]) -> tuple[Step, ...]:
        """The steps of a script."""
        if script == "reply":
            return (self._read_answer(node, defaults, always=True),)
        if not isinstance(node.value, list) or not node.value:
            example = f", such as [{node.show()}]" if isinstance(node.value, str) else ""
            node.expect(f"a list of answers{example}")
            return ()
        return tuple(self._read_answer(item, defaults, always=False) for item in node)

    def read_answers(self, node: Node, script: str) -> tuple[Step, ...]:
        """One answer, or a list of them, for a script that has a condition already."""
        try:
            is_alone = isinstance(node.value, (str, dict))
            return (self._read_answer(node, {}, always=False),) if is_alone else self._read_steps(node, script, {})
        except RecursionError:
            node.complain(_TOO_DEEP)
            return ()

    def _read_answer(self, node: Node, defaults: Mapping[str, Any], *, always: bool) -> Step:
        """One step of a script."""
        return read_step(node, self.extensions, defaults=defaults, reader=self.reader, always=always)
