"""Summaries that come back: in threads, and in front of thoughts that are bound to what came before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.endpoints.contexts import BOUND, CLEARS, COMPACT, LONG, ON_DEMAND, THRESHOLD, Json, ask, client, read_files
from tests.strict import error_of

THREADS = "message-threads-2026-08-12"
CONTROLS = "thinking-binding-controls-2026-08-01"
SUMMARIZE = {"type": "summarize"}


def user(text: str) -> Json:
    return {"role": "user", "content": text}


def assistant(said: Json) -> Json:
    return {"role": "assistant", "content": said["content"]}


# In threads ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
@pytest.mark.parametrize("role", ["assistant", "user"])
def test_a_thread_that_begins_with_a_summary_goes_on(profile: str, role: str) -> None:
    with client(beta=f"{ON_DEMAND},{THREADS}", profile=profile) as caller:
        body: Json = {"model": "claude-opus-5-5"}
        summary = ask(caller, **body, messages=[user("Name a city.")], compaction=SUMMARIZE)["content"]
        first = {"role": role, "content": summary}
        said = ask(caller, **body, messages=[first, user("Go on.")], thread={"type": "create"})
        for _ in range(2):
            thread = {"type": "continue", "previous_message_id": said["id"]}
            said = ask(caller, **body, messages=[user("And?")], thread=thread)
        assert said["stop_reason"] == "end_turn"


def test_a_thread_goes_on_behind_its_summary() -> None:
    with client(beta=f"{ON_DEMAND},{THREADS}") as caller:
        body: Json = {"model": "claude-opus-5-5"}
        said = ask(caller, **body, messages=[user("word " * 3000)], thread={"type": "create"})
        for more in ({"compaction": SUMMARIZE}, {}, {"compaction": SUMMARIZE}, {}):
            thread = {"type": "continue", "previous_message_id": said["id"]}
            said = ask(caller, **body, messages=[user("Go on.")], thread=thread, **more)
        assert said["usage"]["input_tokens"] < 1000


# Thoughts behind a summary ------------------------------------------------------------------------------------------


class Talk:
    """A conversation on a model, compacted with turns kept behind the summary."""

    def __init__(self, caller: Any, model: str, behavior: str = "error") -> None:
        binding = {"block_binding": {"prefix_mismatch_behavior": behavior}}
        self.body: Json = {"model": model, "thinking": {"type": "adaptive", **binding}}
        self.caller = caller
        self.first = [user("Name a city."), *self.answer(user("Name a city."))]
        self.kept = [user("Another."), *self.answer(*self.first, user("Another."))]

    def answer(self, *messages: Json) -> list[Json]:
        return [assistant(ask(self.caller, **self.body, messages=[*messages]))]

    def summarize(self, *messages: Json) -> Json:
        asked = {**self.body, "messages": [*messages], "compaction": SUMMARIZE}
        return assistant(ask(self.caller, **asked))

    def send(self, *messages: Json) -> Any:
        return self.caller.post("/v1/messages", json={**self.body, "max_tokens": 2000, "messages": [*messages]})


NEXT = user("One more.")
# What may not be done to the turns behind a summary.
BREAKS: dict[str, Callable[[list[Json]], list[Json]]] = {
    "the user's text edited": lambda kept: [user("Another!"), *kept[1:]],
    "the user's text left out": lambda kept: kept[1:],
    "a turn put in between": lambda kept: [user("a"), {"role": "assistant", "content": "b"}, *kept],
}


@pytest.mark.parametrize("model", BOUND)
def test_kept_turns_are_sent_unchanged(model: str) -> None:
    with client(beta=f"{ON_DEMAND},{CONTROLS}") as caller:
        talk = Talk(caller, model)
        summary = talk.summarize(*talk.first)
        assert talk.send(summary, *talk.kept, NEXT).json()["input_transformations"] == []
        statuses = {talk.send(summary, *change(talk.kept), NEXT).status_code for change in BREAKS.values()}
    assert statuses == ({200} if model == "claude-sonnet-4-6" else {400})


@pytest.mark.parametrize("model", ["claude-fable-5-1", "claude-opus-5-5", "claude-sonnet-5-5"])
def test_a_changed_turn_costs_its_thoughts(model: str) -> None:
    with client(beta=f"{ON_DEMAND},{CONTROLS}") as caller:
        talk = Talk(caller, model, "drop_block")
        summary = talk.summarize(*talk.first)
        said = talk.send(summary, *BREAKS["the user's text edited"](talk.kept), NEXT).json()
    (entry,) = said["input_transformations"]
    assert entry["path"] == "messages.2.content.0"
    assert (entry["type"], entry["reason"]) == ("thinking_dropped", "prefix_binding_mismatch")


@pytest.mark.parametrize("model", ["claude-fable-5-1", "claude-opus-5-5"])
def test_turns_are_kept_through_two_summaries(model: str) -> None:
    """ "A turn that you keep through two compactions", and thoughts made after the first block (documented)."""
    with client(beta=f"{ON_DEMAND},{CONTROLS}") as caller:
        talk = Talk(caller, model)
        older = talk.summarize(*talk.first)
        later = [NEXT, *talk.answer(older, *talk.kept, NEXT)]
        last = [user("Last."), *talk.answer(older, *talk.kept, *later, user("Last."))]
        whole = talk.summarize(older)
        newer = talk.summarize(older, *talk.kept)
        assert talk.send(whole, *talk.kept, user("Go.")).status_code == 200
        assert talk.send(newer, *later, *last, user("Go.")).status_code == 200
        assert talk.send(older, *talk.kept, *later, *last, user("Go.")).status_code == 200
        # An edit of a turn made after the block.
        refused = talk.send(older, *talk.kept, user("One less."), *later[1:], user("Go."))
        assert "different conversation" in error_of(refused, 400)["message"]
        # "It is bound to that block": not to the messages which that replaced, nor to another block.
        for before in (talk.first, [talk.summarize(*talk.first, user("Hm."))]):
            assert talk.send(*before, *talk.kept, *later, user("Go.")).status_code == 400


def test_thoughts_do_not_outlive_a_summary_by_another_model() -> None:
    """ "The compaction request runs on a model with preserved thinking", with the same system prompt (documented)."""
    with client(beta=f"{ON_DEMAND},{CONTROLS}") as caller:
        talk = Talk(caller, "claude-opus-5-5")
        other = ask(caller, model="claude-opus-4-6", messages=talk.first, compaction=SUMMARIZE)
        framed = ask(caller, model="claude-opus-5-5", system="Be brief.", messages=talk.first, compaction=SUMMARIZE)
        for summary in (other, framed):
            assert talk.send(assistant(summary), *talk.kept, NEXT).status_code == 400
            assert talk.send(assistant(summary), NEXT).status_code == 200


# With fallback models -----------------------------------------------------------------------------------------------

FALLBACKS = "server-side-fallback-2026-07-01"
DECLINE = "ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL_1FAEFB6177B4672DEE07F9D3AFC62588CCD2631EDCF22E8CCC1FB35B501C9C86"
FALLBACK = {"model": "claude-opus-5", "fallbacks": [{"model": "claude-opus-4-8"}]}


def entries(said: Json) -> list[tuple[str, str | None]]:
    return [(each["type"], each.get("model")) for each in said["usage"]["iterations"]]


def test_a_summary_by_a_fallback_model_comes_back() -> None:
    with client(beta=f"{ON_DEMAND},{FALLBACKS}") as caller:
        said = ask(caller, **FALLBACK, messages=[user(DECLINE)], compaction=SUMMARIZE)
        assert [block["type"] for block in said["content"]] == ["fallback", "compaction"]
        assert entries(said) == [
            ("message", "claude-opus-5"),
            ("compaction", None),
            ("fallback_message", "claude-opus-4-8"),
        ]
        later = ask(caller, **FALLBACK, messages=[assistant(said), user("Go on.")])
    assert later["stop_reason"] == "end_turn"


@pytest.mark.parametrize("pause", [True, False])
def test_a_fallback_model_compacts_at_a_threshold(pause: bool) -> None:
    edits = [{**COMPACT, "pause_after_compaction": pause}]
    body = {**FALLBACK, "context_management": {"edits": edits}}
    first = user(f"{LONG['content']}{DECLINE}")
    with client(beta=f"{THRESHOLD},{FALLBACKS}") as caller:
        said = ask(caller, **body, messages=[first])
        later = ask(caller, **body, messages=[first, assistant(said), user("Go on.")])
    assert [kind for kind, _ in entries(said)] == ["message", "compaction", "fallback_message"]
    last = said["usage"]["iterations"][-1]
    assert [last[key] for key in ("input_tokens", "output_tokens")] == [
        said["usage"][key] for key in ("input_tokens", "output_tokens")
    ]
    assert (last["output_tokens"] == 0) is pause
    assert later["stop_reason"] == "end_turn"


# After a pause ------------------------------------------------------------------------------------------------------

PAUSING = """
scenarios:
  - name: two answers
    calls:
      - content: [{type: compaction, content: They spoke.}, {text: First.}]
      - Second.
