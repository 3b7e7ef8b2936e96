"""The models that the inspector suggests are those of the catalogue."""

from __future__ import annotations

import json
from pathlib import Path

from mockserver.derive import suggestions
from mockserver.reference import catalog
from tests.conftest import ROOT


def test_suggested_models_are_those_in_service(tmp_path: Path) -> None:
    path = tmp_path / suggestions.NAME
    path.parent.mkdir(parents=True)
    path.write_text("[]")
    assert [suggestions.write(tmp_path), suggestions.write(tmp_path)] == [[suggestions.NAME], []]
    assert json.loads(path.read_text()) == [model.id for model in catalog.models() if model.lifecycle != "retired"]
    assert path.read_bytes() == (ROOT / "ui" / suggestions.NAME).read_bytes(), "make schemas, then make ui"
