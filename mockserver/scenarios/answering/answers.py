"""The answers of a scenario: ``reply``, and the items of ``turns`` and ``calls``, checked and compiled at load."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.budget import LIMITS
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.reply import Answer, Fault, Pace
from mockserver.records.specs import LONG, Mode
from mockserver.scenarios.answering import templates
from mockserver.scenarios.answering.building import build
from mockserver.scenarios.answering.paces import read_pace
from mockserver.scenarios.answering.text_files import read_text_files
from mockserver.scenarios.answering.variables import Variables, build_scope
from mockserver.scenarios.format.answers import ANSWER, FIELDS
from mockserver.scenarios.format.checking import check, is_file
from mockserver.scenarios.format.files import DEFAULT_KEYS
from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import KeyPath
from mockserver.scenarios.scripts import Extensions, Step

# Keys that are read once, and have no placeholders.
_FIXED = ("fault", "faults", "pace", "times")
# Levels that a message has above the values of an answer, at most, and its journal entry above that.
_LEVELS_ABOVE = 16


def read_step(
    node: Node, extensions: Extensions, *, defaults: Mapping[str, Any], reader: FileReader | None, always: bool
) -> Step:
    """The step at a node; mistakes are noted there.

    Args:
        node: a text, or the mapping of an answer.
        extensions: functions of other parts.
        defaults: keys of the file's ``defaults``, for those the step leaves out.
        reader: reads files that the answer names; None when it may name none.
        always: whether a step without ``times`` is given always (a ``reply``) or once.
    """
    is_text = isinstance(node.value, str) or is_file(LONG, node.value)
    node = node.with_value({"text": node.value} if is_text else node.value)
    place = node.document.place(node.path)
    before = len(node.problems)
    node, files = _read_texts(node, reader)
    if len(node.problems) > before:
        return Step(place, lambda _: Answer())
    template = _compile(node, extensions, defaults, reader, files)
    times: Any = node.value.get("times", "always" if always else 1)
    is_sound = len(node.problems) == before
    return Step(
        place,
        template.answer,
        times=None if times == "always" else times,
        constant=template.build(template.keys) if is_sound and not template.open_keys else None,
        locate=template.locate,
        files=template.files,
    )


def _read_texts(node: Node, reader: FileReader | None) -> tuple[Node, tuple[str, ...]]:
    """The answer, checked, with the files that stand for texts read into it, and their paths."""
    before = len(node.files)
    if check(ANSWER, node):
        found = tuple(dict.fromkeys(node.files[before:]))
        del node.files[before:]
        node, files = read_text_files(node, found, reader)
        check_json(node)
        return node, files
    # They hold mistakes.
    del node.files[before:]
    return node, ()


def check_literal(node: Node, extensions: Extensions) -> bool:
    """Note every mistake in an answer whose texts hold no placeholders, and that can name no files."""
    before = len(node.problems)
    if check(ANSWER.spec, node):
        read_text_files(node, tuple(dict.fromkeys(node.files)), None)
        check_json(node)
        _read_faults(node, extensions)
        _check_locale(node, extensions)
        _read_body_file(node, None)
    return len(node.problems) == before


def build_literal(node: Node, extensions: Extensions, defaults: Mapping[str, Any], variables: Variables) -> Answer:
    """The answer at a node without placeholders and mistakes.

    Raises:
        ScenarioError: a placeholder of the defaults failed.
    """
    faults = _read_faults(node, extensions)
    pace = read_pace(node.at("pace")) if "pace" in node.value else defaults.get("pace")
    keys = _add_defaults({key: value for key, value in node.value.items() if key not in _FIXED}, defaults)
    open_keys = tuple(key for key, value in keys.items() if templates.has_templates(value))
    template = AnswerTemplate(node, keys, open_keys, faults, pace, extensions, ())
    return template.answer(variables) if open_keys else template.build(keys)


class AnswerTemplate(Struct, frozen=True):
    """An answer whose ``keys`` may hold placeholders; ``open_keys`` do. ``files`` were read into it."""

    node: Node
    keys: Mapping[str, Any]
    open_keys: tuple[str, ...]
    faults: tuple[Fault, ...]
    pace: Pace | None
    extensions: Extensions
    files: tuple[str, ...]

    def answer(self, variables: Variables) -> Answer:
        """The answer for one call.

        Raises:
            ScenarioError: a placeholder failed, or gave a value that does not fit its place.
        """
        names = build_scope(variables)
        values = templates.fill(self.keys, names)
        # A placeholder that gives null leaves its key out.
        values = {key: value for key, value in values.items() if value is not None or key == "json"}
        self.check(values)
        return self.build(values)

    def check(self, values: Mapping[str, Any]) -> None:
        """Check the keys that had placeholders again: these may have given values of any type."""
        open_values = {key: values[key] for key in self.open_keys if key in values}
        node = replace(self.node, value=open_values, problems=[])
        for key, below in node.items():
            check(FIELDS[key].spec, below, Mode.FILLED)
        if not node.problems:
            _check_locale(node, self.extensions)
            check_json(node)
        if node.problems:
            raise ScenarioError(*map(_mark_filled, node.problems))

    def build(self, values: Mapping[str, Any]) -> Answer:
        """The answer for checked keys."""
        return build(values, self.faults, self.pace)

    def locate(self, path: KeyPath) -> Place:
        """The place of the value at a path in the message."""
        # Shorthands have no path in the message, nor have the blocks after an item that makes several.
        items = self.node.value.get("content")
        is_known = path[:1] != ("content",) or (isinstance(items, list) and all(map(_is_block, items)))
        return self.node.document.place((*self.node.path, *path) if is_known else self.node.path)


def _mark_filled(problem: Problem) -> Problem:
    return replace(problem, message=f"with its placeholders filled in, {problem.message}")


def _compile(
    node: Node,
    extensions: Extensions,
    defaults: Mapping[str, Any],
    reader: FileReader | None,
    files: tuple[str, ...],
) -> AnswerTemplate:
    """The answer at a checked node; mistakes in faults, files and placeholders are noted there."""
    faults = _read_faults(node, extensions)
    pace = read_pace(node.at("pace")) if "pace" in node.value else defaults.get("pace")
    _check_locale(node, extensions)
    raw = _read_body_file(node, reader)
    keys = {
        key: raw if key == "raw" and raw else _compile_key(key, below)
        for key, below in node.items()
        if key not in _FIXED
    }
    files = (*files, str(_find_body_path(node))) if raw else files
    keys = _add_defaults(keys, defaults)
    open_keys = tuple(key for key, value in keys.items() if templates.has_templates(value))
    return AnswerTemplate(node, keys, open_keys, faults, pace, extensions, files)


def _compile_key(key: str, node: Node) -> Any:
    """The value of a key, its placeholders compiled; those of a ``text`` always give texts."""
    if key != "content" or not isinstance(node.value, list):
        return templates.compile_all(node, written=key == "text")
    return [
        {name: templates.compile_all(below, written=name == "text") for name, below in item.items()}
        if isinstance(item.value, dict)
        else templates.compile_all(item)
        for item in node
    ]


def _is_block(item: Any) -> bool:
    return isinstance(item, str) or "type" in item


def check_json(node: Node) -> None:
    """Note a value that cannot be written as JSON: half a character, or lists nested too deeply."""
    value = node.value
    for _ in range(_LEVELS_ABOVE):
        value = [value]
    try:
        orjson.dumps(value, default=lambda _: None)  # the bytes of a file are no JSON
    except orjson.JSONEncodeError as error:
        node.complain(f"this cannot be written as JSON: {error}")


def _check_locale(node: Node, extensions: Extensions) -> None:
    options = node.value.get("generate")
    if isinstance(options, dict) and "locale" in options:
        try:
            extensions.check_locale(options["locale"])
        except ValueError as error:
            node.at("generate").at("locale").complain(str(error))


def _read_faults(node: Node, extensions: Extensions) -> tuple[Fault, ...]:
    faults = []
    for key in ("fault", "faults"):
        for item in node.at(key) if key in node.value else ():
            fault = {"then": item.value} if isinstance(item.value, str) else item.value
            try:
                faults.append(extensions.parse_fault(fault))
            except ValueError as error:
                for name, text in getattr(error, "problems", ((None, str(error)),)):
                    is_known = name is not None and isinstance(item.value, dict) and name in item.value
                    (item.at(name) if is_known and name else item).complain(text, key=is_known and name != "then")
    if len(faults) > LIMITS.faults:
        node.complain(f"an answer has {LIMITS.faults} faults at most, not {len(faults)}")
    return tuple(faults)


def _read_body_file(node: Node, reader: FileReader | None) -> Mapping[str, Any] | None:
    """``raw`` with the file of ``body_file`` read into ``body``."""
    raw = node.value.get("raw")
    if not isinstance(raw, Mapping) or "body_file" not in raw:
        return None
    at = node.at("raw").at("body_file")
    if reader is None:
        at.complain("body_file works in fixture files only")
        return None
    try:
        body = reader.read_body(_find_body_path(node))
    except UnreadableError as error:
        at.complain(f"this file cannot be read: {error}")
        return None
    return {**{key: value for key, value in raw.items() if key != "body_file"}, "body": body}


def _find_body_path(node: Node) -> Path:
    return Path(node.document.file).parent / str(node.value["raw"]["body_file"])


def _add_defaults(keys: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of an answer, with the file's defaults for those it leaves out."""
    names = ("headers",) if keys.keys() & {"error", "raw"} else [key for key in DEFAULT_KEYS if key != "pace"]
    values = dict(keys)
    for key in names:
        default = defaults.get(key)
        if key == "enforce_limits" and default is True:
            continue  # It holds anyway; beside an answer it cuts those, too, that say how they end.
        if default is not None and key not in values:
            values[key] = default
        elif isinstance(default, dict) and isinstance(values.get(key), Mapping):
            values[key] = {**default, **values[key]}
    return values
