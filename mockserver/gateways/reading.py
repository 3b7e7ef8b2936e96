"""Reads presets of gateways, and the files of users: every mistake is told with file, line and column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from mockserver.gateways.format import GATEWAY_FILE
from mockserver.gateways.merging import STATUSES, build, is_by_wire, merge
from mockserver.gateways.presets import FOLDER, list_presets
from mockserver.gateways.records import Gateway
from mockserver.records.errors import ScenarioError
from mockserver.records.reply import Fault
from mockserver.records.specs import ListOf, MapOf
from mockserver.records.suggesting import find_similar, show_name
from mockserver.scenarios.answering.faults import read_each
from mockserver.scenarios.format.checking import check, is_sound
from mockserver.scenarios.format.kinds import unwrap
from mockserver.scenarios.reading.file_reader import SUFFIXES, is_missing
from mockserver.scenarios.reading.lone_file import read_lone
from mockserver.scenarios.reading.node import Node
from mockserver.scenarios.reading.source import Document, read_parts
from mockserver.wires import WIRES, parse_fault

# The preset that a file changes, unless it names another one.
DEFAULT = "new-api"
# Bytes of a file, and values in it.
_MOST_BYTES, _MOST_VALUES = 1024 * 1024, 50_000
# A name in braces in the words of an error, and those that calls tell.
_NAMED, _CALL = re.compile(r"\{([a-z_]\w*)\}"), ("model", "group", "method", "path", "key")


def is_path(name: str) -> bool:
    """Whether this is meant to be the path of a file, and not the name of a preset."""
    path = Path(name)
    return name not in list_presets() and (len(path.parts) > 1 or path.suffix in SUFFIXES or not is_missing(path))


def load(name: str) -> Gateway:
    """The gateway of a preset's name, or of a file.

    Raises:
        ScenarioError: the file cannot be read, or holds mistakes.
        ValueError: it is neither a preset's name nor the path of a file.
    """
    if name in list_presets():
        return _load_preset(name)
    if is_path(name):
        return _read(Path(name))
    near = find_similar(name, list_presets())
    hint = f'did you mean "{near}"?' if near else f"give {' or '.join(list_presets())}, or the path of a YAML file"
    raise ValueError(f'gateway: there is no preset "{show_name(name)}" and no such file: {hint}')


@cache
def _load_preset(name: str) -> Gateway:
    return build(read_preset(name))


@cache
def read_preset(name: str) -> Mapping[str, Any]:
    """A preset as it is written."""
    path = FOLDER / f"{name}.yaml"
    written: dict[str, Any] = read_parts(path.read_text("utf-8"), str(path)).value
    return written


def _read(path: Path) -> Gateway:
    document = _read_document(path)
    node = Node(document, {} if document.value is None else document.value, problems=list(document.problems))
    check(GATEWAY_FILE, node)
    preset = _find_preset(node)
    _check_names(node, read_preset(preset))
    if any(problem.level == "error" for problem in node.problems):
        raise ScenarioError(*sorted(node.problems))
    return build(merge({**read_preset(preset), "name": path.stem}, node.value))


def _read_document(path: Path) -> Document:
    return read_parts(read_lone(path, _MOST_BYTES, "file of a gateway"), str(path), _MOST_VALUES)


def _find_preset(node: Node) -> str:
    """The preset that a file changes; the usual one where it names none that there is."""
    return next((str(each.value) for each in _list_sound(node, "like")), DEFAULT)


def _check_names(node: Node, preset: Mapping[str, Any]) -> None:
    """Note the errors, faults and channels that a file names and that there are not."""
    own = node.value.get("errors") if isinstance(node.value, dict) else None
    errors = {*preset["errors"], *(own if isinstance(own, dict) else ())}
    for each in _list_errors(node):
        if each.value not in errors:
            each.complain_unknown(each.value, errors, "error of this gateway")
    for each in _list_sound(node, "errors"):
        _check_words(each, preset["errors"].get(each.path[-1], {}))
    known = [channel["name"] for channel in preset["channels"]]
    channels = list(_list_sound(node, "channels"))
    for each in channels:
        if isinstance(each.value, str):
            _check_channel(each, known)
            continue
        error = each.value.get("error")
        if isinstance(error, str) and error not in errors and error not in STATUSES:
            each.at("error").complain_unknown(error, {*errors, *STATUSES}, "error of this gateway or of the API")
        if "faults" in each.value:
            _check_faults(each.at("faults"))
    own_names = [each.value if isinstance(each.value, str) else each.value["name"] for each in channels]
    for each in _list_sound(node, "channel"):
        _check_channel(each, own_names or known)


def _check_channel(node: Node, names: Collection[str]) -> None:
    if node.value not in names:
        node.complain_unknown(node.value, names, "channel of this gateway")


def _check_faults(node: Node) -> None:
    if not is_by_wire(node.value):
        read_each(node, parse_fault)
        return
    for wire in node.value:
        read_each(node.at(wire), partial(_parse_fault, wire))


def _parse_fault(wire: str, given: Any) -> Fault:
    fault = parse_fault(given)
    if fault.then not in WIRES[wire].faults:
        raise ValueError(f"{fault.then} changes nothing on the wire {wire}")
    return fault


def _check_words(node: Node, preset: Mapping[str, Any]) -> None:
    """Note the names in braces, in the words of an error, for which nothing stands."""
    if "texts" not in node.value:
        return
    texts = node.at("texts")
    known = {*_CALL, *node.value.get("values", ()), *preset.get("values", ()), *_find_names(preset.get("texts"))}
    for each in [texts] if isinstance(texts.value, str) else [below for _, below in texts.items()]:
        for name in sorted(_find_names(each.value) - known):
            each.complain_unknown(name, known, "value of this error", help_="give it one below `values`")


def _find_names(texts: Any) -> set[str]:
    return set(_NAMED.findall(str(texts)))


def _list_errors(node: Node) -> Iterator[Node]:
    """The places at which a file names an error of the gateway itself."""
    for section in ("keys", "models", "paths"):
        for each in _list_sound(node, section):
            if isinstance(each.value, str):
                yield each
            elif each.value and "error" in each.value:
                yield each.at("error")


def _list_sound(node: Node, key: str) -> Iterator[Node]:
    """The value below a key, or what a list or mapping there holds, where it is of the right kind."""
    if not isinstance(node.value, dict) or key not in node.value:
        return
    spec, below = unwrap(GATEWAY_FILE.fields[key].spec), node.at(key)
    if isinstance(spec, MapOf):
        items = [each for _, each in below.items()] if isinstance(below.value, dict) else []
        yield from (each for each in items if is_sound(spec.value, each))
    elif isinstance(spec, ListOf):
        items = list(below) if isinstance(below.value, list) else []
        yield from (each for each in items if is_sound(spec.item, each))
    elif is_sound(spec, below):
        yield below
