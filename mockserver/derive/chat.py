"""The schemas of the chat wire: from the types of the installed ``openai`` SDK and the overlay of their own.

Importing this raises ``ModuleNotFoundError`` without the SDK.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from mockserver.derive import family, overlay, sdk, shape
from mockserver.reference import schemas

Json = dict[str, Any]

NAME = "chat.json"
PACKAGE = "openai"
# Root types below openai.types, by their names in our schemas.
ROOTS: Mapping[str, str] = {
    "CompletionCreateParams": "chat.completion_create_params.CompletionCreateParamsBase",
    "ChatCompletion": "chat.chat_completion.ChatCompletion",
    "ChatCompletionChunk": "chat.chat_completion_chunk.ChatCompletionChunk",
    "ErrorObject": "shared.error_object.ErrorObject",
    "Model": "model.Model",
}
_FAMILIES = {NAME: ("CompletionCreateParams", "ChatCompletion", "ChatCompletionChunk", "ErrorResponse", "ModelList")}
# Types of one name in several modules: openai__types__chat__chat_completion__Choice.
_LONG_NAME = re.compile(r"(?:\w+__)?(\w+?)__(\w+)")

importlib.import_module(PACKAGE)


def derive() -> tuple[Json, tuple[str, ...]]:
    """The content of the file, and the places that the overlay names and the SDK does not have."""
    rules = yaml.safe_load((schemas.folder() / "sources" / "chat.yaml").read_text("utf-8"))
    defs = shape.Shaper(_collect(), ()).shape_all()
    lost = [*overlay.apply_rules(defs, rules["rules"])]
    lost += overlay.apply_gates(defs, [{**gate, "betas": gate["forms"]} for gate in rules["gates"]])
    lost += [name for name in family.find_homes(defs, _FAMILIES) if name not in defs]
    return family.split(defs, _FAMILIES)[NAME], tuple(f"chat: {place}" for place in lost)


def write(folder: Path) -> list[str]:
    """Write the file into ``folder``, and return its name when it changed.

    Raises:
        ValueError: the overlay names something that the SDK does not have.
    """
    schema, lost = derive()
    if lost:
        raise ValueError("not in the SDK: " + ", ".join(lost))
    path, text = folder / NAME, json.dumps(schema, indent=1) + "\n"
    if path.exists() and path.read_text("utf-8") == text:
        return []
    path.write_text(text, "utf-8")
    return [NAME]


def version() -> str:
    """The version of the installed SDK."""
    return str(importlib.import_module(PACKAGE).__version__)


def _collect() -> dict[str, Json]:
    """The raw definitions that the roots reach, by name."""
    adapters = [(name, "validation", TypeAdapter(_find(path))) for name, path in ROOTS.items()]
    roots, raw = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]
    names = {name: _shorten(name) for name in raw["$defs"]}
    names |= {schema["$ref"].rpartition("/")[2]: root for (root, _), schema in roots.items()}
    return {names[name]: sdk.strip_prose(schema, names) for name, schema in raw["$defs"].items()}


def _find(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"{PACKAGE}.types.{module}"), name)


def _shorten(name: str) -> str:
    """The name of a definition: that of its module goes before it where there are several."""
    found = _LONG_NAME.fullmatch(name)
    return "".join(word.capitalize() for word in found[1].split("_")) + found[2] if found else name
