"""Folders are the rows of docs/design.md: imports point downwards only, never sideways, and never in a circle.

Every import counts, wherever in a file it stands: one inside a function and one for types alone, too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mockserver"

# From top to bottom. A part may import what stands in lower rows, and its own modules.
ROWS = (
    ("mockserver",),
    ("__main__",),
    ("cli", "pytest_plugin"),
    ("testing",),
    ("config", "contract", "derive"),
    ("serving",),
    ("cassettes",),
    ("journey",),
    ("endpoints",),
    ("gateways",),
    ("auth", "decoding", "validation", "scenarios", "compose", "control"),
    ("recordings",),
    ("wires",),
    ("delivery",),
    ("store",),
    ("blocks",),
    ("reference",),
    ("records",),
)
LEVEL = {part: level for level, row in enumerate(ROWS) for part in row}
MOST_FILES_IN_ROOT = 8
MOST_LINES_OF_A_MODULE = 300
MOST_LINES_OF_A_FUNCTION = 40


def module_files() -> dict[str, Path]:
    """Every module of the package by its dotted name; a package goes by the name of its folder."""
    return {
        ".".join(("mockserver", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in sorted(PACKAGE.rglob("*.py"))
    }


FILES = module_files()


def part_of(module: str) -> str:
    """The row's part a module belongs to; the face of the whole package is a part of its own."""
    return module.split(".")[1] if "." in module else module


def imported_modules(path: Path) -> Iterator[tuple[str, int]]:
    """The project's own modules that a file imports, with the line of each import."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names if alias.name in FILES)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: name the package in full"
            source = node.module or ""
            names = {name if (name := f"{source}.{alias.name}") in FILES else source for alias in node.names}
            yield from ((name, node.lineno) for name in names if name in FILES)


@cache
def imports_of(module: str) -> tuple[tuple[str, int], ...]:
    """Found by the tests: while these are collected, each process would look for itself."""
    return tuple(imported_modules(FILES[module]))


def is_allowed(importer: str, imported: str) -> bool:
    return importer == imported or LEVEL[importer] < LEVEL[imported]


def test_every_part_has_its_row() -> None:
    parts = {part_of(name) for name in FILES}
    assert parts <= set(LEVEL), f"give these a row in ROWS and in docs/design.md: {sorted(parts - set(LEVEL))}"


@pytest.mark.parametrize("module", FILES)
def test_imports_point_downwards(module: str) -> None:
    importer = part_of(module)
    wrong = [
        f"{FILES[module].name}:{line}: {importer} imports {name}"
        for name, line in imports_of(module)
        if not is_allowed(importer, part_of(name))
    ]
    assert wrong == []


def test_no_imports_go_in_a_circle() -> None:
    graph = {module: {name for name, _ in imports_of(module)} for module in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_root_holds_few_files() -> None:
    files = [path.name for path in PACKAGE.iterdir() if path.is_file()]
    assert len(files) <= MOST_FILES_IN_ROOT, files


@pytest.mark.parametrize("module", FILES)
def test_modules_and_functions_are_short(module: str) -> None:
    source = FILES[module].read_text("utf-8")
    long = [
        f"{node.name} has {length} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    ]
    assert long == []
    assert source.count("\n") <= MOST_LINES_OF_A_MODULE
