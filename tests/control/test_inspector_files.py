"""The built files of the inspector: those of its sources, and small."""

from __future__ import annotations

import gzip
import hashlib
import json

from mockserver.control import page
from tests.conftest import ROOT

# Bytes of all files together, each packed by gzip.
MOST = 400_000


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_files_are_built_of_the_sources() -> None:
    built, ui = json.loads((page.FOLDER / "build.json").read_bytes()), ROOT / "ui"
    ours = [*(ui / "src").rglob("*"), *(ui / name for name in built["sources"] if not name.startswith("src/"))]
    sources = {path.relative_to(ui).as_posix(): _digest(path.read_bytes()) for path in ours if path.is_file()}
    assert built["sources"] == sources, "run make ui"


def test_files_are_as_they_were_built() -> None:
    built = json.loads((page.FOLDER / "build.json").read_bytes())
    files = {path.name: _digest(path.read_bytes()) for path in page.FOLDER.iterdir() if path.name != "build.json"}
    assert built["files"] == files, "run make ui"


def test_files_are_small() -> None:
    packed = sum(len(gzip.compress(path.read_bytes())) for path in page.FOLDER.iterdir())
    assert 10_000 < packed < MOST
