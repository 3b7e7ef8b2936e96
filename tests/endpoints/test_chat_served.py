"""Chat requests on the whole way: how they are refused and answered, in each mode, with a gateway and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from mockserver import journey
from mockserver.endpoints.conclusion import Conclusion
from mockserver.records.budget import LIMITS
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.records.spool import SPOOLED
from mockserver.reference import catalog
from mockserver.serving import assembly

Json = dict[str, Any]
ASK: Json = {"model": "claude-opus-4-5", "messages": [{"role": "user", "content": "Hi"}]}


def answer(body: Json | bytes, **settings: Any) -> Conclusion:
    """The answer of a fresh server."""
    parts = assembly.build(Settings(**settings))
    sent = body if isinstance(body, bytes) else orjson.dumps(body)
    call = Call("POST", "/v1/chat/completions", {"authorization": "Bearer sk-chat"}, sent, at=1.0)
    return journey.answer(call, parts)


def told(answered: Conclusion) -> tuple[int, Json]:
    data = b"".join([piece.data for piece in answered.delivery.pieces])
    return answered.delivery.status, orjson.loads(data)


def read(answered: Conclusion) -> Json:
    """The request as it was read."""
    body: Json = orjson.loads(answered.record.read)
    return body


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_what_is_no_object_is_refused_in_openais_words(body: bytes) -> None:
    status, said = told(answer(body))
    assert status == 400
    assert said["error"].pop("message").startswith("We could not parse the JSON body of your request.")
    assert said == {"error": {"type": "invalid_request_error", "param": None, "code": None}}


def test_a_wrong_request_is_refused_unless_told_otherwise() -> None:
    wrong = {**ASK, "n": 0, "zzz": 1}
    error = {"message": "Unknown parameter: 'zzz'.", "param": "zzz", "code": "unknown_parameter"}
    assert told(answer(wrong)) == (400, {"error": {**error, "type": "invalid_request_error"}})
    warned = answer(wrong, validation="warn")
    assert warned.delivery.status == 200
    assert [finding.message for finding in warned.record.findings] == ["Unknown parameter: 'zzz'."]
    unseen = answer(wrong, validation="off")
    assert (unseen.delivery.status, unseen.record.findings) == (200, ())


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_what_cannot_be_understood_is_refused_in_each_mode(mode: str) -> None:
    assert answer({**ASK, "messages": 5}, validation=mode).delivery.status == 400


def test_rules_of_the_messages_api_are_told_in_the_envelope() -> None:
    status, said = told(answer({**ASK, "max_tokens": 100_000}))
    assert (status, said["error"]["param"]) == (400, None)
    assert said["error"]["message"].startswith("max_tokens: 100000 > 64000")


@pytest.mark.parametrize("model", ["claude-opus-4-5", "claude-3-haiku-20240307", "gpt-4o"])
def test_without_a_limit_there_is_that_of_the_model(model: str) -> None:
    answered = answer({**ASK, "model": model})
    assert answered.delivery.status == 200
    assert read(answered)["max_tokens"] == catalog.lookup(model).max_tokens


def test_gateways_put_their_own_limit_in() -> None:
    assert read(answer(ASK, gateway="new-api"))["max_tokens"] == 8192


@pytest.mark.parametrize("model", ["claude-3-haiku-20240307", "claude-opus-5"])
def test_formats_work_for_each_model_and_schema(model: str) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 3}}, "required": ["n"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    status, said = told(answer({**ASK, "model": model, "response_format": wanted}))
    assert status == 200
    assert orjson.loads(said["choices"][0]["message"]["content"])["n"] >= 3


def test_scenarios_match_what_was_read(tmp_path: Path) -> None:
    script = r'scenarios: [{name: a, when: {system: "/^Be brief.\nBe kind.$/", user: Hi}, reply: {text: Hello}}]'
    (tmp_path / "a.yaml").write_text(script, "utf-8")
    turns = [{"role": "developer", "content": "Be brief."}, *ASK["messages"], {"role": "system", "content": "Be kind."}]
    status, said = told(answer({**ASK, "messages": turns}, fixtures=(str(tmp_path),)))
    assert (status, said["choices"][0]["message"]["content"]) == (200, "Hello")


def test_profile_anthropic_wants_a_key_and_no_version() -> None:
    assert answer(ASK, profile="anthropic").delivery.status == 200
    parts = assembly.build(Settings(profile="anthropic"))
    body = orjson.dumps(ASK)
    assert journey.answer(Call("POST", "/v1/chat/completions", {}, body), parts).delivery.status == 401
    headers = {"x-api-key": "sk-chat"}
    assert journey.answer(Call("POST", "/v1/messages", headers, body), parts).delivery.status == 400


@pytest.mark.parametrize(
    ("gateway", "status", "kind", "code"),
    [("new-api", 500, "new_api_error", "invalid_request"), ("one-api", 400, "one_api_error", "invalid_text_request")],
)
def test_gateways_refuse_what_they_cannot_decode(gateway: str, status: int, kind: str, code: str) -> None:
    given, said = told(answer({**ASK, "max_tokens": "5"}, gateway=gateway))
    assert (given, said["error"]["type"], said["error"]["code"]) == (status, kind, code)
    start = "json: cannot unmarshal string into Go struct field GeneralOpenAIRequest.max_tokens of type uint"
    assert said["error"]["message"].startswith(start)


def test_gateways_ignore_what_openai_refuses() -> None:
    assert (
        answer({**ASK, "zzz": 1, "temperature": 1.5, "tool_choice": "auto"}, gateway="new-api").delivery.status == 200
    )


@pytest.mark.parametrize(("levels", "is_kept"), [(244, True), (245, False), (1000, False)])
@pytest.mark.parametrize("gateway", ["", "new-api"])
def test_deep_arguments_are_kept_as_far_as_a_body_may_be_deep(levels: int, is_kept: bool, gateway: str) -> None:
    text = '{"a":' * levels + "1" + "}" * levels
    called = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": text}}
    result = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
    messages = [*ASK["messages"], {"role": "assistant", "tool_calls": [called]}, result]
    tools = [{"type": "function", "function": {"name": "f"}}]
    answered = answer({**ASK, "messages": messages, "tools": tools}, gateway=gateway)
    if is_kept or not gateway:
        assert answered.delivery.status == 200
        assert read(answered)["messages"][1]["content"][0]["input"].keys() == {"a" if is_kept else "INVALID_JSON"}
    else:
        assert answered.delivery.status == 400  # the gateway leaves the call out, and the API misses it


def test_what_is_too_large_to_be_read_is_not_read_for_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.validation.parsing.LIMITS", replace(LIMITS, body_containers=20))
    answered = answer({**ASK, "metadata": {str(number): {} for number in range(30)}})
    assert (answered.delivery.status, answered.record.read) == (400, b"")


def test_what_is_too_much_for_this_server_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = b'{"a":' * 300 + b"1" + b"}" * 300
    assert "recursion depth exceeded" in told(answer(deep))[1]["error"]["message"]
    monkeypatch.setattr("mockserver.validation.parsing.LIMITS", replace(LIMITS, body_containers=20))
    assert (
        "too large: 31 objects and lists, 20 at most"
        in told(answer(b'{"a":[' + b"[]," * 29 + b"1]}"))[1]["error"]["message"]
    )


def test_what_is_refused_and_large_is_not_read_again() -> None:
    wrong = {**ASK, "zzz": 1}
    assert read(answer(wrong))["messages"] == ASK["messages"]
    large = answer({**wrong, "user": "u" * SPOOLED})
    assert (large.delivery.status, large.record.read) == (400, b"")
