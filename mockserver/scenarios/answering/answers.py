"""The answers of a scenario: ``reply``, and the items of ``turns`` and ``calls``, checked and compiled at load."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.reply import Answer, Fault, Pace
from mockserver.scenarios.answering import templates
from mockserver.scenarios.answering.blocks import (
    SHORTHANDS,
    as_text,
    blocks_of,
    content_of,
    is_header_value,
    is_own_header,
)
from mockserver.scenarios.answering.forms import check_form, switched_on
from mockserver.scenarios.answering.variables import Variables, scope
from mockserver.scenarios.reading.node import Node, excerpt
from mockserver.scenarios.reading.paces import read_pace
from mockserver.scenarios.reading.source import KeyPath
from mockserver.scenarios.scripts import Extensions, Step

# What is read apart from the rest, once and for all.
_APART = ("fault", "faults", "pace", "times")


def read_step(node: Node, extensions: Extensions, *, defaults: Mapping[str, Any], files: bool, always: bool) -> Step:
    """The step at a node; mistakes are noted there.

    Args:
        node: a text, or a mapping of what is said.
        extensions: what other parts know.
        defaults: keys of the file's ``defaults``, for those the step leaves out.
        files: whether ``body_file`` may be read.
        always: whether a step without ``times`` is given always (a ``reply``) or once.
    """
    said = {"text": node.value} if isinstance(node.value, str) else node.value
    node = node.with_value(said)
    place = node.document.place(node.path)
    before = len(node.problems)
    check_form(node)
    if len(node.problems) > before:
        return Step(place, lambda _: Answer())
    faults, pace = _faults(node, extensions), _pace(node, defaults)
    _check_locale(node, extensions)
    body = _body_file(node, files)
    tree = {
        key: body if key == "raw" and body else _compiled(key, below)
        for key, below in node.items()
        if key not in _APART
    }
    tree = _with_defaults(tree, defaults)
    times: Any = said.get("times", "always" if always else 1)

    def make(variables: Variables) -> Answer:
        names = scope(variables)
        try:
            filled = templates.fill(tree, names)
        except ScenarioError:
            variables.prompt.probe()
            raise
        try:
            return build(filled, faults, pace)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ScenarioError(*_misfilled(node.with_value(filled), error)) from error

    def locate(path: KeyPath) -> Place:
        # Shorthands have no path in the message; neither have blocks behind an item that stands for several.
        items = said.get("content")
        known = path[:1] != ("content",) or (isinstance(items, list) and all(map(_is_block, items)))
        return node.document.place((*node.path, *path) if known else node.path)

    constant = None
    if not templates.has_templates(tree):
        try:
            constant = build(tree, faults, pace)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            node.complain(f"no answer can be made of this: {error}")
    file = str(_body_path(node)) if body else None
    return Step(place, make, None if times == "always" else times, constant, locate, file)


def _compiled(key: str, node: Node) -> Any:
    """What a key says, its placeholders compiled: those of a ``text`` give texts, whatever they find."""
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


def _misfilled(node: Node, error: Exception) -> list[Problem]:
    """What is wrong with an answer, its placeholders filled in: one that stands alone may give any type."""
    found = replace(node, problems=[])
    check_form(found)
    told = found.problems or [Problem(node.document.place(node.path), f"no answer can be made of this: {error}")]
    return [replace(each, message=f"with its placeholders filled in, {each.message}") for each in told]


def _check_locale(node: Node, extensions: Extensions) -> None:
    wanted = node.value.get("generate")
    if isinstance(wanted, dict) and "locale" in wanted:
        try:
            extensions.check_locale(wanted["locale"])
        except ValueError as error:
            node.at("generate").at("locale").complain(str(error))


def build(said: Mapping[str, Any], faults: tuple[Fault, ...], pace: Pace | None) -> Answer:
    """The answer for what a step says, placeholders filled in."""
    said = switched_on(said)
    headers = _named(said.get("headers"))
    if "error" in said:
        return Answer("error", error=_error(said["error"]), headers=headers, faults=faults, pace=pace)
    if "raw" in said:
        return Answer("raw", raw=_raw(said["raw"]), headers=headers, faults=faults, pace=pace)
    content = content_of(said["content"]) if "content" in said else tuple(blocks_of(said))
    stop_reason, stop_details = _stop(said)
    for key, kind in _TYPES.items():
        if said.get(key) is not None and not isinstance(said[key], kind):
            raise TypeError(f"{key} is {excerpt(said[key])}")
    return Answer(
        kind=_kind(said, stop_details),
        content=content,
        stop_reason=stop_reason,
        stop_sequence=said.get("stop_sequence"),
        stop_details=stop_details,
        usage=said.get("usage") or {},
        model=said.get("model"),
        container=_container(said.get("container")),
        extra=said.get("extra") or {},
        headers=headers,
        generate=_generate(said),
        faults=faults,
        pace=pace,
    )


# What the server itself looks into.
_TYPES = {"usage": Mapping, "extra": Mapping, "model": str, "stop_reason": str, "stop_details": Mapping}


def _kind(said: Mapping[str, Any], stop_details: Any) -> str:
    if said.get("echo"):
        return "echo"
    # An step that says nothing leaves that to the generator: {fault: disconnect} breaks a generated answer.
    says = said.keys() & {"content", *SHORTHANDS} or stop_details is not None
    return "message" if says else "generate"


def _generate(said: Mapping[str, Any]) -> Mapping[str, Any]:
    wanted = said.get("generate")
    return wanted if isinstance(wanted, dict) else {}


def _stop(said: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any] | None]:
    """The stop reason and details; None when the content implies them."""
    if (given := said.get("refusal")) is not None:
        given = given if isinstance(given, dict) else {"category": given if isinstance(given, str) else None}
        details = {"type": "refusal", "category": None, "explanation": None, **given}
        return said.get("stop_reason", "refusal"), said.get("stop_details", details)
    if said.get("pause_turn"):
        return "pause_turn", said.get("stop_details")
    implied = "stop_sequence" if said.get("stop_sequence") is not None else None
    return said.get("stop_reason", implied), said.get("stop_details")


def _container(given: Any) -> Mapping[str, Any] | None:
    return {"id": given} if isinstance(given, str) else given


def _error(given: Any) -> Mapping[str, Any]:
    """A type or a status alone is an error too; composing settles the rest."""
    if isinstance(given, dict):
        if "status" in given:
            _status(given["status"])
        return {**given, "headers": _named(given.get("headers"))}
    return {"status": given} if isinstance(given, int) else {"type": given}


def _raw(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Status, headers and body bytes; the content type follows the body unless it is given."""
    if "json" in given:
        body, kind = orjson.dumps(given["json"]), "application/json"
    else:
        text = given.get("body", "")
        body = text if isinstance(text, bytes) else as_text(text).encode()
        kind = "text/html; charset=utf-8" if body.lstrip()[:1] == b"<" else "text/plain; charset=utf-8"
    headers = {"content-type": kind, **_named(given.get("headers"))}
    return {"status": _status(given.get("status", 200)), "headers": headers, "body": body}


