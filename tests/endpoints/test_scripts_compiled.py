"""Scripts are compiled beside the store, and the journal explains them when it is read."""

from __future__ import annotations

import gc
import json
import tracemalloc
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from mockserver import scenarios
from mockserver.endpoints.compiler import Cache, Compiler
from mockserver.endpoints.fixtures import Fixtures
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.settings import Settings
from mockserver.scenarios import Scenario, ScenarioSet
from mockserver.serving import assembly
from mockserver.serving.sending import Sent
from mockserver.serving.service import Service
from mockserver.store import Document, Script, ScriptList
from mockserver.store.scripts import FILES, TEXT, WORDS

TWO = "scenarios:\n  - {name: one, when: {user: one}, reply: One.}\n  - {name: two, reply: Two., priority: 1}\n"


def compiler() -> Compiler:
    return Compiler(assembly.HOOKS)


def test_text_is_compiled_once() -> None:
    document, compiled = Document(TEXT, TWO, "a.yaml"), compiler()
    first = compiled.compile(document)
    assert [(each.name, str(each.place)) for each in first] == [("two", "a.yaml:3:5"), ("one", "a.yaml:2:5")]
    assert compiled.compile(Document(TEXT, TWO, "a.yaml")) is first
    assert compiled.compile(Document(TEXT, TWO, "b.yaml")) is not first


def test_words_stand_where_they_were_given() -> None:
    (scenario,) = compiler().compile(Document(WORDS, '{"name": "a", "reply": {"text": "A"}}', "test_a.py", 7))
    assert str(scenario.place) == "test_a.py:7:1"


def test_files_are_compiled_from_their_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(TWO)
    document = Document(FILES, orjson.dumps({"paths": [str(path)], "files": []}).decode(), "files")
    assert [each.name for each in compiler().compile(document)] == ["two", "one"]


def test_scripts_say_which_fit_every_request() -> None:
    scripts = compiler().scripts(Document(TEXT, TWO, "a.yaml"))
    assert [(each.name, each.index, each.is_default) for each in scripts] == [("two", 0, True), ("one", 1, False)]
    with pytest.raises(ScenarioError):
        compiler().scripts(Document(TEXT, "name: a", "a.yaml"))


def test_lists_are_compiled_once_for_each_revision() -> None:
    compiled, document = compiler(), Document(TEXT, TWO, "a.yaml")
    scripts = compiled.scripts(document)
    both, one = ScriptList(1, scripts), ScriptList(2, scripts[:1])
    assert compiled.scenarios_of(ScriptList()) == ()
    assert compiled.scenarios_of(both) is compiled.scenarios_of(both)
    assert [each.name for each in compiled.scenarios_of(one)] == ["two"]


def test_forgotten_scripts_are_compiled_again() -> None:
    cache = Cache[str](20)
    for key in ("a", "b"):
        cache.put(key, (), 10)
    assert cache.get("a") == ()
    cache.put("c", (), 10)
    cache.make_room()
    assert [cache.get(key) for key in ("a", "b", "c")] == [(), None, ()]
    cache.put("c", (), 1000)
    cache.make_room(1)
    assert [cache.get(key) for key in ("a", "c")] == [None, ()], "the latest stays, whatever it weighs"


def count_compiled(compiled: Compiler, monkeypatch: pytest.MonkeyPatch) -> list[Document]:
    """The documents that are compiled from now on."""
    read, seen = compiled._read, []

    def note(document: Document) -> tuple[Scenario, ...]:
        seen.append(document)
        return read(document)

    monkeypatch.setattr(compiled, "_read", note)
    return seen


def scripts_of(compiled: Compiler, session: str, number: int) -> tuple[Script, ...]:
    texts = [json.dumps({"name": f"{session} {each}", "when": {"user": "a"}, "calls": ["x"]}) for each in range(number)]
    return tuple([script for text in texts for script in compiled.scripts(Document(TEXT, text, session))])


