"""Reads the types of the installed ``anthropic`` SDK as raw JSON Schemas, GA and beta apart."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError

Json = dict[str, Any]
Roots = Mapping[str, tuple[str, str]]

# Root types: name in our schemas, the GA type, the beta type; paths below anthropic.types.
REQUESTS: Roots = {
    "MessageCreateParams": (
        "message_create_params.MessageCreateParamsBase",
        "beta.message_create_params.MessageCreateParamsBase",
    ),
    "MessageCountTokensParams": (
        "message_count_tokens_params.MessageCountTokensParams",
        "beta.message_count_tokens_params.MessageCountTokensParams",
    ),
    "BatchCreateParams": (
        "messages.batch_create_params.BatchCreateParams",
        "beta.messages.batch_create_params.BatchCreateParams",
    ),
    "FileUploadParams": ("file_upload_params.FileUploadParams", "beta.file_upload_params.FileUploadParams"),
}
RESPONSES: Roots = {
    "Message": ("message.Message", "beta.beta_message.BetaMessage"),
    "RawMessageStreamEvent": (
        "raw_message_stream_event.RawMessageStreamEvent",
        "beta.beta_raw_message_stream_event.BetaRawMessageStreamEvent",
    ),
    "MessageTokensCount": (
        "message_tokens_count.MessageTokensCount",
        "beta.beta_message_tokens_count.BetaMessageTokensCount",
    ),
    "MessageBatch": ("messages.message_batch.MessageBatch", "beta.messages.beta_message_batch.BetaMessageBatch"),
    "DeletedMessageBatch": (
        "messages.deleted_message_batch.DeletedMessageBatch",
        "beta.messages.beta_deleted_message_batch.BetaDeletedMessageBatch",
    ),
    "MessageBatchIndividualResponse": (
        "messages.message_batch_individual_response.MessageBatchIndividualResponse",
        "beta.messages.beta_message_batch_individual_response.BetaMessageBatchIndividualResponse",
    ),
    "FileMetadata": ("file_metadata.FileMetadata", "beta.beta_file_metadata.BetaFileMetadata"),
    "DeletedFile": ("deleted_file.DeletedFile", "beta.beta_deleted_file.BetaDeletedFile"),
    "ModelInfo": ("model_info.ModelInfo", "beta.beta_model_info.BetaModelInfo"),
    "ErrorType": ("shared.error_type.ErrorType", "shared.error_type.ErrorType"),
    "ErrorResponse": ("shared.error_response.ErrorResponse", "shared.error_response.ErrorResponse"),
}
# Prose and the client's own defaults are no rules of the API.
_PROSE = frozenset({"title", "description", "default", "examples"})


def list_models() -> list[str]:
    """The ids of the models that the SDK names."""
    return _list_literals("model.Model")


def list_betas() -> list[str]:
    """The beta header values the SDK knows, in its order."""
    return _list_literals("anthropic_beta_param.AnthropicBetaParam")


def list_thread_codes() -> list[str]:
    """The codes with which a thread is refused."""
    types = importlib.import_module("anthropic.types")
    names = [name for name in dir(types) if name.startswith("Thread") and name.endswith("ErrorDetails")]
    return [get_args(getattr(types, name).model_fields["error_code"].annotation)[0] for name in names]


def _list_literals(path: str) -> list[str]:
    """The values of the literals in a union."""
    return [value for member in get_args(_find(path)) for value in get_args(member)]


def collect(roots: Roots, *, beta: bool, names: Mapping[str, str]) -> dict[str, Json]:
    """The raw definitions that ``roots`` reach, by name.

    Beta types lose the prefix "Beta", so that both sides compare; ``names`` maps those whose names differ by more.
    """
    found: dict[str, Json] = {}
    for root, paths in roots.items():
        type_ = _find(paths[beta])
        if type_ is None:
            # An older SDK lacks some; ``drift`` then names what is missing.
            continue
        raw = _make_schema(type_)
        found |= {_rename(name, names): strip_prose(schema, names) for name, schema in raw.pop("$defs", {}).items()}
        found[root] = strip_prose(raw, names)
    return found


def _find(path: str) -> Any:
    """The type at a path below ``anthropic.types``; None when the installed SDK does not have it."""
    module, _, name = path.rpartition(".")
    try:
        home = importlib.import_module(f"anthropic.types.{module}")
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("anthropic.types."):
            raise
        return None
    return getattr(home, name, None)


def _make_schema(type_: Any) -> Json:
    try:
        return TypeAdapter(type_).json_schema()
    except PydanticSchemaGenerationError:
        return _make_form_schema(type_)


def _make_form_schema(type_: Any) -> Json:
    """The schema of an upload's form; a field for a file handle may hold anything."""
    properties = {name: _make_field_schema(hint) for name, hint in get_type_hints(type_).items()}
    return {"type": "object", "properties": properties, "required": sorted(type_.__required_keys__)}


def _make_field_schema(hint: Any) -> Json:
    try:
        return TypeAdapter(hint).json_schema()
    except PydanticSchemaGenerationError:
        return {}


def _rename(name: str, names: Mapping[str, str]) -> str:
    return names.get(name, name.removeprefix("Beta"))


def strip_prose(schema: Any, names: Mapping[str, str]) -> Any:
    """The schema without prose, its references renamed."""
    if isinstance(schema, list):
        return [strip_prose(item, names) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": "#/$defs/" + _rename(schema["$ref"].rpartition("/")[2], names)}
    plain = {
        key: strip_prose(value, names) for key, value in schema.items() if key not in _PROSE or key == "properties"
    }
    if "properties" in schema:
        plain["properties"] = {key: strip_prose(value, names) for key, value in schema["properties"].items()}
    return plain


def drop_models(defs: Mapping[str, Json]) -> dict[str, Json]:
    """The definitions without the response models, which the SDK takes in requests for convenience."""
    models = {name for name, schema in defs.items() if _is_model(name, schema)}
    rest = {name: schema for name, schema in defs.items() if name not in models}
    return {name: _drop_references(schema, models) for name, schema in rest.items()}


def _is_model(name: str, schema: Json) -> bool:
    is_open = "properties" in schema and schema.get("additionalProperties") in (True, {})
    # Open request types exist as well; the SDK's names tell them apart.
    return is_open and not name.endswith(("Param", "Params", "Typed"))


def _drop_references(schema: Any, models: set[str]) -> Any:
    if isinstance(schema, list):
        return [_drop_references(item, models) for item in schema if not _is_reference_to(item, models)]
    if isinstance(schema, dict):
        return {key: _drop_references(value, models) for key, value in schema.items()}
    return schema


def _is_reference_to(item: Any, models: set[str]) -> bool:
    return isinstance(item, dict) and str(item.get("$ref", "")).rpartition("/")[2] in models
