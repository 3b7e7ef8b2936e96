"""Bodies become prompts."""

from __future__ import annotations

from mockserver.records.call import Call
from mockserver.wires.messages.reading import read

CALL = Call("POST", "/v1/messages", {"x-api-key": "sk-1", "anthropic-beta": "a, b"})
HELLO = {"role": "user", "content": "Hello"}


def test_a_body_is_read_with_its_call() -> None:
    prompt = read({"model": "claude-opus-5", "messages": [HELLO]}, CALL, version="2026-10-21", session="mine")
    assert (prompt.model, prompt.user, prompt.version, prompt.session) == (
        "claude-opus-5",
        "Hello",
        "2026-10-21",
        "mine",
    )
    assert (prompt.key, prompt.betas) == ("sk-1", frozenset({"a", "b"}))


def test_a_thread_is_continued() -> None:
    earlier = ({"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"})
    inherited = {"system": "Be brief", "model": "claude-opus-5"}
    body = {"model": "claude-sonnet-5", "messages": [HELLO]}
    prompt = read(body, CALL, version="2026-10-21", session="", inherited=inherited, history=earlier)
    assert (prompt.model, prompt.system) == ("claude-sonnet-5", "Be brief")
    assert tuple(prompt.messages) == (*earlier, HELLO)
