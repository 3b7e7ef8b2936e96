"""A whole run is recorded with secrets everywhere, and none of them is in any file; it replays without the upstream."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import MockServer
from tests.recordings.planting import FORMED, ORGANIZATION, forms_of

OURS, THEIRS = "clients-own-key-27182818-no-form", "upstreams-own-key-31415926-no-form"
COOKIE, SET_COOKIE = "cookievalue1234567890", "cfcookievalue0987654321"
MCP, PERSON, PROJECT, STREET = "mcp-token-of-mine-77", "4f" * 32, "ACME-4711-PROJECT", "Hauptstrasse siebzehn"
SECRETS = (*FORMED.values(), OURS, THEIRS, COOKIE, SET_COOKIE, ORGANIZATION, MCP, PERSON, PROJECT, STREET)
ASKED = " ".join((*FORMED.values(), OURS, PROJECT))
ANSWERED = f"{ASKED} {THEIRS} {COOKIE} {SET_COOKIE} of your organization ({ORGANIZATION})"
HEADERS = {"set-cookie": f"__cf_bm={SET_COOKIE}; path=/", "anthropic-organization-id": ORGANIZATION, "x-new": ANSWERED}
TOOL = {"name": "lookup", "description": ASKED, "input_schema": {"type": "object", "properties": {}}}
MODEL: dict[str, Any] = {"model": "claude-haiku-4-5", "max_tokens": 2000}


@pytest.fixture
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockServer]:
    given = {"q": ANSWERED, "address": STREET, "b64": b64encode(f"Here: {ANSWERED}".encode()).decode()}
    tool = {"user": {"contains": "tool"}, "tool_result": False}
    scenarios: list[dict[str, Any]] = [
        {
            "when": tool,
            "reply": {"thinking": ANSWERED, "tool_use": {"name": "lookup", "input": given}, "headers": HEADERS},
        },
        {
            "when": {"user": {"contains": "fail"}},
            "reply": {"error": {"status": 400, "message": f"bad: {ANSWERED}"}, "headers": HEADERS},
        },
        {"reply": {"text": f"Answer: {ANSWERED}", "headers": HEADERS}},
    ]
    fixture = tmp_path_factory.mktemp("upstream") / "all.yaml"
    fixture.write_text(json.dumps({"scenarios": [{"name": f"s{at}", **each} for at, each in enumerate(scenarios)]}))
    with MockServer(str(fixture), seed=7, validation="off") as server:
        yield server


def say(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def run(url: str) -> list[Any]:
    """What a program does with the API: what it gets, but for ids and times."""
    person = {"user_id": f"user_{PERSON}_account_{ORGANIZATION}_session_{ORGANIZATION}"}
    headers = {"cookie": f"sid={COOKIE}", "x-more": ASKED, "user-agent": f"me {FORMED['e-mail']}"}
    client: Any = anthropic.Anthropic(api_key=OURS, base_url=url, max_retries=0, default_headers=headers)
    create, tools = client.messages.create, {"tools": [TOOL], "thinking": {"type": "enabled", "budget_tokens": 1024}}
    got: list[Any] = [create(messages=[say(f"Hello {ASKED}")], system=ASKED, metadata=person, **MODEL).content[0].text]
    with client.messages.stream(messages=[say(f"use the tool {ASKED}")], **tools, **MODEL) as stream:
        message = stream.get_final_message()
    content = [block.to_dict() for block in message.content]
    result = {"type": "tool_result", "tool_use_id": content[-1]["id"], "content": json.dumps([{"rows": ASKED}])}
    turns = [
        say(f"use the tool {ASKED}"),
        {"role": "assistant", "content": content},
        {"role": "user", "content": [result]},
    ]
    got += content[-1]["input"].values(), create(messages=turns, **tools, **MODEL).content[-1].text
    with pytest.raises(anthropic.BadRequestError) as caught:
        create(messages=[say(f"fail {ASKED}")], **MODEL)
    failure: Any = caught.value
    got.append(failure.body["error"]["message"])
    got.append(client.messages.count_tokens(model=MODEL["model"], messages=[say(ASKED)]).input_tokens)
    server = {
        "type": "url",
        "name": "m",
        "url": f"https://me:{MCP}@mcp.example/sse?token={MCP}",
        "authorization_token": MCP,
    }
    toolset = [{"type": "mcp_toolset", "mcp_server_name": "m"}]
    beta = client.beta.messages.create(
        messages=[say(f"mcp {ASKED}")], mcp_servers=[server], tools=toolset, betas=["mcp-client-2025-11-20"], **MODEL
    )
    got.append(beta.content[0].text)
    got.append(
        client.beta.files.upload(file=(f"of {FORMED['e-mail']}.txt", f"a {ASKED}\n".encode(), "text/plain")).filename
    )
    binary = b"\0\xff" + OURS.encode() + b"\0" + FORMED["key of the API"].encode()
    got.append(client.beta.files.upload(file=("a.bin", binary, "application/octet-stream")).size_bytes)
    batch = client.messages.batches.create(requests=[{"custom_id": "a", "params": {**MODEL, "messages": [say(ASKED)]}}])
    got.append(client.messages.batches.retrieve(batch.id).request_counts.processing)
    query = f"/v1/models?key={FORMED['Google']}&x={OURS}"
    got.append(httpx2.get(url + query, headers={"x-api-key": OURS, "anthropic-version": "2023-06-01"}).status_code)
    return [list(each) if isinstance(each, type({}.values())) else each for each in got]


def test_no_secret_of_a_recorded_run_is_in_any_file(
    upstream: MockServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", THEIRS)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder = tmp_path / "cassettes"
    words: dict[str, Any] = {"redact": [r"ACME-\d+-\w+", "$..address"], "record_errors": True, "upstream": upstream.url}
    with MockServer(record=str(folder), record_mode="all", **words) as recorder:
        first = run(recorder.url)
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert len(written) >= 4
    written[Path("console")] = f"{capsys.readouterr()}{caplog.text}".encode()
    found = [
        (secret, str(path))
        for path, data in written.items()
        for secret in SECRETS
        for form in forms_of(secret)
        if form in data or form in str(path).encode()
    ]
    assert found == []
    assert ANSWERED in first[0]
    upstream.stop()
    with MockServer(str(folder), unmatched="error") as replaying:
        replayed = [run(replaying.url) for _ in range(2)]
    assert replayed[0] == replayed[1]
    assert replayed[0][4:] == [first[4], *replayed[0][5:6], "of redacted@example.com.txt", *first[7:]]
    assert replayed[0][0].startswith("Answer: <secret> ")
    assert replayed[0][0].endswith("(00000000-0000-4000-8000-000000000000)")


def test_the_key_of_the_upstream_is_in_no_journal(
    upstream: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Callers do not know it; an upstream that repeats it tells it to the client alone."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", THEIRS)
    with MockServer(record=str(tmp_path), record_mode="all", upstream=upstream.url) as recorder:
        client: Any = anthropic.Anthropic(api_key=OURS, base_url=recorder.url, max_retries=0)
        assert THEIRS in client.messages.create(messages=[say("Hello")], **MODEL).content[0].text
        with pytest.raises(anthropic.BadRequestError, match=THEIRS):
            client.messages.create(messages=[say("fail")], **MODEL)
        with client.messages.stream(messages=[say("Hello")], **MODEL) as stream:
            assert THEIRS in stream.get_final_text()
        pages = ("", "/1", "/2", "/3")
        shown = b"".join(
            [httpx2.get(f"{recorder.url}/_mock/requests{page}", headers={"x-api-key": OURS}).content for page in pages]
        )
    assert shown.count(b"<secret>") >= 3
    assert [form for form in forms_of(THEIRS) if form in shown] == []


@pytest.mark.parametrize("words", [100, 12_000])
def test_no_journal_keeps_a_secret_in_the_deltas_of_a_stream(
    words: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a stream that is cut there is no message, and of a large one none is made."""
    monkeypatch.setenv("ANTHROPIC_API_KEY", THEIRS)
    told = f"{OURS} {THEIRS} {FORMED['key of the API']}"
    cut = {"then": "disconnect", "after_events": 30 if words == 100 else 10**6}
    script = {"text": f"{told} {'word ' * words}", "fault": cut}
    fixture, store = tmp_path / "all.yaml", tmp_path / "store"
    fixture.write_text(json.dumps({"scenarios": [{"name": "a", "reply": script}]}))
    with MockServer(str(fixture)) as upstream:
        more: dict[str, Any] = {"record_mode": "all", "upstream": upstream.url, "store": str(store)}
        with MockServer(record=str(tmp_path / "cassettes"), **more) as recorder:
            asked = {**MODEL, "max_tokens": 64_000, "messages": [say("Hello")], "stream": True}
            with httpx2.stream("POST", f"{recorder.url}/v1/messages", json=asked, headers={"x-api-key": OURS}) as came:
                got = read_all(came)
            shown = httpx2.get(f"{recorder.url}/_mock/requests/1", headers={"x-api-key": OURS}).text
    assert told in put_together(got)
    kept = [shown, *(path.read_text("latin-1") for path in store.rglob("*") if path.is_file())]
    assert [secret for secret in told.split() for text in kept if secret in put_together(text)] == []


def read_all(came: httpx2.Response) -> str:
    """What of an answer came before it was cut."""
    parts = list[str]()
    with suppress(httpx2.RemoteProtocolError):
        parts.extend(came.iter_text())
    return "".join(parts)


def put_together(text: str) -> str:
    """The texts of the deltas in a stream, also where that is a text in JSON."""
    return "".join(re.findall(r'"text": ?"([^"]*)"', text.replace("\\", "")))
