"""The models that the inspector suggests are those of the catalogue."""

from __future__ import annotations

import json

from mockserver.reference import catalog
from tests.conftest import ROOT


def test_suggested_models_are_those_in_service() -> None:
    suggested = json.loads((ROOT / "ui" / "src" / "try" / "models.json").read_text())
    assert suggested == [model.id for model in catalog.standard().models if model.lifecycle != "retired"]