def test_session_in_use_is_compiled_once_however_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scenario more does not have the others compiled again, though they take more than there is room for."""
    compiled = Compiler(assembly.HOOKS, 100_000)
    scripts = scripts_of(compiled, "large", 60)
    compiled.scenarios_of(ScriptList(1, scripts))
    seen = count_compiled(compiled, monkeypatch)
    for revision in range(2, 6):
        scripts += scripts_of(compiled, f"more {revision}", 1)
        for _ in range(3):
            assert len(compiled.scenarios_of(ScriptList(revision, scripts))) == len(scripts)
            assert len(compiled.scenarios(scripts)) == len(scripts)
    assert len(seen) == 4


def test_compiled_forms_of_many_sessions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = Compiler(assembly.HOOKS, 100_000)
    sessions = [scripts_of(compiled, str(session), 5) for session in range(20)]
    for revision, scripts in enumerate(sessions, 1):
        compiled.scenarios_of(ScriptList(revision, scripts))
    seen = count_compiled(compiled, monkeypatch)
    compiled.scenarios(sessions[-1])
    compiled.scenarios_of(ScriptList(20, sessions[-1]))
    assert not seen
    assert [each.name for each in compiled.scenarios(sessions[0])] == [f"0 {each}" for each in range(5)]
    assert len(seen) == 5


# As many bytes as tracemalloc finds are in the compiled forms, or more.
WEIGHED = {
    "conditions": [
        {"name": str(each), "when": {"user": {"matches": f"a{each}.*b"}}, "reply": "a"} for each in range(40)
    ],
    "paths": [
        {"name": str(each), "when": {"body": {f"$.metadata.x{each}": {"at_most": 3}}}, "calls": ["a", "b"]}
        for each in range(40)
    ],
    "steps": [{"name": "a", "calls": ["a"] * 300}],
    "input": [{"name": "a", "reply": {"tool_use": {"name": "a", "input": {"a": list(range(3000))}}}}],
    "text": [{"name": "a", "reply": "\U0001f600" + "a" * 100_000}],
}


@pytest.mark.parametrize("kind", WEIGHED)
def test_compiled_forms_weigh_what_they_take(kind: str) -> None:
    compiled, text = compiler(), json.dumps({"scenarios": WEIGHED[kind]}, ensure_ascii=False)
    compiled.compile(Document(TEXT, text, "warm"))
    tracemalloc.start()
    try:
        compiled.compile(Document(TEXT, text, "measured"))
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    weights = [weight for _, weight in compiled._documents._known.values()]
    assert 0.5 * taken < weights[-1] < 8 * taken


def test_fixtures_are_replaced_as_a_whole() -> None:
    first, *others = [ScenarioSet(files=(str(number),)) for number in range(6)]
    fixtures = Fixtures(first)
    fixtures.fail("a.yaml:1:1: broken")
    assert (fixtures.scenarios, fixtures.error) == (first, "a.yaml:1:1: broken")
    fixtures.replace(others[0], 2)
    assert (fixtures.scenarios, fixtures.current.revision, fixtures.error) == (others[0], 2, None)
    assert (fixtures.at(1), fixtures.at(2)) == (first, others[0])
    for revision, other in enumerate(others[1:], 3):
        fixtures.replace(other, revision)
    assert len(fixtures.at(1)) == 0, "too long ago"
    assert fixtures.at(fixtures.current.revision) is others[-1]
    fixtures.replace(others[1], 3)
    fixtures.replace(first, 7)
    assert (fixtures.at(3), len(fixtures.at(4))) == (others[1], 0), "files that came back are remembered anew"


# Why scenarios missed


def ask(mock: Parts, text: str, key: str = "k") -> None:
    body = {"model": "claude-opus-5-5", "max_tokens": 64, "messages": [{"role": "user", "content": text}]}
    call = Call("POST", "/v1/messages", {"x-api-key": key}, orjson.dumps(body), at=1.0)
    Service(mock).answer(call).finish(Sent())


def add(mock: Parts, session: str = "k", **words: Any) -> tuple[Script, ...]:
    document = Document(WORDS, orjson.dumps(words).decode(), "test.py")
    return mock.store.scripts.add(session, mock.compiler.scripts(document))


def missed(mock: Parts) -> list[list[tuple[str, str]]]:
    return [[(miss.name, miss.differences[0]) for miss in entry.misses] for entry in mock.journal.entries()]


@pytest.fixture
def mock(tmp_path: Path) -> Parts:
    path = tmp_path / "fixture.yaml"
    path.write_text("scenarios: [{name: file, when: {user: file}, reply: File.}, {name: last, reply: Last.}]")
    return assembly.build(Settings(fixtures=(str(path),)))


MISSED_WEATHER = ("weather", 'user: expected to contain "weather", got "hello"')
MISSED_FILE = ("file", 'user: expected to contain "file", got "hello"')
RAN_OUT = ("once", "calls: the script has run out, after 1 answer in this session")


def test_misses_are_those_of_the_time_of_the_call(mock: Parts) -> None:
    """Scripts that were added, removed or reloaded later change nothing; what fits but for its count is nearest."""
    add(mock, name="once", calls=["One."])
    ask(mock, "hello")
    add(mock, name="weather", when={"user": "weather"}, reply="Sunny.")
    ask(mock, "hello")
    expected = [[], [RAN_OUT, MISSED_WEATHER, MISSED_FILE]]
    assert missed(mock) == expected
    add(mock, name="later", when={"user": "later"}, reply="Later.")
    mock.store.scripts.remove("k", "weather")
    mock.store.scripts.remove("k", "once")
    mock.fixtures.replace(ScenarioSet(), 2)
    assert missed(mock) == expected
    ask(mock, "hello")
    assert missed(mock)[-1] == [("later", 'user: expected to contain "later", got "hello"')]


def test_only_scenarios_before_the_answer_missed(mock: Parts) -> None:
    add(mock, name="late", when={"user": "weather"}, reply="Late.")
    add(mock, name="first", when={"user": "hello"}, reply="First.")
    ask(mock, "hello")
    assert missed(mock) == [[]]


def test_answer_of_a_store_is_taken_like_it_would_be_chosen(mock: Parts) -> None:
    loaded = mock.fixtures.scenarios
    add(mock, name="turns", when={"user": "turns"}, turns=["Zero."])
    add(mock, name="calls", when={"user": "calls"}, calls=["One.", "Two."])
    added = mock.compiler.scenarios_of(mock.store.scripts.current("k"))
    for text in ("turns", "calls", "calls", "calls", "file", "turns", "other"):
        prompt = Prompt({"messages": [{"role": "user", "content": text}]})
        chosen = scenarios.choose(loaded, prompt, mock.store.counters.counts("k"), added)
        taken = scenarios.take(loaded, prompt, added, partial(mock.store.counters.take, "k"))
        assert (taken.scenario, taken.step, taken.position, taken.count) == (
            chosen.scenario,
            chosen.step,
            chosen.position,
            chosen.count,
        )
    assert mock.store.counters.counts("k") == {
        **{f"test.py#{name}": count for name, count in (("turns", 2), ("calls", 2))},
        **{scenario.counter: 1 if scenario.name == "file" else 2 for scenario in loaded.scenarios},
    }
