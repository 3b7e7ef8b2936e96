"""Requests as they are compared: one that was recorded and one that comes are the same kind of thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import orjson
from msgspec import Struct

from mockserver.recordings.forms import read_form
from mockserver.recordings.redacting import Rules, list_secrets, redact_request
from mockserver.records.call import Call
from mockserver.records.depth import is_too_deep
from mockserver.records.endpoints import BY_NAME, MESSAGES
from mockserver.records.exchanges import RecordedRequest
from mockserver.records.prompt import Prompt

_VERSION = "/v1/"
# The paths whose bodies are conversations; neither path nor query of these matter, since clients and gateways differ.
_CONVERSATIONS = frozenset(f"{_VERSION}{each.name}" for each in BY_NAME.values() if each.schema)
# Larger bodies are told apart by their digests alone.
_MOST = 32 * 1024 * 1024


class Asked(Struct, frozen=True):
    """What a request asks.

    Of a conversation ``body`` is the JSON object with its secrets, ``history`` the messages before its own, of the
    thread that it continues; ``method``, ``path`` and ``query`` are "". Of anything else ``body`` is a JSON value, the
    parts of a form, a text, or what tells bytes apart; None when there is none. ``secrets`` are those of its headers,
    which a conversation may repeat, where these are asked for.
    """

    body: Any
    history: Sequence[Mapping[str, Any]] = ()
    betas: tuple[str, ...] = ()
    method: str = ""
    path: str = ""
    query: str = ""
    secrets: tuple[str, ...] = ()

    @property
    def is_conversation(self) -> bool:
        """Whether it goes to an endpoint whose body is one."""
        return not self.method


def read_recorded(request: RecordedRequest, rules: Rules | None = None) -> Asked:
    """A request that was recorded, without the history of its thread; with ``rules`` secrets are taken out of it."""
    call = Call(request.method, request.path, request.headers, request.body, request.query)
    return _read_call(call, _cut_path(request.path), rules)


def read_prompt(prompt: Prompt, rules: Rules | None = None) -> Asked:
    """A request that comes. Of one that was read loosely the body is read once more, whole."""
    # Of another wire format the body as it was sent says all.
    is_conversation = prompt.wire == MESSAGES and prompt.endpoint in BY_NAME and bool(BY_NAME[prompt.endpoint].schema)
    if is_conversation and not prompt.is_loose and not is_too_deep(prompt.body):
        return Asked(prompt.body, prompt.history, _sort(prompt.betas), secrets=_list_secrets(prompt.headers, rules))
    path = prompt.path if prompt.is_path_exact else _cut_path(prompt.path)
    call = prompt.call or Call(prompt.method, path, prompt.headers, _write(prompt.body))
    return _read_call(call, path, rules)


def _list_secrets(headers: Mapping[str, str], rules: Rules | None) -> tuple[str, ...]:
    return () if rules is None else list_secrets(headers)


def _write(body: Mapping[str, Any]) -> bytes:
    return b"" if not body or is_too_deep(body) else orjson.dumps(body)


def _read_call(call: Call, path: str, rules: Rules | None) -> Asked:
    path, betas = path.rstrip("/"), _sort(call.betas)
    if call.method == "POST" and path in _CONVERSATIONS:
        parsed = parse(call.body)
        if isinstance(parsed, dict):
            return Asked(parsed, (), betas, secrets=_list_secrets(call.headers, rules))
    if call.size > _MOST:
        return Asked({"bytes": call.size}, (), betas, call.method, path, call.query)
    request = RecordedRequest(call.method, path, call.headers, _read_bytes(call), call.query)
    if rules is not None:
        request = redact_request(request, rules)
    body = _read_body(request.body, call.headers.get("content-type", ""))
    return Asked(body, (), betas, request.method, request.path, request.query)


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


def _read_bytes(call: Call) -> bytes:
    if call.spool is None:
        return call.body
    with call.open() as opened:
        return opened.read()


def _read_body(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    parts = read_form(body, content_type)
    if parts is not None:
        return [{"name": part.name, "filename": part.filename, "content": _show(part.content)} for part in parts]
    parsed = parse(body)
    return _show(body) if parsed is None else parsed


def parse(body: bytes) -> Any:
    """The JSON value in a body; None when there is none, or one that is nested too deep."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return None if is_too_deep(parsed) else parsed


def _show(data: bytes) -> Any:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"bytes": len(data), "sha256": sha256(data).hexdigest()}
