"""Requests as they are compared: one that was recorded and one that comes are the same kind of thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import orjson
from msgspec import Struct

from mockserver.recordings.forms import read_form
from mockserver.records.call import Call
from mockserver.records.endpoints import BY_NAME
from mockserver.records.exchanges import RecordedRequest
from mockserver.records.prompt import Prompt

_VERSION = "/v1/"
# The paths whose bodies are conversations; neither path nor query of these matter, since clients and gateways differ.
_CONVERSATIONS = frozenset(f"{_VERSION}{each.name}" for each in BY_NAME.values() if each.schema)
# Larger bodies are told apart by their digests alone.
_MOST = 32 * 1024 * 1024


class Asked(Struct, frozen=True):
    """What a request asks.

    Of a conversation ``body`` is the JSON object, ``history`` the messages before its own, of the thread that it
    continues; ``method``, ``path`` and ``query`` are "". Of anything else ``body`` is a JSON value, the parts of a
    form, a text, or what tells bytes apart; None when there is none.
    """

    body: Any
    history: Sequence[Mapping[str, Any]] = ()
    betas: tuple[str, ...] = ()
    method: str = ""
    path: str = ""
    query: str = ""

    @property
    def is_conversation(self) -> bool:
        """Whether it goes to an endpoint whose body is one."""
        return not self.method


def read_recorded(request: RecordedRequest) -> Asked:
    """A request that was recorded, without the history of its thread."""
    call = Call(request.method, request.path, request.headers, request.body, request.query)
    return _read_call(call, _cut_path(request.path))


def read_prompt(prompt: Prompt) -> Asked:
    """A request that comes. Of one that was read loosely the body is read once more, whole."""
    is_conversation = prompt.endpoint in BY_NAME and bool(BY_NAME[prompt.endpoint].schema)
    if is_conversation and not prompt.is_loose:
        return Asked(prompt.body, prompt.history, _sort(prompt.betas))
    path = prompt.path if prompt.is_path_exact else _cut_path(prompt.path)
    call = prompt.call or Call(prompt.method, path, prompt.headers, orjson.dumps(prompt.body) if prompt.body else b"")
    return _read_call(call, path)


def _read_call(call: Call, path: str) -> Asked:
    path = path.rstrip("/")
    body, betas = _read_body(call), _sort(call.betas)
    if call.method == "POST" and path in _CONVERSATIONS and isinstance(body, dict):
        return Asked(body, (), betas)
    return Asked(body, (), betas, call.method, path, call.query)


def _cut_path(path: str) -> str:
    """The path from its last version on: what stands before is the prefix of a gateway."""
    _, version, rest = path.rpartition(_VERSION)
    return version + rest if version else path


def _sort(betas: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(betas))


def read_query(query: str) -> dict[str, list[str]]:
    """The parameters of a query, each with its values in their order."""
    read: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        read.setdefault(name, []).append(value)
    return read


def _read_body(call: Call) -> Any:
    if call.size > _MOST:
        return {"bytes": call.size}
    body = call.body
    if call.spool is not None:
        with call.open() as opened:
            body = opened.read()
    if not body:
        return None
    content_type = call.headers.get("content-type", "")
    parts = read_form(body, content_type)
    if parts is not None:
        return [{"name": part.name, "filename": part.filename, "content": _read_bytes(part.content)} for part in parts]
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _read_bytes(body)


def _read_bytes(data: bytes) -> Any:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"bytes": len(data), "sha256": sha256(data).hexdigest()}
