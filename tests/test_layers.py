"""Imports point downwards only, and stages are strangers to each other (docs/design.md, "The way of a call")."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "mockserver"

# Rows from top to bottom; a part may import what stands in lower rows.
ROWS = (
    ("cli", "pytest_plugin", "derive", "__main__"),
    ("server", "runner", "protocol", "host", "asgi", "contract", "testing", "transport"),
    ("app",),
    ("inspection", "watching"),
    ("journey",),
    ("answered", "assembly", "rendering", "stamp"),
    ("auth", "decoding", "models", "validation", "scenarios", "compose", "wires", "delivery", "control"),
    ("state", "schemas", "catalog", "tokens", "signing", "ids", "media"),
    ("call", "reply", "sse", "errors", "settings", "lazy", "ready"),
)
LEVEL = {part: level for level, row in enumerate(ROWS) for part in row}
EDGES, RESOURCES, WORDS = 0, len(ROWS) - 2, len(ROWS) - 1


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(("mockserver", *path.relative_to(PACKAGE).with_suffix("").parts))
        yield name.removesuffix(".__init__"), path


def imports(module: str, path: Path) -> Iterator[tuple[str, int]]:
    """The project's own modules that ``path`` imports, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            base = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (base, node.module or "") if part)
            yield source, node.lineno
            yield from ((f"{source}.{alias.name}", node.lineno) for alias in node.names if source == "mockserver")


def is_allowed(importer: str, imported: str) -> bool:
    if importer == imported or importer == "":
        return True
    upper, lower = LEVEL[importer], LEVEL[imported]
    beside = upper in (EDGES, 1, RESOURCES, WORDS)
    return upper < lower or (beside and upper == lower)


def test_every_part_has_its_row() -> None:
    parts = {part_of(name) for name, _ in modules()} - {""}
    assert parts <= set(LEVEL), f"give these a row in ROWS and in docs/design.md: {sorted(parts - set(LEVEL))}"


@pytest.mark.parametrize(("module", "path"), [pytest.param(name, path, id=name) for name, path in modules()])
def test_imports_point_downwards(module: str, path: Path) -> None:
    importer = part_of(module)
    wrong = [
        f"{path.name}:{line}: {importer} imports {part_of(name)}"
        for name, line in imports(module, path)
        if name.startswith("mockserver.") and part_of(name) in LEVEL and not is_allowed(importer, part_of(name))
    ]
    assert wrong == []
