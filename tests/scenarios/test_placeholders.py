"""Placeholders: what they become, and what their sandbox refuses."""

from __future__ import annotations

import re
from contextlib import nullcontext
from datetime import datetime, timezone
from typing import Any

import pytest

from mockserver.records.budget import LIMITS, guard
from mockserver.records.errors import ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.scenarios import Variables, parse
from tests.scenarios.samples import filled, prompt

PLACEHOLDERS: list[tuple[str, tuple[str, ...], Any]] = [
    ("{{ prompt.user }}", (), "Hello, mock!"),
    ("{{ prompt.model }}", (), "claude-x"),
    ("{{ prompt.body.metadata }}", (), {"items": [1, 2], "user_id": "u"}),
    ("{{ prompt.body.metadata.items }}", (), [1, 2]),
    ("{{ prompt.messages | length }}", (), 1),
    ("{{ prompt.messages[0].role }}", (), "user"),
    (" {{ 1 + 1 }} ", (), 2),
    ("{{ 1 + 1 }}!", (), "2!"),
    ("{{ tool_result }}", ("21",), 21),
    ("{{ tool_result.temp }}", ('{"temp": 21}',), 21),
    ("{{ tool_result }}", ("plain",), "plain"),
    ("{{ tool_result }}", ("first", "last"), "last"),
    ("{{ tool_results[0].name }}={{ tool_results[0].text }}", ("x", "y"), "tool_0=x"),
    ("{{ tool_results | map(attribute='value') | sum }}", ("1", "2"), 3),
    ("{% for r in tool_results %}{{ r.text }},{% endfor %}", ("x", "y"), "x,y,"),
    ("It was {{ tool_result }}.", ('{"a": [true, null]}',), 'It was {"a":[true,null]}.'),
    ("{{ true }} {{ none }} {{ [1] }}", (), "true null [1]"),
    ("{{ none }}", (), None),
    ("{{ dict(a=1) }}", (), {"a": 1}),
    ("{{ range(3) | list }}", (), [0, 1, 2]),
    ("{{ {'a': '<'} | tojson }}", (), '{"a":"<"}'),
    ("{{ tool_results | map(attribute='is_error') | list | tojson }}", ("x",), "[false]"),
    ("{{ (tool_results | tojson)[:18] }}", ("x",), '[{"name":"tool_0",'),
    ("{{ (prompt | tojson)[:9] }}…", (), '{"body":{…'),
    ("{{ turn }}{{ call }}{{ session }}", (), "34s"),
    ("{{ prompt.turn }}{{ prompt.assistant_turns }}", ("x",), "11"),
    ("{{ now.year }}", (), 2026),
    ("{{ now }}", (), "2026-11-23T00:00:00+00:00"),
    ("{{ tool_result is defined }}", (), False),
    ("{{ 'yes' if prompt.stream else 'no' }}", (), "no"),
    ("{% raw %}{{ as it is }}{% endraw %}", (), "{{ as it is }}"),
    ("{{ '{{' }}", (), "{{"),
    ("{{ tool_result | default('none') }}", (), "none"),
    ("{{ [tool_result] | length }}", (), 1),
    ("{{ [] | first | default('none') }}", (), "none"),
    ("{% for a, b in [(1, 2)] %}{{ a }}{{ b }}{% endfor %}", (), "12"),
    ("{{ prompt.betas | join(' ') }}", (), "a b c d e f"),
]  # fmt: skip
AT = datetime(2026, 11, 23, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize(("text", "results", "value"), PLACEHOLDERS, ids=[case[0] for case in PLACEHOLDERS])
def test_placeholder_becomes_its_value(text: str, results: tuple[str, ...], value: Any) -> None:
    got = filled(text, *results, turn=3, call=4, session="s", at=AT)
    assert got == value
    assert type(got) is type(value)


def test_same_seed_picks_the_same_items() -> None:
    text = "{{ range(1000) | random }} {{ range(1000) | random }}"
    assert filled(text, seed=7) == filled(text, seed=7) != filled(text, seed=8)
    first, second = filled(text, seed=7).split()
    assert first != second


def test_same_seed_gives_the_same_fakes() -> None:
    text = "{{ fake.name() }} {{ fake.name() }} {{ fake('ja_JP').city() }} {{ fake('ja_JP').city() }}"
    first = filled(text, seed=7)
    assert filled(text, seed=7) == first
    assert filled(text, seed=8) != first
    words = filled("{{ fake.name() }}|{{ fake.name() }}", seed=7).split("|")
    assert words[0] != words[1]
    assert any(ord(letter) > 0x3000 for letter in first)


# Makes something of what it made before, again and again.
DOUBLING = (
    "{{% set ns = namespace(x=['a']) %}}{{% for i in range(40) %}}{{% set ns.x = {} %}}{{% endfor %}}{{{{ ns }}}}"
)
FAILING = [
    ("{{ tool_result }}", "'tool_result' is undefined"),
    ("{{ prompt.body.nothing }}", "has no attribute 'nothing'"),
    ("{{ prompt.nothing }}", "has no attribute 'nothing'"),
    ("{{ 1 / 0 }}", "division by zero"),
    ("{{ prompt.__class__ }}", "__class__"),
    ("{{ prompt.body.__class__.__mro__ }}", "__class__"),
    ("{{ ''.join.__globals__ }}", "__globals__"),
    ("{{ fake._seed }}", "_seed"),
    ("{{ prompt.body.update({'a': 1}) }}", "is unsafe"),
    ("{{ prompt.messages.append(1) }}", "is unsafe"),
    ("{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}", "steps"),
    ("{% for a in range(99999999) %}{% endfor %}", "Range too big"),
    ("{{ 'a' * 99999999 }}", "for small numbers only"),
    ("{{ [1] * 99999999 }}", "for small numbers only"),
    ("{{ 9 ** 9999999 }}", "for small numbers only"),
    ("{{ '%99999999d' % 1 }}", "for small numbers only"),
    ("{{ '{:>99999999}'.format(1) }}", "format"),
    ("{{ 'a'.ljust(99999999) }}", "ljust"),
    ("{% macro f(n) %}{{ f(n - 1) }}{{ f(n - 1) }}{% endmacro %}{{ f(50) }}", ""),
    ("{% macro f(s, n) %}{% if n %}{{ f(s ~ s, n - 1) }}{% endif %}{% endmacro %}{{ f('ab', 40) }}", "grows beyond"),
    ("{% macro f(s, n) %}{% if n %}{{ f(s + s, n - 1) }}{% endif %}{% endmacro %}{{ f('ab', 40) }}", "grows beyond"),
    ("{% for a in range(10000) %}" + "x" * 200 + "{% endfor %}", "grows beyond"),
    ("{{ 'a'.encode().ljust(300000000) | length }}", "'ljust' of 'bytes' object is unsafe"),
    ("{{ (1).to_bytes(1000000000, 'big') | length }}", "'to_bytes' of 'int' object is unsafe"),
    (DOUBLING.format("[ns.x, ns.x]"), "grows beyond 1,000,000 items"),
    (DOUBLING.format("{'a': ns.x, 'b': ns.x}"), "grows beyond 1,000,000 items"),
    (DOUBLING.format("(ns.x, ns.x)"), "grows beyond 1,000,000 items"),
    (DOUBLING.format("dict(a=ns.x, b=ns.x)"), "grows beyond 1,000,000 items"),
    (DOUBLING.format("ns.x | string | tojson"), "grows beyond 1,000,000 characters"),
    (DOUBLING.format("[ns.x | string, ns.x | string] | string"), "grows beyond 1,000,000 characters"),
    (DOUBLING.format("[ns.x | string, ns.x | string] ~ ''"), "grows beyond 1,000,000 characters"),
    (DOUBLING.format("[ns.x, ns.x] | sum(start=[])"), "sum is for numbers only"),
    (DOUBLING.format("1"), "a namespace cannot be written"),
    ("{% macro f() %}{% for i in range(19000) %}" + "x" * 9000 + "{% endfor %}{% endmacro %}{{ f() }}", "in all"),
]


@pytest.mark.parametrize(("text", "said"), FAILING, ids=[case[0][:50] for case in FAILING])
def test_failing_placeholder_names_its_place(text: str, said: str) -> None:
    source = f"scenarios:\n  - name: a\n    reply:\n      text: >-\n        {text}\n"
    (scenario,) = parse(source, "file.yaml")
    with pytest.raises(ScenarioError) as caught:
        scenario.steps[0].answer(Variables(prompt()))
    assert str(caught.value.problems[0].place) == "file.yaml:4:13"
    assert said in caught.value.problems[0].message


@pytest.mark.parametrize("name", ["center", "format", "indent", "wordwrap"])
def test_growing_filters_do_not_exist(name: str) -> None:
    with pytest.raises(ScenarioError, match=f"No filter named '{name}'"):
        parse({"reply": f"{{{{ prompt.user | {name}(9) }}}}"}, "given")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("fake.pystr(max_chars=1000000000)", "fake.pystr: max_chars is 1000000000, and 10000 at most"),
        ("fake.words(20000)", "fake.words: nb is 20000, and 10000 at most"),
        ("fake.nme()", "there is no fake.nme: did you mean fake.name?"),
        ("fake.unique.name()", "there is no fake.unique"),
        ("fake.seed_instance(3)", "there is no fake.seed_instance"),
        ("fake('xx').name()", "unknown locale 'xx': expected one such as en_US or zh_CN"),
        ("prompt.user | replace('e', prompt.user)", "it grows beyond 1,000,000 characters"),
        ("[prompt.user, prompt.user] | join", "it grows beyond 1,000,000 characters"),
        ("prompt ~ prompt", "it grows beyond 1,000,000 characters"),
        ("tool_results[0] ~ ''", "it grows beyond 1,000,000 characters"),
    ],
)
def test_placeholders_cannot_grow_without_bounds(source: str, reason: str) -> None:
    (scenario,) = parse({"reply": {"text": f"x {{{{ {source} }}}}"}}, "given")
    long = "e" * 600_000
    result = {"type": "tool_result", "tool_use_id": "t", "content": long}
    prompt = Prompt({"messages": [{"role": "user", "content": long}, {"role": "user", "content": [result]}]})
    with pytest.raises(ScenarioError, match=re.escape(reason)):
        scenario.steps[0].answer(Variables(prompt))


