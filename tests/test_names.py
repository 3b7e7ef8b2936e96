"""Names say one thing: no package hides a module of its own, and nothing public hides a well-known name."""

from __future__ import annotations

import ast
import builtins
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

PACKAGE = Path(__file__).parent.parent / "mockserver"
MODULES = {
    ".".join(("mockserver", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.stem != "__main__"
}
PACKAGES = sorted(name for name, path in MODULES.items() if path.stem == "__init__")


BUILTINS = {name for name in dir(builtins) if not name.startswith("_")}
# Classes of the standard library that every reader knows. An ``Event`` of a stream and a ``Thread`` of messages are the
# API's own words.
WELL_KNOWN = {
    *(
        "Barrier",
        "Future",
        "Lock",
        "Queue",
        "Semaphore",
        "Server",
        "Task",
        "TaskGroup",
        "Timeout",
        "Timer",
    ),
    *("Path", "PosixPath", "PurePath", "WindowsPath"),
    *("BaseProtocol", "BaseTransport", "DatagramProtocol", "Protocol", "Transport"),
    *("Counter", "Decimal", "Enum", "Fraction", "Random"),
}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_face_hides_a_module_of_its_own(package: str) -> None:
    prefix = f"{package}."
    modules = {name.removeprefix(prefix) for name in MODULES if name.startswith(prefix)}
    face = import_module(package)
    hidden = {name for name in modules if not isinstance(getattr(face, name, face), ModuleType)}
    assert hidden == set()


@pytest.mark.parametrize("module", MODULES)
def test_no_public_name_hides_a_well_known_one(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text("utf-8"))
    defined = {
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    }
    aliases = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in WELL_KNOWN
    }
    assert sorted((defined | aliases) & (BUILTINS | WELL_KNOWN)) == []
