"""Conversations: the examples of the fixtures, every fault, threads, and thoughts that are sent back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from .bodies import DATA, group
from .exchange import COUNT, IMPATIENT, MESSAGES, PATIENT, Exchange, Group, Json, both, post
from .following import again, answer_tools, continue_talk, continue_thread

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
# Keys of an example that are no fields of the body.
APART = ("user", "results", "headers", "says", "ends", "messages", "tools", "endpoint", "method", "wire")
# Streams of these never end.
SILENT = ("fault-left_open",)
# These take seconds; once is enough.
SLOW = ("slow", "stalling", "stuck")
THREADS = {"anthropic-beta": "message-threads-2026-08-12"}
CONTROLS = {"anthropic-beta": "thinking-binding-controls-2026-08-01"}
LOOK = {"name": "look", "input_schema": {"type": "object"}}
STREAMS = {"whole": False, "streamed": True}


def groups() -> Iterator[Group]:
    """All groups of this module."""
    for name, example in examples().items():
        for kind, stream in STREAMS.items():
            yield conversation(name, kind, example, stream=stream)
    for stream in STREAMS.values():
        yield thread("threads", "relay", stream=stream)
        yield thread("threads exact", "anthropic", stream=stream)
        for model in ("claude-fable-5-2", "claude-opus-5-5", "claude-opus-5"):
            yield thoughts(model, stream=stream)
    yield compaction()
    yield context()


def examples() -> dict[str, Json]:
    """A request for each scenario of the fixtures, by the scenario's name."""
    # The loader in C reads "What?" between braces; the one in Python does not.
    load = partial(yaml.load, Loader=yaml.CSafeLoader)
    found: dict[str, Json] = load((DATA / "scenarios/examples.yaml").read_text("utf-8"))
    faults = load((FIXTURES / "faults.yaml").read_text("utf-8"))["scenarios"]
    return found | {each["name"]: {**each["when"], "tools": ["look"]} for each in faults}


def conversation(name: str, kind: str, example: Json, *, stream: bool) -> Group:
    """An example with the results of its tools, and its first request twice more, which advances its script."""
    session = f"examples/{name}/{kind}"
    body: Json = {"model": "claude-sonnet-4-5", "max_tokens": 1000}
    body |= {key: value for key, value in example.items() if key not in APART}
    body["messages"] = example.get("messages") or [{"role": "user", "content": example["user"]}]
    body["stream"] = stream or bool(example.get("stream"))
    if "tools" in example:
        body["tools"] = [{**LOOK, "name": tool} if isinstance(tool, str) else tool for tool in example["tools"]]
    headers = example.get("headers", {})
    patience = IMPATIENT if name in SILENT and stream else PATIENT
    path = "/v1/chat/completions" if example.get("wire") == "chat" else MESSAGES
    first = post(body, session, path, headers)
    exchanges = [Exchange("first", first, patience=patience)]
    exchanges += [
        Exchange(f"turn {number}", answer_tools(list(map(str, results))))
        for number, results in enumerate(example.get("results", ()), 1)
    ]
    counted = {key: value for key, value in body.items() if key not in ("max_tokens", "stream", "stop_sequences")}
    exchanges.append(Exchange("counted", post(counted, session, COUNT, headers)))
    exchanges.append(Exchange("explained", post(body, session, "/_mock/explain", headers)))
    if name not in SLOW:
        exchanges += [Exchange(f"again {number}", first, patience=patience) for number in (1, 2)]
    return group(session, "strict", exchanges)