def test_writing_a_tool_result_again_and_again_is_work() -> None:
    source = "{% for i in range(90) %}{{ tool_results | map('string') | list | length }}{% endfor %}"
    (scenario,) = parse({"reply": {"text": source}}, "given")
    result = {"type": "tool_result", "tool_use_id": "t", "content": "e" * 300_000}
    with pytest.raises(ScenarioError, match="it makes more than"):
        scenario.steps[0].answer(Variables(Prompt({"messages": [{"role": "user", "content": [result]}]})))


@pytest.mark.parametrize("value", ["{{ prompt.user }}", "{{ prompt.messages }}", "say {{ prompt.user }}"])
def test_many_values_of_one_answer_are_counted_together(value: str) -> None:
    most = LIMITS.answer_characters // 300_000
    prompt = Prompt({"messages": [{"role": "user", "content": "e" * 300_000}]})
    for number, is_too_much in ((most - 1, False), (most + 1, True)):
        (scenario,) = parse({"reply": {"json": {"a": {f"k{at}": value for at in range(number)}}}}, "given")
        refused = pytest.raises(ScenarioError, match="more than 20,000,000 characters")
        with guard(), refused if is_too_much else nullcontext():
            assert scenario.steps[0].answer(Variables(prompt))


def test_long_prompts_may_be_looked_at() -> None:
    long = Prompt({"messages": [{"role": "user", "content": "é" * 3_000_000}], "tools": []})
    source = "{{ prompt.user | upper | truncate(5) }} {{ prompt.user | length }} {{ [prompt.messages] | length }}"
    (scenario,) = parse({"reply": {"text": source}}, "given")
    assert scenario.steps[0].answer(Variables(long)).content[0]["text"] == "ÉÉ... 3000000 1"


