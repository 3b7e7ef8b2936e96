"""A file over the preset that it is like, and the record of the whole.

Mappings are merged by key. Endings of names and paths are tried in order, so those of the file come before those of the
preset; channels replace those of the preset, of which they may name some. Any other value replaces the preset's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mockserver.gateways.records import Gateway
from mockserver.records.errors import TYPES, word_error
from mockserver.wires import WIRES, parse_fault

Json = dict[str, Any]

# The status of an error of the API, by its type.
STATUSES = {kind: status for status, kind in reversed(TYPES.items())}
_BEFORE = ("names", "paths")
# Where a wire is spoken.
_PATHS = {"messages": "/v1/messages", "chat": "/v1/chat/completions"}
# Who owns a model of which nobody says so.
_OWNER = "custom"


def merge(preset: Mapping[str, Any], own: Mapping[str, Any]) -> Json:
    """What a file says over what a preset says, both as they are written."""
    merged = merge_deeply(preset, own)
    for key in _BEFORE:
        merged[key] = [*own.get(key, ()), *preset.get(key, ())]
    # A wire that the preset lacks has its path; those that a file says itself stay before it.
    had = preset.get("wires", ())
    added = [{"path": _PATHS[wire], "method": "POST"} for wire in own.get("wires", ()) if wire not in had]
    merged["paths"][len(own.get("paths", ())) : 0] = added
    if "channels" in own:
        known = {channel["name"]: channel for channel in preset.get("channels", ())}
        given = [{"name": each} if isinstance(each, str) else each for each in own["channels"]]
        merged["channels"] = [_merge_channel(known.get(each["name"], {}), each) for each in given]
    return merged


def _merge_channel(preset: Mapping[str, Any], own: Mapping[str, Any]) -> Json:
    merged = merge_deeply(preset, own)
    # One fault is a mapping, too, and stands for all of them.
    is_one = "faults" in own and not is_by_wire(own["faults"])
    return {**merged, "faults": own["faults"]} if is_one else merged


def is_by_wire(faults: Any) -> bool:
    """Whether these faults of a channel, as they are written, stand below wires."""
    return isinstance(faults, Mapping) and "then" not in faults


def merge_deeply(preset: Mapping[str, Any], own: Mapping[str, Any]) -> Json:
    """Both mappings; where both have a mapping below a key, that is merged too."""
    merged = {**preset, **own}
    for key in preset.keys() & own.keys():
        if isinstance(preset[key], Mapping) and isinstance(own[key], Mapping):
            merged[key] = merge_deeply(preset[key], own[key])
    return merged


def build(document: Mapping[str, Any]) -> Gateway:
    """The gateway that a merged document describes, in which there are no mistakes."""
    version = str(document.get("version", ""))
    models = {name: model or {} for name, model in document.get("models", {}).items()}
    said = {key: value for key, value in document.items() if not key.startswith("x-") and key not in ("like", "models")}
    return msgspec.convert(
        {
            **said,
            "version": version,
            "headers": {
                name: str(value).replace("{version}", version) for name, value in document.get("headers", {}).items()
            },
            "channels": [_build_channel(each, document["errors"]) for each in document.get("channels", ())],
            "names": [{**each, "models": _list(each.get("models"))} for each in document.get("names", ())],
            "keys": {key: _build_key(each) for key, each in document.get("keys", {}).items()},
            "errors": {name: _build_error(each) for name, each in document.get("errors", {}).items()},
            "listed": {
                name: model.get("owner", _OWNER)
                for name, model in models.items()
                if "owner" in model or "error" not in model
            },
            "model_errors": {name: model["error"] for name, model in models.items() if "error" in model},
        },
        Gateway,
    )


def _build_channel(written: Json, errors: Mapping[str, Any]) -> Json:
    return {
        **written,
        "models": _list(written.get("models")),
        "error": _build_upstream(written.get("error"), errors),
        "faults": _build_faults(written.get("faults", [])),
    }


def _build_upstream(written: Any, errors: Mapping[str, Any]) -> Any:
    """The error of a channel: the name of a row stays as it is; of an error of the API all is told that it says."""
    if written is None or (isinstance(written, str) and written in errors):
        return written
    if isinstance(written, int):
        return {"status": written}
    given: Json = {"status": STATUSES[written], "type": written} if isinstance(written, str) else written
    kind = given.get("type", "")
    return {**given, "message": given.get("message") or (word_error(kind, "{model}") if kind else "")}


def _build_faults(written: Any) -> Json:
    by_wire = written if is_by_wire(written) else dict.fromkeys(WIRES, written)
    return {wire: tuple(map(parse_fault, _list(faults))) for wire, faults in by_wire.items()}


def _build_key(written: Any) -> Json:
    row = {"error": written} if isinstance(written, str) else written
    return {**row, "models": _list(row["models"])} if row.get("models") is not None else row


def _build_error(written: Json) -> Json:
    texts = written.get("texts", {})
    return {
        "status": 500,
        **written,
        "texts": {"": texts} if isinstance(texts, str) else texts,
        "values": {name: str(value) for name, value in written.get("values", {}).items()},
    }


def _list(written: Any) -> list[Any]:
    if written is None:
        return []
    return list(written) if isinstance(written, list | tuple) else [written]
