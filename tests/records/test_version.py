"""An older Python is refused by name, wherever somebody meets it first."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

OLD = "import sys; sys.version_info = (3, 9, 18, 'final', 0); "
REFUSED = "messages-mockserver needs Python 3.10 or newer, and this is Python 3.9.18: "


@pytest.mark.parametrize(
    "program",
    ["import mockserver", "import mockserver.pytest_plugin", "import runpy; runpy.run_path({path!r})"],
    ids=["package", "plugin", "make and the build"],
)
def test_old_python_is_refused(program: str) -> None:
    path = str(ROOT / "mockserver" / "records" / "version.py")
    done = subprocess.run(
        [sys.executable, "-c", OLD + program.format(path=path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"ImportError: {REFUSED}" in done.stderr


def test_old_python_is_refused_by_make_and_by_the_build() -> None:
    make = Path(ROOT / "Makefile").read_text("utf-8")
    assert "$(BIN)/python:\n\t@$(PYTHON) mockserver/records/version.py\n" in make
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'requires-python = ">=3.10"' in project
    assert re.search(r'\[tool.hatch.version\]\nsource = "code".*\npath = "mockserver/records/version.py"', project)
