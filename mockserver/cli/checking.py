"""``mockserver check``: prints the mistakes in fixtures, for people, programs or GitHub."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from mockserver.cli.output import tell, tell_error
from mockserver.gateways.records import Gateway
from mockserver.records.errors import Problem, ScenarioError
from mockserver.records.masks import show_line
from mockserver.records.terminal import escape_text
from mockserver.serving import assembly


def check(fixtures: Sequence[str], form: str, gateway: str = "") -> int:
    """Print every problem of fixtures and of the file of a gateway; "": there is none.

    Returns the exit status: 1 when there is an error, or when they could not be printed.

    Raises:
        ValueError: there is no such gateway.
    """
    known, mistakes = _read_gateway(gateway)
    problems = sorted([*assembly.lint(fixtures, known), *mistakes])
    text = FORMATTERS[form](problems)
    is_told = not text or tell(escape_text(text))
    errors = sum(problem.level == "error" for problem in problems)
    if form == "text":
        tell_error(_summarize(errors, len(problems) - errors))
    return 1 if errors or not is_told else 0


def _read_gateway(name: str) -> tuple[Gateway | None, Sequence[Problem]]:
    """The gateway of that name, whose errors scenarios name; None without one, and with the mistakes in its file."""
    from mockserver.gateways.reading import load

    try:
        return (load(name) if name else None), ()
    except ScenarioError as error:
        return None, error.problems


def _summarize(errors: int, warnings: int) -> str:
    return f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"


def _format_text(problems: Sequence[Problem]) -> str:
    return "\n".join(show_line(f"{problem.place}: {_format_level(problem)}{problem.message}") for problem in problems)


def _format_level(problem: Problem) -> str:
    return "" if problem.level == "error" else f"{problem.level}: "


def _format_json(problems: Sequence[Problem]) -> str:
    rows = [
        {
            "file": problem.place.file,
            "line": problem.place.line,
            "column": problem.place.column,
            "level": problem.level,
            "message": problem.message,
        }
        for problem in problems
    ]
    return json.dumps(rows, indent=2, ensure_ascii=False)


def _format_github(problems: Sequence[Problem]) -> str:
    return "\n".join(
        f"::{problem.level} file={_escape_property(problem.place.file)},line={problem.place.line},"
        f"col={problem.place.column}::{_escape_data(problem.message)}"
        for problem in problems
    )


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


FORMATTERS: Mapping[str, Callable[[Sequence[Problem]], str]] = {
    "text": _format_text,
    "json": _format_json,
    "github": _format_github,
}
