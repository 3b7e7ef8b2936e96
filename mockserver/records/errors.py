"""Errors, sorted by who must act on them.

ApiError        the caller: answered as an API error body
ScenarioError   the author of a fixture: reported with file, line and column
anything else   ours: let it crash
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from mockserver.records.masks import mask_text, show_line

# Status to error.type (source: the API's errors page; 405 and 415 observed to be invalid_request_error).
TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class Finding(Struct, frozen=True):
    """The reason to refuse a request: the API's answer, and the rule and the source behind it.

    ``hint`` is for those who write scripts, and no part of the answer: what a script does that leads here.
    """

    message: str
    rule: str
    source: str
    path: str = ""
    status: int = 400
    details: Mapping[str, Any] | None = None
    hint: str = ""

    @property
    def type(self) -> str:
        """The API's ``error.type`` for the status."""
        return TYPES[self.status]

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON values, for reports; ``hint`` where there is one."""
        names = ("rule", "path", "source", "message", "status", "type", *(("hint",) if self.hint else ()))
        return {name: getattr(self, name) for name in names}

    def list_reasons(self) -> list[str]:
        """The message, the rule with its source, and the hint if there is one: a line each."""
        hints = [f"hint: {self.hint}"] if self.hint else []
        return [self.message, f"rule: {self.rule} ({self.source})", *hints]


class ApiError(Exception):
    """The caller's mistake, answered in the API's own words."""

    def __init__(self, finding: Finding, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(finding.message)
        self.finding = finding
        self.headers = dict(headers or {})


class Place(Struct, frozen=True, order=True):
    """A place in a fixture; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Problem(Struct, frozen=True, order=True):
    """A mistake in a fixture, told without what looks like a secret. ``level`` is ``error`` or ``warning``."""

    place: Place
    message: str
    level: str = "error"

    def __post_init__(self) -> None:
        force_setattr(self, "message", mask_text(self.message))

    def __str__(self) -> str:
        return show_line(f"{self.place}: {self.message}")


class ScenarioError(Exception):
    """Mistakes in fixtures, listed in ``problems``."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
