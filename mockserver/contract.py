"""Contract checks as plain functions, for tests of a gateway or an adapter.

    from mockserver.contract import validate_request, validate_response, validate_stream

Each returns the problems found, an empty list when there is none, and raises nothing for bad input.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jsonschema_rs
import orjson
from msgspec import Struct

from mockserver import auth
from mockserver.blocks.counting import count_request
from mockserver.records.call import VERSIONS, Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.masks import show_value
from mockserver.records.settings import PROFILES, Settings, check_choice
from mockserver.reference import catalog, schemas
from mockserver.validation import Checker, Lookups
from mockserver.wires import WIRES

__all__ = ["Violation", "validate_request", "validate_response", "validate_stream"]

# JSON values, or objects of the official SDK in their place.
Object = Any
Events = Iterable[Object | tuple[str, Object]] | bytes | str

ENDPOINTS = ("messages", "count_tokens", "batches")
WIRE = WIRES["messages"]


class Violation(Struct, frozen=True):
    """One breach of the contract.

    ``path`` leads to the value ("content.0.text"; "" is the whole), ``rule`` names the rule that it breaks, ``source``
    the place where that rule comes from.
    """

    message: str
    path: str = ""
    rule: str = "schema"
    source: str = "SDK types and recorded exchanges"

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class NotJsonError(ValueError):
    """A value that JSON cannot express."""


class NoStreamError(ValueError):
    """Bytes or objects that are no stream of events."""


def validate_request(
    body: Object | bytes | str,
    version: str | None = VERSIONS[-1],
    betas: Iterable[str] = (),
    model: str | None = None,
    *,
    endpoint: str = "messages",
    profile: str = "anthropic",
) -> list[Violation]:
    """Find what the API would refuse in a request: its first complaint, in its own words.

    Args:
        body: the body, parsed or as text; may hold objects of the official SDK, as its ``create`` takes them.
        version: the ``anthropic-version``; ``2023-06-01`` or ``2026-10-21``; None: the header is missing.
        betas: values of the ``anthropic-beta`` header.
        model: checks the body as if it named this model; None: the one it names.
        endpoint: ``messages``, ``count_tokens`` or ``batches``.
        profile: ``anthropic`` refuses unknown models, versions and betas, ``relay`` takes any.

    Raises:
        TypeError: version or betas are no texts.
        ValueError: there is no such endpoint or profile.
    """
    if endpoint not in ENDPOINTS:
        raise ValueError(f"endpoint: expected {', '.join(ENDPOINTS)}, got {show_value(endpoint)}")
    check_choice("profile", PROFILES, profile)
    headers = _make_headers(version, betas)
    try:
        call = Call("POST", f"/v1/{endpoint}", headers, _encode(body, model))
        finding = _find_refusal(call, endpoint, profile)
    except NotJsonError as error:
        return [Violation(f"the body is no JSON: {error}", rule="json")]
    except ApiError as error:
        finding = error.finding
    return [Violation(finding.message, finding.path, finding.rule, finding.source)] if finding else []


def validate_response(message: Object | bytes | str, *, beta: bool = False) -> list[Violation]:
    """Find where a message differs from the one in a 200 of the API: keys missing or unknown, values out of range,
    blocks that do not fit each other.

    Args:
        message: the body, parsed or as text, or the message of the official SDK.
        beta: whether blocks and keys that need a beta header may appear.
    """
    validator = schemas.response_validator(WIRE.schemas.beta_message if beta else WIRE.schemas.message)
    try:
        plain = orjson.loads(_encode(message))
    except (NotJsonError, orjson.JSONDecodeError) as error:
        return [Violation(f"the message is no JSON: {error}", rule="json")]
    found = [_make_violation(error) for error in validator.iter_errors(plain)]
    return found or [Violation(text, path, rule) for rule, path, text in _find_inconsistencies(plain)]


def validate_stream(events: Events, *, beta: bool = False) -> list[Violation]:
    """Find where a stream differs from the API's: each event, their order, and the message they add up to.

    Args:
        events: the raw stream as received, or its events: the data of each, or pairs of name and data.
        beta: whether blocks and keys that need a beta header may appear.
    """
    try:
        pairs = list(_read_events(events))
    except NotJsonError as error:
        return [Violation(f"an event is no JSON: {error}", rule="json")]
    except NoStreamError as error:
        return [Violation(str(error), rule="sse")]
    found = list(_find_broken_events(pairs, beta=beta))
    if found:
        return found
    try:
        message = WIRE.fold([data for _, data in pairs])
    except ValueError as error:
        return [Violation(str(error), rule="grammar")]
    # A stream tells the cache's parts at its start, and their sum at its end (source: recorded).
    return [found for found in validate_response(message, beta=beta) if found.path != "usage.cache_creation"]


def _make_headers(version: str | None, betas: Iterable[str]) -> dict[str, str]:
    if version is not None and not isinstance(version, str):
        raise TypeError(f"version: expected a text such as {VERSIONS[-1]!r}, or None, got {show_value(version)}")
    if isinstance(betas, str) or not isinstance(betas, Iterable):
        raise TypeError(f"betas: expected a list of texts, got {show_value(betas)}")
    betas = tuple(betas)
    if not all(isinstance(beta, str) for beta in betas):
        raise TypeError(f"betas: expected a list of texts, got {show_value(betas)}")
    sent = {"x-api-key": "any", "anthropic-version": version, "anthropic-beta": ", ".join(betas) or None}
    return {name: value for name, value in sent.items() if value is not None}


def _find_refusal(call: Call, endpoint: str, profile: str) -> Finding | None:
    settings = Settings(profile=profile)
    auth.authenticate(call, settings)
    lookups = Lookups(count=lambda body: count_request(body, catalog.lookup(str(body.get("model", "")))))
    version = auth.api_version(call, settings)
    return Checker(profile).check(call.body, endpoint, version, call.betas, lookups, headers=call.headers).finding


def _find_broken_events(pairs: list[tuple[str, Any]], *, beta: bool) -> Iterator[Violation]:
    validator = schemas.response_validator(WIRE.schemas.beta_event if beta else WIRE.schemas.event)
    for index, (name, data) in enumerate(pairs):
        if isinstance(data, dict) and name != data.get("type"):
            yield Violation(f"the event is named {name!r}, its data {data.get('type')!r}", str(index), "sse")
        yield from (_make_violation(error, str(index)) for error in validator.iter_errors(data))


def _encode(body: Object | bytes | str, model: str | None = None) -> bytes:
    """Encode the body as it is sent; text that is no JSON stays as it is, so that the checks report it."""
    data = _encode_text(body) if isinstance(body, str) else body if isinstance(body, bytes) else _dump(body)
    if model is None:
        return data
    try:
        parsed = orjson.loads(data)
    except orjson.JSONDecodeError:
        return data
    return _dump({**parsed, "model": model}) if isinstance(parsed, dict) else data


def _encode_text(text: str) -> bytes:
    """Encode the text in UTF-8; half a surrogate pair becomes invalid UTF-8, which the checks report."""
    return text.encode(errors="surrogatepass")


def _dump(value: Object) -> bytes:
    try:
        return orjson.dumps(value, default=_to_json_value, option=orjson.OPT_NON_STR_KEYS)
    except orjson.JSONEncodeError as error:
        raise NotJsonError(str(error)) from error


def _to_json_value(value: Any) -> Any:
    """A model of the official SDK as JSON values, without the fields that were not sent; any mapping as a dict."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _make_violation(error: jsonschema_rs.ValidationError, before: str = "") -> Violation:
    path = ".".join(str(part) for part in (*([before] if before else ()), *error.instance_path))
    return Violation(error.message[:500], path)


