"""Thoughts that a model cannot read, or that do not fit the conversation before them: dropped, named, not paid for."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.blocks.counting import count_request
from mockserver.compose import compose
from mockserver.compose.bindings import check_thoughts
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Reply
from mockserver.reference.catalog import lookup
from tests.composing import HELLO, SIGNER, THOUGHT, body, context, message

CONTROLS = "thinking-binding-controls-2026-08-01"
BETAS = frozenset([CONTROLS])
DROP = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
ERROR = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "error"}}
REDACTED = {"type": "redacted_thinking"}
LONG = {**THOUGHT, "thinking": "They greet me, and I greet them. " * 20}


def talk(maker: str, *answers: tuple[Any, ...], **more: Any) -> dict[str, Any]:
    """A conversation in which ``maker`` gave these answers, for the next request."""
    request = body(**{"model": maker, "system": "Be kind.", **more})
    for number, content in enumerate(answers):
        said = message(*content, request=request)["content"]
        turns = [{"role": "assistant", "content": said}, {"role": "user", "content": f"Go on, {number}."}]
        request = {**request, "messages": [*request["messages"], *turns]}
    return request


def transform(request: dict[str, Any], **more: Any) -> Any:
    return message(HELLO, request={**request, **more}, betas=(CONTROLS,))["input_transformations"]


def entry(path: str, reason: str = "prefix", kind: str = "dropped") -> dict[str, str]:
    return {"type": f"thinking_{kind}", "path": path, "reason": f"{reason}_binding_mismatch"}


def input_tokens(request: dict[str, Any], betas: tuple[str, ...] = (CONTROLS,)) -> int:
    tokens: int = message(HELLO, request=request, betas=betas)["usage"]["input_tokens"]
    return tokens


def without_thoughts(request: dict[str, Any]) -> dict[str, Any]:
    """The same request as a client that left out all thoughts would send it."""

    def kept(content: Any) -> Any:
        return content if isinstance(content, str) else [b for b in content if "thinking" not in b["type"]]

    return {**request, "messages": [{**each, "content": kept(each["content"])} for each in request["messages"]]}


@pytest.mark.parametrize(
    ("maker", "reader", "is_read"),
    [
        ("claude-opus-5-5", "claude-opus-5-5", True),
        # Reported 2026-09-26, a probe of the real API.
        ("claude-opus-5-5", "claude-sonnet-5", False),
        ("claude-sonnet-5", "claude-opus-5-5", True),
        ("claude-opus-4-8", "claude-haiku-5-5", True),
        ("claude-opus-5", "claude-haiku-5-5", False),
        ("claude-sonnet-5-5", "claude-opus-5-5", False),
        ("claude-fable-5-1", "claude-sonnet-5-5", False),
        ("claude-fable-5-2", "claude-fable-5-1", False),
        ("claude-fable-5-2", "claude-mythos-5-2", True),
        ("claude-opus-4-8", "claude-haiku-4-5", False),
        ("claude-haiku-4-5", "house-model", True),
        ("house-model", "claude-haiku-4-5", True),
    ],
)
@pytest.mark.parametrize("thought", [LONG, REDACTED])
def test_thoughts_of_unreadable_models_are_dropped(maker: str, reader: str, is_read: bool, thought: Any) -> None:
    request = {**talk(maker, (thought, HELLO)), "model": reader}
    bare = count_request(without_thoughts(request), lookup(reader))
    assert transform(request) == ([] if is_read else [entry("messages.1.content.0", "model")])
    for betas in ((CONTROLS,), ()):
        # Haiku 4.5 keeps the thoughts of the last turn alone.
        is_kept = is_read and lookup(reader).preserves_thinking == "all"
        assert (input_tokens(request, betas) > bare) == is_kept
        assert is_kept or input_tokens(request, betas) == bare


@pytest.mark.parametrize("thought", [THOUGHT, REDACTED])
@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-haiku-5-5", "claude-fable-5-1", "claude-fable-5-2"])
@pytest.mark.parametrize("change", [{"system": "Be rude."}, {"tools": [{"name": "a", "input_schema": {}}]}])
def test_mismatch_is_dropped_or_allowed(model: str, thought: Any, change: dict[str, Any]) -> None:
    request = {**talk(model, (thought, HELLO)), **change}
    bare = count_request(without_thoughts(request), lookup(model))
    assert transform(request, thinking=DROP) == [entry("messages.1.content.0")]
    assert transform(request) == [entry("messages.1.content.0", kind="mismatch_allowed")]
    adaptive = count_request({**without_thoughts(request), "thinking": DROP}, lookup(model))
    assert input_tokens({**request, "thinking": DROP}) == adaptive
    assert input_tokens(request) > bare


@pytest.mark.parametrize("model", ["claude-sonnet-5", "claude-opus-5", "claude-sonnet-4-6"])
@pytest.mark.parametrize("thinking", [DROP, ERROR])
def test_models_without_the_check_name_no_mismatch(model: str, thinking: Any) -> None:
    request = {**talk(model, (THOUGHT, HELLO)), "system": "Be rude."}
    assert transform(request, thinking=thinking) == []


@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-fable-5-2", "claude-sonnet-5"])
def test_nothing_is_named_of_an_unchanged_conversation(model: str) -> None:
    request = talk(model, (THOUGHT, HELLO), (THOUGHT, REDACTED, HELLO))
    for thinking in (DROP, ERROR, {"type": "adaptive"}):
        assert transform(request, thinking=thinking) == []


def test_rest_of_the_turn_is_dropped_too() -> None:
    """Each later answer is checked alone; what is only named is checked block by block."""
    model = "claude-opus-5-5"
    request = talk(model, (THOUGHT, HELLO), (THOUGHT, HELLO))
    first, second = request["messages"][1]["content"], request["messages"][3]["content"]
    recorded = {"type": "thinking", "thinking": "", "signature": "EqQBCgIYAhKbAQ" + "A" * 200}
    mixed = [first[0], recorded, {"type": "text", "text": "other"}, second[0], HELLO]
    messages = [{"role": "user", "content": "Ho"}, {"role": "assistant", "content": mixed}, *request["messages"][2:]]
    changed = {**request, "messages": messages}
    later = entry("messages.3.content.0")
    dropped = [entry(f"messages.1.content.{place}") for place in (0, 1, 3)]
    assert transform(changed, thinking=DROP) == [*dropped, later]
    allowed = [entry(f"messages.{path}", kind="mismatch_allowed") for path in ("1.content.0", "1.content.3")]
    assert transform(changed) == [*allowed, {**later, "type": "thinking_mismatch_allowed"}]


def test_thought_after_the_edit_is_valid() -> None:
    model = "claude-opus-5-5"
    edited = {**talk(model, (THOUGHT, HELLO)), "system": "Be rude.", "thinking": DROP}
    said = message(THOUGHT, HELLO, request=edited, betas=(CONTROLS,))["content"]
    turns = [{"role": "assistant", "content": said}, {"role": "user", "content": "And on."}]
    request = {**edited, "messages": [*edited["messages"], *turns]}
    assert transform(request) == [entry("messages.1.content.0")]


@pytest.mark.parametrize("signature", ["signed", None])
def test_thoughts_kept_behind_a_signed_summary_are_valid(signature: str | None) -> None:
    request = talk("claude-opus-5-5", (THOUGHT, HELLO), (THOUGHT, HELLO))
    summary = {"type": "compaction", "content": "They greet.", **({"signature": signature} if signature else {})}
    kept = {**request, "messages": [{"role": "assistant", "content": [summary]}, *request["messages"][2:]]}
    assert transform(kept, thinking=DROP) == ([] if signature else [entry("messages.2.content.0")])
    rude = transform({**kept, "system": "Be rude."}, thinking=DROP)
    assert rude == [entry("messages.2.content.0")]


def test_one_reason_is_given_the_model_first() -> None:
    request = {**talk("claude-opus-5-5", (THOUGHT, HELLO)), "model": "claude-haiku-5-5", "system": "Be rude."}
    assert transform(request, thinking=DROP) == [entry("messages.1.content.0", "model")]


def test_paths_count_the_messages_sent() -> None:
    whole = talk("claude-opus-5-5", (THOUGHT, HELLO), (THOUGHT, HELLO))
    history, sent = tuple(whole["messages"][:2]), whole["messages"][2:]
    request = {**whole, "model": "claude-sonnet-5", "messages": sent}
    reply = compose(Answer(content=(HELLO,)), Prompt(request, {}, betas=BETAS, history=history), context(request))
    assert isinstance(reply, Reply)
    assert reply.message["input_transformations"] == [entry("messages.1.content.0", "model")]
    bare = count_request(without_thoughts({**request, "messages": whole["messages"]}), lookup("claude-sonnet-5"))
    assert reply.message["usage"]["input_tokens"] == bare


@pytest.mark.parametrize(
    ("model", "named"),
    [("claude-haiku-4-5", True), ("claude-opus-5-5", True), ("house-model", True), ("claude-3-haiku-20240307", False)],
)
def test_field_is_there_by_model_under_the_beta(model: str, named: bool) -> None:
    assert ("input_transformations" in message(HELLO, request=body(model=model), betas=(CONTROLS,))) is named
    assert "input_transformations" not in message(HELLO, request=body(model=model))


def test_what_a_script_says_holds() -> None:
    scripted = [entry("messages.1.content.0", "organization")]
    said = message(HELLO, betas=(CONTROLS,), extra={"input_transformations": scripted})
    assert said["input_transformations"] == scripted


@pytest.mark.parametrize("binding", [None, "x", [], {}, {"prefix_mismatch_behavior": 7}])
@pytest.mark.parametrize("signature", ["", "bogus", 7, None, "A" * 400])
def test_odd_values_are_no_matter(binding: Any, signature: Any) -> None:
    """With validation off they come as far as here."""
    thought = {"type": "thinking", "thinking": "x", "signature": signature}
    turns = [{"role": "assistant", "content": [thought]}, {"role": "user", "content": "x"}]
    for thinking in ({"type": "adaptive", "block_binding": binding}, binding):
        request = body(model="claude-opus-5-5", messages=turns, thinking=thinking)
        assert check_thoughts(request, lookup("claude-opus-5-5"), SIGNER, lookup) == (request, [])
