"""The presets of gateways, and the files of users that describe one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import yaml

from mockserver.gateways.records import Gateway
from mockserver.wires import parse_fault

# The one whose errors scenarios name where the server is like none.
USUAL = "new-api"
PRESETS = Path(__file__).parent / "presets"


def list_presets() -> list[str]:
    """The names of the presets."""
    return sorted(path.stem for path in PRESETS.glob("*.yaml"))


@cache
def load(name: str) -> Gateway:
    """The gateway of a preset's name, or of a file.

    Raises:
        ScenarioError: the file holds mistakes, or there is no such preset and no such file.
    """
    path = PRESETS / f"{name}.yaml"
    document: dict[str, Any] = yaml.safe_load((path if path.exists() else Path(name)).read_text("utf-8"))
    version = document.get("version", "")
    document["headers"] = {
        key: value.replace("{version}", version) for key, value in document.get("headers", {}).items()
    }
    for channel in document.get("channels", []):
        channel["faults"] = {
            wire: tuple(map(parse_fault, faults)) for wire, faults in channel.get("faults", {}).items()
        }
    return msgspec.convert(document, Gateway)