def _status(given: Any) -> int:
    """Raises ValueError for a status that a placeholder has brought and that is none."""
    if type(given) is not int or not 200 <= given <= 599:
        raise ValueError(f"expected a status from 200 to 599, got {excerpt(given)}")
    return given


def _named(headers: Mapping[str, Any] | None) -> dict[str, str]:
    """Headers as the server keeps them: names in lower case, values as texts.

    Raises:
        ValueError: a placeholder has brought what no header can hold.
    """
    named = {name.lower(): as_text(value) for name, value in (headers or {}).items()}
    if not all(map(is_header_value, named.values())):
        raise ValueError("a header holds control characters")
    if own := [name for name, value in named.items() if is_own_header(name, value)]:
        raise ValueError(f"the header {own[0]} is for the server to say")
    return named


def _faults(node: Node, extensions: Extensions) -> tuple[Fault, ...]:
    found = []
    for key in ("fault", "faults"):
        for item in node.at(key) if key in node.value else ():
            given = {"then": item.value} if isinstance(item.value, str) else item.value
            try:
                found.append(extensions.parse_fault(given))
            except ValueError as error:
                for name, text in getattr(error, "problems", ((None, str(error)),)):
                    is_known = name is not None and isinstance(item.value, dict) and name in item.value
                    (item.at(name) if is_known and name else item).complain(text, key=is_known and name != "then")
    return tuple(found)


def _pace(node: Node, defaults: Mapping[str, Any]) -> Pace | None:
    return read_pace(node.at("pace")) if "pace" in node.value else defaults.get("pace")


def _body_file(node: Node, files: bool) -> Mapping[str, Any] | None:
    """``raw`` with the file of ``body_file`` read into ``body``."""
    raw = node.value.get("raw")
    if not isinstance(raw, Mapping) or "body_file" not in raw:
        return None
    at = node.at("raw").at("body_file")
    if not files:
        at.complain("body_file works in fixture files only")
        return None
    try:
        body = _body_path(node).read_bytes()
    except OSError as error:
        at.complain(f"this file cannot be read: {error.strerror}")
        return None
    return {**{key: value for key, value in raw.items() if key != "body_file"}, "body": body}


def _body_path(node: Node) -> Path:
    return Path(node.document.file).parent / str(node.value["raw"]["body_file"])


def _with_defaults(said: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    fitting = ("headers",) if said.keys() & {"error", "raw"} else ("headers", "usage", "model", "container", "extra")
    filled = dict(said)
    for key in fitting:
        given = defaults.get(key)
        if given is not None and key not in filled:
            filled[key] = given
        elif isinstance(given, dict) and isinstance(filled.get(key), Mapping):
            filled[key] = {**given, **filled[key]}
    return filled
