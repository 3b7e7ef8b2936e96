"""Sends recorded requests to a server, and says where its answers are not the recorded ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx2 as httpx

from mockserver.wires.messages.folding import fold
from tests.cassettes.forms import Row, path_of, request_body, response_body

Event = tuple[str, Any]
_ID = re.compile(r"\b(?:[a-z]{2,}_)+[0-9A-Za-z_-]{8,}\b|\bREDACTED_?\d*\b")
# Where results of a batch are: at the server that answers.
_SERVER = re.compile(r"https?://[^/]+(?=/v1/messages/batches/)")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")


def play(client: httpx.Client, key: str, rows: Sequence[Row]) -> Iterator[tuple[Row, httpx.Response]]:
    """Each request of a recording, in a session of its own, and its answer."""
    for row in rows:
        headers = {"content-type": "application/json", **row.get("request_headers", {}), "x-api-key": key}
        headers = {name: value for name, value in headers.items() if name not in ("content-encoding", "content-length")}
        answer = client.request(row["method"], path_of(row), content=request_body(row).encode(), headers=headers)
        yield row, answer


def find_difference(row: Row, answer: httpx.Response) -> str:
    """The first thing in which an answer is not the recorded one, ids and times aside."""
    if answer.status_code != row["status"]:
        return f"status: {row['status']}, came {answer.status_code}: {answer.text[:2000]}"
    if row.get("sse"):
        came = read_events(answer.text)
        if list_grammar(row["sse"]) != list_grammar(came):
            return f"grammar: {list_grammar(row['sse'])}, came {list_grammar(came)}"
        return compare(fold_events(row["sse"]), fold_events(came))
    return compare(parse(response_body(row)), parse(answer.text))


def read_events(text: str) -> list[Event]:
    """The events of a stream."""
    found = [re.match(r"event: (.*)\ndata: (.*)", frame) for frame in text.split("\n\n") if frame.startswith("event")]
    return [(each[1], json.loads(each[2])) for each in found if each]


def list_grammar(events: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """The kinds of events in their order; of deltas of one kind in a row the first. Pings may come at any time."""
    kinds: list[tuple[Any, ...]] = []
    for name, data in events:
        data = data if isinstance(data, Mapping) else {}
        block, delta = data.get("content_block") or {}, data.get("delta") or {}
        kind = (name, data.get("index"), block.get("type"), delta.get("type"))
        if name != "ping" and not (kinds and kinds[-1] == kind):
            kinds.append(kind)
    return kinds


def fold_events(events: Sequence[Sequence[Any]]) -> Any:
    """The message of a stream; of one that is broken its events."""
    try:
        return fold(data for _, data in events)
    except (ValueError, KeyError, TypeError):
        return [list(event) for event in events]


def compare(recorded: Any, came: Any) -> str:
    """Where two bodies differ first; "" when they are the same."""
    return _compare(_blur(recorded), _blur(came), "body")


def _compare(one: Any, other: Any, path: str) -> str:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if set(one) != set(other):
            return f"{path}: keys {sorted(set(one) ^ set(other))}"
        found = (_compare(one[key], other[key], f"{path}.{key}") for key in one)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        found = (_compare(*pair, f"{path}.{at}") for at, pair in enumerate(zip(one, other, strict=True)))
    else:
        same = one == other and isinstance(one, bool) == isinstance(other, bool)
        return "" if same else f"{path}: {str(one)[:200]}, came {str(other)[:200]}"
    return next((each for each in found if each), "")


def _blur(value: Any) -> Any:
    """A value without ids, times, and the address of the server."""
    if isinstance(value, str):
        return _TIME.sub("<time>", _ID.sub("<id>", _SERVER.sub("<server>", value)))
    if isinstance(value, Mapping):
        return {key: _blur(each) for key, each in value.items()}
    return [_blur(each) for each in value] if isinstance(value, list) else value


def parse(text: str) -> Any:
    """JSON, else JSON lines, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return text