def _find_inconsistencies(message: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Find what no schema can express: rule, path and text of each."""
    content, usage = message["content"], message["usage"]
    kinds = [block["type"] for block in content]
    if "fallback" in kinds:
        # What a model began before it declined is not what the answer ends with.
        kinds = kinds[len(kinds) - kinds[::-1].index("fallback") :]
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


def _read_events(events: Events) -> Iterator[tuple[str, Any]]:
    """The name and the data of each event."""
    if isinstance(events, (bytes, str)):
        yield from _parse_stream(_encode_text(events) if isinstance(events, str) else events)
        return
    if not isinstance(events, Iterable):
        raise NotJsonError(f"{type(events).__name__!r} object is not iterable")
    for event in events:
        if isinstance(event, tuple) and len(event) != 2:
            raise NoStreamError(f"expected pairs of name and data, got {len(event)} values")
        name, data = event if isinstance(event, tuple) else (None, event)
        plain = orjson.loads(_dump(data))
        yield str(plain.get("type") if name is None and isinstance(plain, dict) else name), plain


def _parse_stream(raw: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The events of a raw stream, strictly as the API writes them: an event line, a data line, an empty line."""
    if b"\r" in raw:
        raise NoStreamError("the stream has carriage returns; the API ends lines with line feeds only")
    *frames, rest = raw.split(b"\n\n")
    if rest:
        raise NoStreamError(f"the stream ends inside an event: {_shorten(rest)}")
    for index, frame in enumerate(frames):
        first, _, second = frame.partition(b"\n")
        if not first.startswith(b"event: ") or not second.startswith(b"data: ") or b"\n" in second:
            raise NoStreamError(f"event {index} is not an event line and a data line: {_shorten(frame)}")
        yield first[7:].decode(errors="replace"), _parse_data(index, second)


def _parse_data(index: int, line: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(line[6:])
    except orjson.JSONDecodeError as error:
        raise NoStreamError(f"the data of event {index} is not JSON ({error}): {_shorten(line)}") from error
    if not isinstance(data, dict):
        raise NoStreamError(f"the data of event {index} is not an object: {_shorten(line)}")
    return data


def _shorten(raw: bytes) -> str:
    text = raw.decode(errors="replace")
    return repr(text if len(text) <= 80 else text[:80] + "…")
