"""Fixtures in Python: a ``.py`` file is run, and its ``scenarios`` are those of a file in YAML."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any

from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.scenarios.reading.python_values import UnusableValueError, to_plain
from mockserver.scenarios.reading.source import Document

SUFFIX = ".py"
_SCENARIOS = "scenarios"
_KEYS = (_SCENARIOS, "defaults")


def read_python(path: Path, source: bytes) -> Document:
    """Run a file, and make a document of its ``scenarios`` and ``defaults``. Other names are the program's own.

    Raises:
        ScenarioError: it cannot be compiled, raises, or has no scenarios.
    """
    name = f"mockserver_fixture_{path.stem}_{blake2b(str(path).encode(), digest_size=4).hexdigest()}"
    module = _run(name, path, source)
    given = {key: getattr(module, key) for key in _KEYS if isinstance(getattr(module, key, None), list | tuple | dict)}
    if _SCENARIOS not in given:
        example = 'scenarios = [{"name": "weather", "when": {"user": "weather"}, "reply": answer}]'
        raise ScenarioError(Problem(Place(str(path)), f"a fixture in Python has a list of scenarios: {example}"))
    lines = _find_lines(ast.parse(source))
    try:
        value = to_plain(given, Place(str(path), *lines[:1]))
    except UnusableValueError as error:
        raise ScenarioError(Problem(Place(str(path), *lines[:1]), str(error))) from error
    return Document(str(path), value, line=lines[0] if lines else 1, lines=lines)


def _run(name: str, path: Path, source: bytes) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = str(path.absolute())
    # Classes and dataclasses look for their module by its name.
    sys.modules[name] = module
    try:
        with _importing_from(str(path.absolute().parent)):
            exec(compile(source, str(path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102  a fixture is code
    except SyntaxError as error:
        place = Place(error.filename or str(path), error.lineno or 1, error.offset or 1)
        raise ScenarioError(Problem(place, f"this is not Python: {error.msg}")) from error
    except (Exception, SystemExit) as error:
        own = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(path)]
        message = f"running this file failed: {type(error).__name__}: {error}"
        raise ScenarioError(Problem(Place(str(path), own[-1] or 1 if own else 1), message)) from error
    return module


@contextmanager
def _importing_from(folder: str) -> Iterator[None]:
    """Within it, modules in a folder can be imported, as by a program that is run there."""
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        if folder in sys.path:
            sys.path.remove(folder)


def _find_lines(tree: ast.Module) -> tuple[int, ...]:
    """The line of each scenario, where these are written as one list; else that of the list alone, if it is there."""
    lines: tuple[int, ...] = ()
    for statement in tree.body:
        if not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if any(isinstance(target, ast.Name) and target.id == _SCENARIOS for target in targets):
            value: Any = statement.value
            is_plain = isinstance(value, ast.List) and not any(isinstance(item, ast.Starred) for item in value.elts)
            items = value.elts if is_plain else ()
            lines = tuple(item.lineno for item in items) or (statement.lineno,)
    return lines


def is_python(path: Path) -> bool:
    """Whether a path is that of a fixture in Python."""
    return path.suffix == SUFFIX
