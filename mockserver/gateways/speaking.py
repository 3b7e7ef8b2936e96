"""A wire format as a gateway speaks it: the bodies of its errors, and its headers.

Sources: source code of one-api (2025) and new-api (2025, 2026), which write objects of errors in this order of keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Strike
from mockserver.delivery.headers import merge_headers
from mockserver.gateways.masking import mask_message
from mockserver.gateways.records import GATE, RELAY, Channel, Gateway
from mockserver.records.delivery import Headers
from mockserver.records.endpoints import MESSAGES
from mockserver.records.reply import Failure, Fault
from mockserver.reference import ids
from mockserver.wires import WIRES, SuccessHead, Wire

JSON: Headers = (("content-type", "application/json; charset=utf-8"),)
# Connection and Transfer-Encoding, which a gateway sends too, are the business of the server.
STREAM: Headers = (("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("x-accel-buffering", "no"))
# Of an error from behind it a gateway passes no header on. Those that a script gives stay, but for these.
_DROPPED = ("retry-after", "retry-after-ms")
CHAT, OPENAI = "chat", "openai"
# The fault that ends a stream with an error.
BREAKS = "error"
# What Go writes for a value that is not there (QuantumNous/new-api#5126).
NIL = "<nil>"


def speak(name: str, gateway: Gateway, channel: Channel | None) -> Wire:
    """The wire format of that name as the gateway speaks it, for answers that come through a channel."""
    return _speak(name, gateway, channel is not None and channel.converts)


@lru_cache(maxsize=64)
def _speak(name: str, gateway: Gateway, converts: bool) -> Wire:
    wire = WIRES[name]
    if wire.in_form is not None:
        wire = wire.in_form(OPENAI if converts else gateway.chat_form)
    behind = WIRES[CHAT if converts else MESSAGES]
    speaker = _Speaker(gateway, name == MESSAGES, converts, behind.success_head)
    kind = wire.faults[BREAKS]
    return replace(
        wire,
        error=speaker.write_error,
        success_head=speaker.make_success_head,
        error_head=speaker.make_error_head,
        every_head=speaker.make_every_head,
        faults={**wire.faults, BREAKS: replace(kind, strike=partial(speaker.break_off, kind.strike))},
        translate=wire.lenient or wire.translate,
    )


class _Speaker(Struct, frozen=True, eq=False):
    """What a gateway says on a wire, of answers through channels that convert or through others.

    ``upstream_head`` makes the headers of what stands behind it.
    """

    gateway: Gateway
    is_messages: bool
    converts: bool
    upstream_head: SuccessHead

    def write_error(self, failure: Failure, request_id: str | None) -> bytes:
        """The body of an error: of one shape on every wire before anything is relayed, else in that of the wire."""
        if failure.stage and not failure.message:
            return b""
        message = (
            failure.message if self._is_plain(failure, request_id) else f"{failure.message} (request id: {request_id})"
        )
        if failure.stage == GATE:
            return orjson.dumps({"error": _shape_early(failure, message)})
        if self.gateway.masks and not failure.is_ours:
            message = mask_message(message)
        if self.is_messages:
            return orjson.dumps({"error": {"type": self._find_type(failure), "message": message}, "type": "error"})
        return orjson.dumps({"error": _shape(failure, message)})

    def make_success_head(
        self,
        *,
        request_id: str,
        at: float,
        stream: bool = False,
        used: tuple[int, int] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Headers:
        """The headers of a success: the upstream's own on whole messages, with an id of its own."""
        if stream:
            # With the id, which an error in mid-stream tells.
            head = merge_headers(((self.gateway.id_header.lower(), request_id),), dict(STREAM))
        elif used is None:
            head = JSON
        else:
            head = self.upstream_head(request_id=ids.make("req", request_id), at=at, used=used)
        return merge_headers(head, extra) if extra else head

    def make_error_head(
        self,
        status: int,  # noqa: ARG002
        *,
        request_id: str | None,  # noqa: ARG002
        at: float,  # noqa: ARG002
        extra: Mapping[str, str] | None = None,
    ) -> Headers:
        """The headers of an error."""
        kept = {name: value for name, value in (extra or {}).items() if name.lower() not in _DROPPED}
        return merge_headers(JSON, kept) if kept else JSON

    def make_every_head(self, request_id: str) -> Headers:
        """The headers of every answer."""
        return merge_headers(((self.gateway.id_header.lower(), request_id),), self.gateway.headers)

    def break_off(self, strike: Strike, draft: Draft, fault: Fault) -> Draft:
        """The fault ``error`` of the wire. Its JSON alone (``bare``) is a body as the gateway writes it."""
        broken = strike(draft, fault)
        if not (draft.stream and fault.options.get("bare")):
            return broken
        *kept, last = broken.frames
        said, id_ = orjson.loads(last.data)["error"], dict(draft.headers).get(self.gateway.id_header.lower())
        data = self.write_error(Failure(200, said["type"], said["message"]), id_)
        return replace(broken, frames=(*kept, replace(last, data=data)))

    def _is_plain(self, failure: Failure, request_id: str | None) -> bool:
        # Of an upstream's error it means that this had no id; the gateway adds its own all the same.
        return request_id is None or (failure.is_nameless and failure.stage != "")

    def _find_type(self, failure: Failure) -> str:
        """The type of an error on the Messages wire."""
        said = self.gateway.upstream_types
        if failure.stage == RELAY or (said == "kept" and not self.converts):
            return failure.type
        return self.gateway.error_type if said == "own" else failure.code or NIL


def _shape_early(failure: Failure, message: str) -> dict[str, Any]:
    """An error from before anything was relayed. Those that have a ``param`` are of the other shape."""
    if failure.param is not None:
        return _shape(failure, message)
    code = {} if failure.code is None else {"code": failure.code}
    return {**code, "message": message, "type": failure.type}


def _shape(failure: Failure, message: str) -> dict[str, Any]:
    """An error as OpenAI writes it, but with a ``param`` that is never null."""
    return {"message": message, "type": failure.type, "param": failure.param or "", "code": failure.code}
