"""Builds an ``Answer`` of the keys of a scripted one, once they are checked and their placeholders filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.records.reply import Answer, Fault, Pace
from mockserver.scenarios.answering.blocks import SHORTHANDS, as_text, blocks_of, content_of
from mockserver.scenarios.format.answers import without_switched_off


def build(given: Mapping[str, Any], faults: tuple[Fault, ...], pace: Pace | None) -> Answer:
    """The answer for the keys of a ``reply``, or of an item of ``turns`` or ``calls``."""
    given = without_switched_off(given)
    headers = _headers(given.get("headers"))
    if "error" in given:
        return Answer("error", error=_error(given["error"]), headers=headers, faults=faults, pace=pace)
    if "raw" in given:
        return Answer("raw", raw=_raw(given["raw"]), headers=headers, faults=faults, pace=pace)
    content = content_of(given["content"]) if "content" in given else tuple(blocks_of(given))
    stop_reason, stop_details = _stop(given)
    return Answer(
        kind=_kind(given, stop_details),
        content=content,
        stop_reason=stop_reason,
        stop_sequence=given.get("stop_sequence"),
        stop_details=stop_details,
        usage=given.get("usage") or {},
        model=given.get("model"),
        container=_container(given.get("container")),
        extra=given.get("extra") or {},
        headers=headers,
        generate=_options(given),
        faults=faults,
        pace=pace,
    )


def _kind(given: Mapping[str, Any], stop_details: Any) -> str:
    if given.get("echo"):
        return "echo"
    # An answer without content is left to the generator: {fault: disconnect} breaks a generated answer.
    has_content = given.keys() & {"content", *SHORTHANDS} or stop_details is not None
    return "message" if has_content else "generate"


def _options(given: Mapping[str, Any]) -> Mapping[str, Any]:
    options = given.get("generate")
    return options if isinstance(options, dict) else {}


def _stop(given: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any] | None]:
    """The stop reason and details; None when the content implies them."""
    if (refusal := given.get("refusal")) is not None:
        if not isinstance(refusal, dict):
            refusal = {"category": refusal if isinstance(refusal, str) else None}
        details = {"type": "refusal", "category": None, "explanation": None, **refusal}
        return given.get("stop_reason", "refusal"), given.get("stop_details", details)
    if given.get("pause_turn"):
        return "pause_turn", given.get("stop_details")
    implied = "stop_sequence" if given.get("stop_sequence") is not None else None
    return given.get("stop_reason", implied), given.get("stop_details")


def _container(given: Any) -> Mapping[str, Any] | None:
    return {"id": given} if isinstance(given, str) else given


def _error(given: Any) -> Mapping[str, Any]:
    """A type or a status alone is an error too; composing settles the rest."""
    if isinstance(given, dict):
        return {**given, "headers": _headers(given.get("headers"))}
    return {"status": given} if isinstance(given, int) else {"type": given}


def _raw(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Status, headers and body bytes; the content type follows the body unless it is given."""
    if "json" in given:
        body, media_type = orjson.dumps(given["json"]), "application/json"
    else:
        text = given.get("body", "")
        body = text if isinstance(text, bytes) else as_text(text).encode()
        is_page = body.lstrip()[:1] == b"<"
        media_type = "text/html; charset=utf-8" if is_page else "text/plain; charset=utf-8"
    headers = {"content-type": media_type, **_headers(given.get("headers"))}
    return {"status": given.get("status", 200), "headers": headers, "body": body}


def _headers(given: Mapping[str, Any] | None) -> dict[str, str]:
    """Headers as the server keeps them: names in lower case, values as texts."""
    return {name.lower(): as_text(value) for name, value in (given or {}).items()}
