"""The answers of a scenario: ``reply``, and the items of ``turns`` and ``calls``, checked and compiled at load."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.blocks.shorthand import as_list
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.reply import Answer, Fault, Pace
from mockserver.records.specs import Mode
from mockserver.scenarios.answering import templates
from mockserver.scenarios.answering.building import build_headers
from mockserver.scenarios.answering.faults import read_faults
from mockserver.scenarios.answering.forms import OF_MESSAGES, Form
from mockserver.scenarios.answering.gateway_errors import check_gateway_error, find_gateway_error
from mockserver.scenarios.answering.paces import read_pace
from mockserver.scenarios.answering.recorded import Recording, choose_pace, read_recording
from mockserver.scenarios.answering.text_files import read_text_files
from mockserver.scenarios.answering.variables import Variables, build_scope
from mockserver.scenarios.format.answers import GENERATE
from mockserver.scenarios.format.checking import check, is_sound
from mockserver.scenarios.reading.file_reader import FileReader, UnreadableError
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import KeyPath
from mockserver.scenarios.scripts import Extensions, Step

# Keys that are read once, and have no placeholders.
_FIXED = ("fault", "faults", "pace", "times", "literal", "recorded")
# Levels that a message has above the values of an answer, at most, and its journal entry above that.
_LEVELS_ABOVE = 16


def read_step(
    node: Node,
    extensions: Extensions,
    *,
    defaults: Mapping[str, Any],
    reader: FileReader | None,
    always: bool,
    form: Form = OF_MESSAGES,
) -> Step:
    """The step at a node; mistakes are noted there.

    Args:
        node: a text, or the mapping of an answer.
        extensions: functions of other parts.
        defaults: keys of the file's ``defaults``, for those the step leaves out.
        reader: reads files that the answer names; None when it may name none.
        always: whether a step without ``times`` is given always (a ``reply``) or once.
        form: what the answers of its scenario may hold.
    """
    place, before, named = node.document.place(node.path), len(node.problems), len(node.files)
    node = form.read(node, literal=_is_literal(node, defaults))
    found = dict.fromkeys(node.files[named:]) if len(node.problems) == before else ()
    del node.files[named:]
    node, files = read_text_files(node, tuple(found), reader)
    if len(node.problems) == before:
        check_json(node)
    # Of an answer with mistakes the rest is compiled, too, for the mistakes there.
    template = _compile(node, extensions, defaults, reader, form, files) if isinstance(node.value, dict) else None
    if template is None or len(node.problems) > before:
        return Step(place, lambda _: Answer())
    times: Any = node.value.get("times", "always" if always else 1)
    return Step(
        place,
        template.answer,
        times=None if times == "always" else times,
        constant=None if template.open_keys else template.build(template.keys),
        locate=template.locate,
        files=template.files,
        thinks=says_thought(node.value),
    )


def read_literal(
    node: Node, extensions: Extensions, form: Form, reader: FileReader | None = None
) -> tuple[Node, tuple[str, ...]]:
    """An answer whose texts hold no placeholders, with its files read into it, and their paths; mistakes are noted."""
    before, named = len(node.problems), len(node.files)
    node = form.read(node, literal=True)
    found = dict.fromkeys(node.files[named:]) if len(node.problems) == before else ()
    del node.files[named:]
    node, files = read_text_files(node, tuple(found), reader)
    if len(node.problems) > before:
        return node, ()
    check_json(node)
    read_faults(node, extensions, form)
    _check_locale(node, extensions)
    check_gateway_error(node, extensions)
    _read_body_file(node, None)
    read_recording(node)
    return node, files


def build_literal(
    node: Node, extensions: Extensions, form: Form, defaults: Mapping[str, Any], variables: Variables
) -> Answer:
    """The answer at a node without placeholders and mistakes.

    Raises:
        ScenarioError: a placeholder of the defaults failed.
    """
    faults = read_faults(node, extensions, form)
    pace = read_pace(node.at("pace")) if "pace" in node.value else defaults.get("pace")
    keys = _add_defaults({key: value for key, value in node.value.items() if key not in _FIXED}, defaults, form)
    open_keys = tuple(key for key, value in keys.items() if templates.has_templates(value))
    template = AnswerTemplate(node, keys, open_keys, faults, pace, extensions, (), form)
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
    form: Form
    recording: Recording | None = None

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
            check(self.form.keys[key].spec, below, Mode.FILLED)
        if not node.problems:
            _check_locale(node, self.extensions)
            check_gateway_error(node, self.extensions)
            check_json(node)
        if node.problems:
            raise ScenarioError(*map(_mark_filled, node.problems))

    def build(self, values: Mapping[str, Any]) -> Answer:
        """The answer for checked keys."""
        if self.recording is not None and self.recording.is_answer:
            return self.recording.build(build_headers(values.get("headers")), self.faults, self.pace)
        answer = find_gateway_error(self.form.build(values, self.faults, self.pace), self.extensions)
        # What is said in other words than the recording's has its form: see compose/following.py.
        return answer if self.recording is None else replace(answer, recorded=self.recording.exchange)

    def locate(self, path: KeyPath) -> Place:
        """The place of the value at a path in the message."""
        # Shorthands have no path in the message, nor have the blocks after an item that makes several.
        items = self.node.value.get("content")
        is_known = path[:1] != ("content",) or (isinstance(items, list) and all(map(_is_block, items)))
        return self.node.document.place((*self.node.path, *path) if is_known else self.node.path)


def says_thought(answer: Mapping[str, Any]) -> bool:
    """Whether an answer says a thought without a signature: as shorthands, or as blocks in its content. The recording
    of a cassette has one.
    """
    if "recorded" in answer:
        return False
    content = answer.get("content")
    items = [answer, *(content if isinstance(content, list) else ())]
    said = [item for item in items if isinstance(item, Mapping) and "signature" not in item and item.get("thinking")]
    thoughts = [thought for item in said for thought in as_list(item["thinking"])]
    return any(not (isinstance(thought, Mapping) and "signature" in thought) for thought in thoughts)


def _mark_filled(problem: Problem) -> Problem:
    return replace(problem, message=f"with its placeholders filled in, {problem.message}")


def _compile(
    node: Node,
    extensions: Extensions,
    defaults: Mapping[str, Any],
    reader: FileReader | None,
    form: Form,
    files: tuple[str, ...],
) -> AnswerTemplate:
    """The answer at a mapping that was checked; mistakes in faults, files and placeholders are noted there."""
    faults = read_faults(node, extensions, form)
    recording = read_recording(node)
    pace = choose_pace(node, recording, defaults)
    _check_locale(node, extensions)
    check_gateway_error(node, extensions)
    raw = _read_body_file(node, reader)
    is_literal = _is_literal(node, defaults)
    keys = {
        key: raw if key == "raw" and raw else below.value if is_literal else _compile_key(key, below)
        for key, below in node.items()
        if key not in _FIXED
    }
    files = (*files, str(_find_body_path(node))) if raw else files
    keys = _add_defaults(keys, defaults, form, is_recorded=recording is not None and recording.is_answer)
    open_keys = tuple(key for key, value in keys.items() if templates.has_templates(value))
    return AnswerTemplate(node, keys, open_keys, faults, pace, extensions, files, form, recording)


def _is_literal(node: Node, defaults: Mapping[str, Any]) -> bool:
    """Whether the texts of an answer hold no placeholders. Those of the defaults are the defaults' own affair."""
    own = node.value if isinstance(node.value, Mapping) else {}
    return own.get("literal", defaults.get("literal")) is True


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
        below = node.at("generate").at("locale")
        try:
            if is_sound(GENERATE.fields["locale"].spec, below):
                extensions.check_locale(below.value)
        except ValueError as error:
            below.complain(str(error))


def _read_body_file(node: Node, reader: FileReader | None) -> Mapping[str, Any] | None:
    """``raw`` with the file of ``body_file`` read into ``body``."""
    raw = node.value.get("raw")
    if not isinstance(raw, Mapping) or not isinstance(raw.get("body_file"), str):
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


def _add_defaults(
    keys: Mapping[str, Any], defaults: Mapping[str, Any], form: Form, *, is_recorded: bool = False
) -> dict[str, Any]:
    """The keys of an answer, with the file's defaults for those it leaves out."""
    if is_recorded:
        keys = {key: value for key, value in keys.items() if key == "headers"}
    is_whole = is_recorded or keys.keys() & {"error", "raw"}
    names = ("headers",) if is_whole else [key for key in form.defaults if key not in _FIXED]
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
