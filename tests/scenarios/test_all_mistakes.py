"""All mistakes of fixtures are told at once, and each of them once: none that is planted anywhere hides another."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from mockserver.records.errors import ScenarioError
from mockserver.scenarios import Extensions, lint, load, parse
from mockserver.wires import parse_fault

# A slot, what is planted there, and what is said of it.
Mistake = tuple[str, str, str]
EXTENSIONS = Extensions(parse_fault=parse_fault)
# A file without mistakes: each «slot:value» is the value, or else a mistake in its place.
GOOD = """\
lifecycle: «lifecycle:release»
models: {mine: {like: «like:claude-opus-5», context: «context:9»}, other: {like: mine}}
web_search: {inaccessible_domains: [«domain:example.com»]}
tool_schemas: {find: «schema:{}»}
files: [{id: «file_id:file_one», path: «file_path:HERE», «file_key:filename»: one, expires_in: «expiry:2h»}]
«defaults:defaults»:
  when: {stream: «default_when:false»}
  priority: «default_priority:1»
  answer: {headers: {x-a: «default_header:given»}, model: «default_model:claude-x»}
«scenarios:scenarios»:
  - name: «name:first»
    «when:when»:
      system: «system:hello»
      user: {any: [«any:hello», {«test:contains»: x}]}
      model: [«model:claude-a», b]
      body: {«path:$.a»: «body:it», $.b: {matches: ['«matches:b+»', «matched:c»]}}
    priority: «priority:3»
    «answer:reply»:
      text: «text:Hi.»
      thinking: «thinking:Hm.»
      headers: {x-b: «header:one»}
      usage: {input_tokens: «tokens:7»}
      fault: {then: «fault:stall», «option:for»: 2s}
      pace: {first: «first:2s», «pace:jitter»: 0.1}
      times: «times:2»
  - when: {any_message: [«pattern:/one|two/», two]}
    calls:
      - «call:Yes.»
      - content: [one, {tool_use: {«tool:name»: find, input: {q: «input:me»}}}, '«item:{{ turn }}»']
      - error: {status: «status:529», retry_after: «retry:1»}
      - raw: {status: «raw:503», body: «raw_body:gone»}
      - generate: {sentences: «sentences:2», «generate:words»: 3}
  - when: {tool_result: {for: find, is_error: «is_error:true»}, path: «route:/v1/*»}
    turns: «turns:[Well.]»
  - when: {user: «broken:nobody»}
    reply: Nothing.
  - when: {user: «torn:no one»}
    reply: Nothing.
    «key:description»: for readers
""".replace("HERE", Path(__file__).as_posix())
MISTAKES: list[Mistake] = [
    ("lifecycle", "tomorrow", "lifecycle: expected release"),
    ("like", "nothing", 'there is no model "nothing"'),
    ("context", "many", "context: expected a whole number"),
    ("domain", "http://x", "a domain such as example.com"),
    ("schema", "7", "find: expected a mapping"),
    ("file_id", "a/b", "id: expected an id of letters"),
    ("file_path", "gone.pdf", "cannot be read: No such file"),
    ("file_key", "filname", 'did you mean "filename"?'),
    ("expiry", "soon", "expires_in: expected a duration"),
    ("defaults", "defalts", 'did you mean "defaults"?'),
    ("default_when", "off", 'got "off": write false'),
    ("default_priority", "high", "priority: expected a whole number"),
    ("default_header", "'{{ given }}'", 'in a placeholder, "given" is no name'),
    ("default_model", "[a]", "model: expected a text"),
    ("name", "012", 'name: expected a text, got 012: in quotes it is a text: "012"'),
    ("when", "wen", '"wen" is no key of a scenario'),
    ("answer", "repply", '"repply" is no key of a scenario'),
    ("scenarios", "scenario", '"scenario" is no key of a scenario file'),
    ("system", "/issue #12/", '" #" begins a comment'),
    ("any", "null", 'got null: in quotes it is a text: "null"'),
    ("any", "1.50", "1.50 without quotes is the number 1.5"),
    ("test", "contain", '"contain" is no key of a text test'),
    ("model", "1e3", "got 1e3: in quotes"),
    ("path", "'$[a'", "this is no JSONPath"),
    ("body", "{is_it: a}", '"is_it" is no key of a text test'),
    ("matches", "(", "this is no regular expression"),
    ("matched", "7", "expected a text, got 7"),
    ("priority", "'3'", "priority: expected a whole number"),
    ("text", "{{ prompt.user }}", 'reads as a mapping: write it in quotes: "{{ prompt.user }}"'),
    ("text", "{said: x}", "expected a text"),
    ("thinking", "'{{ nope }}'", 'in a placeholder, "nope" is no name'),
    ("header", "[1]", "x-b: expected a text"),
    ("tokens", "-7", "input_tokens: expected a whole number from 0"),
    ("fault", "stal", "unknown fault 'stal'"),
    ("option", "fro", "unknown option 'fro'"),
    ("first", "soon", "first: expected a time"),
    ("pace", "jiter", '"jiter" is no key of pace'),
    ("times", "0", "times: expected a number from 1"),
    ("pattern", "/(one/", "this is no regular expression"),
    ("pattern", "/one,two/", '"," in brackets begins another item'),
    ("call", "7", "expected a text, or a mapping of what is said, got 7"),
    ("call", "{txt: a}", '"txt" is no key of an answer'),
    ("call", "{text: Yes, sir}", '"," in braces begins another key'),
    ("call", "Note: this", 'a text that holds ": " needs quotes: "Note: this"'),
    ("call", "text:this", "a colon needs a space behind it"),
    ("call", "!yes x", "a text that begins with ! needs quotes"),
    ("call", "{error: 529, text: a}", "either error or text"),
    ("tool", "nmae", '"nmae" is no key of tool_use'),
    ("input", "{{ turn }}", 'reads as a mapping: write it in quotes: "{{ turn }}"'),
    ("item", "{{ turns }}", '"turns" is no name'),
    ("status", "99", "status: expected a whole number from 200"),
    ("retry", "soon", "retry_after: expected a number of seconds"),
    ("raw", "99", "status: expected a whole number from 200"),
    ("raw_body", "a, json: 1", "raw has one of body"),
    ("sentences", "0", "sentences: expected a whole number"),
    ("generate", "wrods", '"wrods" is no key of generate'),
    ("is_error", "yes", 'is_error: expected true or false, got "yes": write true'),
    ("route", "7", "path: expected a name"),
    ("turns", "{text: Well.}", 'a list of answers, each beginning with "- "'),
    ("turns", "[]", "turns: expected a list of answers"),
    ("broken", "[a", "brackets that open before it are not closed"),
    ("broken", "/a{2}/", 'put the pattern in quotes: "/a{2}/"'),
    ("broken", "*a", "*name needs an anchor &name before it"),
    ("torn", '"\\d"', "put the text in single quotes"),
    ("key", "reply", 'the key "reply" stands here a second time'),
    ("key", "turns: [a]\n    description", "has both reply and turns"),
]
# Nothing can be said of the rest of a scenario that is no YAML, nor of the options of a fault that does not exist.
_HIDING = {"torn": {"key"}, "fault": {"option"}}


def plant(*mistakes: Mistake) -> str:
    source = GOOD
    for slot, value, _ in mistakes:
        source = re.sub(f"«{slot}:[^»]*»", lambda _, value=value: value, source)  # type: ignore[misc]
    return re.sub("«[^:»]*:([^»]*)»", r"\1", source)


def tell(path: Path, source: str) -> list[str]:
    path.write_text(source, "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load([path], EXTENSIONS)
    return [problem.message for problem in caught.value.problems]


def test_file_without_mistakes_is_clean(tmp_path: Path) -> None:
    path = tmp_path / "good.yaml"
    path.write_text(plant(), "utf-8")
    assert lint([path], EXTENSIONS) == []


def are_independent(one: Mistake, other: Mistake) -> bool:
    return one[0] != other[0] and other[0] not in _HIDING.get(one[0], ()) and one[0] not in _HIDING.get(other[0], ())


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake[0]} {mistake[1]}")
def test_one_mistake_is_told_once_and_hides_no_other(tmp_path: Path, mistake: Mistake) -> None:
    path = tmp_path / "bad.yaml"
    assert [mistake[2] in told for told in tell(path, plant(mistake))] == [True]
    # Each fifth of all pairs: the numbers of the mistakes have nothing to do with where they stand.
    for other in filter(partial(are_independent, mistake), MISTAKES[MISTAKES.index(mistake) + 1 :: 5]):
        told = tell(path, plant(mistake, other))
        assert len(told) == 2, (other, told)
        assert any(mistake[2] in one and other[2] in two for one, two in (told, told[::-1])), (other, told)


def test_many_mistakes_are_told_at_once(tmp_path: Path) -> None:
    planted: list[Mistake] = []
    for mistake in MISTAKES:
        if all(are_independent(mistake, other) for other in planted):
            planted.append(mistake)
    told = tell(tmp_path / "bad.yaml", plant(*planted))
    assert [mistake for mistake in planted if not any(mistake[2] in each for each in told)] == []
    assert len(told) == len(planted)


def test_mistakes_of_several_files_are_told_at_once(tmp_path: Path) -> None:
    """Also those of files that are no YAML, and of files that are no text."""
    for name, source in (
        ("a.yaml", b"scenarios:\n  - reply: {text: a\n  - replyy: b\n"),
        ("b.yaml", b"scenarios: [\n"),
        ("c.yaml", b"scenarios: [{reply: \xe9}]"),
        ("d.yaml", b"- reply: a\n  when: {usr: a}\n"),
        ("e.yaml", b"reply: a\nwhen: {usr: a}\nscenarios: [{replies: b}]\n"),
    ):
        (tmp_path / name).write_bytes(source)
    with pytest.raises(ScenarioError) as caught:
        load([tmp_path], EXTENSIONS)
    told = [(Path(problem.place.file).name, problem.place.line) for problem in caught.value.problems]
    assert told == [
        *[("a.yaml", 2), ("a.yaml", 3), ("b.yaml", 2), ("c.yaml", 1)],
        *[("d.yaml", 1), ("d.yaml", 2), ("e.yaml", 1), ("e.yaml", 2), ("e.yaml", 3)],
    ]


def test_scenario_sent_to_a_server_tells_all_of_its_mistakes() -> None:
    source = "reply: {txt: a}\nturns: [{error: 99}]\nwhen:\n  usr: a\n  user: /a #b/\nname: !n x\n"
    with pytest.raises(ScenarioError) as caught:
        parse(source, "sent", EXTENSIONS)
    places = [str(problem.place).partition(":")[2] for problem in caught.value.problems]
    assert places == ["1:1", "1:9", "2:17", "4:3", "5:9", "6:7"]


@pytest.mark.parametrize("source", ["", "# nothing", "~", "7", "[]"])
def test_empty_document_that_is_sent_is_refused(source: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse(source, "sent", EXTENSIONS)
    assert len(caught.value.problems) == 1


def test_line_ends_of_windows_hide_nothing() -> None:
    source = "scenarios:\r\n  - reply: [\r\n  - replyy: b\r\n  - when:\r\n      user: /a #b/\r\n    reply: c\r\n"
    with pytest.raises(ScenarioError) as caught:
        parse(source, "sent", EXTENSIONS)
    assert [problem.place.line for problem in caught.value.problems] == [3, 3, 5]


def test_mistake_of_an_anchor_is_told_once(tmp_path: Path) -> None:
    source = "x-a: &a {txt: b}\nscenarios:\n  - reply: *a\n  - {when: {user: b}, reply: *a}\n"
    assert tell(tmp_path / "a.yaml", source) == ['"txt" is no key of an answer: did you mean "text"?']


def test_aliases_of_a_scenario_that_is_no_yaml_are_no_mistakes(tmp_path: Path) -> None:
    source = "scenarios:\n  - reply: &a {text: [}\n  - {when: {user: b}, reply: *a}\n  - reply: *b\n"
    told = tell(tmp_path / "a.yaml", source)
    assert ["undefined alias" in each for each in told] == [False, True]


def test_lint_looks_at_the_scenarios_without_mistakes(tmp_path: Path) -> None:
    """Other scenarios may have mistakes; those of a file whose defaults have some are not what they would be."""
    source = "scenarios:\n  - reply: a\n  - replyy: b\n  - reply: c\n  - when: {user: /a #b/}\n    reply: d\n"
    (tmp_path / "a.yaml").write_text(source)
    (tmp_path / "b.yaml").write_text(f"defaults: {{when: {{usr: a}}}}\n{source}")
    told = [
        (Path(each.place.file).name, each.place.line, "never" in each.message) for each in lint([tmp_path], EXTENSIONS)
    ]
    assert told == [
        *[("a.yaml", 3, False), ("a.yaml", 4, True), ("a.yaml", 5, False)],
        *[("b.yaml", 1, False), ("b.yaml", 4, False), ("b.yaml", 6, False)],
    ]
