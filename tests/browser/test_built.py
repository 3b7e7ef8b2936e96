"""The built files are what the sources give, byte for byte."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mockserver.control import page
from tests.conftest import ROOT


def test_build_gives_the_committed_files(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not (ROOT / "ui" / "node_modules").exists():
        pytest.skip("npm is not here, so nothing can be built")
    subprocess.run([node, "build.mjs", "--out", tmp_path], cwd=ROOT / "ui", check=True)
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in page.FOLDER.iterdir()}
    assert built.keys() == committed.keys()
    assert [name for name in built if built[name] != committed[name]] == [], "run make ui"