"""


@pytest.mark.parametrize("pause", [True, False])
def test_a_scripted_summary_pauses_once(tmp_path: Path, pause: bool) -> None:
    """As the documentation's examples go on: with the same edits or without the pause."""
    file = tmp_path / "two.yaml"
    file.write_text(PAUSING)
    paused = {"context_management": {"edits": [{**COMPACT, "pause_after_compaction": True}]}}
    body = {"model": "claude-sonnet-4-6", "context_management": {"edits": [COMPACT]}, **(paused if pause else {})}
    with client(str(file), beta=THRESHOLD) as caller:
        said = ask(caller, **{**body, **paused}, messages=[user("Hi")])
        assert [block["type"] for block in said["content"]] == ["compaction"]
        talk = [user("Hi"), assistant(said)]
        first = ask(caller, **body, messages=[*talk, user("Go on.")])
        second = ask(caller, **body, messages=[*talk, assistant(first), user("And?")])
    assert [[block.get("text") for block in each["content"]] for each in (first, second)] == [["First."], ["Second."]]


# What holds up the server -------------------------------------------------------------------------------------------


def test_thousands_of_edits_are_answered() -> None:
    edit = {"type": "clear_tool_uses_20250919", "trigger": {"type": "input_tokens", "value": 1}}
    edits = [{**edit, "keep": {"type": "tool_uses", "value": 0}}] * 4000
    with client(beta=CLEARS) as caller:
        said = ask(caller, model="claude-opus-5", messages=read_files(50), context_management={"edits": edits})
    assert [each["cleared_tool_uses"] for each in said["context_management"]["applied_edits"]] == [50]
