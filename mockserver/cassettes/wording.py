"""Finds the words of a recorded answer: the shortest that are proved to say what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from mockserver.cassettes.items import Item, Said, merge, say_blocks
from mockserver.cassettes.material import Material
from mockserver.cassettes.proving import Words, compose_words, find_differences, is_same
from mockserver.endpoints.parts import Parts
from mockserver.records.reply import Reply

# Counts that are always said, those of the prompt cache where there is one.
_COUNTS = ("input_tokens", "output_tokens")
_CACHED = ("cache_creation_input_tokens", "cache_read_input_tokens")
# The order in which an answer is written, behind its content.
_ORDER = (
    "stop_reason",
    "stop_sequence",
    "stop_details",
    "refusal",
    "pause_turn",
    "model",
    "container",
    "extra",
    "usage",
)
# So often what composing says otherwise is put right.
_MOST_REPAIRS = 4
# Where the beginnings of placeholders stand in a text that is none.
_PLACEHOLDERS = ("{{", "{%", "{#")


def find_message_words(material: Material, parts: Parts) -> Words | None:
    """The words of a message; None when none of them say exactly what was recorded."""
    message = material.message
    if message is None or material.exchange.response.status != 200:
        return None
    for content in _list_contents(material, message):
        words = _repair(content, message, material, parts)
        if words is not None:
            return words
    return None


def mark_literal(words: Words) -> Words:
    """The words, with a key that says so where their texts look like placeholders."""
    written = orjson.dumps(words).decode()
    return {**words, "literal": True} if any(mark in written for mark in _PLACEHOLDERS) else words


def _list_contents(material: Material, message: Mapping[str, Any]) -> Iterator[Item]:
    """The ways to say the content: in shorthands, the shortest first, and as blocks."""
    content = message["content"]
    if not content:
        yield {"content": []}
        return
    config = material.prompt.body.get("output_config")
    wants_json = bool(
        material.prompt.body.get("output_format") or (isinstance(config, Mapping) and config.get("format"))
    )
    said = say_blocks(content, wants_json=wants_json)
    shortest = [_shorten_citations(_leave_signature(each)) for each in said]
    forms = [shortest, said] if shortest != said else [said]
    for form in forms:
        whole = merge(form)
        if whole is not None:
            yield whole
    for form in forms:
        yield {"content": [_say_item(each) for each in form]}
    yield {"content": [*content]}


def _say_item(said: Said) -> Any:
    return said.item["text"] if said.is_short and said.item.keys() == {"text"} else said.item


def _leave_signature(said: Said) -> Said:
    """A thought without its signature, which the recording beside the words gives it."""
    thought = said.item.get("thinking") if said.is_short else None
    if not isinstance(thought, Mapping) or thought.keys() != {"thinking", "signature"}:
        return said
    return Said({"thinking": thought["thinking"]})


def _shorten_citations(said: Said) -> Said:
    """An item whose citations say only what composing does not fill in."""
    citations = said.item.get("citations")
    if not said.is_short or not isinstance(citations, list):
        return said
    short = [
        {key: value for key, value in each.items() if key not in ("type", "title", "document_title")}
        for each in citations
    ]
    return Said({**said.item, "citations": short})


def _repair(content: Item, message: Mapping[str, Any], material: Material, parts: Parts) -> Words | None:
    """The words of a content with what composing would say otherwise; None when that cannot be said."""
    words: Words = {**content, "usage": _say_usage(message, material)}
    for _ in range(_MOST_REPAIRS):
        words = mark_literal(_order(words))
        outcome = compose_words(words, material, parts)
        if not isinstance(outcome, Reply):
            return None
        if is_same(outcome, material):
            return words
        repaired = _say_differences(words, outcome.message, message)
        if repaired == words:
            return None
        words = repaired
    return None


def _say_usage(message: Mapping[str, Any], material: Material) -> dict[str, Any]:
    usage: Mapping[str, Any] = message["usage"]
    has_cache = any(usage.get(key) for key in _CACHED) or b"cache_control" in material.exchange.request.body
    keys = (*_COUNTS, *(_CACHED if has_cache else ()))
    return {key: usage[key] for key in keys if key in usage}


def _say_differences(words: Words, made: Mapping[str, Any], recorded: Mapping[str, Any]) -> Words:
    differing = find_differences(made, recorded)
    if "content" in differing:
        # The limits of the request cut it, by another count than the API's.
        return {**words, "enforce_limits": False}
    for key in differing:
        if key in recorded:
            words = REPAIRS.get(key, _say_extra(key))(words, made, recorded)
    return words


Repair = Callable[[Words, Mapping[str, Any], Mapping[str, Any]], Words]


def _say_extra(key: str) -> Repair:
    return lambda words, _, recorded: {**words, "extra": {**words.get("extra", {}), key: recorded[key]}}


def _say_model(words: Words, _: Mapping[str, Any], recorded: Mapping[str, Any]) -> Words:
    return {**words, "model": recorded["model"]}


def _say_counts(words: Words, made: Mapping[str, Any], recorded: Mapping[str, Any]) -> Words:
    differing = find_differences(made["usage"], recorded["usage"])
    said = {key: recorded["usage"][key] for key in differing if key in recorded["usage"]}
    return {**words, "usage": {**words["usage"], **said}}


def _say_container(words: Words, made: Mapping[str, Any], recorded: Mapping[str, Any]) -> Words:
    container = recorded["container"]
    if not isinstance(container, Mapping):
        return _say_extra("container")(words, made, recorded)
    said = {key: value for key, value in container.items() if key != "expires_at"}
    return {**words, "container": said["id"] if said.keys() == {"id"} else said}


def _say_stop(words: Words, _: Mapping[str, Any], recorded: Mapping[str, Any]) -> Words:
    reason, details = recorded["stop_reason"], recorded.get("stop_details")
    if reason == "refusal" and isinstance(details, Mapping):
        said = {key: value for key, value in details.items() if key != "type" and value is not None}
        return {**words, "refusal": said["category"] if said.keys() == {"category"} else said or True}
    if reason == "pause_turn":
        return {**words, "pause_turn": True}
    if reason == "stop_sequence" and isinstance(recorded.get("stop_sequence"), str):
        return {**words, "stop_sequence": recorded["stop_sequence"]}
    return {**words, "stop_reason": reason} if isinstance(reason, str) else words


def _say_stop_details(words: Words, _: Mapping[str, Any], recorded: Mapping[str, Any]) -> Words:
    if "refusal" in words or not isinstance(recorded["stop_details"], Mapping):
        return words
    return {**words, "stop_details": recorded["stop_details"]}


# How a script says what composing says otherwise, by the key of the message; other keys are said as ``extra``.
REPAIRS: Mapping[str, Repair] = {
    "model": _say_model,
    "usage": _say_counts,
    "container": _say_container,
    "stop_reason": _say_stop,
    "stop_sequence": _say_stop,
    "stop_details": _say_stop_details,
}


def _order(words: Words) -> Words:
    behind = [key for key in _ORDER if key in words]
    return {**{key: value for key, value in words.items() if key not in behind}, **{key: words[key] for key in behind}}