def thread(name: str, server: str, *, stream: bool) -> Group:
    """A thread: created, continued, continued with every mistake, and continued again."""
    session = f"{name}/{'streamed' if stream else 'whole'}"
    headers = {**THREADS, "anthropic-version": "2023-06-01"}
    body: dict[str, Any] = {"model": "claude-opus-4-5", "max_tokens": 200, "system": "Be short.", "tools": [LOOK]}
    begun = {**body, "stream": stream, "messages": [{"role": "user", "content": "one"}], "thread": {"type": "create"}}
    unknown = {**begun, "thread": {"type": "continue", "previous_message_id": "msg_0"}}
    exchanges = [
        Exchange("unknown", post(unknown, session, headers=headers)),
        Exchange("no beta", post(begun, session, headers={"anthropic-version": "2023-06-01"})),
        Exchange("unsupported", post({**begun, "fallbacks": "default"}, session, headers=headers)),
        Exchange("begun", post(begun, session, headers=headers)),
        Exchange("other model", continue_thread("two", model="claude-haiku-4-5")),
        Exchange("held already", continue_thread("two", 2, system="Be short.")),
        Exchange("other system", continue_thread("two", 3, system="Be long.")),
        Exchange("continued", continue_thread("two", 4)),
        Exchange("continued again", continue_thread("again", 5)),
        Exchange("third", continue_thread("three", 2, tool_choice={"type": "auto"})),
        Exchange("again", again),
    ]
    return group(session, server, exchanges)


def thoughts(model: str, *, stream: bool) -> Group:
    """Thoughts sent back: unchanged, after changes before them, and with each setting for such changes."""
    session = f"thoughts/{model}/{'streamed' if stream else 'whole'}"
    body = {"model": model, "max_tokens": 2000, "system": "be kind", "tools": [LOOK], "stream": stream}
    asked = {**body, "messages": [{"role": "user", "content": "hi"}]}
    changes: dict[str, Json] = {
        "other system": {"system": "be rude"},
        "other tools": {"tools": [{**LOOK, "name": "see"}]},
        "no system": {"system": None},
    }
    for wish in ("drop_block", "error"):
        binding = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": wish}}
        changes[f"other system, {wish}"] = {"system": "be rude", "thinking": binding}
    first = Exchange("asked", post(asked, session, headers=CONTROLS))
    exchanges = [first, Exchange("as they were", continue_talk("go on")), Exchange("turn 2", continue_talk("and on"))]
    for name, change in changes.items():
        exchanges += [replace(first, name=f"{name}/asked"), Exchange(name, continue_talk("go on", **change))]
    return group(session, "relay", exchanges)


def context() -> Group:
    """Edits that are due and others that are not, and a summary at a threshold, with a pause and without."""
    session, headers = "context", {"anthropic-beta": "context-management-2025-06-27,compact-2026-01-12"}
    asked: list[Json] = [{"role": "user", "content": "look " * 60_000}]
    for number in range(5):
        use = {"type": "tool_use", "id": f"toolu_{number}", "name": "look", "input": {"at": "it"}}
        result = {"type": "tool_result", "tool_use_id": f"toolu_{number}", "content": "seen " * 99}
        asked += [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    body = {"model": "claude-sonnet-4-6", "messages": asked, "tools": [LOOK]}
    compact = {"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 50_000}}
    edits: dict[str, Json] = {
        "few uses": {"type": "clear_tool_uses_20250919", "trigger": {"type": "tool_uses", "value": 9}},
        "many uses": {"type": "clear_tool_uses_20250919", "trigger": {"type": "tool_uses", "value": 2}},
        "summary": compact,
        "pause": {**compact, "pause_after_compaction": True},
    }
    exchanges: list[Exchange] = []
    for name, edit in edits.items():
        edited = {**body, "context_management": {"edits": [edit]}}
        exchanges += both(name, {**edited, "max_tokens": 2000}, session, headers)
        exchanges.append(Exchange(f"{name}/counted", post(edited, session, COUNT, headers)))
    return group(session, "relay", exchanges)


def compaction() -> Group:
    """A summary of a conversation, sent back as it was."""
    session = "compaction"
    headers = {"anthropic-beta": "compact-2026-09-04"}
    script = {"reply": {"content": [{"type": "compaction", "content": "They met."}]}}
    body = {"model": "claude-opus-5", "max_tokens": 2000, "messages": [{"role": "user", "content": "hi"}]}
    asked = both("asked", {**body, "compaction": {"type": "summarize"}}, session, headers)
    exchanges = [
        Exchange("scripted", post(script, session, "/_mock/scenarios")),
        asked[1],
        asked[0],
        Exchange("sent back", continue_talk("go on", compaction=None)),
        Exchange("plain", post(body, session)),
    ]
    return group(session, "relay", exchanges)
