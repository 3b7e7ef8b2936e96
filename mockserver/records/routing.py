"""Routes: which endpoint answers a method and a path, found in one table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from msgspec import Struct

# "{name}" is one segment of a path, "{name:path}" the rest of it; neither is empty.
_PARAMETER = re.compile(r"\{(\w+)(:path)?\}")
_NO_PARAMETERS: Mapping[str, str] = MappingProxyType({})


class Route(Struct, frozen=True):
    """A row of a table of routes.

    ``pattern`` is a path that may hold parameters: ``/v1/models/{id}``. What an endpoint is, and in which wire format
    it speaks, is the business of whoever owns the table. ``max_body`` is the most bytes of a body where that is more
    than for other routes: one of more than ``SPOOLED`` bytes is received into a file. 0: as for others.
    """

    method: str
    pattern: str
    endpoint: Any
    wire: str = "messages"
    max_body: int = 0


class Found(Struct, frozen=True):
    """The route of a request, and the values of its path's parameters."""

    route: Route
    parameters: Mapping[str, str] = _NO_PARAMETERS


_NO_ROUTES: Mapping[str, Found] = MappingProxyType({})


class NotFoundError(Exception):
    """No route has such a path."""


class MethodNotAllowedError(Exception):
    """There are routes of this path, but none for the method. ``allowed`` are their methods, in the table's order."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(", ".join(allowed))
        self.allowed = tuple(allowed)


class Router:
    """Finds routes. Paths without parameters are looked up; the patterns of others are tried in the table's order.

    Args:
        routes: the table.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._exact: dict[str, dict[str, Found]] = {}
        self._patterns: list[tuple[re.Pattern[str], Route]] = []
        for route in routes:
            if _PARAMETER.search(route.pattern):
                self._patterns.append((_compile(route.pattern), route))
            else:
                self._exact.setdefault(route.pattern, {}).setdefault(route.method, Found(route))

    def find(self, method: str, path: str) -> Found:
        """The route of a request. ``HEAD`` finds the route of ``GET`` where it has none of its own.

        Raises:
            NotFoundError: no route has this path.
            MethodNotAllowedError: routes of this path take other methods only.
        """
        # Every request comes through here, and most have a path without parameters.
        found = self._exact.get(path, _NO_ROUTES).get(method)
        if found is not None:
            return found
        by_method = self._collect(path)
        if not by_method:
            raise NotFoundError(path)
        if method in by_method:
            return by_method[method]
        if method == "HEAD" and "GET" in by_method:
            return by_method["GET"]
        raise MethodNotAllowedError(tuple(by_method))

    def _collect(self, path: str) -> dict[str, Found]:
        """All routes of a path, by method; an exact path comes before a pattern."""
        by_method = dict(self._exact.get(path, _NO_ROUTES))
        for pattern, route in self._patterns:
            match = pattern.fullmatch(path)
            if match is not None and route.method not in by_method:
                by_method[route.method] = Found(route, match.groupdict())
        return by_method


def _compile(pattern: str) -> re.Pattern[str]:
    """The regular expression of a pattern with parameters."""
    expression, end = "", 0
    for parameter in _PARAMETER.finditer(pattern):
        name, takes_rest = parameter.groups()
        expression += re.escape(pattern[end : parameter.start()])
        expression += f"(?P<{name}>{'.+' if takes_rest else '[^/]+'})"
        end = parameter.end()
    return re.compile(expression + re.escape(pattern[end:]), re.DOTALL)
