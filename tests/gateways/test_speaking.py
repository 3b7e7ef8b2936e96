"""A wire format as a gateway speaks it: bodies of errors, and headers."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from mockserver.delivery.draft import Draft, Frame
from mockserver.gateways.failing import make_failure, make_finding
from mockserver.gateways.reading import load
from mockserver.gateways.records import GATE, RELAY, Channel, ErrorRow, Gateway
from mockserver.gateways.speaking import speak
from mockserver.records.reply import Failure, Fault
from mockserver.wires import WIRES

ID = "20261101000000123456789abcdefgh"
CONVERTED = Channel("converted", converts=True)
NATIVE = Channel("native")
GATEWAY = Gateway("test", "v1", headers={"X-New-Api-Version": "v1"}, masks=True)
OLD = Gateway("old", upstream_types="own")
BROKEN = Gateway("broken", upstream_types="code")
EARLY = Failure(401, "new_api_error", "no", code="", stage=GATE)
LATE = Failure(403, "new_api_error", "no quota at a.example.com", code="insufficient_user_quota", stage=RELAY)
UPSTREAM = Failure(529, "overloaded_error", "Overloaded")
CODED = Failure(400, "invalid_request_error", "no", code="bad_value", param="tools")


def written(failure: Failure, wire: str = "messages", gateway: Gateway = GATEWAY, channel: Channel = NATIVE) -> Any:
    return orjson.loads(speak(wire, gateway, channel).error(failure, ID))


@pytest.mark.parametrize("wire", WIRES)
def test_early_errors_have_one_shape_on_every_wire(wire: str) -> None:
    body = speak(wire, GATEWAY, NATIVE).error(EARLY, ID)
    assert body == b'{"error":{"code":"","message":"no (request id: %s)","type":"new_api_error"}}' % ID.encode()


@pytest.mark.parametrize("wire", WIRES)
def test_hosts_are_masked_where_the_gateway_does_so(wire: str) -> None:
    failure = Failure(500, "api_error", "no route to a.example.com")
    said = [written(failure, wire, gateway)["error"]["message"].partition(" (")[0] for gateway in (GATEWAY, OLD)]
    assert said == ["no route to ***.***.com", "no route to a.example.com"]
    assert "a.example.com" in written(replace(failure, is_ours=True), wire)["error"]["message"]


def test_early_error_without_a_code_has_no_such_key() -> None:
    failure = Failure(401, "one_api_error", "no", stage=GATE)
    assert written(failure, "chat") == {"error": {"message": f"no (request id: {ID})", "type": "one_api_error"}}


@pytest.mark.parametrize("wire", WIRES)
def test_errors_of_paths_have_a_param_and_no_id(wire: str) -> None:
    failure = make_failure(load("new-api"), "invalid_url", {"method": "POST", "path": "/v1/x"})
    body = speak(wire, load("new-api"), None).error(failure, ID)
    assert body == (
        b'{"error":{"message":"Invalid URL (POST /v1/x)","type":"invalid_request_error","param":"","code":""}}'
    )


def test_late_errors_are_in_the_envelope_of_the_wire() -> None:
    text = f"no quota at ***.***.com (request id: {ID})"
    assert list(written(LATE)) == ["error", "type"]
    assert written(LATE) == {"error": {"type": "new_api_error", "message": text}, "type": "error"}
    shown = {"message": text, "type": "new_api_error", "param": "", "code": "insufficient_user_quota"}
    assert written(LATE, "chat") == {"error": shown}


@pytest.mark.parametrize(
    ("failure", "gateway", "channel", "kind"),
    [
        (UPSTREAM, GATEWAY, NATIVE, "overloaded_error"),
        (UPSTREAM, GATEWAY, CONVERTED, "<nil>"),
        (CODED, GATEWAY, CONVERTED, "bad_value"),
        (UPSTREAM, BROKEN, NATIVE, "<nil>"),
        (CODED, BROKEN, NATIVE, "bad_value"),
        (UPSTREAM, OLD, NATIVE, "new_api_error"),
        (CODED, OLD, CONVERTED, "new_api_error"),
        (LATE, BROKEN, CONVERTED, "new_api_error"),
    ],
)
def test_types_are_kept_or_replaced(failure: Failure, gateway: Gateway, channel: Channel, kind: str) -> None:
    body = written(failure, gateway=gateway, channel=channel)
    assert (body["type"], body["error"]["type"]) == ("error", kind)
    assert f"(request id: {ID})" in body["error"]["message"]
    assert "request_id" not in body


def test_error_from_behind_it_that_had_no_id_gets_one() -> None:
    failure = Failure(400, "invalid_request_error", "no", is_nameless=True)
    assert written(failure)["error"]["message"] == f"no (request id: {ID})"


def test_upstream_errors_on_chat_have_all_keys() -> None:
    error = written(UPSTREAM, "chat")["error"]
    text = f"Overloaded (request id: {ID})"
    assert error == {"message": text, "type": "overloaded_error", "param": "", "code": None}
    error = written(CODED, "chat", channel=CONVERTED)["error"]
    assert (error["param"], error["code"]) == ("tools", "bad_value")


def test_row_without_a_body_has_none() -> None:
    gateway = Gateway("test", errors={"limited": ErrorRow(429, {"en": "words"}, is_empty=True)})
    assert speak("messages", gateway, None).error(make_failure(gateway, "limited"), ID) == b""
    assert make_finding(gateway, "limited").rule == "gateway.limited"


def test_whole_answers_let_headers_of_the_upstream_through() -> None:
    wire = speak("messages", GATEWAY, NATIVE)
    head = dict(wire.success_head(request_id=ID, at=0.0, used=(1, 2), extra={"x-own": "1"}))
    assert head["request-id"].startswith("req_01")
    assert head["request-id"] != ID
    assert head["anthropic-ratelimit-requests-limit"]
    assert head["x-own"] == "1"
    assert head["content-type"] == "application/json"
    behind = dict(speak("chat", GATEWAY, CONVERTED).success_head(request_id=ID, at=0.0, used=(1, 2)))
    assert behind["x-request-id"].startswith("req_01")
    assert "request-id" not in behind
    assert "request-id" in dict(speak("chat", GATEWAY, NATIVE).success_head(request_id=ID, at=0.0, used=(1, 2)))


@pytest.mark.parametrize("wire", WIRES)
def test_streams_and_other_answers_have_headers_of_the_gateway_alone(wire: str) -> None:
    spoken = speak(wire, GATEWAY, NATIVE)
    stream = dict(spoken.success_head(request_id=ID, at=0.0, stream=True, used=(1, 2)))
    plain = {"content-type": "text/event-stream", "cache-control": "no-cache", "x-accel-buffering": "no"}
    assert stream == {"x-oneapi-request-id": ID, **plain}
    assert dict(spoken.success_head(request_id=ID, at=0.0)) == {"content-type": "application/json; charset=utf-8"}


@pytest.mark.parametrize(
    ("wire", "channel", "error"),
    [
        ("messages", NATIVE, {"type": "overloaded_error", "message": f"a ***.***.com (request id: {ID})"}),
        ("messages", CONVERTED, {"type": "<nil>", "message": f"a ***.***.com (request id: {ID})"}),
        (
            "chat",
            NATIVE,
            {"message": f"a ***.***.com (request id: {ID})", "type": "overloaded_error", "param": "", "code": None},
        ),
    ],
)
def test_bare_errors_in_streams_are_bodies_of_the_gateway(wire: str, channel: Channel, error: dict[str, Any]) -> None:
    spoken = speak(wire, GATEWAY, channel)
    fault = Fault("error", options={"bare": True, "message": "a a.example.com"})
    draft = Draft(200, spoken.success_head(request_id=ID, at=0.0, stream=True), (Frame(b": a"),), stream=True)
    broken = spoken.faults["error"].strike(draft, fault)
    assert broken.frames[0].data == b": a"
    assert orjson.loads(broken.frames[-1].data)["error"] == error
    # As events they are those of the API behind it, and whole answers have none.
    named = replace(fault, options={})
    assert spoken.faults["error"].strike(draft, named) == WIRES[wire].faults["error"].strike(draft, named)
    whole = replace(draft, stream=False)
    assert spoken.faults["error"].strike(whole, fault) == whole


@pytest.mark.parametrize("wire", WIRES)
def test_errors_have_no_waits_and_no_limits(wire: str) -> None:
    spoken = speak(wire, GATEWAY, NATIVE)
    extra = {"Retry-After": "5", "retry-after-ms": "1", "x-should-retry": "false"}
    head = dict(spoken.error_head(429, request_id=ID, at=0.0, extra=extra))
    assert head == {"content-type": "application/json; charset=utf-8", "x-should-retry": "false"}
    assert dict(spoken.error_head(500, request_id=None, at=0.0)) == {"content-type": "application/json; charset=utf-8"}


def test_every_answer_tells_id_and_version() -> None:
    head = speak("messages", GATEWAY, None).every_head
    assert head is not None
    assert head(ID) == (("x-oneapi-request-id", ID), ("x-new-api-version", "v1"))


def test_rows_are_in_the_language_of_the_gateway() -> None:
    rows = {"a": ErrorRow(401, {"zh": "{group} 甲", "en": "{group} {other}"}, values={"other": "b"})}
    for language, text in (("zh", "vip 甲"), ("en", "vip b"), ("fr", "vip 甲")):
        gateway = Gateway("test", language=language, errors=rows)
        assert make_failure(gateway, "a", {"group": "vip"}).message == text


def test_further_wire_reads_its_own_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the chat wire has besides, a lenient reading and forms, is no other wire's."""
    plain = replace(WIRES["chat"], lenient=None, in_form=None)
    monkeypatch.setitem(WIRES.known, "made-up", plain)
    for channel in (NATIVE, CONVERTED):
        spoken, chat = (speak(name, Gateway("seam"), channel) for name in ("made-up", "chat"))
        assert (spoken.translate, spoken.write) == (plain.translate, plain.write)
        assert chat.translate is WIRES["chat"].lenient
        assert spoken.error(EARLY, ID) == chat.error(EARLY, ID)


def test_headers_of_one_name_in_other_letters_are_one() -> None:
    headers = {"X-New-Api-Version": "v1", "x-new-api-version": "v2", "x-ONEAPI-request-id": "mine"}
    speaker = speak("messages", Gateway("g", headers=headers), NATIVE)
    assert speaker.every_head is not None
    assert speaker.every_head(ID) == (("x-oneapi-request-id", "mine"), ("x-new-api-version", "v2"))
