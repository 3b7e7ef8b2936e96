"""The models that the inspector suggests, from the catalogue: ``ui/src/try/models.json``."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from mockserver.reference import prebuilt

NAME = "src/try/models.json"


def write(folder: Path) -> list[str]:
    """Write the file below the folder of the page's sources; return its name when it changed."""
    path, text = folder / NAME, json.dumps(_list_models(), indent=2) + "\n"
    if path.read_text("utf-8") == text:
        return []
    path.write_text(text, "utf-8")
    return [NAME]


def _list_models() -> list[str]:
    """The ids of the models in service, newest first."""
    # The prebuilt catalogue is that of before, where both are written in one run.
    catalogue = yaml.safe_load((prebuilt.FOLDER.parent / "models.yaml").read_bytes())
    return [model["id"] for model in catalogue["models"] if model.get("lifecycle") != "retired"]
