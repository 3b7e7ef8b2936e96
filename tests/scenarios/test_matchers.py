"""Matching: each key of ``when`` on prompts that fit and prompts that do not."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import pytest
import regex  # type: ignore[import-untyped]  # its stubs are a package apart

from mockserver.records import patterns
from mockserver.records.budget import LIMITS, guard
from mockserver.records.errors import ScenarioError
from mockserver.records.masks import label
from mockserver.records.patterns import _may_be_slow
from mockserver.records.prompt import Prompt
from mockserver.scenarios import condition, parse

SUMMARIZE = {"type": "summarize"}
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": ""}}
URL = {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": ""}}


def prompt(user: Any = "Hello there", headers: dict[str, str] | None = None, **body: Any) -> Prompt:
    return Prompt(
        {"model": "claude-opus-4-8", "max_tokens": 10, "messages": [{"role": "user", "content": user}], **body},
        headers or {},
        key="sk-secret",
        session="s-1",
    )


def answered(*results: dict[str, Any]) -> Prompt:
    """A prompt that answers calls of the tools ``a`` and ``b``."""
    used = [{"type": "tool_use", "id": f"t{name}", "name": name, "input": {}} for name in "ab"]
    given = [{"type": "tool_result", "tool_use_id": f"t{result.pop('of')}", **result} for result in results]
    messages = [{"role": "user", "content": "go"}, {"role": "assistant", "content": used}]
    return prompt(messages=[*messages, {"role": "user", "content": given}])


TOOLS = [{"name": "get_weather"}, {"name": "get_time"}]

# A condition, a prompt that fits, a prompt that does not, and what is said of that.
CASES: list[tuple[dict[str, Any], Prompt, Prompt, str]] = [
    ({"model": "claude-*"}, prompt(), prompt(model="gpt-5"), 'model: expected to be claude-*, got "gpt-5"'),
    ({"model": ["a", "claude-opus-4-8"]}, prompt(), prompt(model="b"), "model: expected to be a or claude-opus-4-8"),
    (
        {"model": "claude-opus-5[1m]"},
        prompt(model="claude-opus-5[1m]"),
        prompt(model="claude-opus-51"),
        "model: expected to be claude-opus-5[1m]",
    ),
    ({"model": "*[1m]"}, prompt(model="claude-opus-5[1m]"), prompt(model="a1"), "model: expected to be *[1m]"),
    ({"user": "hello"}, prompt(), prompt("Bye"), 'user: expected to contain "hello", got "Bye"'),
    ({"user": ["bye", "THERE"]}, prompt(), prompt("?"), 'expected to contain "bye" or to contain "THERE", got "?"'),
    ({"user": "/^hello\\b/i"}, prompt(), prompt("Oh hello"), "expected to match /(?i)^hello\\b/"),
    ({"user": {"equals": "Hello there"}}, prompt(), prompt("hello there"), 'expected to be "Hello there"'),
    ({"user": {"starts_with": "hello"}}, prompt(), prompt("Oh, hello"), 'expected to start with "hello"'),
    ({"user": {"ends_with": ["a", "THERE"]}}, prompt(), prompt("there!"), 'to end with "a" or to end with "THERE"'),
    ({"user": {"matches": "\\p{Lu}"}}, prompt(), prompt("hello"), "expected to match /\\p{Lu}/"),
    ({"user": {"all": ["hello", {"not": "bye"}]}}, prompt(), prompt("hello, bye"), 'and not to contain "bye"'),
    ({"user": {"any": ["bye", {"equals": "Hello there"}]}}, prompt(), prompt("x"), 'contain "bye" or to be "Hello'),
    ({"user": {"contains": "lo", "not": "bye"}}, prompt(), prompt("lobye"), "not to contain"),
    ({"user": 42}, prompt("It is 42."), prompt("It is 43."), 'to contain "42"'),
    ({"user": "你是"}, prompt("你是谁?"), prompt("谁?"), "你是"),
    ({"user": "straße"}, prompt("STRASSE"), prompt("Strase"), "straße"),
    (
        {"system": "pirate"},
        prompt(system=[{"type": "text", "text": "A pirate."}]),
        prompt(),
        'system: expected to contain "pirate", got ""',
    ),
    ({"any_message": "go"}, answered(), prompt(), 'any_message: expected one to contain "go", none of 1 does'),
    ({"tools": True}, prompt(tools=TOOLS), prompt(), "tools: expected tools to be offered, offered are none"),
    (
        {"tools": False},
        prompt(),
        prompt(tools=TOOLS),
        "expected no tools to be offered, offered are get_weather, get_time",
    ),
    ({"tools": "get_*"}, prompt(tools=TOOLS), prompt(tools=[{"name": "x"}]), "expected all of get_*, offered are x"),
    (
        {"tools": ["get_time", "get_weather"]},
        prompt(tools=TOOLS),
        prompt(tools=TOOLS[:1]),
        "all of get_time, get_weather",
    ),
    (
        {"tools": {"any": ["x", "get_time"]}},
        prompt(tools=TOOLS),
        prompt(tools=TOOLS[:1]),
        "expected any of x, get_time",
    ),
    (
        {"tools": {"all": "get_time", "none": "x*"}},
        prompt(tools=TOOLS),
        prompt(tools=[*TOOLS, {"name": "xy"}]),
        "none of x*",
    ),
    (
        {"tool_choice": "auto"},
        prompt(),
        prompt(tool_choice={"type": "any"}),
        "tool_choice: expected to be auto, got any",
    ),
    ({"tool_choice": "get_time"}, prompt(tool_choice={"type": "tool", "name": "get_time"}), prompt(), "got auto"),
    ({"tool_choice": "tool"}, prompt(tool_choice={"type": "tool", "name": "get_time"}), prompt(), "got auto"),
    (
        {"thinking": True},
        prompt(thinking={"type": "adaptive"}),
        prompt(),
        "thinking: expected to be on, got none asked for",
    ),
    ({"thinking": False}, prompt(thinking={"type": "disabled"}), prompt(thinking={"type": "adaptive"}), "got adaptive"),
    ({"thinking": "on"}, prompt(thinking={"type": "enabled"}), prompt(), "expected to be on, got none asked for"),
    ({"thinking": "off"}, prompt(), prompt(thinking={"type": "enabled"}), "expected to be off (absent or disabled)"),
    (
        {"thinking": ["off", "adaptive"]},
        prompt(thinking={"type": "adaptive"}),
        prompt(thinking={"type": "enabled"}),
        "expected to be off (absent or disabled) or to be adaptive, got enabled",
    ),
    ({"thinking": ["enabled"]}, prompt(thinking={"type": "enabled"}), prompt(), "expected to be enabled"),
    ({"stream": True}, prompt(stream=True), prompt(), "stream: expected to be true, got false"),
    ({"stream": False}, prompt(), prompt(stream=True), "stream: expected to be false, got true"),
    (
        {"compaction": True},
        prompt(compaction=SUMMARIZE),
        prompt(),
        "compaction: expected to be true, got false",
    ),
    (
        {"compaction": False},
        prompt(),
        prompt(compaction=SUMMARIZE),
        "compaction: expected to be false, got true",
    ),
    ({"images": True}, prompt([PNG]), prompt(), "images: expected their number to be at least 1, got none"),
    ({"images": False}, prompt([PDF]), prompt([PNG]), "expected their number to be 0, got image/png"),
    ({"images": 2}, prompt([PNG, URL]), prompt([PNG]), "expected their number to be 2, got image/png"),
    ({"images": {"at_least": 2}}, prompt([PNG, URL]), prompt([URL]), "expected their number to be at least 2, got url"),
    ({"documents": {"at_most": 0}}, prompt([PNG]), prompt([PDF]), "to be at most 0, got application/pdf"),
    ({"images": {"count": {"at_least": 2}}}, prompt([PNG, URL]), prompt([URL]), "to be at least 2, got url"),
    (
        {"images": {"media_type": "image/png"}},
        prompt([PNG]),
        prompt([URL]),
        "number of type image/png to be at least 1",
    ),
    ({"images": True}, answered({"of": "a", "content": [PNG]}), answered({"of": "a", "content": "x"}), "got none"),
    ({"documents": {"media_type": ["application/*"], "count": 1}}, prompt([PDF]), prompt([PNG]), "documents: expected"),
    (
        {"output_format": True},
        prompt(output_config={"format": {"type": "json_schema"}}),
        prompt(),
        "got none asked for",
    ),
    ({"output_format": "json_*"}, prompt(output_config={"format": {"type": "json_schema"}}), prompt(), "to be json_*"),
    ({"output_format": False}, prompt(output_config={}), prompt(output_config={"format": {"type": "x"}}), "got x"),
    ({"turn": 0}, prompt(), answered({"of": "a"}), "turn: expected to be 0, got 1"),
    ({"turn": [1, 2]}, answered({"of": "a"}), prompt(), "turn: expected to be 1 or 2, got 0"),
    ({"turn": {"at_least": 1, "at_most": 3}}, answered({"of": "a"}), prompt(), "to be at least 1 and to be at most 3"),
    (
        {"headers": {"X-A": "b*"}},
        prompt(headers={"x-a": "bc"}),
        prompt(),
        "headers: expected x-a to be b*, got nothing",
    ),
    ({"headers": {"x-a": True}}, prompt(headers={"x-a": ""}), prompt(), "expected x-a to be sent"),
    ({"headers": {"x-a": False}}, prompt(), prompt(headers={"x-a": "1"}), 'expected x-a not to be sent, got "1"'),
    ({"headers": {"x-a": 3}}, prompt(headers={"x-a": "3"}), prompt(headers={"x-a": "4"}), 'to be "3", got "4"'),
    ({"headers": {"x-a": {"contains": "Z"}}}, prompt(headers={"x-a": "xyz"}), prompt(headers={"x-a": "4"}), "contain"),
    (
        {"wire": "chat"},
        Prompt({}, wire="chat"),
        Prompt({}),
        'wire: expected to be chat, got "messages"',
    ),
    (
        {"wire": ["messages"]},
        Prompt({}),
        Prompt({}, wire="chat"),
        'wire: expected to be messages, got "chat"',
    ),
    (
        {"version": "2023-06-01"},
        prompt(),
        Prompt({}, version="2026-10-21"),
        'version: expected to be 2023-06-01, got "2026',
    ),
    ({"key": "sk-*"}, prompt(), Prompt({}), "key: expected to be sk-*, got none"),
    ({"session": "s-?"}, prompt(), Prompt({}), 'session: expected to be s-?, got ""'),
    ({"body": {"$.max_tokens": 10}}, prompt(), prompt(max_tokens=11), "body: expected $.max_tokens to be 10, got 11"),
    (
        {"body": {"max_tokens": {"at_least": 5}}},
        prompt(),
        prompt(max_tokens=4),
        "expected max_tokens to be at least 5, got 4",
    ),
    (
        {"body": {"$.max_tokens": 10, "$.stream": True, "$.model": "claude"}},
        prompt(stream=True),
        prompt(max_tokens=11),
        "body: expected $.max_tokens to be 10, got 11; expected $.stream to be true, got nothing there",
    ),
    ({"body": {"$.metadata.user_id": "u"}}, prompt(metadata={"user_id": "U1"}), prompt(), "got nothing there"),
    ({"body": {"$..name": {"equals": "get_time"}}}, prompt(tools=TOOLS), prompt(tools=TOOLS[:1]), 'got "get_weather"'),
    ({"body": {"$.tools[1].name": "time"}}, prompt(tools=TOOLS), prompt(tools=TOOLS[:1]), "got nothing there"),
    ({"body": {"$.temperature": {"present": False}}}, prompt(), prompt(temperature=1), "to be absent, got 1"),
    ({"body": {"$.stop_sequences": {"is": ["a"]}}}, prompt(stop_sequences=["a"]), prompt(), 'to be ["a"]'),
    (
        {"body": {"$.max_tokens": [10, 20]}},
        prompt(),
        prompt(max_tokens=15),
        "expected $.max_tokens to be 10 or to be 20, got 15",
    ),
    ({"body": {"$.a": [None, "x", {"at_least": 2}]}}, prompt(a=2.5), prompt(a=1), "to be nothing or to contain"),
    ({"body": {"$.temperature": 1}}, prompt(temperature=1.0), prompt(temperature=True), "to be 1, got true"),
    ({"body": {"$.a": {"is": {"b": [1]}}}}, prompt(a={"b": [1.0]}), prompt(a={"b": [True]}), 'got {"b":[true]}'),
    ({"body": {"$.stream": True}}, prompt(stream=True), prompt(stream=1), "to be true, got 1"),
    ({"body": {"$.container": None}}, prompt(container=None), prompt(), "to be nothing, got nothing there"),
    ({"tool_result": True}, answered({"of": "a"}), prompt(), "tool_result: expected to be present, got none"),
    ({"tool_result": False}, prompt(), answered({"of": "a", "content": "x"}), 'to be absent, got a: "x"'),
    (
        {"tool_result": "sun"},
        answered({"of": "a", "content": "Sunny"}),
        answered({"of": "b", "content": "rain"}),
        'one with text to contain "sun", got b: "rain"',
    ),
    (
        {"tool_result": {"for": "b", "is_error": True, "contains": "full"}},
        answered(
            {"of": "a", "content": "x"}, {"of": "b", "content": [{"type": "text", "text": "Full"}], "is_error": True}
        ),
        answered({"of": "b", "content": "full"}),
        'expected one with for to be b, is_error to be true, text to contain "full", got b: "full"',
    ),
]


@pytest.mark.parametrize(("when", "fitting", "other", "said"), CASES, ids=[str(case[0]) for case in CASES])
def test_condition_tells_prompts_apart(when: dict[str, Any], fitting: Prompt, other: Prompt, said: str) -> None:
    compiled = condition(when)
    assert compiled.matches(fitting)
    assert compiled.differences(fitting) == ()
    assert not compiled.matches(other)
    (difference,) = compiled.differences(other)
    assert said in difference
    assert difference.startswith(f"{next(iter(when))}: expected ")


def test_everything_must_hold() -> None:
    compiled = condition({"user": "hello", "stream": True, "model": "claude-*"})
    assert compiled.matches(prompt(stream=True))
    assert compiled.differences(prompt("bye")) == (
        "stream: expected to be true, got false",
        'user: expected to contain "hello", got "bye"',
    )


def test_no_condition_always_holds() -> None:
    assert condition({}).matches(prompt())


@pytest.mark.parametrize(
    "when",
    [{"usr": "a"}, {"tool_result": {"is_error": 1}}, {"user": {"contain": "a"}}, {"user": []}, {"body": {"$[": 1}}],
)
def test_wrong_condition_is_refused(when: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError):
        condition(when)


def test_keys_are_never_shown() -> None:
    told = condition({"key": "a", "headers": {"authorization": "b", "x-api-key": "c"}}).differences(
        prompt(headers={"authorization": "Bearer sk-secret", "x-api-key": "sk-secret"})
    )
    told += condition({"session": "a"}).differences(Prompt({}, key="sk-secret", session="sk-secret"))
    assert len(told) == 3
    assert not any("sk-secret" in text for text in told)


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({"key": "sk-ant-realsecretvalue-42"}, "to be sk-ant-…e-42"),
        ({"key": ["sk-ant-realsecretvalue-*", "my-*"]}, "to be sk-ant-…ue-* or my-*"),
        ({"key": "realsecret"}, f"to be {label('realsecret')}"),
        ({"session": "sk-ant-realsecretvalue-42"}, "to be sk-ant-…e-42"),
        ({"headers": {"X-API-Key": "sk-ant-realsecretvalue-42"}}, "x-api-key to be what the scenario wants"),
        ({"headers": {"authorization": {"contains": "realsecret"}}}, "authorization to be what the scenario wants"),
    ],
)
def test_keys_of_others_are_never_shown(when: dict[str, Any], words: str) -> None:
    (told,) = condition(when).differences(prompt(headers={"authorization": "Bearer sk-mine", "x-api-key": "sk-mine"}))
    assert f"expected {words}, got" in told
    assert "realsecret" not in told


def test_long_texts_are_cut() -> None:
    (told,) = condition({"user": "zzz"}).differences(prompt("a" * 10_000))
    assert len(told) < 120
    assert told.endswith('…"')


def test_catastrophic_pattern_is_an_error_at_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "seconds_left", lambda: 0.05)
    source = "scenarios:\n- name: a\n  when:\n    user: /^(a|a)*$/\n  reply: x\n"
    (scenario,) = parse(source, "file.yaml")
    with pytest.raises(ScenarioError) as caught:
        scenario.condition.matches(prompt("a" * 40 + "b"))
    (problem,) = caught.value.problems
    assert str(problem.place) == "file.yaml:4:11"
    assert problem.message.startswith("the search for /^(a|a)*$/ in a text of 41 characters takes too long: write ")


def test_patterns_of_one_request_share_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = [0.0]
    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: spent[0])
    slow = condition({"user": "/^(a+)+$/"})
    with guard():
        assert slow.matches(prompt("aaa"))
        spent[0] += LIMITS.seconds
        with pytest.raises(ScenarioError, match="takes too long"):
            slow.matches(prompt("aaa"))
    assert slow.matches(prompt("aaa"))


def test_request_that_comes_first_is_not_charged_for_compiling(monkeypatch: pytest.MonkeyPatch) -> None:
    spent, compile_slowly = [0.0], regex.compile

    def compile_after_long(source: str) -> Any:
        spent[0] += LIMITS.seconds
        return compile_slowly(source)

    monkeypatch.setattr("mockserver.records.budget.time.thread_time", lambda: spent[0])
    monkeypatch.setattr(regex, "compile", compile_after_long)
    with guard():
        assert condition({"user": "/^(a+)+$/"}).matches(prompt("aaa"))
    assert spent[0] == LIMITS.seconds


@pytest.mark.parametrize("pattern", [r"[^\u0000-\uffffz]b", r"[^\0-\xffz]b", "[一-龥]b", r"[\U00010000-\U0010ffff]b"])
def test_wide_sets_are_left_to_the_faster_package(monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    compile_any, seen = re.compile, []

    def compile_and_note(source: Any, *flags: Any) -> Any:
        seen.append(source)
        return compile_any(source, *flags)

    monkeypatch.setattr(re, "compile", compile_and_note)
    found = condition({"user": f"/{pattern}/i"})
    assert not any(pattern in source for source in seen)
    for text in ("aB", "龥B", "😀B", "zb", "a"):
        assert found.matches(prompt(text)) is bool(compile_any(pattern, re.IGNORECASE).search(text))
    with pytest.raises(ScenarioError, match=r"file\.yaml:1:.*regular expression"):
        parse(f"{{when: {{user: '/(?<{pattern}/'}}, reply: x}}", "file.yaml")


def test_patterns_of_the_regex_package_alone() -> None:
    assert condition({"user": "/[[:alpha:]]{3}/"}).matches(prompt("abc"))
    assert not condition({"user": r"/\p{Han}/"}).matches(prompt("abc"))


@pytest.mark.parametrize("slow", ["/.*foo/", "/(a?){20}a{20}/", "/^(a+)+$/"])
def test_repetitions_have_a_time_limit(slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So little that whatever is looked for longer is given up."""
    monkeypatch.setattr(patterns, "seconds_left", lambda: 1e-9)
    with pytest.raises(ScenarioError, match="takes too long"):
        condition({"user": slow}).matches(prompt("ab" * 100_000))


@pytest.mark.parametrize("slow", ["(a|a)" * 26 + "b$", "(?:a|(?:a|a))" * 17 + "b$", "a?" * 26 + "a" * 26 + "b"])
def test_choices_have_a_time_limit(slow: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _may_be_slow(slow)
    monkeypatch.setattr(patterns, "seconds_left", lambda: 0.01)
    # Engines grow cleverer: one may find out in time.
    with suppress(ScenarioError):
        assert not condition({"user": f"/{slow}/"}).matches(prompt("a" * 26 + "c"))


@pytest.mark.parametrize(
    "plain", ["hello|bye|a|b|c|d|e", r"(?i)\b(hello|bye|a|b|c|d|e)\b", "colou?r (red|blue)", "^(?:a|b)$"]
)
def test_plain_patterns_need_no_other_engine(plain: str) -> None:
    assert not _may_be_slow(plain)


@pytest.mark.parametrize("path", ["/etc/passwd", "/usr/src", "/sys", "/a/miss", "/etc/"])
def test_slashes_without_pattern_are_text(path: str) -> None:
    assert condition({"user": path}).matches(prompt(f"cat {path} now"))
