"""Context management seen from outside: counts agree, streams are the same, and clients can go on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.records.call import VERSIONS
from mockserver.wires.messages.unfolding import fold
from tests.endpoints.contexts import (
    BOUND,
    CLEARS,
    COMPACT,
    LONG,
    ON_DEMAND,
    THRESHOLD,
    Json,
    ask,
    client,
    count,
    read_files,
    stream,
)
from tests.strict import error_of

PROFILES = ("relay", "anthropic")
READ = {"name": "read", "input_schema": {"type": "object", "properties": {"path": {"type": "string"}}}}
EDITS = [
    {"type": "clear_tool_uses_20250919", "trigger": {"type": "tool_uses", "value": 2}},
    {"type": "clear_tool_uses_20250919", "trigger": {"type": "input_tokens", "value": 500}, "clear_tool_inputs": True},
    {"type": "clear_tool_uses_20250919", "trigger": {"type": "tool_uses", "value": 90}},
]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("model", ["claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-5"])
@pytest.mark.parametrize("version", VERSIONS)
def test_counts_agree_with_usage(edit: Json, model: str, version: str) -> None:
    body = {"model": model, "messages": read_files(6), "tools": [READ], "context_management": {"edits": [edit]}}
    with client(beta=CLEARS, version=version) as caller:
        counted, said, events = count(caller, **body), ask(caller, **body), stream(caller, **body)
        plain = count(caller, **{key: value for key, value in body.items() if key != "context_management"})
    assert counted["input_tokens"] == said["usage"]["input_tokens"] == events[0]["message"]["usage"]["input_tokens"]
    applied = said["context_management"]["applied_edits"]
    original = counted["context_management"]["original_input_tokens"]
    assert counted["input_tokens"] + sum(each["cleared_input_tokens"] for each in applied) == original
    assert original == plain["input_tokens"]
    assert len(applied) == (edit["trigger"]["value"] != 90)
    assert events[-2]["context_management"] == said["context_management"]
    assert "context_management" not in events[0]["message"]
    assert list(fold(events)) == list(said)


def test_a_prompt_is_too_long_only_after_clearing() -> None:
    messages = read_files(6)
    for message in messages[2::2]:
        message["content"][0]["content"] = "word " * 40_000
    body = {"model": "claude-haiku-4-5", "messages": messages, "tools": [READ]}
    with client(beta=CLEARS) as caller:
        refused = error_of(caller.post("/v1/messages", json={**body, "max_tokens": 9}), 400)
        assert "prompt is too long" in refused["message"]
        assert ask(caller, **body, context_management={"edits": [EDITS[0]]})["usage"]["input_tokens"] < 150_000


@pytest.mark.parametrize("profile", PROFILES)
def test_a_conversation_goes_on_after_a_summary(profile: str) -> None:
    body = {"model": "claude-sonnet-4-6", "context_management": {"edits": [COMPACT]}}
    with client(beta=THRESHOLD, profile=profile) as caller:
        # Counting "does not trigger new compactions".
        before = count(caller, **body, messages=[LONG])
        said = ask(caller, **body, messages=[LONG])
        events = stream(caller, **body, messages=[LONG])
        more = [LONG, {"role": "assistant", "content": said["content"]}, {"role": "user", "content": "And now?"}]
        counted, later = count(caller, **body, messages=more), ask(caller, **body, messages=more)
        dropped = count(caller, **body, messages=more[1:])
    assert before["input_tokens"] == before["context_management"]["original_input_tokens"] > 50_000
    assert [block["type"] for block in said["content"]] == ["compaction", "text"]
    assert said["usage"]["input_tokens"] < 400
    assert fold(events)["content"][0] == said["content"][0]
    assert [block["type"] for block in later["content"]] == ["text"]
    assert counted["input_tokens"] == dropped["input_tokens"] == later["usage"]["input_tokens"] < 500
    assert counted["context_management"]["original_input_tokens"] > 50_000
    assert [each["type"] for each in later["usage"]["iterations"]] == ["message"]


@pytest.mark.parametrize("model", BOUND)
def test_thoughts_behind_a_summary_may_come_back_without_what_it_replaces(model: str) -> None:
    thinking = {"thinking": {"type": "adaptive"}}
    body = {"model": model, "context_management": {"edits": [COMPACT]}, **thinking}
    with client(beta=THRESHOLD) as caller:
        said = {"role": "assistant", "content": ask(caller, **body, messages=[LONG])["content"]}
        assert [block["type"] for block in said["content"]][:2] == ["compaction", "thinking"]
        for before in ([LONG], []):
            ask(caller, **body, messages=[*before, said, {"role": "user", "content": "Go on."}])
        changed = {**said["content"][0], "content": "They spoke of something else."}
        said["content"][0] = changed
        answer = caller.post(
            "/v1/messages", json={**body, "max_tokens": 9, "messages": [said, {"role": "user", "content": "Go on."}]}
        )
        assert answer.status_code == (400 if model in BOUND[:2] else 200)


@pytest.mark.parametrize("model", BOUND)
def test_kept_turns_keep_their_thinking(model: str) -> None:
    question = {"role": "user", "content": "Name a city."}
    with client(beta=ON_DEMAND) as caller:
        body = {"model": model, "thinking": {"type": "adaptive"}}
        kept = {"role": "assistant", "content": ask(caller, **body, messages=[question])["content"]}
        summary = ask(caller, **body, messages=[question], compaction={"type": "summarize"})["content"]
        leads = {"role": "assistant", "content": summary}
        said = ask(caller, **body, messages=[leads, kept, {"role": "user", "content": "Another."}])
    assert said["stop_reason"] == "end_turn"


SCRIPT = """
scenarios:
  - name: two answers
    calls: [First., Second.]
