"""Checks of the texts and thoughts of an answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from mockserver.blocks import BLOCKS
from mockserver.validation.answers.exchange import Exchange, Flaw, as_mapping
from mockserver.validation.answers.schemas import describe_breach

THOUGHTS = tuple(kind for kind, row in BLOCKS.items() if row.is_thought)


def json_fits(exchange: Exchange) -> Iterator[Flaw]:
    """The text is JSON, valid for the schema of ``output_config.format``; nothing is asked of an answer that is not
    finished, since it calls tools, was cut or paused.
    """
    schema = _find_schema(exchange.prompt.body)
    if schema is None or exchange.message.get("stop_reason") != "end_turn":
        return
    texts = [(path, block.get("text")) for path, block in exchange.find("text")]
    if not texts:
        return
    path = f"{texts[-1][0]}.text"
    value = _read_json([str(text) for _, text in texts])
    if value is None:
        yield path, "the request asks for JSON (output_config.format), but the text is none"
    elif found := describe_breach(schema, value[0]):
        place = f"{found[0][1:]}: " if found[0] else ""
        yield path, f"the schema of output_config.format: {place}{found[1]}"


def _find_schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    # ``output_format`` is its name of 2025.
    for wanted in (as_mapping(body.get("output_config")).get("format"), body.get("output_format")):
        found = as_mapping(wanted)
        if found.get("type") == "json_schema" and isinstance(found.get("schema"), Mapping):
            return as_mapping(found["schema"])
    return None


def _read_json(texts: list[str]) -> tuple[Any] | None:
    """The JSON of all texts together, else of the last one: those before server tools are prose."""
    return _parse("".join(texts)) or _parse(texts[-1])


def _parse(text: str) -> tuple[Any] | None:
    try:
        return (orjson.loads(text),)
    except orjson.JSONDecodeError:
        return None


def thinking_was_asked(exchange: Exchange) -> Iterator[Flaw]:
    """Thoughts come only where the request or its model's default turns thinking on.

    Not said of an answer of several models, whose requests may differ.
    """
    thought = next((path for path, _ in exchange.find(*THOUGHTS)), None)
    reason = _find_silence(exchange) if thought else ""
    if thought and reason and not any(exchange.find("fallback")):
        yield thought, f"is a thought, but {reason}"


def _find_silence(exchange: Exchange) -> str:
    """Why the model does not think; "" when it may."""
    asked, model = exchange.prompt.thinking, exchange.model
    # Nobody knows of other models; gateways turn thinking on by the ending of a name.
    if not asked and (not model.known or exchange.prompt.model.endswith("-thinking")):
        return ""
    if not asked:
        unasked = f"the request has no thinking, and {model.id} does not think by itself"
        return unasked if model.thinking_default == "off" else ""
    if asked == "disabled":
        return "the request disables thinking"
    if asked == "between_tools" and not exchange.prompt.tool_results:
        return "the request asks for thinking between tools, and no tool result came before"
    return ""
