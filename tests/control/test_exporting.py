"""A session in one file: as a page that stands alone, as its data, and as scenarios."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2 as httpx
import jsonschema
import pytest
import yaml

from mockserver.cli.checking import check
from mockserver.control.exporting import cut_misses, gather
from mockserver.testing.server import MockServer

KEY = "sk-ant-api03-" + "k" * 40 + "-last"
HEADERS = {"x-api-key": KEY, "anthropic-version": "2023-06-01"}
HOSTILE = (
    "</script><script>alert(1)</script> <!-- <script> --> ]]> {data} {script} & &lt;",
    "\u202eright to left\u202c \u2066 isolates\u2069 \u2028 and \u2029 lines \x00 \x1b[31m",
    '"}]}</SCRIPT\n><img src=x onerror=alert(1)>',
)
SCRIPT = """
scenarios:
  - {when: {user: weather}, turns: [{tool_use: {name: get_weather, input: {city: Oslo}}}, {text: "12 degrees: mild."}]}
  - {when: {user: busy}, calls: [{error: overloaded_error}, {text: "Now I can."}]}
"""
TOOLS = [{"name": "get_weather", "input_schema": {"type": "object"}}]
USE = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "12"}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """Of no session: it asks the control interface about all of them."""
    with httpx.Client(transport=MockServer().transport, base_url="http://localhost") as found:
        yield found


def ask(client: httpx.Client, said: Any, session: str = "t", **more: Any) -> httpx.Response:
    messages = said if isinstance(said, list) else [{"role": "user", "content": said}]
    body = {"model": "claude-opus-5", "max_tokens": 200, "messages": messages, **more}
    return client.post("/v1/messages", json=body, headers={**HEADERS, "x-mock-session": session})


def export(client: httpx.Client, form: str, **query: Any) -> httpx.Response:
    return client.get("/_mock/export", params={"format": form, **query}).raise_for_status()


def read_data(page: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_data_are_those_of_the_control_interface(client: httpx.Client) -> None:
    ask(client, "Hello")
    ask(client, "Hello again", stream=True)
    ask(client, "Other", session="other")
    exported = export(client, "json", session="t").json()
    assert (exported["title"], exported["session"], exported["left_out"]) == ("Session t", "t", 0)
    assert [each["entry"]["number"] for each in exported["requests"]] == [1, 2]
    for each in exported["requests"]:
        path = f"/_mock/requests/{each['entry']['number']}"
        assert each["entry"] == client.get(path).json()
        assert each["timeline"] == client.get(f"{path}/events").json()
        assert each["changes"] == client.get(f"{path}/changes").json()
    document = client.get("/_mock/openapi.json").json()
    schema = {"$ref": "#/components/schemas/Export", "components": document["components"]}
    jsonschema.validate(exported, schema)
    whole = export(client, "json").json()
    assert (whole["title"], whole["session"], len(whole["requests"])) == ("All sessions", None, 3)
    assert [each["entry"]["number"] for each in export(client, "json", since=2).json()["requests"]] == [3]


def test_export_says_why_the_nearest_scenarios_did_not_fit() -> None:
    server = MockServer(unmatched="generate")
    for at in range(12):
        server.scripts.when(user=f"{'Hello ' * at}?").reply("Hi.")
    with httpx.Client(transport=server.transport, base_url="http://localhost") as client:
        ask(client, "Hello Hello")
        (exported,) = export(client, "json").json()["requests"]
        whole = client.get("/_mock/requests/1").json()
    assert (len(whole["misses"]), whole["misses_left_out"]) == (12, 0)
    cut = {**whole, "misses": whole["misses"][:8], "misses_left_out": 4}
    assert exported["entry"] == cut == cut_misses(whole)


def test_page_holds_the_same_data(client: httpx.Client) -> None:
    ask(client, "Hello")
    answer = export(client, "html", session="t")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="mockserver-\d{8}-\d{6}\.html"', answer.headers["content-disposition"])
    assert "<title>Session t</title>" in answer.text
    assert read_data(answer.text)["requests"] == export(client, "json", session="t").json()["requests"]


@pytest.mark.parametrize("said", HOSTILE, ids=["script", "marks", "image"])
def test_no_text_gets_out_of_the_data(client: httpx.Client, said: str) -> None:
    ask(client, said, stream=True)
    ask(client, "call", tools=[{"name": "x", "description": said, "input_schema": {"type": "object"}}])
    client.get("/v1/models?x=%3C/script%3E", headers={"user-agent": "</script><b>", "x-mock-session": "</title><b>"})
    page = export(client, "html").text
    assert page.count("<") == export(client, "html", session="nobody").text.count("<")
    data = read_data(page)
    assert data["requests"][0]["entry"]["body"]["messages"][0]["content"] == said
    assert data["requests"][2]["entry"]["session"] == "</title><b>"


def test_title_is_text(client: httpx.Client) -> None:
    page = export(client, "html", session="</title><b>\u202e{data}").text
    assert "<title>Session &lt;/title&gt;&lt;b&gt;\\u202e{data}</title>" in page


def test_policy_knows_the_script_and_the_style_alone(client: httpx.Client) -> None:
    page = export(client, "html").text
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    parts = [re.findall(rf"<{name}>(.*?)</{name}>", page, re.DOTALL) for name in ("script", "style")]
    script, style = (b64encode(sha256(found.encode()).digest()).decode() for (found,) in parts)
    assert f"script-src 'sha256-{script}'; style-src 'sha256-{style}';" in policy[1]
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]


@pytest.mark.parametrize("form", ["html", "json", "scenarios"])
def test_secrets_are_masked(client: httpx.Client, form: str) -> None:
    ask(client, f"my key is {KEY}", stream=True)
    ask(client, [{"role": "user", "content": [{"type": "text", "text": "x", "api_key": KEY}]}])
    assert KEY[:24] not in export(client, form).text


@pytest.mark.parametrize("form", ["html", "json", "scenarios"])
def test_anything_can_be_exported(client: httpx.Client, form: str) -> None:
    half = b'{"messages":[{"role":"user","content":"\\ud800"}],"n":1%b}' % (b"0" * 90)
    for body in (b"{", b"", b"\xff\xfe", b"[" * 90_000, half):
        client.post("/v1/messages", content=body, headers=HEADERS)
    client.post("/v1/files", files={"file": ("u.txt", b"x")})
    client.get("/nowhere")
    client.post("/v1/messages/batches", json={"requests": []})
    answer = export(client, form)
    if form == "scenarios":
        assert yaml.safe_load(answer.text) == {"scenarios": []}
        return
    data = read_data(answer.text) if form == "html" else answer.json()
    assert len(data["requests"]) == 8


def test_nothing_can_be_exported(client: httpx.Client) -> None:
    assert export(client, "json", session="nobody").json()["requests"] == []
    assert export(client, "scenarios").text == "scenarios: []\n"


def test_unknown_format_is_refused(client: httpx.Client) -> None:
    answer = client.get("/_mock/export?format=pdf")
    assert answer.status_code == 400
    assert answer.json()["error"]["expected"] == "html or json or scenarios"


def test_latest_requests_stay_where_there_is_no_room() -> None:
    made: list[int] = []

    def show(number: int) -> dict[str, Any]:
        made.append(number)
        return {"text": "x" * 100, "number": number}

    gathered = gather([partial(show, number) for number in range(10)], most=400)
    assert [json.loads(each)["number"] for each in gathered.requests] == [7, 8, 9]
    assert gathered.left_out == 7
    assert made == [9, 8, 7, 6]
    assert len(gather([lambda: {"text": "x" * 1000}], most=400).requests) == 1


def said(text: str) -> list[dict[str, Any]]:
    return [{"role": "user", "content": text}]


def play(client: httpx.Client) -> list[Any]:
    turns = [*said("weather in Oslo?"), {"role": "assistant", "content": [USE]}, {"role": "user", "content": [RESULT]}]
    conversations = [said("weather in Oslo?"), said("I am busy"), turns, said("I am busy")]
    answers = [ask(client, each, tools=TOOLS) for each in conversations]
    return [(each.status_code, [_drop_id(block) for block in each.json().get("content", ())]) for each in answers]


def _drop_id(block: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in block.items() if key != "id"}


def test_scenarios_answer_as_the_session_was_answered(client: httpx.Client, tmp_path: Path) -> None:
    client.post("/_mock/scenarios", content=SCRIPT, headers={"x-mock-session": "t"}).raise_for_status()
    before = play(client)
    assert [status for status, _ in before] == [200, 529, 200, 200]
    ask(client, "refused", max_tokens=-1)
    exported = tmp_path / "session.yaml"
    exported.write_bytes(export(client, "scenarios", session="t").content)
    assert "# Request 5 is refused without a scenario: max_tokens: " in exported.read_text()
    assert check((str(exported),), "text") == 0
    server = MockServer(exported, unmatched="error")
    with httpx.Client(transport=server.transport, base_url="http://localhost") as other:
        assert play(other) == before
