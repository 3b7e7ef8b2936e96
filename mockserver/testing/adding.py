"""What a test adds to its session: scripts in front of others, files found beside it, faults and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from mockserver import scenarios
from mockserver.delivery import parse_fault
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.reply import Pace
from mockserver.records.settings import PACES, UNMATCHED, VALIDATION, one_of
from mockserver.scenarios import Scenario
from mockserver.serving.assembly import HOOKS
from mockserver.store import FaultPlan, Session
from mockserver.testing.calling import caller

Stamp = tuple[str, int, int]


def script(words: Mapping[str, Any], number: int) -> Scenario:
    """The scenario that a call in a test stands for; its place is that call.

    Raises:
        ScenarioError: the words hold mistakes.
    """
    place = caller()
    (parsed,) = scenarios.parse({"name": f"script {number}", **words}, place.file, HOOKS, line=place.line)
    return parsed


def add(session: Session, script: Scenario) -> None:
    """Put a script in front of the others; one that always fits only in front of the first other that always does."""
    session.add((script,))
    if not script.condition.checks:
        rest = session.added[1:]
        place = next((at for at, other in enumerate(rest) if not other.condition.checks), len(rest))
        session.added = (*rest[:place], script, *rest[place:])


def loaded(paths: Sequence[str | Path], folders: Sequence[Path]) -> tuple[Scenario, ...]:
    """The scenarios of files and folders; relative paths start at the first of ``folders`` that has them.

    Raises:
        ScenarioError: a file is missing or holds mistakes.
    """
    found = tuple(_found(Path(path), folders) for path in paths)
    stamps = tuple(stamp for path in found for stamp in _stamps(path))
    kept = _load(found, stamps)
    # Stamps tell nothing of the files that these include.
    has_all = {file for file, *_ in stamps} >= set(kept.files)
    return (kept if has_all else scenarios.load(found, HOOKS)).scenarios


@lru_cache(maxsize=256)
def _load(paths: tuple[Path, ...], _stamps: tuple[Stamp, ...]) -> scenarios.ScenarioSet:
    """Files are read once for all tests that use them, and again when they have changed."""
    return scenarios.load(paths, HOOKS)


def _stamps(path: Path) -> Iterator[Stamp]:
    """Path, time and size of a file, or of each file in a folder."""
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        if file.exists():
            state = file.stat()
            yield str(file), state.st_mtime_ns, state.st_size


def fault_plan(then: str, calls: int, options: Mapping[str, Any]) -> FaultPlan:
    """A fault for the next ``calls`` answers.

    Raises:
        ValueError: there is no such fault or option, or ``calls`` is no number of calls.
    """
    if calls < 1:
        raise ValueError(f"calls: expected a whole number from 1, got {calls!r}")
    return FaultPlan((parse_fault({"then": then, **options}),), calls)


def settings(
    unmatched: str | None, validation: str | None, pace: str | Mapping[str, Any] | None
) -> dict[str, str | Pace | None]:
    """Settings as the state holds them.

    Raises:
        ValueError: a setting has no such value.
        ScenarioError: the pace holds mistakes.
    """
    if unmatched is not None:
        one_of("unmatched", UNMATCHED, unmatched)
    if validation is not None:
        one_of("validation", VALIDATION, validation)
    if isinstance(pace, str) and pace not in PACES:
        raise ValueError(f"pace: expected {', '.join(PACES)} or a mapping, got {pace!r}")
    return {"unmatched": unmatched, "validation": validation, "pace": _pace(pace)}


def _pace(pace: str | Mapping[str, Any] | None) -> str | Pace | None:
    if pace is None or isinstance(pace, str):
        return pace
    place = caller()
    (parsed,) = scenarios.parse({"reply": {"text": "", "pace": pace}}, place.file, HOOKS, line=place.line)
    constant = parsed.steps[0].constant
    return constant.pace if constant else None


def _found(path: Path, folders: Sequence[Path]) -> Path:
    if path.is_absolute() or not folders:
        return path
    places = [folder / path for folder in (*folders, Path.cwd())]
    for place in places:
        if place.exists():
            return place
    looked = ", ".join(dict.fromkeys(str(place.parent) for place in places))
    raise ScenarioError(Problem(Place(str(path)), f"there is no such file or folder; looked in {looked}"))