"""


def test_a_pause_uses_up_no_scripted_answer(tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    file.write_text(SCRIPT)
    paused = {"edits": [{**COMPACT, "pause_after_compaction": True}]}
    body = {"model": "claude-sonnet-4-6", "context_management": paused}
    with client(str(file), beta=THRESHOLD) as caller:
        summary = ask(caller, **body, messages=[LONG])
        assert (summary["stop_reason"], len(summary["content"])) == ("compaction", 1)
        leads = {"role": "assistant", "content": summary["content"]}
        texts = [
            ask(caller, **body, messages=[LONG, leads, {"role": "user", "content": "Go on."}])["content"][0]["text"]
            for _ in range(2)
        ]
    assert texts == ["First.", "Second."]


@pytest.mark.parametrize("model", ["claude-sonnet-4-6", "claude-opus-5", "claude-opus-5-5"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_loop_compacts_on_demand(model: str, version: str) -> None:
    question = {"role": "user", "content": "Name the entities of a recipe app."}
    with client(beta=ON_DEMAND, version=version) as caller:
        said = ask(caller, model=model, messages=[question], compaction={"type": "summarize"})
        events = stream(caller, model=model, messages=[question], compaction={"type": "summarize"})
        assert fold(events)["content"][0]["content"] == said["content"][0]["content"]
        assert count(caller, model=model, messages=[question], compaction={"type": "summarize"}) == count(
            caller, model=model, messages=[question]
        )
        history: list[Json] = [{"role": "assistant", "content": said["content"]}, {"role": "user", "content": "Go on."}]
        assert ask(caller, model=model, messages=history)["stop_reason"] == "end_turn"
        again = ask(caller, model=model, messages=history, compaction={"type": "summarize"})
    assert again["stop_reason"] == "compaction"
    assert again["content"][0]["signature"] != said["content"][0]["signature"]


ODD: list[Any] = [
    "x",
    [],
    {"edits": "x"},
    {"edits": [None]},
    {"edits": [{"type": "clear_tool_uses_20250919", "trigger": {"type": [], "value": -1}, "keep": "all"}]},
    {"edits": [{"type": "clear_tool_uses_20250919", "trigger": {"type": "tool_uses", "value": 0}, "keep": {}}]},
    {"edits": [{"type": "clear_thinking_20251015", "keep": {"value": 1.5}}, {"type": "compact_20260112"}, {}]},
    {"edits": [{"type": "compact_20260112", "trigger": {"value": 0}, "instructions": "", "pause_after_compaction": 1}]},
    {"edits": [{"type": "compact_20260112", "trigger": {"value": 10**30}}]},
]
ODD_COMPACTIONS: list[Any] = ["x", {"instructions": 7}, {"type": "summarize"}, []]


@pytest.mark.parametrize("managed", ODD)
def test_odd_edits_never_break_the_server(managed: Any) -> None:
    body = {"model": "claude-sonnet-4-6", "messages": read_files(3), "context_management": managed}
    with client(beta=f"{CLEARS},{THRESHOLD}", validation="off") as caller:
        for path in ("", "/count_tokens"):
            assert caller.post(f"/v1/messages{path}", json={**body, "max_tokens": 99}).status_code in (200, 400)
        for given in ODD_COMPACTIONS:
            asked = {**body, "context_management": None, "compaction": given, "max_tokens": 99}
            assert caller.post("/v1/messages", json=asked).status_code in (200, 400)
