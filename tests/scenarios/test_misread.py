"""YAML that reads as something else is told, with what to write instead; what is meant as it stands is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mockserver.records.errors import Problem
from mockserver.scenarios import Extensions, lint
from mockserver.scenarios.reading.source import read_parts
from mockserver.wires import parse_fault

ROOT = Path(__file__).parent.parent.parent
EXTENSIONS = Extensions(parse_fault=parse_fault)


def check(tmp_path: Path, source: str) -> list[Problem]:
    path = tmp_path / "a.yaml"
    path.write_text(source, "utf-8")
    return lint([path], EXTENSIONS)


def of_user(value: str) -> str:
    return f"scenarios:\n  - when:\n      user: {value}\n    reply: a\n"


def of_reply(value: str) -> str:
    return f"scenarios:\n  - name: a\n    reply: {value}\n"


CUT = '" #" begins a comment, so that this reads as '
ENDED = '" #" begins a comment, and ends a text without quotes: put the text in quotes'
BLOCK = "while parsing a block mapping that began on line 2"
COMMENT = '" #" begins a comment: put a text that holds it in quotes'


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("/issue #12/", f'{CUT}"/issue": put the pattern in quotes: "/issue #12/"'),
        ("/issue #12/i   # a comment", f'{CUT}"/issue": put the pattern in quotes: "/issue #12/i"'),
        ("/a\\d #[0-9]+/", f"{CUT}'/a\\d': put the pattern in quotes: '/a\\d #[0-9]+/'"),
        ("/a\t#b/", f'{CUT}"/a": put the pattern in quotes: "/a\t#b/"'),
        ("/help  # see /docs/", f'warning {CUT}"/help": put the pattern in quotes: "/help  # see /docs/"'),
        ("issue {{ a # b }}", f'{CUT}"issue {{{{ a": put the text in quotes'),
        ("see (issue #12)", f'warning {CUT}"see (issue": put the text in quotes if the rest belongs to it'),
        ('say "issue #12"', f"warning {CUT}'say \"issue': put the text in quotes if the rest belongs to it"),
        ("see issue #12", f'warning {CUT}"see issue": put the text in quotes if the rest belongs to it'),
    ],
)
def test_text_that_a_comment_cuts(tmp_path: Path, value: str, told: str) -> None:
    (problem,) = check(tmp_path, of_user(value))
    assert (problem.place.line, problem.place.column) == (3, 13)
    assert problem.message == told.removeprefix("warning ")
    assert (problem.level == "warning") is told.startswith("warning ")


@pytest.mark.parametrize(
    "source",
    [
        *map(
            of_user,
            ["hello   # a comment", "/hello/ # a/b/", "/help  # and/or", "/help  # see docs/a.md", "hi :) # :("],
        ),
        *map(of_user, ["it's # isn't it?", "'/issue #12/'", '"issue #12"', "C#", "hello  #12 of them", "hi # (a) [b]"]),
        *map(of_user, ["/a,b/", "/a{2,3}/ # two", "a, b", "['yes', 'on']", "{not: /a/}  # /b/", "[/a/, /b/]"]),
        *map(of_user, ['"/a\\\\b/"', "'/\\bword\\b/'", "7", "1.5", "[1, 2.0]", "true", "12:30", "2026-12-24", "no"]),
        *map(
            of_reply,
            ["Hello   # greets", "12:30", "no", "http://x", "{text: Hello, times: 1}", "a: b".replace(": ", ":")],
        ),
        *map(of_reply, ['"{{ turn }}"', "'a, b: c'", "{json: {a: }}", "{json: {a: , b: 1}}", "{json: {a: [/b, c]}}"]),
        *map(
            of_reply, ["|\n      see (issue #12\n      /a #b/", "{text: a}  # {{ turn }}", "{json: {a: 012, b: 1e3}}"]
        ),
        "scenarios:\n  - when: {path: [/v1/a, /v1/b/]}  # not /v1/\n    reply: a\n",
        "scenarios:\n  - when:\n      path: /v1/a #b/\n    reply: a\n",
        "scenarios:\n  - when: {path: [/v1/a, b/]}\n    reply: a\n",
        "scenarios:\n  - when: {thinking: on, tools: ['yes', \"no\"], headers: {x: 'on'}}\n    reply: a\n",
        "scenarios:\n  - reply: {json: {paths: [/usr, local/]}}\n",
        "scenarios:\n  - reply: {text: a, pace: {first: 0.50}}\n",
    ],
)
def test_nothing_is_told_of_what_is_meant_so(tmp_path: Path, source: str) -> None:
    assert list(map(str, check(tmp_path, source))) == []


@pytest.mark.parametrize(
    "path",
    [
        *(ROOT / "fixtures").rglob("*.y*ml"),
        # Those of deployments are no scenarios.
        *(path for path in (ROOT / "examples").rglob("*.yaml") if path.parent.name != "deploy"),
    ],
    ids=lambda path: path.name,
)
def test_nothing_is_told_of_our_files(path: Path) -> None:
    assert read_parts(path.read_text("utf-8"), path.name).problems == ()


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_nothing_is_told_of_our_docs(page: Path) -> None:
    snippets = re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert [read_parts(snippet, page.name).problems for snippet in snippets] == [()] * len(snippets)


@pytest.mark.parametrize(
    ("source", "place", "told"),
    [
        ("{user: /a{2,3}/}", "2:20", 'put the pattern in quotes: "/a{2,3}/"'),
        ("{user: /[ab]/}", "2:19", 'put the pattern in quotes: "/[ab]/"'),
        ("{user: [/[ab]/]}", "2:20", 'put the pattern in quotes: "/[ab]/"'),
        ("{user: /a: b/}", "2:20", 'put the pattern in quotes: "/a: b/"'),
        ("{user: /a #b/}", "2:11", COMMENT),
        ("{user: [a #b, c]}", "2:18", COMMENT),
        ("{user: {matches: ^[a-z]{2}$}}", "2:29", "a text that holds [ needs quotes here"),
        ("{user: [/a,b/]}", "2:19", '"," in brackets begins another item: put the pattern in quotes: "/a,b/"'),
        ("{user: [/a, b,c/i, d]}", "2:19", 'put the pattern in quotes: "/a, b,c/i"'),
        ("{user: /a,b/}", "2:18", '"," in braces begins another key: put the pattern in quotes: "/a,b/"'),
        ("{user: a, b, c}", "2:18", '"," in braces begins another key: put the text in quotes: "a, b, c"'),
        ("{user:hello}", "2:12", "a colon needs a space behind it: user: hello"),
        ("{model: a, user:hello}", "2:22", "a colon needs a space behind it: user: hello"),
        ("user:hello", "2:11", "a colon needs a space behind it"),
        ("{user: [/a: b/]}", "2:19", '": " makes a mapping of a text: put the pattern in quotes: "/a: b/"'),
        ('{user: "/\\bword\\b/"}', "2:18", "is a backspace: put the pattern in single quotes: '/\\bword\\b/'"),
        ('{user: {matches: "\\bword"}}', "2:28", "put the pattern in single quotes: '\\bword'"),
        ('{user: "/\\d/"}', "2:18", "in double quotes \\ begins an escape: put the text in single quotes"),
        ("{user: contains:hello}", "2:18", "a colon needs a space behind it, or a text with contains: needs quotes"),
        ("{user: !important}", "2:28", "a text that begins with ! needs quotes"),
        ("{user: hello", "2:11", "what opens here is not closed"),
        ("{user: [a, b}", "2:23", "brackets that open before it are not closed, or a text that holds } needs quotes"),
        ("{user: 012}", "2:18", '012 without quotes is the number 12: put it in quotes: "012"'),
        ("{user: {equals: 1e3}}", "2:27", 'expected a text, got 1e3: in quotes it is a text: "1e3"'),
        ("{user: 1e3}", "2:18", '1e3 without quotes is the number 1000.0: put it in quotes: "1e3"'),
        ("{headers: {x: 1.50}}", "2:25", '1.50 without quotes is the number 1.5: put it in quotes: "1.50"'),
        ("{user: ~}", "2:18", 'got ~: in quotes it is a text: "~"'),
        ("{model: null}", "2:19", 'got null: in quotes it is a text: "null"'),
        ("{stream: yes}", "2:20", 'expected true or false, got "yes": write true'),
        ("{tools: yes}", "2:19", "yes without quotes is a text: write true, or put it in quotes"),
        ("{tool_result: no}", "2:25", "no without quotes is a text: write false, or put it in quotes"),
        ("{body: {$.a: on}}", "2:24", "on without quotes is a text: write true, or put it in quotes"),
        ("{turn: yes}", "2:18", 'expected a number, a list of numbers or {at_least: N, at_most: N}, got "yes"'),
        ("{turn: {at_least: no}}", "2:29", 'at_least: expected a number, a list of numbers or'),
        ("user: hello", "2:15", "a mapping begins on a line of its own, or stands in { }"),
        ("{stream: OFF}", "2:20", 'expected true or false, got "OFF": write false'),
        ("{user: *}", "2:19", "a text that begins with * needs quotes"),
        ("{user: {not: a}, usr: b, c: d}", "2:28", 'did you mean "user"?'),
    ],
)  # fmt: skip
def test_condition_that_reads_as_something_else(tmp_path: Path, source: str, place: str, told: str) -> None:
    message = str(check(tmp_path, f"scenarios:\n  - when: {source}\n    reply: a\n")[0])
    assert f"a.yaml:{place}: " in message
    assert told in message


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{{ prompt.user }}", 'reads as a mapping: write it in quotes: "{{ prompt.user }}"'),
        ("{text: {{ prompt.user }}}", 'reads as a mapping: write it in quotes: "{{ prompt.user }}"'),
        ("{{ fake('a').b }}", "reads as a mapping: write it in quotes: \"{{ fake('a').b }}\""),
        ("{{ turn }} said", 'put a text that holds {{ … }} in quotes: "{{ turn }} said"'),
        ("{text: Hello {{ turn }}}", "put a text that holds {{ … }} in quotes"),
        ("Note: this", '3:16 this is not YAML: mapping values are not allowed in this context: '
         'put a text that holds ": " in quotes: "Note: this"'),
        ("\n      Note: this", 'a text that holds ": " needs quotes: "Note: this"'),
        ("{text: a: b}", "a text that holds : needs quotes here"),
        ("{text: Hi, you}", '3:19 "," in braces begins another key: put the text in quotes: "Hi, you"'),
        ("{text: Hi, yu: b}", 'a text that holds "," needs quotes here'),
        ("text:hello", "3:12 a colon needs a space behind it, or a text with text: needs quotes"),
        ("a # b\n      c", f"4:7 this is not YAML: did not find expected key ({BLOCK}): {ENDED}"),
        ("\n      a C# b\n      c # d\n      e", ENDED),
        ("a\n    calls:\n      - a # b\n        c", ENDED),
        ('"a # b"\n      c', "keys of one mapping begin in the same column"),
        ("{text: a}  # b\n     name: c", "keys of one mapping begin in the same column"),
        ('"a" b', "a text that is partly in quotes needs quotes around all of it"),
        ("[a] b", "a text that begins with [ needs quotes around all of it"),
        ("'It's'", "in single quotes ' is written twice"),
        ("a\n    when {user: a}", '"when {user" is no key of a scenario: a key needs a colon behind it: when: …'),
        ("a\n    when user", "4:5 this is not YAML: could not find expected ':' (while scanning a simple key that "
         "began on line 4): a key needs a colon behind it: when: …"),
        ("a\n    pri", "4:5 this is not YAML: could not find expected ':' (while scanning a simple key that "
         "began on line 4): a key needs a colon behind it: pri: …"),
        ("|\n    a", "4:5 this is not YAML: could not find expected ':' (while scanning a simple key that "
         "began on line 4): the text of | and > is indented further than its key"),
        (",a", "a text that begins with , needs quotes"),
        ("> hello", "a text begins on the line after | or >"),
        ("- hello", "a list begins on a line of its own"),
        ("? hello", "a text that begins with ? needs quotes"),
        ("!hello", "3:12 the tag !hello is not known here: a text that begins with ! needs quotes"),
        ("&hello", "(a text that begins with & needs quotes)"),
        ("%hello", "a text that begins with % needs quotes"),
        ("012", 'got 012: in quotes it is a text: "012"'),
        ("1.0", 'got 1.0: in quotes it is a text: "1.0"'),
        ("true", 'got true: in quotes it is a text: "true"'),
        ("null", 'got null: in quotes it is a text: "null"'),
        ("", "got nothing (what belongs to it is indented further)"),
        ("{echo: on}", 'got "on": write true'),
        ("a\n    reply: b", '4:5 the key "reply" stands here a second time (first on line 3): leave out one of them'),
        ("a\n     when: {}", "4:10 this is not YAML: mapping values are not allowed in this context: "
         "this line is indented further than the keys before it"),
        ("a\n\twhen: {}", "indent with spaces, not tabs"),
        ("a\n  -name: b\n   reply: c", "a dash needs a space behind it: - name"),
        ("a\n  - name:b\n    reply: c", "a colon needs a space behind it: name: …"),
        ("a\n    name:b", "a colon needs a space behind it: name: …"),
        ("a\n    turns:\n      text: b", 'expected a list of answers, each beginning with "- "'),
        ("{json: &given {a: 1}}\n  - reply: {json: *givn}", "did you mean *given?"),
    ],
)  # fmt: skip
def test_answer_that_reads_as_something_else(tmp_path: Path, source: str, told: str) -> None:
    messages = [
        f"{problem.place.line}:{problem.place.column} {problem.message}"
        for problem in check(tmp_path, of_reply(source))
    ]
    assert [told in message for message in messages].count(True) == 1, messages


@pytest.mark.parametrize(
    "value",
    ["/a #b-c0rrect-h0rse/", "/c0rrect-h0rse,b/", "{{ c0rrect-h0rse }}", "a: c0rrect-h0rse", "012c0rrect-h0rse, a"],
)
def test_secrets_are_not_repeated(tmp_path: Path, value: str) -> None:
    for source in (f"{{authorization: {value}}}", f"\n        authorization: {value}"):
        told = check(tmp_path, f"scenarios:\n  - when:\n      headers: {source}\n    reply: a\n")
        assert told or "\n" in source
        assert not [problem for problem in told if "h0rse" in problem.message]
