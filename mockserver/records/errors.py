"""Errors, sorted by who must act on them.

ApiError        the caller: answered as an API error body
ScenarioError   the author of a fixture: reported with file, line and column
anything else   ours: let it crash
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import force_setattr

from mockserver.records.masks import mask_text, show_line

_NAMED = re.compile(r"\{(\w+)\}")
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

# Observed texts, where one is known; the rest describe the error as the API's errors page does.
MESSAGES: Mapping[str, str] = {
    "invalid_request_error": "There was an issue with the format or content of your request.",
    "authentication_error": "API key is invalid.",
    "billing_error": "There's an issue with your billing or payment information.",
    "permission_error": "Your API key does not have permission to use the specified resource.",
    "not_found_error": "Not found",
    "conflict_error": "The request conflicts with the current state of the resource.",
    "request_too_large": "Request exceeds the maximum size",
    "rate_limit_error": (
        "This request would exceed your organization's rate limit of 450,000 input tokens per minute "
        "(org: 00000000-0000-4000-8000-000000000000, model: {model}). For details, refer to: "
        "https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. "
        "Please reduce the prompt length or the maximum tokens requested, or try again later. You may also contact "
        "sales at https://claude.com/contact-sales to discuss your options for a rate limit increase."
    ),
    "api_error": "Internal server error",
    "timeout_error": "The request timed out while processing.",
    "overloaded_error": "Overloaded",
}


def word_error(kind: str, model: str) -> str:
    """The API's words for an error of this ``error.type`` about ``model``; the type itself where it has none."""
    return MESSAGES.get(kind, kind).replace("{model}", model)


def fill_names(text: str, values: Mapping[str, str]) -> str:
    """The text with ``values`` in place of their names in braces. What a caller sends is not searched for names."""
    return _NAMED.sub(lambda found: values.get(found[1], found[0]), text)


class Finding(Struct, frozen=True):
    """The reason to refuse a request: the API's answer, and the rule and the source behind it.

    ``hint`` is no part of the answer: what a script or the set-up of a client does that leads here. ``at_edge``:
    the call is refused before the API itself hears of it. ``kind`` is the ``error.type`` where that is not the one of
    the status; ``code``, ``param``, ``stage`` and ``is_nameless`` are those of ``Failure``.
    """

    message: str
    rule: str
    source: str
    path: str = ""
    status: int = 400
    details: Mapping[str, Any] | None = None
    hint: str = ""
    at_edge: bool = False
    kind: str = ""
    code: str | None = None
    param: str | None = None
    stage: str = ""
    is_nameless: bool = False

    @property
    def type(self) -> str:
        """The ``error.type``: the API's for the status, unless there is another ``kind``."""
        return self.kind or TYPES[self.status]

    def as_dict(self) -> dict[str, Any]:
        """The finding as JSON values, for reports; ``hint`` where there is one."""
        names = ("rule", "path", "source", "message", "status", "type", *(("hint",) if self.hint else ()))
        return {name: getattr(self, name) for name in names}

    def list_reasons(self) -> list[str]:
        """The message, the rule with its source, and the hint if there is one: a line each."""
        hints = [f"hint: {self.hint}"] if self.hint else []
        return [self.message, f"rule: {self.rule} ({self.source})", *hints]


class AnswerFinding(Struct, frozen=True):
    """Something in a scripted answer that the API would not have answered to its request.

    ``path`` leads there in the message ("content.0.input.city"), ``rule`` names the check, ``source`` where that comes
    from.
    """

    message: str
    rule: str
    source: str
    path: str

    def as_dict(self) -> dict[str, str]:
        """The finding as JSON values, for reports."""
        return {"rule": self.rule, "path": self.path, "source": self.source, "message": self.message}

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


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
