"""Proves that the words of an answer say what was recorded: the server's own engine makes an answer of them."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from msgspec.structs import replace

from mockserver import compose, scenarios
from mockserver.cassettes.emitting import emit
from mockserver.cassettes.material import Material
from mockserver.endpoints.parts import Parts
from mockserver.records.endpoints import MESSAGES
from mockserver.records.errors import ScenarioError
from mockserver.records.masks import show_text
from mockserver.records.reply import Answer, Failure, Reply, ScriptOutcome
from mockserver.wires import WIRES

Words = Mapping[str, Any]
LOGGER = logging.getLogger("mockserver")
# Keys whose values are new with each answer.
_IDS = ("id", "tool_use_id", "tool_id", "request_id")
_TIMES = ("expires_at", "retrieved_at")
# So many streams of a reply are looked at: by chance they are cut in different ways.
_STREAMS = 3


def compose_words(words: Words, material: Material, parts: Parts) -> ScriptOutcome | None:
    """What the server answers to the recorded request, when a script says these words; None when they are no answer."""
    answer = _compile(words)
    if answer is None:
        return None
    lookup = parts.fixtures.catalogue.lookup
    prompt = material.prompt.seen
    context = compose.Context(lookup(prompt.model), parts.signer, at=material.exchange.at, lookup=lookup)
    try:
        return compose.compose(replace(answer, recorded=material.exchange), prompt, context)
    except ScenarioError:
        return None
    except Exception:
        # Of 1,099 recorded exchanges none comes here. What was recorded is kept all the same, without words.
        LOGGER.error("an answer could not be put into words\n%s", show_text(traceback.format_exc()))
        return None


def _compile(words: Words) -> Answer | None:
    """The answer of a script, by way of the YAML that is written into the file."""
    written = {key: value for key, value in words.items() if key not in ("recorded", "times")}
    try:
        read = scenarios.parse(emit({"scenarios": [{"reply": written}]}), "cassette")
    except ScenarioError:
        return None
    return read[0].steps[0].constant


def is_same(outcome: ScriptOutcome | None, material: Material) -> bool:
    """Whether an outcome is what was recorded: whole, and as a stream where that was one."""
    if isinstance(outcome, Failure):
        return _is_same_failure(outcome, material)
    if not isinstance(outcome, Reply) or material.message is None or outcome.files:
        return False
    if _dump(outcome.message) != _dump(material.message):
        return False
    return material.events is None or _is_same_stream(outcome, material.events)


def find_differences(message: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[str]:
    """The keys of a message whose values are not those that were recorded."""
    keys = [*recorded, *(key for key in message if key not in recorded)]
    return [key for key in keys if _dump(_take(message, key)) != _dump(_take(recorded, key))]


def _take(message: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return {key: message[key]} if key in message else {}


def _is_same_failure(failure: Failure, material: Material) -> bool:
    body, response = material.read_json(), material.exchange.response
    if failure.status != response.status or not isinstance(body, dict):
        return False
    made = orjson.loads(WIRES[MESSAGES].error(failure, "req"))
    return _dump(_without_request(made)) == _dump(_without_request(body))


def _without_request(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Whether an error names its request depends on when it was recorded."""
    return {key: value for key, value in body.items() if key != "request_id"}


def _is_same_stream(reply: Reply, recorded: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all streams of a reply, however they are cut into deltas, have the grammar of the recorded one."""
    outline = [*_outline(recorded)]
    streams = (WIRES[MESSAGES].unfold(replace(reply, seed=seed)) for seed in range(_STREAMS))
    return all([*_outline([event.data for event in stream])] == outline for stream in streams)


def _outline(events: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """The grammar of a stream: its events by name, deltas of a kind as one, the starts of its blocks."""
    last = b""
    for event in events:
        kind = event.get("type")
        delta = event.get("delta")
        detail: Any = None
        if kind == "content_block_start":
            detail = event.get("content_block")
        elif kind == "content_block_delta" and isinstance(delta, Mapping):
            detail = delta.get("type")
        line = _dump([kind, event.get("index"), detail], is_sorted=True)
        if kind != "content_block_delta" or line != last:
            yield line
        last = line


def _dump(value: Any, *, is_sorted: bool = False) -> bytes:
    """A value as it is compared: ids are numbered as they come, times do not count; nor the order of keys if sorted."""
    return orjson.dumps(_normalise(value, {}), default=repr, option=orjson.OPT_SORT_KEYS if is_sorted else None)


def _normalise(value: Any, ids: dict[str, int]) -> Any:
    if isinstance(value, Mapping):
        return {key: _normalise_entry(key, below, ids) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [_normalise(item, ids) for item in value]
    return value


def _normalise_entry(key: str, value: Any, ids: dict[str, int]) -> Any:
    if key in _IDS and isinstance(value, str):
        return ids.setdefault(value, len(ids))
    if key in _TIMES and isinstance(value, str):
        return "a time"
    return _normalise(value, ids)
