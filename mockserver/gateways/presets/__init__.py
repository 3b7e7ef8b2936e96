"""The presets of gateways, a YAML file each."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def list_presets() -> list[str]:
    """The names of the presets."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))
