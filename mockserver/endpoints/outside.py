"""Endpoints that the API has, or had, and this server has not, and those of other wire formats: what a caller is told.

The table is read when the first such call comes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from mockserver.records.errors import ApiError, Finding
from mockserver.reference import prebuilt

_SOURCE = "routes of the SDK, 2.14.0"
_ANY = "{}"


def find_refusal(method: str, path: str) -> ApiError | None:
    """The refusal of a call to an endpoint of the API that is not simulated, or that was removed, or that has another
    wire format; else None.

    Both API versions. That is 404, or 405 where the API takes other methods at that path.

    Args:
        method: the method.
        path: the path from ``/v1`` on, without a slash at its end.
    """
    table = _read_table()
    for removed in table["removed"]:
        if f"{path}/".startswith(f"{removed['path']}/"):
            return ApiError(Finding(removed["told"], "route.removed", "the SDK, release notes", status=404))
    pattern, methods = _find(table["known"], path.split("/")[1:])
    if not methods:
        return find_wire_refusal(method, path)
    return _refuse(method, pattern) if method in methods else _refuse_method(pattern, methods)


def find_wire_refusal(method: str, path: str) -> ApiError | None:
    """The refusal, a 404, of a call in a wire format that is not simulated yet; None where it is no such call.

    Args:
        method: the method.
        path: the path, with or without a prefix.
    """
    for wire in _read_table()["wires"]:
        for pattern in wire["paths"]:
            if fnmatchcase(path, f"*{pattern}"):
                told = (
                    f"{method} {path} is in the wire format of {wire['name']}, and this mock server does not simulate "
                    f'it yet. A scenario can answer it: when: {{path: "{pattern}", method: {method}}}'
                )
                return ApiError(Finding(told, "route.other_wire", "references of these APIs, 2026-11", status=404))
    return None


def _find(tree: Mapping[str, Any], segments: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The pattern that these segments fit, and its methods; nothing where none does. A name comes before any id."""
    if not segments:
        return "", tuple(tree.get("", ()))
    first, *rest = segments
    for name in (first, _ANY) if first else ():
        if name in tree:
            pattern, methods = _find(tree[name], rest)
            if methods:
                return f"/{name}{pattern}", methods
    return "", ()


def _refuse(method: str, pattern: str) -> ApiError:
    told = (
        f"{method} {_show(pattern)} is known as an endpoint of the API, and this mock server does not simulate it. "
        f"A scenario can answer it: {_script(method, pattern)}"
    )
    return ApiError(Finding(told, "route.not_simulated", _SOURCE, status=404))


def _refuse_method(pattern: str, methods: Sequence[str]) -> ApiError:
    told = (
        f"Method Not Allowed: at {_show(pattern)} the API takes {' and '.join(methods)} alone. "
        f"This mock server simulates none of them; a scenario can: {_script(methods[0], pattern)}"
    )
    finding = Finding(told, "method", _SOURCE, status=405, at_edge=True)
    return ApiError(finding, headers={"allow": ", ".join(methods)})


def _show(pattern: str) -> str:
    return pattern.replace(_ANY, "{id}")


def _script(method: str, pattern: str) -> str:
    return f'when: {{path: "{pattern.replace(_ANY, "*")}", method: {method}}}'


@cache
def _read_table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = prebuilt.read("endpoints")
    return table
