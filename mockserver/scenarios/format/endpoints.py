"""What a script may say at each endpoint: an answer of messages, or values of an answer that is computed.

The values are those of the SDK's types (2.14.0), for both API versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.records.endpoints import BY_NAME, MESSAGES
from mockserver.records.files import OBJECT_ID
from mockserver.records.specs import (
    OBJECT,
    STRING,
    Either,
    EnumOf,
    Field,
    Flag,
    ListOf,
    Null,
    Record,
    Rule,
    Ruled,
    Text,
    fields,
)
from mockserver.scenarios.format.answers import BESIDE_FAILURES, FIELDS, VALUE_FIELDS, check_alternatives
from mockserver.scenarios.format.conditions import WHEN
from mockserver.scenarios.format.values import AMOUNT, one_of

_COMMON = {key: FIELDS[key] for key in ("error", "raw", *BESIDE_FAILURES)}

COUNTS = ("processing", "succeeded", "errored", "canceled", "expired")

# The model catalogue ----------------------------------------------------------------------------------------------

_COUNT = Either((AMOUNT, Null()), "a whole number from 0, or null")
_DAY = Text("a time such as 2026-11-30T00:00:00Z", null=True, pattern=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_MODEL = fields(
    id=STRING,
    type=EnumOf(("model",), "model"),
    display_name=STRING,
    created_at=Text("a time such as 2026-11-30T00:00:00Z", pattern=_DAY.pattern),
    lifecycle=one_of(("active", "deprecated", "retired")),
    line=Text("a line of models, or null", null=True),
    max_input_tokens=_COUNT,
    max_tokens=_COUNT,
    capabilities=Either((OBJECT, Null()), "a mapping, or null"),
    deprecated_at=_DAY,
    retires_at=_DAY,
    allowed_fallback_models=Either((ListOf(STRING, "a list of models"), Null()), "a list of models, or null"),
)
_LISTED = Record("a model", _MODEL, ("id",), expect="a mapping of a model, with its id")
_LIST = fields(
    data=ListOf(_LISTED, "a list of models"),
    has_more=Flag(),
    first_id=Text("an id, or null", null=True),
    last_id=Text("an id, or null", null=True),
)

# Message batches --------------------------------------------------------------------------------------------------

_MOMENT = Text("a time such as 2026-11-30T00:00:00Z, or null", null=True, pattern=_DAY.pattern)
_COUNTS = Record("the counts of a batch", fields(**dict.fromkeys(COUNTS, AMOUNT)))
_BATCH = fields(
    id=STRING,
    type=EnumOf(("message_batch",), "message_batch"),
    processing_status=one_of(("in_progress", "canceling", "ended")),
    request_counts=_COUNTS,
    ended_at=_MOMENT,
    created_at=Text("a time such as 2026-11-30T00:00:00Z", pattern=_DAY.pattern),
    expires_at=Text("a time such as 2026-11-30T00:00:00Z", pattern=_DAY.pattern),
    archived_at=_MOMENT,
    cancel_initiated_at=_MOMENT,
    results_url=Text("a URL, or null", null=True),
)
_LISTED_BATCH = Record("a batch", _BATCH, ("id",), expect="a mapping of a batch, with its id")
_BATCHES = {**_LIST, "data": Field(ListOf(_LISTED_BATCH, "a list of batches"))}


# Files ------------------------------------------------------------------------------------------------------------

_TIME = Text("a time such as 2026-11-30T00:00:00Z", pattern=_DAY.pattern)
_FILE = fields(
    id=OBJECT_ID,
    type=EnumOf(("file", "file_deleted"), "file or file_deleted"),
    filename=STRING,
    mime_type=STRING,
    size_bytes=AMOUNT,
    created_at=_TIME,
    downloadable=Flag(),
    expires_at=_DAY,
)
_FILES = fields(
    data=ListOf(Record("a file", _FILE, ("id",), expect="a mapping of a file, with its id"), "a list of files"),
    has_more=Flag(),
    first_id=Text("an id, or null", null=True),
    last_id=Text("an id, or null", null=True),
    next_page=Text("a token, or null", null=True),
)


# Skills -----------------------------------------------------------------------------------------------------------

_SKILL = fields(
    id=OBJECT_ID,
    type=Text("a type"),
    display_name=STRING,
    display_title=Text("a title, or null", null=True),
    latest_version_id=Text("an id, or null", null=True),
    latest_version=Text("a version, or null", null=True),
    source=Either((OBJECT, STRING), "a mapping with its type; a text in the beta"),
    created_at=STRING,
    updated_at=STRING,
)
_VERSION = fields(
    id=OBJECT_ID,
    type=Text("a type"),
    skill_id=STRING,
    name=STRING,
    description=STRING,
    directory=STRING,
    version=STRING,
    created_at=STRING,
)


def _list_of(record: Record, expect: str) -> dict[str, Field]:
    """The keys of a page of these."""
    return fields(data=ListOf(record, expect), next_page=Text("a token, or null", null=True), has_more=Flag())


_SKILLS = {**_list_of(Record("a skill", _SKILL, expect="a mapping of a skill"), "a list of skills"), **_SKILL}
_VERSIONS = {
    **_list_of(Record("a version", _VERSION, expect="a mapping of a version"), "a list of versions"),
    **_VERSION,
}


# User profiles ----------------------------------------------------------------------------------------------------

_PROFILE = fields(
    id=OBJECT_ID,
    type=Text("a type"),
    name=Text("a name, or null", null=True),
    access_type=one_of(("application", "passthrough")),
    metadata=OBJECT,
    external_user_details=OBJECT,
    external_id=Text("an id, or null", null=True),
    external_user_onboarded_at=_DAY,
    enforcement_status=one_of(("unrestricted", "pending", "restricted", "banned")),
    enforcement_actions=ListOf(OBJECT, "a list of actions"),
    programs=OBJECT,
    trust_grants=OBJECT,
    created_at=STRING,
    updated_at=STRING,
)
_PROFILES = {
    **_list_of(Record("a profile", _PROFILE, expect="a mapping of a profile"), "a list of profiles"),
    **_PROFILE,
}
_LINK = Record("a link", fields(type=Text("a type"), url=STRING, expires_at=STRING))


def _json(record: Record) -> dict[str, Field]:
    return {"json": Field(record)}


# All endpoints ----------------------------------------------------------------------------------------------------

# The values that replace those of the answer as it is computed. A new endpoint says them below ``json``.
VALUES: Mapping[str, Mapping[str, Field]] = {
    "messages/count_tokens": VALUE_FIELDS,
    # The list, and the batch that is created.
    "messages/batches": _json(Record("a batch or a list of batches", {**_BATCH, **_BATCHES})),
    # The batch, and what is left of one that is deleted.
    "messages/batches/{id}": _json(Record("a batch", _BATCH)),
    "messages/batches/{id}/cancel": _json(Record("a batch", _BATCH)),
    # Other rows are a ``raw`` answer.
    "messages/batches/{id}/results": {},
    "models": _json(Record("a list of models", _LIST)),
    "models/{id}": _json(Record("a model", _MODEL)),
    "files": _json(Record("a list of files, or a file", {**_FILES, **_FILE})),
    "files/{id}": _json(Record("a file", _FILE)),
    "files/{id}/content": {},
    "skills": _json(Record("a skill, or a list of them", _SKILLS)),
    "skills/{id}": _json(Record("a skill", _SKILL)),
    "skills/{id}/versions": _json(Record("a version of a skill, or a list of them", _VERSIONS)),
    "skills/{id}/versions/{version}": _json(Record("a version of a skill", _VERSION)),
    "skills/{id}/versions/{version}/content": {},
    "user_profiles": _json(Record("a user profile, or a list of them", _PROFILES)),
    "user_profiles/{id}": _json(Record("a user profile", _PROFILE)),
    "user_profiles/{id}/action_urls": _json(_LINK),
    "user_profiles/{id}/enrollment_url": _json(_LINK),
}
_KEYS: Mapping[str, Mapping[str, Field]] = {
    MESSAGES: {key: field for key, field in FIELDS.items() if key not in VALUE_FIELDS}
} | {name: {**values, **_COMMON} for name, values in VALUES.items()}
# The keys of a condition that look at something else than a conversation.
_OF_CALLS = ("headers", "version", "endpoint", "path", "method", "key", "session", "body")


def read_names(when: Any) -> tuple[str, ...]:
    """The endpoints that a condition names, by their first names, or those whose prompts they get; none when it names
    none, or one that is none.
    """
    given = when.get("endpoint") if isinstance(when, Mapping) else None
    names = given if isinstance(given, list) else [given]
    known = [BY_NAME[name] for name in names if isinstance(name, str) and name in BY_NAME]
    meant = dict.fromkeys([each.prompts_of or each.name for each in known])
    return tuple(meant) if len(known) == len(names) else ()


def is_for_messages(names: Iterable[str]) -> bool:
    """Whether a script for these endpoints says answers of messages, and nothing else."""
    return {*names} <= {MESSAGES}


def find_keys(names: Iterable[str]) -> Mapping[str, Field]:
    """The keys of an answer that mean the same at all of these endpoints."""
    first, *others = names
    return {
        key: field for key, field in _KEYS[first].items() if all(_KEYS[other].get(key) is field for other in others)
    }


def spell(names: Iterable[str]) -> str:
    """The endpoints in words."""
    return " and ".join(names)


def make_answer(names: tuple[str, ...]) -> Ruled:
    """The form of an answer at these endpoints."""
    keys = find_keys(names)
    record = Record(f"an answer of {spell(names)}", keys, expect=f"a mapping of {', '.join(keys)}")
    return Ruled(record, (Rule(check_alternatives),))


def list_unread(when: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The keys of a condition that look at a conversation, where none of the endpoints gets one."""
    has_prompt = any(BY_NAME[name].schema for name in names)
    return [] if has_prompt else [key for key in WHEN.fields if key in when and key not in _OF_CALLS]


def _write_rule(name: str) -> Mapping[str, Any]:
    """The part of an editor's schema that holds the answers of a scenario for one endpoint to its keys."""
    asked = {"enum": [each for each, endpoint in BY_NAME.items() if endpoint.name == name]}
    answer = {"type": "object", "propertyNames": {"enum": [*_KEYS[name]]}}
    when = {"type": "object", "required": ["endpoint"], "properties": {"endpoint": asked}}
    scripts = {"reply": answer, **{key: {"items": answer} for key in ("turns", "calls")}}
    return {"if": {"required": ["when"], "properties": {"when": when}}, "then": {"properties": scripts}}


# The loader checks this by ``make_answer``, with complaints of its own.
HELD_TO_KEYS = Rule(lambda *_: None, {"allOf": [_write_rule(name) for name in VALUES]})
