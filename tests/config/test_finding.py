"""The config file is the nearest one upwards, and nobody else's."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.config.finding import find, find_here
from tests.conftest import ROOT

OURS = "[tool.mockserver]\nseed = 1\n"
OTHERS = "[tool.ruff]\nline-length = 100\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a folder two levels below it."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    return tmp_path


def write(path: Path, text: str = "") -> Path:
    path.write_text(text)
    return path


def test_nearest_wins_and_yaml_comes_before_pyproject(project: Path) -> None:
    below = project / "a" / "b"
    above = write(project / "pyproject.toml", OURS)
    assert find(below) == above
    yaml = write(project / "mockserver.yaml")
    assert find(below) == yaml
    nearer = write(project / "a" / "pyproject.toml", OURS)
    assert find(below) == nearer
    assert find(project) == yaml


@pytest.mark.parametrize(
    ("text", "is_ours"),
    [
        (OURS, True),
        ("[ tool . 'mockserver' ]\n", True),
        ("[tool.mockserver.serve]\nport = 1\n", True),
        ("[tool]\nmockserver = {seed = 1}\n", True),
        ("tool.mockserver.seed = 1\n", True),
        ("[tool.mockserver]\nthis is no TOML\n", True),
        (OTHERS, False),
        ("# mockserver\n" + OTHERS, False),
        ('[project]\nname = "mockserver"\n', False),
        ('tool = "mockserver"\n', False),
        ("mockserver: this is no TOML either\n", False),
        ("", False),
    ],
)
def test_pyproject_counts_only_with_our_table(project: Path, text: str, is_ours: bool) -> None:
    write(project / "mockserver.yaml")
    nearer = write(project / "a" / "pyproject.toml", text)
    assert find(project / "a" / "b") == (nearer if is_ours else project / "mockserver.yaml")


def test_search_ends_at_the_root_of_the_repository(project: Path) -> None:
    write(project / "mockserver.yaml")
    (project / "a" / ".git").mkdir()
    assert find(project / "a" / "b") is None
    at_root = write(project / "a" / "mockserver.yaml")
    assert find(project / "a" / "b") == at_root


def test_root_of_a_worktree_is_one_too(project: Path) -> None:
    write(project / "mockserver.yaml")
    write(project / "a" / ".git", "gitdir: elsewhere\n")
    assert find(project / "a" / "b") is None


def test_search_ends_at_home(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(project / "a"))
    write(project / "mockserver.yaml")
    assert find(project / "a" / "b") is None
    at_home = write(project / "a" / "mockserver.yaml")
    assert find(project / "a" / "b") == at_home


def test_folder_of_everybody_is_passed_over(project: Path) -> None:
    """In /tmp anybody may put a file that the servers of all others below it would obey."""
    folder = project / "a"
    own = write(folder / "mockserver.yaml")
    folder.chmod(0o1777)
    assert find(folder / "b") is None
    assert find(folder) == own


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: os.mkfifo(path)])
def test_what_is_no_file_does_not_count(project: Path, make: Callable[[Path], None]) -> None:
    for name in ("mockserver.yaml", "pyproject.toml"):
        make(project / name)
    (project / ".git").mkdir()
    assert find(project) is None


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may look everywhere")
def test_folder_that_cannot_be_looked_into_is_passed_over(project: Path) -> None:
    own = write(project / "a" / "b" / "mockserver.yaml")
    project.chmod(0o300)
    (project / "a").chmod(0)
    try:
        assert find(project / "a" / "b") is None
    finally:
        (project / "a").chmod(0o700)
        project.chmod(0o700)
    assert find(project / "a" / "b") == own


def test_working_directory_may_be_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project / "a" / "b")
    (project / "a" / "b").rmdir()
    assert find_here() is None


def test_looking_imports_little() -> None:
    """Every run of pytest looks, also those that never start a server."""
    program = (
        "import sys; from mockserver.config.finding import find_here; find_here()\n"
        "print(*sorted(name for name in sys.modules if name.startswith(('mockserver', 'msgspec', 'yaml'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT / "docs"
    )
    assert done.stdout.split() == [
        "mockserver",
        "mockserver.config",
        "mockserver.config.finding",
        "mockserver.config.tables",
        "mockserver.records",
        "mockserver.records.config_names",
        "mockserver.records.version",
    ]
