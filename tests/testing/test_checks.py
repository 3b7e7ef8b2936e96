"""Assertions about unmatched, stray, refused and uncached requests, and about unused scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2

from mockserver import MockSession, MockTransport, asgi_transport
from tests.testing.asking import MODEL, TOOL, Ask, complaint


def test_request_with_another_key_does_not_escape(api: MockSession) -> None:
    """What no scenario fitted counts, unless something was scripted for its key, or it came before."""
    body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}

    def post(key: str) -> Any:
        with httpx2.Client(transport=api.transport, headers={"x-api-key": key}) as client:
            return client.post("http://mock/v1/messages", json=body).json()

    post("sk-before-the-session")
    assert isinstance(api.transport, MockTransport)
    session = api.transport.session("sk-the-test's-own-key")
    session.reply("Hello.")
    assert post("sk-the-test's-own-key")["content"]
    session.finish()
    told = post("sk-of-the-settings")["error"]["message"]
    assert told == (
        "No scenario fits this request: there are none. None was added for its key (or x-mock-session), but another "
        "session has some: is the client made before the test begins, or with a key of its own?"
    )
    assert complaint(session.finish).splitlines() == [
        f"no scenario fits POST /v1/messages {MODEL} 'Hi', answered 404",
        "1 request came with another key than this session's (sk-…ings): "
        "is the client made before the test begins, or with a key of its own?",
    ]
    session.reset()
    session.finish()


def test_called_is_a_check_of_its_own(api: MockSession, ask: Ask) -> None:
    """Any request counts, not only those that scripts answer."""
    api.finish()
    api.check_at_end("called")
    assert complaint(api.finish).startswith("expected a request, but none came with the key of this session: is ANTHR")
    ask("Hi", max_tokens=-1)
    api.finish()


def test_client_of_another_key_is_suspected(api: MockSession) -> None:
    assert complaint(api.assert_called).startswith("expected at least 1 request(s), but none came with the key of this")
    assert "ANTHROPIC_BASE_URL" in complaint(api.assert_called)
    with httpx2.Client(transport=api.transport, headers={"x-api-key": "sk-made-too-early"}) as client:
        client.post("http://mock/v1/messages", json={})
    assert "another key than this session's (sk-…arly): is the client made before the" in complaint(api.assert_called)
    none, others = api.summary().splitlines()
    assert none == "no request came with the key of this session:"
    assert others.startswith("1 request came with another key than this session's (sk-…arly): ")
    assert complaint(lambda: api.last_request).startswith("expected a request, but none came")
    api.assert_called(0)


def test_unmatched_request_is_told_with_what_differed(api: MockSession, ask: Ask) -> None:
    api.assert_no_unmatched()
    api.when(user="weather").reply("Sunny.")
    ask("Hello")
    told = complaint(api.assert_no_unmatched)
    assert told.startswith(f"no scenario fits requests[0], POST /v1/messages {MODEL} 'Hello', answered 404\n")
    assert 'user: expected to contain "weather", got "Hello"' in told
    assert complaint(api.finish) == told


def test_generated_answer_is_unmatched_too(api: MockSession, ask: Ask) -> None:
    """But nothing to fail a test for that did not ask."""
    api.configure(unmatched="generate")
    api.when(user="weather").reply("Sunny.")
    ask("Hello")
    assert 'user: expected to contain "weather", got "Hello"' in complaint(api.assert_no_unmatched)
    api.finish()


def test_refused_request_is_not_unmatched(api: MockSession, ask: Ask) -> None:
    assert ask(max_tokens=-1) == "BadRequestError"
    api.finish()
    told = complaint(api.assert_valid)
    assert told.splitlines()[0] == f"the API refuses requests[0], POST /v1/messages {MODEL} 'Hello', answered 400"
    assert told.splitlines()[1] == "  max_tokens: must be greater than or equal to 0"
    api.check_at_end("valid")
    assert complaint(api.finish) == told


def test_refusal_of_what_a_script_gave_has_a_hint(api: MockSession, ask: Ask) -> None:
    """On a model of manual thinking a tool use needs a thought before it; verbatim scripts do not get one."""
    api.reply(tool_use={"name": "t", "input": {}}, enforce_limits=False)
    thinks: Any = {
        "model": "claude-haiku-4-5",
        "max_tokens": 2000,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "tools": [{"name": "t", "input_schema": {"type": "object"}}],
    }
    (use,) = ask(**thinks).content
    asked = {"role": "user", "content": "Hello"}
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": use.id, "content": "x"}]}
    assert ask(messages=[asked, {"role": "assistant", "content": [use]}, result], **thinks) == "BadRequestError"
    hint = complaint(api.assert_valid).splitlines()[-1]
    assert hint.startswith("  hint: ")
    assert "thinking: Hm." in hint
    (finding,) = api.last_request.findings
    assert finding.as_dict()["hint"] == hint.removeprefix("  hint: ")
    # What a user wrote himself is no matter of scripts.
    prefilled = [asked, {"role": "assistant", "content": "I say"}]
    assert ask(messages=prefilled, **thinks) == "BadRequestError"
    assert "hint" not in complaint(api.assert_valid).splitlines()[-1]


def test_answer_that_the_api_would_not_give_is_told(api: MockSession, ask: Ask) -> None:
    api.reply(tool_use={"name": "get_weather", "input": {"city": 7}})
    ask("Hello", tools=[TOOL])
    ask("Hello")
    api.finish()
    told, asked = complaint(api.assert_answers_fit), f"POST /v1/messages {MODEL} 'Hello', answered 200"
    assert told.splitlines() == [
        f"the API would not give the answer of script 1 to requests[0], {asked}",
        "  content.0.input.city: the input_schema of 'get_weather': 7 is not of type \"string\"",
        "  rule: tool_input (documented, tool use: promised with strict, expected without)",
        f"the API would not give the answer of script 1 to requests[1], {asked}",
        "  content.0.name: the request offers no tool 'get_weather'; it offers none",
        "  rule: tool_offered (documented, tool use; recorded)",
    ]
    api.check_at_end("answers")
    assert complaint(api.finish) == told
    api.reset()
    api.reply(tool_use={"name": "get_weather", "input": {"city": "Paris"}})
    ask("Hello", tools=[TOOL])
    api.finish()


def test_only_scripted_answers_are_held_against_requests(api: MockSession, ask: Ask) -> None:
    """Not generated ones, and not errors; an answer cut at the limit may hold half an input."""
    api.configure(unmatched="generate")
    ask("Hello")
    api.calls([{"error": "overloaded_error"}, {"tool_use": {"name": "get_weather", "input": {"note": "x" * 99}}}])
    ask("Hello")
    assert ask("Hello", tools=[TOOL], max_tokens=30).stop_reason == "max_tokens"
    api.assert_answers_fit()


def test_unused_script_is_told(api: MockSession, ask: Ask) -> None:
    api.when(user="weather").reply("Sunny.")
    api.calls(["One", "Two"])
    ask("Hello")
    told = complaint(api.assert_all_used)
    assert "script 1 (" in told
    assert f"{Path(__file__).name}:" in told
    assert "gave 0 of 1 answers\nthe nearest is requests[0], " in told
    assert 'user: expected to contain "weather", got "Hello"' in told
    assert "gave 1 of 2 answers" in told
    ask("weather"), ask("Hello")
    api.assert_all_used()


FALLBACKS = {
    "extra_body": {"model": "claude-opus-5", "fallbacks": [{"model": "claude-opus-4-8"}]},
    "extra_headers": {"anthropic-beta": "server-side-fallback-2026-07-01"},
}


def test_scripts_for_fallback_models_are_used(api: MockSession, ask: Ask) -> None:
    api.when(model="claude-opus-4-8").reply("Taken over.")
    api.reply(refusal="cyber")
    ask("Hello", **FALLBACKS)
    api.assert_all_used()
    assert api.requests[0].fallbacks == ("script 1",)
    assert "by script 2, then by script 1" in complaint(lambda: api.assert_called(times=2))


def test_generated_answers_of_fallback_models_are_told(api: MockSession, ask: Ask) -> None:
    api.reply(refusal="cyber")
    ask("Hello", **FALLBACKS)
    assert "by script 1, then generated" in complaint(lambda: api.assert_called(times=2))


def test_cache_is_claimed(api: MockSession, ask: Ask) -> None:
    api.reply("Fine.")
    system = [{"type": "text", "text": "word " * 6000, "cache_control": {"type": "ephemeral"}}]
    ask(system=system)
    told = complaint(api.assert_cached)
    assert told.startswith("no answer was read from the prompt cache (mark a prefix with cache_control, ")
    assert "cache_read_input_tokens 0" in told
    ask(system=system)
    api.assert_cached()


def test_broken_requests_do_not_break_claims(api: MockSession) -> None:
    bodies: list[Any] = [[], "x", None, {"messages": 7}, {"messages": [7, {"role": "assistant", "content": [7]}]}]
    with httpx2.Client(transport=api.transport, headers={"x-api-key": api.api_key}) as client:
        for body in bodies:
            client.post("http://mock/v1/messages", json=body)
    for claim in (api.assert_thinking_returned, api.assert_cached, api.assert_valid):
        assert complaint(claim)
    api.assert_called(0, when={"user": "x"})
    api.assert_no_unmatched()
    assert len(api.summary().splitlines()) == len(bodies)


def test_nothing_is_claimed_of_requests_that_left_the_journal() -> None:
    """What the requests that are left show holds all the same."""
    small = asgi_transport(unmatched="error", journal_entries=2).session("sk-mock-small")
    small.calls(["One.", "Two.", "Three."])
    post(small, 3)
    lost = "the first 1 request had to leave the journal"
    for claim in (
        small.finish,
        small.assert_no_unmatched,
        small.assert_valid,
        small.assert_answers_fit,
        small.assert_thinking_returned,
        small.assert_all_used,
        small.assert_cached,
        lambda: small.assert_called(2),
        lambda: small.assert_called(3),
        lambda: small.assert_called(at_least=3),
    ):
        assert lost in complaint(claim)
    small.assert_called()
    small.assert_called(at_least=2)
    small.reset()
    small.reply("Four.")
    post(small, 2)
    small.assert_called(2)
    small.assert_all_used()
    small.finish()


def post(api: MockSession, times: int) -> None:
    body = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    with httpx2.Client(transport=api.transport, headers={"x-api-key": api.api_key}) as client:
        for _ in range(times):
            client.post("http://mock/v1/messages", json=body)
