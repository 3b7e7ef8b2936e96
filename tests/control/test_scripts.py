"""Scenarios at run time: adding, listing and removing them."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.control.desk import KEY, Desk


@pytest.mark.parametrize(
    "body",
    [
        b"scenarios:\n  - name: mine\n    reply: {text: Hi}\n",
        b"name: mine\nreply: {text: Hi}\n",
        b'{"scenarios": [{"name": "mine", "reply": {"text": "Hi"}}]}',
        b'{"name": "mine", "reply": {"text": "Hi"}}',
    ],
)
def test_scenarios_are_added_from_yaml_and_json(desk: Desk, body: bytes) -> None:
    got = desk.ask("POST", "scenarios", body, x_mock_session="t")
    assert (got.status, [row["name"] for row in got.json["added"]]) == (201, ["mine"])
    assert [row["name"] for row in desk.ask("GET", "scenarios").json["scenarios"]] == ["mine", "weather", "flaky"]


def test_added_scenarios_belong_to_one_session(desk: Desk) -> None:
    desk.ask("POST", "scenarios", b"{name: one, reply: {text: a}}", x_mock_session="t")
    desk.ask("POST", "scenarios", b"{name: two, reply: {text: b}}", authorization=f"Bearer {KEY}")
    shown = {row["name"]: row["session"] for row in desk.ask("GET", "scenarios").json["scenarios"]}
    assert shown == {"one": "t", "two": "sk-ant-…last", "weather": None, "flaky": None}
    own = desk.ask("GET", "scenarios?session=t").json["scenarios"]
    assert [row["name"] for row in own] == ["one", "weather", "flaky"]


def test_name_of_a_session_is_no_secret(desk: Desk) -> None:
    """It stands in the query, where a value of this name would be one."""
    name = "tests/test_trip.py::test_weather[Oslo-1]"
    query = f"session={quote(name)}"
    desk.ask("POST", f"scenarios?{query}", {"name": "one", "when": {"user": name}, "reply": "x"})
    [row] = desk.ask("GET", f"scenarios?{query}&scope=session").json["scenarios"]
    assert (row["session"], row["when"]) == (name, {"user": name})


def test_newest_addition_stands_in_front(desk: Desk) -> None:
    for name in ("one", "two"):
        desk.ask("POST", "scenarios?session=t", {"name": name, "reply": {"text": name}})
    assert desk.scripts_of("t") == ["two", "one"]


def test_scenario_added_again_starts_anew(desk: Desk) -> None:
    counters, scripts = desk.store.counters, desk.store.scripts
    for _ in range(2):
        desk.ask("POST", "scenarios?session=t", {"name": "mine", "calls": [{"text": "once"}]})
        (scenario,) = desk.compiler.scenarios_of(scripts.current("t"))
        assert counters.take("t", scenario.counter, scenario.length) == 0
    used = [row["used"] for row in desk.ask("GET", "scenarios?session=t").json["scenarios"]]
    assert used == [1, 0, 0]


def test_adding_needs_a_session(desk: Desk) -> None:
    got = desk.ask("POST", "scenarios", b"{name: one, reply: {text: a}}")
    assert got.status == 400
    assert "x-mock-session" in got.error["expected"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{name: a, reply: {txt: x}}", "text"),
        (b"scenarios: [", "YAML"),
        (b"", "empty"),
        (b"\xff\xfe", "UTF-8"),
        (b"[" * 5000 + b"]" * 5000, "nested too deeply"),
        (b"3", "expected"),
    ],
)
def test_broken_scenarios_are_refused(desk: Desk, body: bytes, said: str) -> None:
    got = desk.ask("POST", "scenarios?session=t", body)
    assert got.status == 400
    assert said in json.dumps(got.error)
    assert desk.scripts_of("t") == []


def test_additions_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.control.scripts._MOST", 2)
    many = {"scenarios": [{"name": f"s{number}", "reply": {"text": "x"}} for number in range(3)]}
    assert desk.ask("POST", "scenarios?session=t", many).status == 409


def test_mistakes_name_their_place(desk: Desk) -> None:
    got = desk.ask("POST", "scenarios?session=t", b"name: a\nreply:\n  txt: x\n")
    assert got.error["problems"][0]["line"] == 3


def test_one_scenario_is_removed_by_name(desk: Desk) -> None:
    for name in ("one", "a b/c"):
        desk.ask("POST", "scenarios?session=t", {"name": name, "reply": {"text": name}})
    assert desk.ask("DELETE", "scenarios/a b/c?session=t").json == {"removed": ["a b/c"]}
    missing = desk.ask("DELETE", "scenarios/nothing?session=t")
    assert missing.status == 404
    assert "one" in missing.error["expected"]
    assert desk.ask("DELETE", "scenarios?session=t").json == {"removed": ["one"]}


def test_added_scenarios_of_all_sessions_are_removed(desk: Desk) -> None:
    for session in "ab":
        for name in ("one", "two"):
            desk.ask("POST", f"scenarios?session={session}", {"name": name, "reply": {"text": name}})
    assert desk.ask("DELETE", "scenarios/one").json == {"removed": ["one", "one"]}
    assert desk.ask("DELETE", "scenarios?session=nobody").json == {"removed": []}
    assert desk.ask("DELETE", "scenarios").json == {"removed": ["two", "two"]}
    assert desk.ask("GET", "scenarios").json["total"] == 2


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("{% for a in [1] %}" * 30 + "{% endfor %}" * 30, "cannot be compiled: too many statically nested blocks"),
        ("{{ " + "(" * 3000 + ")" * 3000 + " }}", "cannot be compiled: it is nested too deeply"),
        ("{{ fake.pyint(min_value=1, min_value=2) }}", "cannot be compiled: keyword argument repeated"),
    ],
)
def test_template_that_python_cannot_compile_is_refused(desk: Desk, reply: str, told: str) -> None:
    got = desk.ask("POST", "scenarios", f"name: a\nreply: '{reply}'".encode(), x_mock_session="t")
    (problem,) = got.error["problems"]
    assert (got.status, problem["line"], problem["column"]) == (400, 2, 8)
    assert told in problem["message"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"reply":{"content":[' + b",".join([b'{"type":"text","text":"x"}'] * 30_000) + b"]}}",
        b"reply:\n  content:\n" + b"  - {type: text, text: x}\n" * 30_000,
        b"a: &a [" + b"1," * 1_000 + b"]\nb: [" + b"*a," * 70 + b"]",
        b"---\n" * 200_000,
    ],
)
def test_values_of_a_document_are_counted(desk: Desk, body: bytes) -> None:
    got = desk.ask("POST", "scenarios?session=t", body)
    assert got.status == 400
    assert "this holds too many values: a running server takes 60,000 at once" in got.error["message"]


def test_long_texts_count_as_one_value(desk: Desk) -> None:
    text = "a: b, c: [d]\n" * 100_000
    assert desk.ask("POST", "scenarios?session=t", {"reply": {"text": text}}).status == 201


def test_thousands_of_mistakes_are_not_all_listed(desk: Desk) -> None:
    got = desk.ask("POST", "scenarios?session=t", b"scenarios:\n" + b"- {nme: 1, x: 2}\n" * 10_000)
    assert 1_000 < len(got.error["problems"]) < 1_010


def test_scenarios_are_added_for_all_sessions(desk: Desk) -> None:
    got = desk.ask("POST", "scenarios?scope=server", {"name": "shared", "reply": {"text": "Hi"}})
    row: dict[str, object] = {
        "name": "shared",
        "place": "server-added-1:1:1",
        "scope": "server",
        "session": None,
        "answers": None,
        "when": {},
    }
    assert (got.status, got.json) == (201, {"added": [row]})
    desk.ask("POST", "scenarios?session=t", {"name": "own", "reply": {"text": "Hi"}})
    listed = desk.ask("GET", "scenarios?session=t").json["scenarios"]
    assert [(row["name"], row["scope"], row["session"]) for row in listed] == [
        *(("own", "session", "t"), ("shared", "server", None)),
        *(("weather", "file", None), ("flaky", "file", None)),
    ]
    for scope in ("server", "session"):
        rows = desk.ask("GET", f"scenarios?scope={scope}").json["scenarios"]
        assert [row["scope"] for row in rows] == [scope]


def test_scenario_for_all_sessions_is_replaced_and_removed_by_name(desk: Desk) -> None:
    for text in ("one", "two"):
        desk.ask("POST", "scenarios?scope=server", {"name": "shared", "reply": {"text": text}})
    (script,) = desk.store.server_scripts.current().scripts
    assert "two" in script.document.text
    refused = desk.ask("DELETE", "scenarios/shared", x_mock_session="t")
    assert (refused.status, "?scope=server" in refused.error["expected"]) == (404, True)
    assert desk.ask("DELETE", "scenarios", x_mock_session="t").json == {"removed": []}
    assert desk.ask("DELETE", "scenarios").json == {"removed": []}
    assert desk.ask("DELETE", "scenarios/shared?scope=server").json == {"removed": ["shared"]}
    gone = desk.ask("DELETE", "scenarios/shared?scope=server")
    assert (gone.status, gone.error["message"]) == (404, "No scenario 'shared' was added to the server.")
    desk.ask("POST", "scenarios?scope=server", {"name": "more", "reply": {"text": "x"}})
    assert desk.ask("DELETE", "scenarios?scope=server").json == {"removed": ["more"]}


def test_how_often_a_scenario_for_all_answered_is_counted_in_each_session(desk: Desk) -> None:
    desk.ask("POST", "scenarios?scope=server", {"name": "shared", "calls": [{"text": "once"}]})
    (scenario,) = desk.compiler.scenarios_of(desk.store.scripts.active("t"))
    for session in ("t", "u"):
        assert desk.store.counters.take(session, scenario.counter, scenario.length) == 0
    for query, used in (("scope=server&session=t", 1), ("scope=server", 2), ("session=u", 1), ("", 2)):
        assert desk.ask("GET", f"scenarios?{query}").json["scenarios"][0]["used"] == used


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_unknown_scope_is_refused(desk: Desk, method: str) -> None:
    got = desk.ask(method, "scenarios?scope=all&session=t", b"{name: a, reply: x}" if method == "POST" else b"")
    assert (got.status, got.error["expected"]) == (400, ["session", "server", *(["file"] if method == "GET" else [])])


def test_additions_for_all_sessions_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.control.scripts._MOST", 2)
    many = {"scenarios": [{"name": f"s{number}", "reply": {"text": "x"}} for number in range(3)]}
    got = desk.ask("POST", "scenarios?scope=server", many)
    assert (got.status, got.error["message"]) == (409, "This server holds 0 scenarios that were added.")
