"""The schema of requests of the chat wire: compiled when the first one comes, and what a body breaks of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from msgspec import Struct

from mockserver.reference.schemas.files import Json, read_definitions
from mockserver.reference.schemas.gates import fit
from mockserver.reference.schemas.optimization import optimize

Place = tuple[str | int, ...]

_ROOT = "CompletionCreateParams"
# The fields of the engine's errors that hold the value of the keyword.
_EXPECTED = ("types", "options", "limit", "pattern", "expected_value")


class ChatViolation(Struct, frozen=True):
    """What a body breaks of the schema.

    ``path`` leads to the value, ``value`` is it, ``keyword`` the keyword of JSON Schema that it breaks and ``expected``
    what that says. ``name`` is the key that is missing (``required``) or unknown (``additionalProperties``); the path
    ends with it.
    """

    path: Place
    keyword: str
    value: Any
    expected: Any
    name: str = ""


def accepts_chat(body: Any) -> bool:
    """Whether the body fits the schema of a request of the chat wire: the SDK's types, and no unknown keys."""
    return _compile().is_valid(body)


def find_chat_violations(body: Any) -> list[ChatViolation]:
    """All that a body breaks, in the order of the document; what an object lacks comes before what is wrong in it.

    Empty for what ``accepts_chat`` accepts. Of a union, the member is meant that ``type`` or ``role`` names.
    """
    found = [each for error in _compile_explainer().iter_errors(body) for each in _read(error, body)]
    positions: dict[int, dict[Any, int]] = {}
    return sorted(found, key=lambda each: _locate(body, each.path, positions))


def _read(error: jsonschema_rs.ValidationError, body: Any) -> Iterator[ChatViolation]:
    """The violations that an error of the engine tells of: one for each unknown key."""
    path = _name_steps(error.instance_path, body)
    kind: Any = error.kind.as_dict()
    if error.kind.name == "additionalProperties":
        given: Any = error.instance
        for name in kind["unexpected"]:
            yield ChatViolation((*path, name), "additionalProperties", given[name], False, name)
    elif error.kind.name == "required":
        yield ChatViolation((*path, kind["property"]), "required", None, True, kind["property"])
    elif error.kind.name == "propertyNames":
        for inner in _read(kind["error"], body):
            yield ChatViolation((*path, inner.value), "propertyNames", inner.value, inner.expected, inner.value)
    else:
        expected = next((kind[name] for name in _EXPECTED if name in kind), None)
        yield ChatViolation(path, error.kind.name, error.instance, expected)


def _name_steps(path: Iterable[str | int], body: Any) -> Place:
    """The path as it leads through the body: the engine takes keys that are numbers for indexes."""
    steps: list[str | int] = []
    for step in path:
        steps.append(step if isinstance(body, list) else str(step))
        body = body[steps[-1]]
    return tuple(steps)


def _locate(body: Any, path: Place, positions: dict[int, dict[Any, int]]) -> tuple[int, ...]:
    """The place of a path in the document, for sorting: a key that is missing comes before those of its object.
    ``positions`` remembers those of the keys of an object.
    """
    place, value = [], body
    for step in path:
        if isinstance(step, int):
            place.append(step)
            value = value[step]
        else:
            if id(value) not in positions:
                positions[id(value)] = {key: number for number, key in enumerate(value)}
            place.append(positions[id(value)].get(step, -1))
            value = value.get(step)
    return tuple(place)


@cache
def chat_request_schema() -> Json:
    """The schema of a request body, self-contained. The result is shared: don't change it."""
    return fit(_ROOT, read_definitions(("chat_requests.json",)), frozenset(), "")


@cache
def _compile() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(optimize(chat_request_schema()))


@cache
def _compile_explainer() -> jsonschema_rs.Validator:
    return jsonschema_rs.Draft202012Validator(chat_request_schema())
