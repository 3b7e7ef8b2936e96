"""Contract checks as plain functions, for those who test a gateway or an adapter of their own.

    from mockserver.contract import validate_request, validate_response, validate_stream

Each returns the problems found, an empty list when there is none, and raises nothing for bad input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema_rs
import orjson

from mockserver import schemas
from mockserver.call import VERSIONS
from mockserver.validation import Checker
from mockserver.wires import WIRES

__all__ = ["Violation", "validate_request", "validate_response", "validate_stream"]


@dataclass(frozen=True)
class Violation:
    """One breach of the contract.

    ``path`` leads to the value ("content.0.text"; "" is the whole), ``rule`` names what it breaks, ``source`` where
    the rule comes from.
    """

    message: str
    path: str = ""
    rule: str = "schema"
    source: str = "SDK types and recorded exchanges"

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def validate_request(
    body: Mapping[str, Any] | bytes | str,
    *,
    version: str = VERSIONS[-1],
    betas: Iterable[str] = (),
    model: str | None = None,
    endpoint: str = "messages",
    profile: str = "anthropic",
) -> list[Violation]:
    """What the API would refuse in a request body: its first complaint, in its own words.

    Args:
        body: the body, parsed or as bytes.
        version: the ``anthropic-version``; ``2023-06-01`` or ``2026-10-21``.
        betas: values of the ``anthropic-beta`` header.
        model: checks the body as if it named this model.
        endpoint: ``messages``, ``count_tokens`` or ``batches``.
        profile: ``anthropic`` refuses unknown and retired models, ``relay`` takes any.
    """
    if version not in VERSIONS:
        return [Violation(f"{version!r} is no API version: there are {' and '.join(VERSIONS)}", rule="version")]
    if model is not None and isinstance(body, Mapping):
        body = {**body, "model": model}
    data = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else orjson.dumps(body)
    finding = Checker(profile).check(data, endpoint, version, frozenset(betas)).finding
    if finding is None:
        return []
    return [Violation(finding.message, finding.path, finding.rule, finding.source)]


def validate_response(message: Mapping[str, Any], *, beta: bool = False) -> list[Violation]:
    """Where a message differs from what the API answers with a 200: keys missing or unknown, values out of range,
    blocks that do not fit each other.

    Args:
        message: the parsed body.
        beta: whether blocks and keys that need a beta header may appear.
    """
    validator = schemas.response_validator("beta_message" if beta else "message")
    found = [_violation(error) for error in validator.iter_errors(_plain(message))]
    return found or [Violation(text, path, rule) for rule, path, text in _incoherent(message)]


def validate_stream(
    events: Iterable[Mapping[str, Any] | tuple[str, Mapping[str, Any]]] | bytes | str, *, beta: bool = False
) -> list[Violation]:
    """Where a stream differs from what the API sends: each event, their order, and the message they add up to.

    Args:
        events: the raw stream as received, or its events: the data of each, or pairs of name and data.
        beta: whether blocks and keys that need a beta header may appear.
    """
    try:
        pairs = list(_pairs(events))
    except ValueError as error:
        return [Violation(str(error), rule="sse")]
    validator = schemas.response_validator("beta_stream_event" if beta else "stream_event")
    found: list[Violation] = []
    for index, (name, data) in enumerate(pairs):
        if name != data.get("type"):
            found.append(Violation(f"the event is named {name!r}, its data {data.get('type')!r}", str(index), "sse"))
        found += [_violation(error, str(index)) for error in validator.iter_errors(_plain(data))]
    if found:
        return found
    try:
        message = WIRES["messages"].fold([data for _, data in pairs])
    except ValueError as error:
        return [Violation(str(error), rule="grammar")]
    return validate_response(message, beta=beta)


def _plain(value: Mapping[str, Any]) -> Any:
    return orjson.loads(orjson.dumps(value))


def _violation(error: jsonschema_rs.ValidationError, before: str = "") -> Violation:
    path = ".".join(str(part) for part in (*([before] if before else ()), *error.instance_path))
    return Violation(error.message[:500], path)


def _incoherent(message: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What no schema can say: rule, path and text of each."""
    content, usage = message["content"], message["usage"]
    kinds = [block["type"] for block in content]
    if message["stop_reason"] == "tool_use" and "tool_use" not in kinds:
        yield "stop_reason", "stop_reason", "is tool_use, but content holds no tool_use block"
    if message["stop_reason"] == "end_turn" and "tool_use" in kinds:
        yield "stop_reason", "stop_reason", "is end_turn, but content holds a tool_use block"
    if (message["stop_reason"] == "refusal") != (message.get("stop_details") is not None):
        yield "stop_details", "stop_details", "is an object exactly when stop_reason is refusal"
    if (message["stop_reason"] == "stop_sequence") != (message["stop_sequence"] is not None):
        yield "stop_sequence", "stop_sequence", "is a string exactly when stop_reason is stop_sequence"
    ids = [block["id"] for block in content if "id" in block]
    if len(ids) != len(set(ids)):
        yield "ids", "content", "holds one id twice"
    created = usage.get("cache_creation") or {}
    if sum(created.values()) != usage.get("cache_creation_input_tokens", 0) and created:
        yield "usage", "usage.cache_creation", "does not add up to cache_creation_input_tokens"
    thought = (usage.get("output_tokens_details") or {}).get("thinking_tokens", 0)
    if thought > usage["output_tokens"]:
        yield "usage", "usage.output_tokens_details", "says more thinking tokens than there are output tokens"


def _pairs(
    events: Iterable[Mapping[str, Any] | tuple[str, Mapping[str, Any]]] | bytes | str,
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(events, (bytes, str)):
        yield from _parsed(events.encode() if isinstance(events, str) else events)
        return
    for event in events:
        if isinstance(event, Mapping):
            yield str(event.get("type")), event
        else:
            yield event[0], event[1]


def _parsed(raw: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The events of a raw stream, strictly as the API writes them: an event line, a data line, an empty line."""
    if b"\r" in raw:
        raise ValueError("the stream has carriage returns; the API ends lines with line feeds only")
    *frames, rest = raw.split(b"\n\n")
    if rest:
        raise ValueError(f"the stream ends inside an event: {_excerpt(rest)}")
    for index, frame in enumerate(frames):
        first, _, second = frame.partition(b"\n")
        if not first.startswith(b"event: ") or not second.startswith(b"data: ") or b"\n" in second:
            raise ValueError(f"event {index} is not an event line and a data line: {_excerpt(frame)}")
        try:
            data = orjson.loads(second[6:])
        except orjson.JSONDecodeError as error:
            raise ValueError(f"the data of event {index} is not JSON ({error}): {_excerpt(second)}") from error
        if not isinstance(data, dict):
            raise ValueError(f"the data of event {index} is not an object: {_excerpt(second)}")
        yield first[7:].decode(errors="replace"), data


def _excerpt(raw: bytes) -> str:
    text = raw.decode(errors="replace")
    return repr(text if len(text) <= 80 else text[:80] + "…")