def test_blocks_of_text_cannot_grow_without_bounds() -> None:
    doubling = "{% set x %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = x %}"
    source = "{% set n = namespace(x='ab') %}{% for i in range(30) %}" + doubling + "{% endfor %}{{ n.x | length }}"
    (scenario,) = parse({"reply": {"text": source}}, "given")
    with pytest.raises(ScenarioError, match="it grows beyond"):
        scenario.steps[0].answer(Variables(Prompt({"messages": []})))


@pytest.mark.parametrize("source", ["fake.random_int(1, 99999999)", "fake.text(2000)", "fake.profile()"])
def test_values_of_fakes_may_be_large(source: str) -> None:
    (scenario,) = parse({"reply": {"text": f"x {{{{ {source} }}}}"}}, "given")
    assert len(scenario.steps[0].answer(Variables(Prompt({"messages": []}))).content[0]["text"]) > 2


LOOP = "{% for i in range(100) %}"
CARRY = "{% set ns = namespace(x='ab', y=[1]) %}" + LOOP
HOSTILE = [
    # Time: loops, calls and recursion without any text.
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% for a in prompt.user %}{% for b in prompt.user %}{{ a ~ b }}{% endfor %}{% endfor %}",
    "{% for a in range(9) recursive %}{{ loop(range(9)) }}{% endfor %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% macro f(n) %}{% for i in range(9) %}{{ f(n) }}{% endfor %}{% endmacro %}{{ f(1) }}",
    "{% macro f(g) %}{{ g(g) }}{{ g(g) }}{% endmacro %}{{ f(f) }}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    LOOP * 3 + "{{ prompt.user | upper | length }}" + "{% endfor %}" * 3,
    "{% for a in range(30000) if a < 0 %}{% endfor %}",
    "{% for i in range(5000) %}{{ fake.name() }}{% endfor %}",
    "{{ 1 | round(-10 ** 9) }}",
    "{{ 1.5 | round(10 ** 9, 'floor') }}",
    "{{ [1] | map('round', -10 ** 9) | list }}",
    "{{ prompt.user.encode('punycode') }}",
    "{{ prompt.user.encode(encoding='idna') }}",
    "{{ fake.csv(num_rows=10000) }}",
    "{{ fake.json(num_rows=1000, indent=10000) }}",
    "{{ fake.pystruct(10000) }}",
    "{{ fake.lexify('?' * 10) }}{% for i in range(900) %}{{ fake.text(9000) }}{% endfor %}",
    # Memory: one operation.
    "{{ 'a' * 10 ** 9 }}",
    "{{ (1, 2) * 10 ** 9 }}",
    "{{ 10 ** 10 ** 7 }}",
    "{{ '%0999999999d' % 1 }}",
    "{{ '{:0>999999999}'.format(1) }}",
    "{{ '{x:0>999999999}'.format_map({'x': 1}) }}",
    "{{ 'a'.center(999999999) }}",
    "{{ 'a'.zfill(999999999) }}",
    "{{ '\t'.expandtabs(999999999) }}",
    "{{ 'a'.encode().rjust(999999999) }}",
    "{{ (1).to_bytes(999999999, 'big') }}",
    "{{ prompt.user.replace('', prompt.user) }}",
    "{{ prompt.user.join(prompt.user) }}",
    "{{ prompt.user.translate({101: prompt.user}) }}",
    "{{ range(10 ** 9) | list }}",
    "{{ range(10 ** 5) | map('string') | join(prompt.user) }}",
    "{{ prompt.user | replace('', prompt.user) }}",
    "{{ fake.pystr(max_chars=10 ** 9) }}",
    "{{ fake.words(10 ** 7) }}",
    # Memory: little by little.
    CARRY + "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    CARRY + "{% set ns.x = ns.x + ns.x %}{% endfor %}",
    CARRY + "{% set ns.y = ns.y + ns.y %}{% endfor %}",
    CARRY + "{% set ns.y = [ns.y] + [ns.y] %}{% endfor %}{{ ns.y == ns.y }}",
    CARRY + "{% set ns.y = {1: ns.y, 2: ns.y} %}{% endfor %}",
    CARRY + "{% set ns.y = dict(a=ns.y, b=ns.y) %}{% endfor %}",
    CARRY + "{% set ns.y = [ns.y, ns.y] | list %}{% endfor %}{{ ns.y }}",
    CARRY + "{% set ns.x = ns.x | tojson | tojson %}{% endfor %}",
    CARRY + "{% set ns.x = [ns.x, ns.x] | join %}{% endfor %}",
    CARRY + "{% set ns.x = ns.x | replace('a', ns.x) %}{% endfor %}",
    CARRY + "{% set x %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = x %}{% endfor %}",
    CARRY + "{% set ns.x = [ns.x, ns.x] | string %}{% endfor %}",
    CARRY + "{% set ns.x = ns.x | truncate(1, end=ns.x ~ ns.x) %}{% endfor %}",
    "{% macro f() %}" + LOOP * 2 + "x" * 9000 + "{% endfor %}{% endfor %}{% endmacro %}{{ f() }}",
    LOOP * 2 + "x" * 9000 + "{% endfor %}{% endfor %}",
    "{% filter upper %}" + LOOP * 2 + "x" * 9000 + "{% endfor %}{% endfor %}{% endfilter %}",
    # A way out.
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ prompt.user.__init__.__globals__ }}",
    "{{ (prompt | attr('__class__')) }}",
    "{{ prompt.messages.clear() }}",
    "{{ prompt.body.pop('messages') }}",
    "{{ fake.seed_instance(1) }}",
    "{{ range.__self__ }}",
    "{% include 'x' %}",
    "{% import 'os' as os %}",
]


@pytest.mark.parametrize("source", HOSTILE, ids=lambda source: source[:60])
def test_hostile_placeholder_is_stopped(source: str) -> None:
    """Without waiting: the time limit of the tests would show it."""
    (scenario,) = parse({"reply": {"text": f"x {source}"}}, "given")
    long = Prompt({"messages": [{"role": "user", "content": "e" * 2_000}]})
    with pytest.raises(ScenarioError, match="failed: "):
        scenario.steps[0].answer(Variables(long))
