"""The contract over a running server: thoughts bound to their prefix, threads, modes of validation, hostile bodies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import httpx2 as httpx
import pytest

from mockserver.testing.server import MockServer
from tests.strict import error_of, message_of

Json = dict[str, Any]
CONTROLS = "thinking-binding-controls-2026-08-01"
BOUND = (
    "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation. "
    'Remove the block, or set `thinking.block_binding.prefix_mismatch_behavior` to "drop_block".'
)
HEADER = f" That setting requires the `{CONTROLS}` value in the `anthropic-beta` header."
TOOLS = [{"name": "look", "input_schema": {"type": "object"}}]


def user(text: str) -> Json:
    return {"role": "user", "content": text}


@pytest.fixture
def client(running: MockServer, key: str) -> Iterator[httpx.Client]:
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    with httpx.Client(base_url=running.url, headers=headers) as client:
        yield client


# ---- thoughts bound to what came before them ----


def begun(client: httpx.Client, model: str) -> Json:
    """A conversation of which the model has answered the first turn."""
    body = {"model": model, "max_tokens": 2000, "system": "be kind", "tools": TOOLS, "messages": [user("hi")]}
    answer = message_of(client.post("/v1/messages", json=body))
    assert answer["content"][0]["type"] == "thinking"
    return {**body, "messages": [user("hi"), {"role": "assistant", "content": answer["content"]}, user("go on")]}


def changed(body: Json, part: str) -> Json:
    return {
        "system": lambda: {**body, "system": "be rude"},
        "tools": lambda: {**body, "tools": [{**TOOLS[0], "name": "see"}]},
        "messages": lambda: {**body, "messages": [user("ho"), *body["messages"][1:]]},
    }[part]()


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("system", "The `system` prompt differs from the one this block was created with."),
        ("tools", "The `tools` list differs from the one this block was created with."),
        ("messages", "The `messages` before it differ from the ones this block was created with."),
    ],
)
@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
def test_thought_is_refused_after_a_change_before_it(client: httpx.Client, path: str, part: str, said: str) -> None:
    body = begun(client, "claude-fable-5-2")
    if path.endswith("count_tokens"):
        del body["max_tokens"]
    assert client.post(path, json=body).status_code == 200
    refused = client.post(path, json=changed(body, part))
    assert error_of(refused, 400)["message"] == f"{BOUND}{HEADER} {said}"
    refused = client.post(path, json=changed(body, part), headers={"anthropic-beta": CONTROLS})
    assert error_of(refused, 400)["message"] == f"{BOUND} {said}"


@pytest.mark.parametrize(
    ("model", "behavior", "status"),
    [
        ("claude-fable-5-2", "drop_block", 200),
        ("claude-opus-5-5", None, 200),
        ("claude-opus-5-5", "error", 400),
        ("claude-opus-5", "error", 200),
    ],
)
def test_binding_holds_by_model_and_wish(client: httpx.Client, model: str, behavior: str | None, status: int) -> None:
    body = changed(begun(client, model), "system")
    if behavior:
        body["thinking"] = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": behavior}}
    assert client.post("/v1/messages", json=body, headers={"anthropic-beta": CONTROLS}).status_code == status


@pytest.mark.parametrize("change", ["remove", "reorder"])
def test_thoughts_of_a_tool_loop_stay_complete(client: httpx.Client, change: str) -> None:
    body = begun(client, "claude-fable-5-2")
    answer = message_of(client.post("/v1/messages", json=body))
    body["messages"] += [{"role": "assistant", "content": answer["content"]}, user("and on")]
    third = message_of(client.post("/v1/messages", json=body))
    body["messages"] += [{"role": "assistant", "content": third["content"]}, user("still")]
    assert client.post("/v1/messages", json=body).status_code == 200
    first, second = body["messages"][1]["content"], body["messages"][3]["content"]
    if change == "remove":
        del second[0]
    else:
        first[0], second[0] = second[0], first[0]
    message = error_of(client.post("/v1/messages", json=body), 400)["message"]
    assert "The block is bound to a different conversation." in message


def test_a_thread_keeps_what_thoughts_are_bound_to(client: httpx.Client) -> None:
    client.headers["anthropic-beta"] = "message-threads-2026-08-12"
    body: Json = {"model": "claude-fable-5-2", "max_tokens": 2000, "system": "be kind", "tools": TOOLS}
    said = message_of(client.post("/v1/messages", json={**body, "messages": [user("1")], "thread": {"type": "create"}}))
    del body["system"], body["tools"]
    for text in ("2", "3"):
        thread = {"type": "continue", "previous_message_id": said["id"]}
        # Tools of the thread may be chosen among, though this request names none.
        more = {**body, "messages": [user(text)], "thread": thread, "tool_choice": {"type": "auto"}}
        said = message_of(client.post("/v1/messages", json=more))


def test_thread_waits_for_the_answer_that_is_on_its_way() -> None:
    headers = {"anthropic-beta": "message-threads-2026-08-12"}
    body: Json = {"model": "claude-opus-5", "max_tokens": 4000, "messages": [user("1")]}
    with MockServer() as server:
        url = f"{server.url}/v1/messages"
        created = message_of(httpx.post(url, json={**body, "thread": {"type": "create"}}, headers=headers))
        more = {**body, "thread": {"type": "continue", "previous_message_id": created["id"]}}
        httpx.patch(f"{server.url}/_mock/settings", json={"pace": "realtime"})
        with httpx.stream("POST", url, json={**more, "stream": True}, headers=headers) as coming:
            assert coming.status_code == 200
            refused = error_of(httpx.post(url, json=more, headers=headers), 400)
    assert refused["details"] == {"error_code": "thread_continue_in_flight"}


def test_compaction_comes_back_as_it_was_made(client: httpx.Client) -> None:
    client.headers["anthropic-beta"] = "compact-2026-09-04"
    body: Json = {"model": "claude-opus-5", "max_tokens": 2000, "messages": [user("hi")]}
    client.post("/_mock/scenarios", json={"reply": {"content": [{"type": "compaction", "content": "They met."}]}})
    said = message_of(client.post("/v1/messages", json={**body, "compaction": {"type": "summarize"}}))
    (block,) = [block for block in said["content"] if block["type"] == "compaction"]
    statuses = [
        client.post(
            "/v1/messages", json={**body, "messages": [{"role": "assistant", "content": [given]}, user("go on")]}
        ).status_code
        for given in (block, {**block, "content": "else"}, {**block, "signature": block["signature"][:-8]})
    ]
    assert statuses == [200, 400, 400]


# ---- what count_tokens adds ----


@pytest.mark.parametrize("asked", [True, False])
def test_count_says_what_it_was_before_editing(client: httpx.Client, asked: bool) -> None:
    body: Json = {"model": "claude-opus-5", "messages": [user("hi")]}
    if asked:
        body["context_management"] = {"edits": []}
    headers = {"anthropic-beta": "context-management-2025-06-27"}
    answer = client.post("/v1/messages/count_tokens", json=body, headers=headers).json()
    added = {"context_management": {"original_input_tokens": answer["input_tokens"]}} if asked else {}
    assert answer == {"input_tokens": answer["input_tokens"], **added}


# ---- modes, and bodies meant to break the server ----


def nested(levels: int) -> str:
    return '{"a":' * levels + "1" + "}" * levels


USE = '{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"t","input":%s}]}'
RESULT = '{"role":"user","content":[{"type":"tool_result","tool_use_id":"a"}]}'
PLACES = {
    "chosen tool": '"tools":[{"name":"t","input_schema":{"type":"object","required":["x"],"properties":{"x":'
    '{"const":%s}}}}],"tool_choice":{"type":"any"},"messages":[{"role":"user","content":"hi"}]',
    "format": '"output_config":{"format":{"type":"json_schema","schema":{"type":"object","required":["x"],'
    '"additionalProperties":false,"properties":{"x":{"const":%s}}}}},"messages":[{"role":"user","content":"hi"}]',
    "history": f'"messages":[{{"role":"user","content":"hi"}},{USE},{RESULT}]',
    "thread": f'"thread":{{"type":"create"}},"messages":[{{"role":"user","content":"hi"}},{USE},{RESULT}]',
    "unknown key": '"x":%s,"messages":[{"role":"user","content":"hi"}]',
    "messages": '"messages":%s',
    "content": '"messages":[{"role":"user","content":%s}]',
    "blocks": '"messages":[{"role":"user","content":[%s]}]',
    "stream": '"stream":%s,"messages":[{"role":"user","content":"hi"}]',
    "model": '"model":%s,"messages":[{"role":"user","content":"hi"}]',
}
VALUES = [
    nested(200),
    nested(300),
    nested(1000),
    "[" * 300 + "]" * 300,
    "18446744073709551616",
    "-99999999999999999999",
    "1e308",
    '{"\\u0000\u00e9":"\\ud83d\\ude00"}',
    '"\\ud83d"',
    "null",
    '"' + "x" * 70_000 + '"',
]


@pytest.mark.parametrize("mode", ["strict", "warn", "off"])
def test_no_body_breaks_the_server(mode: Any) -> None:
    with MockServer(validation=mode) as server, httpx.Client(base_url=server.url) as client:
        found = {}
        for place, text in PLACES.items():
            for value in VALUES:
                body = '{"model":"claude-opus-4-5","max_tokens":50,' + text % value + "}"
                answer = client.post("/v1/messages", content=body.encode())
                found[place, value[:30]] = answer.status_code
                assert answer.status_code == 200 or len(answer.text) < 1000
        assert set(found.values()) == {200, 400}
        shown = [client.get(f"/_mock/requests/{number}").status_code for number in (1, len(found))]
        assert shown == [200, 200]


@pytest.mark.parametrize(
    ("body", "warned"),
    [
        ({"temperature": 7}, 200),
        ({"bogus": 1}, 200),
        ({"messages": [user("")]}, 200),
        ({"messages": 7}, 400),
        ({"messages": [7]}, 400),
        ({"messages": [{"role": "user", "content": [7]}]}, 400),
    ],
)
def test_warning_answers_what_can_be_answered(body: Json, warned: int) -> None:
    sent = {"model": "claude-haiku-4-5", "max_tokens": 50, "messages": [user("hi")], **body}
    with MockServer() as strict, MockServer(validation="warn") as warning:
        refused = error_of(httpx.post(f"{strict.url}/v1/messages", json=sent), 400)
        answer = httpx.post(f"{warning.url}/v1/messages", json=sent)
        assert answer.status_code == warned
        if warned == 400:
            assert answer.json()["error"] == refused
        shown = httpx.get(f"{warning.url}/_mock/requests/1").json()
        assert [finding["message"] for finding in shown["findings"]] == [refused["message"]]
        explained = httpx.post(f"{warning.url}/_mock/explain", json=sent).json()
        assert explained["answered_by"] == ("generated" if warned == 200 else "error")
        assert explained["finding"]["message"] == refused["message"]


@pytest.mark.parametrize("mode", ["warn", "off"])
def test_script_is_not_blamed_for_a_broken_body(mode: Literal["warn", "off"]) -> None:
    said = {"reply": {"text": "{{ prompt.tools | length }} {{ tool_result }}"}}
    sent = {"model": "claude-haiku-4-5", "messages": [user("hi")], "tools": [{"name": "t", "input_schema": {}}]}
    with MockServer(validation=mode) as server:
        headers = {"x-api-key": "sk-broken"}
        httpx.post(f"{server.url}/_mock/scenarios", json=said, headers=headers).raise_for_status()
        refused = httpx.post(f"{server.url}/v1/messages", json={**sent, "tools": [None]}, headers=headers)
        assert error_of(refused, 400)["message"].startswith("tools.0: ")
        blamed = httpx.post(f"{server.url}/v1/messages", json=sent, headers=headers)
        assert "'tool_result' is undefined" in blamed.json()["error"]["message"]


@pytest.mark.parametrize("secret", [f"sk-ant-api03-{'x' * 60}", "a-key-of-some-gateway"])
def test_key_given_as_a_model_is_not_repeated(running_strict: MockServer, secret: str) -> None:
    headers = {"x-api-key": secret, "anthropic-version": "2023-06-01"}
    with httpx.Client(base_url=running_strict.url, headers=headers) as client:
        body = {"model": secret, "max_tokens": 50, "messages": [user("hi")]}
        for answer in (client.post("/v1/messages", json=body), client.get(f"/v1/models/{secret}")):
            assert error_of(answer, 404)["message"] in ("model: sk-ant-…xxxx", "model: …eway")
        (listed, _) = client.get("/_mock/requests", params={"limit": 1000}).json()["requests"][-2:]
        assert listed["model"] in ("sk-ant-…xxxx", "…eway")


@pytest.mark.parametrize("mode", ["warn", "off"])
@pytest.mark.parametrize("value", ["1.5", '"x"', "[1]", '{"x":1}', "null", "true", "[" * 300 + "]" * 300])
@pytest.mark.parametrize(
    "text",
    [
        '"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":[{"type":"compaction","content":%s}]}]',
        '"messages":[{"role":"user","content":[{"type":"search_result","title":%s,"source":%s,"content":%s}]}]',
        '"messages":[{"role":"user","content":[{"type":"tool_result","content":[{"type":"document","citations":%s}]}]}]',
        '"tools":[{"name":"t","defer_loading":%s}],"messages":[{"role":"user","content":[{"type":"x","y":%s}]}]',
        '"tools":[{"name":%s,"type":%s,"description":%s}],"messages":[{"role":"user","content":"hi"}]',
        '"output_config":{"task_budget":%s,"format":%s},"messages":[{"role":"user","content":"hi"}]',
    ],
)
def test_no_value_breaks_counting(mode: Any, value: str, text: str) -> None:
    body = '{"model":"claude-opus-4-8","max_tokens":50,' + text.replace("%s", value) + "}"
    with MockServer(validation=mode) as server, httpx.Client(base_url=server.url) as client:
        assert client.post("/v1/messages", content=body.encode()).status_code in (200, 400)
        assert client.post("/v1/messages/count_tokens", content=body.encode()).status_code in (200, 400)
