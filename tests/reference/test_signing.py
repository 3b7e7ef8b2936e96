"""Signatures: their form, and what is recognised when blocks come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.reference import signing
from mockserver.reference.signing import Signer, find_difference, prefix_digest

DATA = Path(__file__).parent.parent / "data" / "signing"
SIGNER = Signer(b"secret")
MODELS = ("claude-sonnet-4-6", "claude-haiku-4-5-20251001", "claude-opus-5", "claude-opus-4-20250514", "a-gateway's")
TEXTS = ("", "a", "héllo", "想一想", "\ud800", "x" * 1000)


def block(thinking: str, signature: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": thinking, "signature": signature}


@pytest.mark.parametrize("model", [*MODELS, "claude-3-7-sonnet-20250219"])
@pytest.mark.parametrize("text", TEXTS)
def test_signed_block_is_recognised(model: str, text: str) -> None:
    signed = SIGNER.sign(text, model)
    assert SIGNER.examine(block(text, signed)) == signing.OK
    assert SIGNER.examine(block(text + "!", signed)) == signing.MODIFIED
    assert signed == Signer(b"secret").sign(text, model)
    assert signed.startswith("CA" if model == "claude-opus-5" else "E")


@pytest.mark.parametrize(("model", "constant"), [("claude-opus-4-20250514", 158), ("claude-sonnet-4-6", 256)])
def test_length_grows_with_text(model: str, constant: int) -> None:
    """The formula of recorded signatures: 4*ceil((bytes + 16 + H)/3), within 3 bytes."""
    for text in ("abc", "想一想" * 20, "x" * 5000):
        size = len(text.encode()) + 16 + constant
        assert abs(len(SIGNER.sign(text, model)) - 4 * -(-size // 3)) <= 4


def test_sonnet_3_7_signatures_have_one_length() -> None:
    assert {len(SIGNER.sign("x" * size, "claude-3-7-sonnet-20250219")) for size in (0, 10, 5000)} == {248}


@pytest.mark.parametrize("model", MODELS)
def test_altered_signature_is_invalid(model: str) -> None:
    signed = SIGNER.sign("a thought", model)
    for at in range(0, len(signed), 3):
        other = "A" if signed[at] != "A" else "b"
        assert SIGNER.examine(block("a thought", signed[:at] + other + signed[at + 1 :])) == signing.INVALID
        assert SIGNER.examine(block("a thought", signed[:at])) == signing.INVALID


def test_signature_of_other_server_is_invalid() -> None:
    assert SIGNER.examine(block("x", Signer(b"other").sign("x", MODELS[0]))) == signing.INVALID


def test_omitted_field_takes_any_text() -> None:
    signed = SIGNER.sign("hidden", MODELS[0], shown=False)
    assert SIGNER.examine(block("", signed)) == signing.OK
    assert SIGNER.examine(block("put in by a client", signed)) == signing.OK
    assert len(signed) == len(SIGNER.sign("hidden", MODELS[0]))


def test_redacted_data_is_recognised() -> None:
    data = SIGNER.redacted(1, "a")
    assert data != SIGNER.redacted(2, "a")
    assert SIGNER.examine({"type": "redacted_thinking", "data": data}) == signing.OK
    assert SIGNER.examine({"type": "redacted_thinking", "data": data[:-8] + "AAAAAAA="}) == signing.INVALID
    assert SIGNER.examine(block("", data)) == signing.INVALID
    assert SIGNER.examine({"type": "redacted_thinking", "data": SIGNER.sign("x", MODELS[0])}) == signing.INVALID


@pytest.mark.parametrize("given", json.loads((DATA / "recorded.json").read_text()))
def test_recorded_signatures_are_foreign(given: dict[str, Any]) -> None:
    assert SIGNER.examine(given) == signing.FOREIGN


@pytest.mark.parametrize("made_up", ["", "s", "bogus", "xxxx", "EqQB", "RXZlbg==" * 20, "A" * 400, None, 7])
def test_made_up_signatures_are_invalid(made_up: object) -> None:
    assert SIGNER.examine({"type": "thinking", "thinking": "x", "signature": made_up}) == signing.INVALID
    assert SIGNER.examine({"type": "redacted_thinking", "data": made_up}) == signing.INVALID


def test_seal_names_model_and_prefix() -> None:
    seal = SIGNER.read_seal(block("", SIGNER.sign("x", "claude-sonnet-5", b"p" * 16)))
    unbound = SIGNER.read_seal(block("", SIGNER.sign("x", "claude-sonnet-4-20250514")))
    assert seal is not None
    assert (seal.model, seal.prefix) == ("claude-sonnet-5", b"p" * 16)
    assert unbound is not None
    assert (unbound.model, unbound.prefix) == ("", b"")
    assert SIGNER.read_seal(block("", "bogus")) is None


# What a thought is bound to ---------------------------------------------------------------------------------------

TOOLS = [{"name": "a", "input_schema": {"type": "object"}}, {"name": "b", "input_schema": {"type": "object"}}]
THOUGHTS = [block("one", "first"), {"type": "text", "text": "t"}]
BODY: dict[str, Any] = {
    "system": "be kind",
    "tools": TOOLS,
    "messages": [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": THOUGHTS},
        {"role": "user", "content": [{"type": "text", "text": "go", "citations": None}]},
        {"role": "assistant", "content": [block("two", "second"), {"type": "text", "text": "u"}]},
        {"role": "user", "content": "on"},
    ],
}


def changed(index: int, message: dict[str, Any]) -> dict[str, Any]:
    return {**BODY, "messages": [*BODY["messages"][:index], message, *BODY["messages"][index + 1 :]]}


@pytest.mark.parametrize(
    "other",
    [
        {**BODY, "system": [{"type": "text", "text": "be kind", "cache_control": {"type": "ephemeral"}}]},
        {**BODY, "tools": TOOLS[::-1]},
        {**BODY, "tools": [*TOOLS, {"name": "c", "defer_loading": True, "input_schema": {}}]},
        {**BODY, "messages": [*BODY["messages"], {"role": "assistant", "content": "more"}]},
        {**BODY, "temperature": 1, "thinking": {"type": "adaptive"}},
        changed(0, {"role": "user", "content": [{"type": "text", "text": "hi"}]}),
        changed(1, {"role": "assistant", "content": THOUGHTS[1:]}),
    ],
)
def test_harmless_changes_keep_the_prefix(other: dict[str, Any]) -> None:
    assert find_difference(prefix_digest(BODY, 5), prefix_digest(other, 5)) == ""


RESULT = {"type": "tool_result", "tool_use_id": "toolu_1"}
MARKED = {"type": "text", "text": "r", "cache_control": {"type": "ephemeral"}}
SAID: dict[str, Any] = {"type": "tool_use", "id": "t", "name": "a", "input": {"is_error": False}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({**RESULT, "content": "r"}, {**RESULT, "content": [{"type": "text", "text": "r"}]}),
        ({**RESULT, "content": "r"}, {**RESULT, "content": "r", "is_error": False}),
        ({**RESULT, "content": "r"}, {**RESULT, "content": [MARKED], "is_error": False}),
        (RESULT, {**RESULT, "content": []}),
        (RESULT, {**RESULT, "content": ""}),
        (
            {"type": "mcp_tool_result", "tool_use_id": "m", "is_error": False, "content": "r"},
            {"type": "mcp_tool_result", "tool_use_id": "m", "content": [{"type": "text", "text": "r"}]},
        ),
        (
            {"type": "document", "source": {"type": "content", "content": "d"}},
            {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "d"}]}},
        ),
        (SAID, {**SAID, "caller": {"type": "direct"}}),
    ],
)
def test_block_may_be_written_otherwise(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert digest_of(one) == digest_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({**RESULT, "content": "r"}, {**RESULT, "content": "s"}),
        ({**RESULT, "content": "r"}, {**RESULT, "content": "r", "is_error": True}),
        ({**RESULT, "content": "r"}, {**RESULT, "content": [{"type": "text", "text": "r"}] * 2}),
        ({**RESULT, "content": "r"}, RESULT),
        (SAID, {**SAID, "input": {}}),
    ],
)
def test_block_may_not_say_something_else(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert digest_of(one) != digest_of(other)


def digest_of(block: dict[str, Any]) -> bytes:
    return prefix_digest({"messages": [{"role": "user", "content": [block]}]}, 1)


@pytest.mark.parametrize(
    "more", [{"type": "custom"}, {"strict": False, "defer_loading": False}, {"allowed_callers": ["direct"]}]
)
def test_defaults_of_tools_may_be_written_out(more: dict[str, Any]) -> None:
    written = {**BODY, "tools": [{**tool, **more} for tool in TOOLS]}
    assert prefix_digest(BODY, 5) == prefix_digest(written, 5)


@pytest.mark.parametrize(
    ("other", "part"),
    [
        ({**BODY, "system": "be rude"}, "system"),
        ({**BODY, "tools": TOOLS[:1]}, "tools"),
        (changed(0, {"role": "user", "content": "ho"}), "messages"),
        (changed(3, {"role": "assistant", "content": "u"}), "messages"),
    ],
)
def test_changes_before_a_thought_break_the_prefix(other: dict[str, Any], part: str) -> None:
    def said(body: dict[str, Any], thought: dict[str, Any]) -> str:
        answered = {**body, "messages": [*body["messages"], {"role": "assistant", "content": [thought]}]}
        return SIGNER.binding(answered)(len(body["messages"]), 0, thought)

    bound = block("", SIGNER.sign("x", "claude-fable-5-2", prefix_digest(BODY, 5)))
    assert said(other, bound) == part
    assert said(BODY, bound) == ""
    assert said(other, block("", SIGNER.sign("x", "claude-opus-5"))) == ""
    assert said(other, block("", "foreign")) == ""


def test_first_thought_may_lose_those_before_it() -> None:
    bare = changed(1, {"role": "assistant", "content": THOUGHTS[1:]})
    assert find_difference(prefix_digest(BODY, 3), prefix_digest(bare, 3)) == ""


def test_rotated_address_keeps_the_prefix() -> None:
    def body(url: str) -> dict[str, Any]:
        image = {"type": "image", "source": {"type": "url", "url": url}}
        return {"messages": [{"role": "user", "content": [image]}]}

    assert prefix_digest(body("https://a/1?sig=x"), 1) == prefix_digest(body("https://a/1?sig=y"), 1)


def test_continued_answer_may_come_back_as_one_message() -> None:
    start = {"system": "s", "messages": [{"role": "user", "content": "hi"}]}
    first = block("", SIGNER.sign("one", "claude-fable-5-2", prefix_digest(start, 1)))
    pause = {"type": "text", "text": "wait"}
    paused = {**start, "messages": [*start["messages"], {"role": "assistant", "content": [first, pause]}]}
    second = block("", SIGNER.sign("two", "claude-fable-5-2", prefix_digest(paused, 2)))
    joined = {**start, "messages": [*start["messages"], {"role": "assistant", "content": [first, pause, second]}]}
    for body, part in ((joined, ""), ({**joined, "system": "t"}, "system")):
        changed_in = SIGNER.binding(body)
        assert (changed_in(1, 0, first), changed_in(1, 2, second)) == (part, part)
    torn = {**start, "messages": [*start["messages"], {"role": "assistant", "content": [first, second]}]}
    assert SIGNER.binding(torn)(1, 1, second) == "messages"
