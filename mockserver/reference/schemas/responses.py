"""The schemas of responses: every key of the wire and no other, compiled once and cached."""

from __future__ import annotations

from functools import cache

import jsonschema_rs

from mockserver.reference.schemas.files import Json, read_definitions
from mockserver.reference.schemas.gates import fit

# The definition behind each name, and whether parts that need a beta header may appear.
RESPONSES = {
    "message": ("CompleteMessage", False),
    "beta_message": ("CompleteMessage", True),
    "stream_event": ("RawMessageStreamEvent", False),
    "beta_stream_event": ("RawMessageStreamEvent", True),
    "error": ("ErrorResponse", False),
    "count_tokens": ("MessageTokensCount", False),
    "beta_count_tokens": ("MessageTokensCount", True),
    "batch": ("MessageBatch", False),
    "batch_list": ("MessageBatchList", False),
    "batch_deleted": ("DeletedMessageBatch", False),
    "batch_result": ("MessageBatchIndividualResponse", True),
    "file": ("FileMetadata", False),
    "file_list": ("FileList", False),
    "old_file": ("OldFileMetadata", True),
    "old_file_list": ("OldFileList", True),
    "file_deleted": ("DeletedFile", False),
    "model": ("ModelInfo", False),
    "beta_model": ("ModelInfo", True),
    "model_list": ("ModelList", False),
}
_RESPONSE_FILES = ("responses.json", "events.json", "errors.json")
# The definition of the chat wire behind each name. Before a name may stand a form that answers have, see ``_FORMS``.
CHAT_RESPONSES = {
    "chat_completion": "ChatCompletion",
    "chat_chunk": "ChatCompletionChunk",
    "chat_error": "ErrorResponse",
    "chat_models": "ModelList",
}
# OpenAI's own form, and those of gateways, as the marks of the schemas name them.
_FORMS = {"": "openai", "new_api_": "new-api", "one_api_": "one-api"}
_CHAT = {f"{prefix}{name}": (root, form) for prefix, form in _FORMS.items() for name, root in CHAT_RESPONSES.items()}


@cache
def response_schema(name: str) -> Json:
    """The strict schema of a response body or event, self-contained: every key of the wire, and no other.

    ``name`` is one of ``RESPONSES``, or of ``CHAT_RESPONSES`` (``new_api_`` or ``one_api_`` before it: with what that
    gateway adds, without what it leaves out); raises ``KeyError`` for another one. The result is shared: don't change
    it.
    """
    if name in _CHAT:
        root, form = _CHAT[name]
        return fit(root, read_definitions(("chat_responses.json",)), frozenset([form]), "")
    root, beta = RESPONSES[name]
    return fit(root, read_definitions(_RESPONSE_FILES), None if beta else frozenset(), "")


@cache
def response_validator(name: str) -> jsonschema_rs.Validator:
    """The compiled validator of ``response_schema``."""
    return jsonschema_rs.Draft202012Validator(response_schema(name))
