"""Builds an ``Answer`` from the mapping in a script, once that is checked and its placeholders are filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.blocks.shorthand import as_text
from mockserver.records.reply import Answer, Fault, Pace
from mockserver.scenarios.answering.blocks import build_blocks, build_content
from mockserver.scenarios.format.answers import VALUE_FIELDS, without_switched_off
from mockserver.scenarios.format.shorthands import SHORTHANDS


def build(answer: Mapping[str, Any], faults: tuple[Fault, ...], pace: Pace | None) -> Answer:
    """The answer for the mapping of a ``reply``, or of an item of ``turns`` or ``calls``."""
    answer = without_switched_off(answer)
    headers = build_headers(answer.get("headers"))
    if "error" in answer:
        return Answer("error", error=_build_error(answer["error"]), headers=headers, faults=faults, pace=pace)
    if "raw" in answer:
        return Answer("raw", raw=_build_raw(answer["raw"]), headers=headers, faults=faults, pace=pace)
    content = build_content(answer["content"]) if "content" in answer else tuple(build_blocks(answer))
    stop_reason, stop_details = _find_stop(answer)
    return Answer(
        kind=_find_kind(answer, stop_details),
        content=content,
        stop_reason=stop_reason,
        stop_sequence=answer.get("stop_sequence"),
        stop_details=stop_details,
        usage=answer.get("usage") or {},
        model=answer.get("model"),
        id=as_text(answer["id"]) if answer.get("id") is not None else None,
        container=_build_container(answer.get("container")),
        extra=answer.get("extra") or {},
        headers=headers,
        generate=_find_options(answer),
        enforce_limits=answer.get("enforce_limits"),
        faults=faults,
        pace=pace,
    )


def build_value(answer: Mapping[str, Any], faults: tuple[Fault, ...], pace: Pace | None) -> Answer:
    """The answer of an endpoint whose answers are no messages: values of the one that is computed, or a failure."""
    if answer.keys() & {"error", "raw"}:
        return build(answer, faults, pace)
    values = {**(answer.get("json") or {}), **{key: answer[key] for key in VALUE_FIELDS if key in answer}}
    return Answer("value", value=values, headers=build_headers(answer.get("headers")), faults=faults, pace=pace)


def _find_kind(answer: Mapping[str, Any], stop_details: Any) -> str:
    if answer.get("echo"):
        return "echo"
    # An answer without content is left to the generator: {fault: disconnect} breaks a generated answer.
    has_content = answer.keys() & {"content", *SHORTHANDS} or stop_details is not None
    return "message" if has_content else "generate"


def _find_options(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    options = answer.get("generate")
    return options if isinstance(options, dict) else {}


def _find_stop(answer: Mapping[str, Any]) -> tuple[str | None, Mapping[str, Any] | None]:
    """The stop reason and details; None when the content implies them."""
    if (refusal := answer.get("refusal")) is not None:
        if not isinstance(refusal, dict):
            refusal = {"category": refusal if isinstance(refusal, str) else None}
        details = {"type": "refusal", "category": None, "explanation": None, **refusal}
        return answer.get("stop_reason", "refusal"), answer.get("stop_details", details)
    if answer.get("pause_turn"):
        return "pause_turn", answer.get("stop_details")
    implied = "stop_sequence" if answer.get("stop_sequence") is not None else None
    return answer.get("stop_reason", implied), answer.get("stop_details")


def _build_container(value: Any) -> Mapping[str, Any] | None:
    return {"id": value} if isinstance(value, str) else value


def _build_error(value: Any) -> Mapping[str, Any]:
    """The fields of an error. A type or a status alone is an error too; composing adds the rest."""
    if isinstance(value, dict):
        return {**value, "headers": build_headers(value.get("headers"))}
    return {"status": value} if isinstance(value, int) else {"type": value}


def _build_raw(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """Status, headers and body bytes; the content type follows the body unless it is given."""
    if "json" in value:
        body, media_type = orjson.dumps(value["json"]), "application/json"
    else:
        text = value.get("body", "")
        body = text if isinstance(text, bytes) else as_text(text).encode()
        is_page = body.lstrip()[:1] == b"<"
        subtype = "html" if is_page else "event-stream" if value.get("stream") else "plain"
        media_type = f"text/{subtype}; charset=utf-8"
    headers = {"content-type": media_type, **build_headers(value.get("headers"))}
    stream = {"stream": value["stream"]} if "stream" in value else {}
    return {"status": value.get("status", 200), "headers": headers, "body": body, **stream}


def build_headers(headers: Mapping[str, Any] | None) -> dict[str, str]:
    """Headers as the server keeps them: names in lower case, values as texts."""
    return {name.lower(): as_text(value) for name, value in (headers or {}).items()}
