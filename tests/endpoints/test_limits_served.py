"""Scripted answers end where the request ends them: from files, from Python, through the SDK, whole and streamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anthropic
import httpx2 as httpx
import pytest

from mockserver import MockServer, asgi_transport
from mockserver.contract import validate_response, validate_stream
from mockserver.records.call import VERSIONS
from mockserver.wires.messages.unfolding import fold
from tests.strict import events_of

TEXT = "Parrots are birds of warm countries, most of them green, and they live for a long time. " * 8
MODEL = "claude-opus-4-8"
WRITE: Any = {"name": "write", "input_schema": {"type": "object"}}
FILE = f"""
defaults: {{answer: {{enforce_limits: DEFAULT}}}}
scenarios:
  - {{when: {{user: kept}}, reply: {{text: "{TEXT}", enforce_limits: false}}}}
  - {{when: {{user: cut}}, reply: {{text: "{TEXT}", enforce_limits: true}}}}
  - {{when: {{user: told}}, reply: {{text: "{TEXT}", enforce_limits: "{{{{ prompt.stream }}}}"}}}}
  - {{when: {{user: ended}}, reply: {{text: "{TEXT}", stop_reason: end_turn}}}}
  - {{when: {{user: declined}}, reply: {{text: "{TEXT}", refusal: true}}}}
  - {{when: {{user: obeying end}}, reply: {{text: "{TEXT}", stop_reason: end_turn, enforce_limits: true}}}}
  - {{when: {{user: obeying refusal}}, reply: {{text: "{TEXT}", refusal: cyber, enforce_limits: true}}}}
  - {{when: {{user: obeying pause}}, reply: {{text: "{TEXT}", pause_turn: true, enforce_limits: true}}}}
  - {{when: {{user: failed}}, reply: {{error: overloaded_error}}}}
  - {{when: {{user: generated}}, reply: {{generate: {{words: 200}}}}}}
  - {{when: {{user: echoed}}, reply: {{echo: true}}}}
  - {{when: {{user: write}}, reply: {{tool_use: {{name: write, input: {{path: a.py, content: "{TEXT}"}}}}}}}}
  - reply: "{TEXT}"
"""


def post(fixture: Path, text: str, *, version: str = VERSIONS[-1], **more: Any) -> httpx.Response:
    headers = {"x-api-key": "sk-valid", "anthropic-version": version}
    asked = {"model": MODEL, "max_tokens": 40, "messages": [{"role": "user", "content": text}], **more}
    with httpx.Client(transport=asgi_transport(str(fixture)), base_url="http://test", headers=headers) as client:
        answer: httpx.Response = client.post("/v1/messages", json=asked)
        return answer


@pytest.mark.parametrize("default", [True, False])
@pytest.mark.parametrize(
    ("asked", "is_cut"),
    [
        ("kept", False),
        ("cut", True),
        ("told", True),
        ("ended", False),
        ("declined", False),
        ("obeying end", True),
        ("obeying refusal", True),
        ("obeying pause", True),
        ("generated", None),
        ("echoed " + TEXT, None),
        ("anything else", None),
    ],
)
def test_files_say_what_obeys(tmp_path: Path, asked: str, is_cut: bool | None, default: bool) -> None:
    (fixture := tmp_path / "a.yaml").write_text(FILE.replace("DEFAULT", str(default).lower()), "utf-8")
    message = fold(events_of(post(fixture, asked, stream=True).raise_for_status().text))
    assert (message["stop_reason"] == "max_tokens") is (default if is_cut is None else is_cut)
    assert (message["usage"]["output_tokens"] == 40) is (message["stop_reason"] == "max_tokens")
    assert post(fixture, "failed").status_code == 529


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("limit", [1, 40, 60, 110, 4000])
@pytest.mark.parametrize("eager", [True, False])
@pytest.mark.parametrize("asked", ["write", "anything else"])
def test_stream_and_message_are_cut_alike(tmp_path: Path, asked: str, limit: int, version: str, eager: bool) -> None:
    (fixture := tmp_path / "a.yaml").write_text(FILE.replace("DEFAULT", "true"), "utf-8")
    more: dict[str, Any] = {
        "max_tokens": limit,
        "version": version,
        "tools": [{**WRITE, "eager_input_streaming": eager}],
    }
    whole = post(fixture, asked, **more).raise_for_status().json()
    events = events_of(post(fixture, asked, stream=True, **more).raise_for_status().text)
    assert validate_response(whole) == validate_stream(events) == []
    folded = fold(events)
    assert [{**block, "id": ""} for block in folded["content"]] == [{**block, "id": ""} for block in whole["content"]]
    assert folded["usage"] == whole["usage"]
    assert (whole["stop_reason"] == "max_tokens") is (limit < 4000)


def test_the_sdk_reads_a_torn_input_as_it_comes_whole() -> None:
    with MockServer() as server, anthropic.Anthropic(base_url=server.url, api_key="k", max_retries=0) as client:
        server.session("k").when().reply(tool_use={"name": "write", "input": {"path": "a.py", "content": TEXT}})
        for limit in range(20, 160, 7):
            tools: Any = [{**WRITE, "eager_input_streaming": limit % 2 == 0}]
            asked: Any = {"model": MODEL, "max_tokens": limit, "messages": [{"role": "user", "content": "Hi"}]}
            whole = client.messages.create(**asked, tools=tools)
            with client.messages.stream(**asked, tools=tools) as stream:
                final = stream.get_final_message()
            assert (final.stop_reason, final.usage.output_tokens) == (whole.stop_reason, whole.usage.output_tokens)
            assert [getattr(block, "input", None) for block in final.content] == [
                getattr(block, "input", None) for block in whole.content
            ]


def test_python_says_what_obeys() -> None:
    with MockServer() as server, anthropic.Anthropic(base_url=server.url, api_key="k", max_retries=0) as client:
        session = server.session("k")
        session.when().calls([{"text": TEXT}, {"text": TEXT, "enforce_limits": False}])
        asked: Any = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        reasons = [client.messages.create(**asked).stop_reason for _ in range(2)]
        session.when().reply(TEXT, enforce_limits=False)
        assert [*reasons, client.messages.create(**asked).stop_reason] == ["max_tokens", "end_turn", "end_turn"]
