"""The schemas of the chat wire: from the types of the installed ``openai`` SDK and the overlay of their own.

Importing this raises ``ModuleNotFoundError`` without the SDK.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any

import openai
import yaml
from pydantic import TypeAdapter

from mockserver.derive import family, overlay, sdk, shape
from mockserver.derive.derivation import Derivation
from mockserver.reference import schemas

Json = dict[str, Any]

VERSION = openai.__version__
# Root types below openai.types, by their names in our schemas.
ROOTS: Mapping[str, str] = {
    "CompletionCreateParams": "chat.completion_create_params.CompletionCreateParamsBase",
    "ChatCompletion": "chat.chat_completion.ChatCompletion",
    "ChatCompletionChunk": "chat.chat_completion_chunk.ChatCompletionChunk",
    "ErrorObject": "shared.error_object.ErrorObject",
    "Model": "model.Model",
}
FAMILIES: family.Families = {
    "chat_responses.json": ("ChatCompletion", "ChatCompletionChunk", "ErrorResponse", "ModelList"),
    "chat_requests.json": ("CompletionCreateParams",),
}
# Types of one name in several modules: openai__types__chat__chat_completion__Choice.
_LONG_NAME = re.compile(r"(?:\w+__)?(\w+?)__(\w+)")


def derive() -> Derivation:
    """The content of the files; raises ``ValueError`` when the SDK holds something that no rule can express."""
    rules = yaml.safe_load((schemas.folder() / "sources" / "chat.yaml").read_text("utf-8"))
    defs = shape.Shaper(_collect(), ()).shape_all()
    lost = [*overlay.apply_rules(defs, rules["rules"])]
    lost += overlay.apply_gates(defs, [{**gate, "betas": gate["forms"]} for gate in rules["gates"]])
    homes = family.find_homes(defs, FAMILIES)
    lost += [name for name in homes if name not in defs]
    return Derivation(family.split({name: defs[name] for name in homes if name in defs}, FAMILIES), tuple(lost))


def _collect() -> dict[str, Json]:
    """The raw definitions that the roots reach, by name."""
    adapters = [(name, "validation", TypeAdapter(_find(path))) for name, path in ROOTS.items()]
    roots, raw = TypeAdapter.json_schemas(adapters)  # type: ignore[arg-type]
    names = {name: _shorten(name) for name in raw["$defs"]}
    names |= {schema["$ref"].rpartition("/")[2]: root for (root, _), schema in roots.items()}
    return {names[name]: sdk.strip_prose(schema, names) for name, schema in raw["$defs"].items()}


def _find(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"openai.types.{module}"), name)


def _shorten(name: str) -> str:
    """The name of a definition: that of its module goes before it where there are several."""
    found = _LONG_NAME.fullmatch(name)
    return "".join(word.capitalize() for word in found[1].split("_")) + found[2] if found else name
