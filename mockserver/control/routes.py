"""The table of control endpoints, and how a request finds its row."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path

import orjson
from msgspec import Struct

from mockserver.control import guard, reading, scripting, steering, verifying
from mockserver.control.asking import Asked, RefusalError, Said
from mockserver.control.hooks import Hooks
from mockserver.records.call import Call
from mockserver.records.delivery import Delivery, Piece
from mockserver.records.errors import ScenarioError
from mockserver.store import State

LOGGER = logging.getLogger("mockserver")
_MB = 1024 * 1024
_READABLE = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE


class Route(Struct, frozen=True):
    """An endpoint. ``path`` is what follows ``/_mock/``; ``{name}`` stands for its last part.

    ``most`` bounds the body, in bytes.
    """

    method: str
    path: str
    handle: Callable[[Asked], Said]
    most: int = _MB


def openapi(_: Asked) -> Said:
    """The OpenAPI document of this interface."""
    return Said(_document())


ROUTES = (
    Route("GET", "health", steering.health),
    Route("GET", "scenarios", scripting.list_scenarios),
    Route("POST", "scenarios", scripting.add_scenarios, most=8 * _MB),
    Route("DELETE", "scenarios", scripting.remove_scenarios),
    Route("DELETE", "scenarios/{name}", scripting.remove_scenario),
    Route("GET", "requests", reading.list_requests),
    Route("DELETE", "requests", reading.clear_requests),
    Route("GET", "requests/{number}", reading.show_request),
    Route("POST", "verify", verifying.verify),
    Route("POST", "explain", scripting.explain, most=32 * _MB),
    Route("POST", "reset", steering.reset),
    Route("GET", "settings", steering.show_settings),
    Route("PATCH", "settings", steering.change_settings),
    Route("GET", "openapi.json", openapi),
)


class Control:
    """Answers requests below ``/_mock/``.

    Args:
        state: the server's state.
        hooks: the other parts.
    """

    def __init__(self, state: State, hooks: Hooks) -> None:
        self.state = state
        self.hooks = hooks

    def handle(self, call: Call) -> Delivery:
        """The answer to a call; mistakes are answered as ``{"error": {"message", "expected"}}``."""
        try:
            guard.check(call, self.state.settings.allowed_hosts)
            said = Said(b"", 204) if call.method == "OPTIONS" else self._answer(call)
        except RefusalError as refusal:
            said = Said({"error": refusal.error}, refusal.status)
        except ScenarioError as error:
            said = Said({"error": _problems(error)}, 400)
        except RecursionError:
            said = Said({"error": {"message": "This is nested too deeply.", "expected": "a few hundred levels"}}, 400)
        except Exception as error:
            LOGGER.exception("%s %s failed", call.method, call.path)
            message = f"The control interface failed: {type(error).__name__}."
            said = Said({"error": {"message": message, "expected": "a report of this, with the server's log"}}, 500)
        return _delivery(said, head=call.method == "HEAD")

    def _answer(self, call: Call) -> Said:
        path = call.path.partition("/_mock/")[2].rstrip("/")
        rows = [row for row in ROUTES if _fits(row.path, path)]
        if not rows:
            raise RefusalError(404, f"There is no {call.path[:100]!r} here.", _endpoints())
        method = "GET" if call.method == "HEAD" else call.method
        row = next((row for row in rows if row.method == method), None)
        if row is None:
            raise RefusalError(405, f"{method[:20]} is not possible here.", [row.method for row in rows])
        if len(call.body) > row.most:
            raise RefusalError(413, "The body is too large.", f"at most {row.most} bytes")
        said = row.handle(Asked(call, self.state, self.hooks, name=path.partition("/")[2]))
        return said if isinstance(said.value, bytes) else Said(_rendered(said.value), said.status)


def _fits(pattern: str, path: str) -> bool:
    """Whether the path is the pattern's, of which only the last segment may vary."""
    stem, varies, _ = pattern.partition("{")
    return path.startswith(stem) and len(path) > len(stem) if varies else path == pattern


def _endpoints() -> list[str]:
    return [f"{row.method} /_mock/{row.path}" for row in ROUTES]


def _problems(error: ScenarioError) -> dict[str, object]:
    return {
        "message": str(error),
        "expected": "the words of a fixture file",
        "problems": [
            {"line": problem.place.line, "column": problem.place.column, "message": problem.message}
            for problem in error.problems
        ],
    }


def _delivery(said: Said, *, head: bool) -> Delivery:
    body = said.value if isinstance(said.value, bytes) else _rendered(said.value)
    headers = (
        ("content-type", "application/json"),
        ("content-length", str(len(body))),
        ("cache-control", "no-store"),
    )
    return Delivery(said.status, headers, () if head or not body else (Piece(body),))


def _rendered(value: object) -> bytes:
    try:
        return orjson.dumps(value, default=str, option=_READABLE)
    except TypeError:
        # It holds half a surrogate pair or is deeper than orjson goes; both may have come in as YAML.
        return json.dumps(value, default=str, indent=2).encode() + b"\n"


@cache
def _document() -> bytes:
    return Path(__file__).with_name("openapi.json").read_bytes()
