"""The control interface: each endpoint, the guard, and the document that describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mockserver import delivery, scenarios
from mockserver.control import ROUTES, Control, Explanation, Hooks
from mockserver.records.call import Call
from mockserver.records.errors import ApiError, Finding
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Fault, Pace, Written
from mockserver.records.settings import Settings
from mockserver.store import Entry, FaultPlan, Overrides, State, Thread

KEY = "sk-ant-api03-" + "k" * 30 + "-last"
FIXTURE = """
scenarios:
  - {name: weather, when: {user: weather}, reply: {text: Sunny.}}
  - {name: flaky, when: {user: flaky}, calls: [{text: once}]}
"""
SCENARIO_HOOKS = scenarios.Hooks(parse_fault=delivery.parse_fault)


@dataclass(frozen=True)
class Got:
    """An answer of the control interface."""

    status: int
    json: Any
    headers: Mapping[str, str]

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]
        return found


class Desk:
    """A control interface over a state of its own, with the true scenario engine behind it."""

    def __init__(self, **changes: Any) -> None:
        self.state = State(Settings(**changes))
        self.state.scenarios = scenarios.ScenarioSet(scenarios.parse(FIXTURE, "weather.yaml", SCENARIO_HOOKS))
        self.asked_to_explain: list[Call] = []
        self.control = Control(
            self.state,
            Hooks(
                version="9.9",
                endpoints=("messages", "messages/count_tokens"),
                scenarios=lambda: self.state.scenarios.scenarios,
                parse=lambda text, name: scenarios.parse(text, name, SCENARIO_HOOKS),
                condition=scenarios.condition,
                answer=self.answer,
                explain=self.explain,
                health=lambda: {"fixtures": ["weather.yaml"]},
            ),
        )
        self.document = json.loads(self.ask("GET", "openapi.json", check=False).json)

    def answer(self, words: Mapping[str, Any]) -> Answer:
        (scenario,) = scenarios.parse({"reply": words}, "settings", SCENARIO_HOOKS)
        return scenario.entries[0].constant or Answer()

    def explain(self, call: Call) -> Explanation:
        self.asked_to_explain.append(call)
        body = orjson.loads(call.body)
        if "model" not in body:
            raise ApiError(Finding("model: Field required", "schema", "SDK", path="model"))
        prompt = Prompt(body, headers=call.headers, key=call.key, session=call.session)
        session = self.state.peek(call.session)
        tried = (self.state.scenarios, prompt, session.used if session else {}, session.added if session else ())
        choice, misses = scenarios.choose(*tried), scenarios.explain(*tried)
        if choice.scenario is None:
            return Explanation("generated", misses=misses)
        return Explanation("scenario", choice.scenario.name, str(choice.position), choice.scenario.place, misses=misses)

    def ask(self, method: str, path: str, body: Any = b"", *, check: bool = True, **headers: str) -> Got:
        """Send it; the answer is checked against the OpenAPI document."""
        path, _, query = path.partition("?")
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = self.control.handle(Call(method, f"/_mock/{path}", named, raw, query, at=1000.0))
        data = b"".join(piece.data for piece in sent.pieces)
        shown = data.decode() if path == "openapi.json" and not check else (orjson.loads(data) if data else None)
        got = Got(sent.status, shown, dict(sent.headers))
        assert int(got.headers["content-length"]) == len(data) or method == "HEAD"
        if check and data:
            self.check(method, path, got)
        return got

    def check(self, method: str, path: str, got: Got) -> None:
        described = next((row for row in self.document["paths"] if row_of(row) == row_of("/" + path)), None)
        reference = {"$ref": "#/components/schemas/Error"}
        if got.status not in (403, 404, 405, 413) and described:
            answers = self.document["paths"][described][method.lower()]["responses"]
            reference = answers[str(got.status)]["content"]["application/json"]["schema"]
        jsonschema.validate(got.json, {**reference, "components": self.document["components"]})

    def receive(self, text: str, session: str | None = "t", **more: Any) -> Entry:
        """A call as the journal has it after its answer left."""
        headers = {"x-api-key": KEY, **({"x-mock-session": session} if session else {})}
        body = {"model": more.pop("model", "claude-a"), "messages": [{"role": "user", "content": text}]}
        call = Call("POST", more.pop("path", "/v1/messages"), headers, orjson.dumps(body), at=1000.0)
        journal = self.state.session(call.session, call.at).journal
        entry = journal.add(Entry(call, **more))
        journal.finish(entry.number)
        return entry


def row_of(path: str) -> tuple[str, int]:
    parts = path.strip("/").split("/")
    return parts[0], min(len(parts), 2)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- The document --------------------------------------------------------------------------------------------------


def test_document_and_table_agree(desk: Desk) -> None:
    described = {(method.upper(), path) for path, row in desk.document["paths"].items() for method in row}
    assert described == {(row.method, f"/{row.path}") for row in ROUTES}


def test_document_is_sound(desk: Desk) -> None:
    assert desk.document["openapi"].startswith("3.1")
    text = json.dumps(desk.document)
    for name, schema in desk.document["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert f"#/components/schemas/{name}" in text, f"{name} is used nowhere"
    ids = [operation["operationId"] for row in desk.document["paths"].values() for operation in row.values()]
    assert len(ids) == len(set(ids))


def test_document_lists_every_filter(desk: Desk) -> None:
    from mockserver.control.reading import FILTERS, PAGING

    described = {each["name"] for each in desk.document["paths"]["/requests"]["get"]["parameters"] if "name" in each}
    assert described | {"session"} == {*FILTERS, *PAGING}


# --- Health --------------------------------------------------------------------------------------------------------


def test_health_says_what_there_is(desk: Desk) -> None:
    desk.receive("hi")
    assert desk.ask("GET", "health").json == {
        "status": "ok",
        "version": "9.9",
        "profile": "relay",
        "scenarios": 2,
        "sessions": 1,
        "requests": 1,
        "reload_error": None,
        "fixtures": ["weather.yaml"],
    }


def test_health_tells_of_a_failed_reload(desk: Desk) -> None:
    desk.state.reload_error = "a.yaml:1:1: broken"
    assert desk.ask("GET", "health").json["reload_error"] == "a.yaml:1:1: broken"


# --- Scenarios -----------------------------------------------------------------------------------------------------


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


def test_newest_addition_stands_in_front(desk: Desk) -> None:
    for name in ("one", "two"):
        desk.ask("POST", "scenarios?session=t", {"name": name, "reply": {"text": name}})
    session = desk.state.peek("t")
    assert session is not None
    assert [scenario.name for scenario in session.added] == ["two", "one"]


def test_scenario_added_again_starts_anew(desk: Desk) -> None:
    session = desk.state.session("t", 1000.0)
    for _ in range(2):
        desk.ask("POST", "scenarios?session=t", {"name": "mine", "calls": [{"text": "once"}]})
        (scenario,) = session.added
        assert session.used.get(scenario.counter, 0) == 0
        session.used[scenario.counter] = 1
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
    session = desk.state.peek("t")
    assert session is None or session.added == ()


def test_additions_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.control.scripting._MOST", 2)
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


# --- Requests ------------------------------------------------------------------------------------------------------


@pytest.fixture
def busy() -> Desk:
    desk = Desk()
    desk.receive("one", scenario="weather", model="claude-opus")
    desk.receive("two", status=404, unmatched=True)
    desk.receive("three", status=529, path="/api/v1/messages")
    desk.receive("four", session=None)
    desk.receive("five", endpoint="messages/count_tokens", path="/v1/messages/count_tokens")
    return desk


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [1, 2, 3, 4, 5]),
        ("status=404", [2]),
        ("status=5xx", [3]),
        ("status=2XX", [1, 4, 5]),
        ("scenario=wea*", [1]),
        ("model=claude-opus", [1]),
        ("model=claude-*", [1, 2, 3, 4, 5]),
        ("path=/api/*", [3]),
        ("unmatched=true", [2]),
        ("unmatched=false", [1, 3, 4, 5]),
        ("since=3", [4, 5]),
        ("session=t", [1, 2, 3, 5]),
        ("session=sk-ant-…last", [4]),
        ("session=nobody", []),
        ("session=t&status=2xx&since=1", [5]),
    ],
)
def test_requests_are_filtered(busy: Desk, query: str, numbers: list[int]) -> None:
    got = busy.ask("GET", f"requests?{query}").json
    assert [entry["number"] for entry in got["requests"]] == numbers
    assert (got["total"], got["next"]) == (len(numbers), None)


def test_requests_of_a_key_by_header(busy: Desk) -> None:
    assert [entry["number"] for entry in busy.ask("GET", "requests", x_api_key=KEY).json["requests"]] == [4]


def test_label_of_two_keys_names_neither(desk: Desk) -> None:
    for worker in "12":
        call = Call("POST", "/v1/messages", {"x-api-key": f"sk-test-worker{worker}-key-same"}, b"{}")
        desk.state.session(call.session, 1.0).journal.add(Entry(call))
    for method, path, body in (
        ("GET", "requests", b""),
        ("DELETE", "requests", b""),
        ("GET", "requests/1", b""),
        ("GET", "scenarios", b""),
        ("DELETE", "scenarios", b""),
        ("DELETE", "scenarios/a", b""),
        ("GET", "settings", b""),
        ("PATCH", "settings", {"unmatched": "error"}),
        ("POST", "reset", b""),
        ("POST", "verify", {"exactly": 0}),
    ):
        got = desk.ask(method, f"{path}?session=sk-…same", body)
        assert (got.status, got.error["message"]) == (
            400,
            "2 sessions are shown as 'sk-…same': their keys end alike.",
        )
    got = desk.ask("GET", "requests", x_api_key="sk-test-worker2-key-same")
    assert [entry["number"] for entry in got.json["requests"]] == [2]


def test_requests_come_in_pages(busy: Desk) -> None:
    pages, after = [], 0
    while True:
        got = busy.ask("GET", f"requests?limit=2&after={after}").json
        pages.append([entry["number"] for entry in got["requests"]])
        assert got["total"] == 5
        if got["next"] is None:
            break
        after = got["next"]
    assert pages == [[1, 2], [3, 4], [5]]


@pytest.mark.parametrize(
    "query",
    [
        "limit=x",
        "unmatched=maybe",
        "unmatched=",
        "since=-1",
        "status=40",
        "status=abc",
        "sttus=404",
        "after=" + "9" * 30,
    ],
)
def test_bad_filters_are_refused(busy: Desk, query: str) -> None:
    got = busy.ask("GET", f"requests?{query}")
    assert got.status == 400
    assert got.error["expected"]


def test_one_request_is_shown_whole(desk: Desk) -> None:
    message = {"id": "msg_1", "content": [], "usage": {"output_tokens": 1}}
    entry = desk.receive("hi", outcome=Written(orjson.dumps(message), faults=(Fault("stall"),)), events_total=7)
    got = desk.ask("GET", f"requests/{entry.number}")
    assert got.status == 200
    assert (got.json["answer"], got.json["faults"], got.json["events_total"]) == (message, ["stall"], 7)
    assert got.json["headers"]["x-api-key"] == "sk-ant-…last"


@pytest.mark.parametrize("name", ["99", "x", "01", "-1"])
def test_unknown_request_is_not_found(busy: Desk, name: str) -> None:
    got = busy.ask("GET", f"requests/{name}")
    assert got.status == 404
    assert "1 to 5" in got.error["expected"]


def test_request_of_another_session_is_not_found(busy: Desk) -> None:
    assert busy.ask("GET", "requests/4", x_mock_session="t").status == 404


def test_clearing_is_for_one_session_or_all(busy: Desk) -> None:
    assert busy.ask("DELETE", "requests?session=t").json == {"cleared": 4}
    assert [entry.number for entry in busy.state.entries()] == [4]
    assert busy.ask("DELETE", "requests").json == {"cleared": 1}


# --- Verify --------------------------------------------------------------------------------------------------------

VERIFIED: list[tuple[dict[str, Any], int]] = [
    ({"when": {"user": "weather"}}, 200),
    ({"when": {"user": "weather"}, "exactly": 2}, 200),
    ({"when": {"user": "weather"}, "exactly": 1}, 409),
    ({"when": {"user": "weather"}, "at_least": 2}, 200),
    ({"when": {"user": "weather"}, "at_least": 3}, 409),
    ({"when": {"user": "weather"}, "at_most": 1}, 409),
    ({"when": {"user": "weather"}, "at_least": 1, "at_most": 2}, 200),
    ({"when": {"user": "snow"}}, 409),
    ({"when": {"user": "snow"}, "exactly": 0}, 200),
    ({"exactly": 3}, 200),
    ({}, 200),
    ({"in_order": [{"user": "Oslo"}, {"user": "hello"}, {"user": "Rome"}]}, 200),
    ({"in_order": [{"user": "Rome"}, {"user": "Oslo"}]}, 409),
    ({"in_order": [{"user": "hello"}, {"user": "hello"}]}, 409),
    ({"in_order": [{"user": "hello"}], "exactly": 4}, 409),
    ({"when": {"key": KEY}, "exactly": 3}, 200),
    ({"endpoint": "messages/count_tokens", "exactly": 0}, 200),
]


@pytest.fixture
def visited() -> Desk:
    desk = Desk()
    for text in ("weather in Oslo", "hello", "weather in Rome"):
        desk.receive(text)
    desk.receive("weather elsewhere", session="other")
    return desk


@pytest.mark.parametrize(("body", "status"), VERIFIED)
def test_expectations_are_verified(visited: Desk, body: dict[str, Any], status: int) -> None:
    assert visited.ask("POST", "verify", body, x_mock_session="t").status == status
    assert visited.ask("POST", "verify", {**body, "session": "t"}).status == status


def test_verified_answer_names_the_requests(visited: Desk) -> None:
    got = visited.ask("POST", "verify?session=t", {"when": {"user": "weather"}, "in_order": [{"user": "hello"}]})
    assert got.json == {"verified": True, "in_order": [2], "matched": [1, 3]}
    assert visited.ask("POST", "verify", {"when": {"user": "weather"}, "exactly": 3}).json["matched"] == [1, 3, 4]


def test_nearest_miss_is_explained(visited: Desk) -> None:
    when = {"user": "weather in Paris", "model": "claude-a"}
    error = visited.ask("POST", "verify?session=t", {"when": when}).error
    assert error["message"] == "Expected at least 1 matching of the 3 requests received; there are 0."
    assert error["matched"] == []
    assert error["nearest"]["number"] == 3
    assert "weather in Paris" in error["nearest"]["differences"][0]


def test_broken_request_is_no_nearest_miss(desk: Desk) -> None:
    body = b'{"model": "gpt", "messages": [[]]}'
    desk.state.session("t", 1.0).journal.add(Entry(Call("POST", "/v1/messages", {"x-mock-session": "t"}, body)))
    expected: dict[str, Any] = {"when": {"user": "weather", "model": "claude-*"}}
    nearest = desk.ask("POST", "verify?session=t", expected).error["nearest"]
    assert nearest == {"number": 1, "differences": ["the body is too broken to be understood"]}
    desk.receive("hello", model="gpt")
    assert desk.ask("POST", "verify?session=t", expected).error["nearest"]["number"] == 2


def test_too_many_have_no_nearest_miss(visited: Desk) -> None:
    error = visited.ask("POST", "verify?session=t", {"when": {"user": "weather"}, "at_most": 1}).error
    assert (error["matched"], error["nearest"]) == ([1, 3], None)


def test_wrong_order_is_explained(visited: Desk) -> None:
    error = visited.ask("POST", "verify?session=t", {"in_order": [{"user": "Rome"}, {"user": "Oslo"}]}).error
    assert "step 2 of 2" in error["message"]
    assert "Request 1 matches" in error["message"]
    assert error["in_order"] == [3]


def test_nearest_miss_shows_no_key(visited: Desk) -> None:
    error = visited.ask("POST", "verify?session=t", {"when": {"key": "sk-other"}}).error
    assert error["nearest"]["differences"]
    assert KEY not in json.dumps(error)


@pytest.mark.parametrize(
    "body",
    [
        {"when": {"usr": "x"}},
        {"when": 3},
        {"wen": {}},
        {"endpoint": "nope", "exactly": 0},
        {"endpoint": ["messages"]},
        {"exactly": -1},
        {"exactly": True},
        {"exactly": 1, "at_most": 2},
        {"at_least": "2"},
        {"in_order": []},
        {"in_order": {}},
        {"in_order": [3]},
        {"session": 3},
        [],
        b"{broken",
    ],
)
def test_bad_expectations_are_refused(visited: Desk, body: Any) -> None:
    got = visited.ask("POST", "verify", body)
    assert got.status == 400
    assert got.error["expected"]


# --- Explain -------------------------------------------------------------------------------------------------------

BODY = {"model": "claude-a", "max_tokens": 9, "messages": [{"role": "user", "content": "weather?"}]}


def test_explaining_tells_who_would_answer(desk: Desk) -> None:
    got = desk.ask("POST", "explain", {**BODY, "messages": [{"role": "user", "content": "flaky"}]}, x_mock_session="t")
    assert got.json["answered_by"] == "scenario"
    assert (got.json["scenario"], got.json["place"]) == ("flaky", "weather.yaml:4:5")
    assert [miss["scenario"] for miss in got.json["misses"]] == ["weather"]


def test_explaining_consumes_nothing(desk: Desk) -> None:
    for _ in range(3):
        desk.ask("POST", "explain", {**BODY, "messages": [{"role": "user", "content": "flaky"}]}, x_mock_session="t")
    assert (desk.state.names(), desk.state.entries()) == ((), ())


def test_explained_request_may_bring_headers(desk: Desk) -> None:
    wrapped = {"body": BODY, "headers": {"Anthropic-Beta": "x"}, "path": "/v1/messages"}
    desk.ask("POST", "explain?session=t", wrapped, authorization="sk-mine", host="localhost")
    (call,) = desk.asked_to_explain
    assert (call.session, call.betas, call.key) == ("t", frozenset({"x"}), "sk-mine")
    assert orjson.loads(call.body) == BODY
    assert "host" not in call.headers


def test_explained_request_keeps_the_key(desk: Desk) -> None:
    desk.ask("POST", "explain", BODY, x_api_key=KEY)
    assert desk.asked_to_explain[0].session == KEY


def test_refused_request_is_explained(desk: Desk) -> None:
    got = desk.ask("POST", "explain", {"messages": []}).json
    assert (got["answered_by"], got["finding"]["message"]) == ("error", "model: Field required")


def test_fault_of_ours_is_told_as_json(desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    def failing(_: Call) -> Explanation:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.control, "hooks", replace(desk.control.hooks, explain=failing))
    got = desk.ask("POST", "explain", BODY, check=False)
    assert (got.status, got.error["message"]) == (500, "The control interface failed: ZeroDivisionError.")
    assert "POST /_mock/explain failed" in caplog.text


@pytest.mark.parametrize("body", [[], b"{", b"", {"body": {}, "heders": {}}, {"body": {}, "headers": {"a": 1}}])
def test_nothing_to_explain_is_refused(desk: Desk, body: Any) -> None:
    assert desk.ask("POST", "explain", body).status == 400


# --- Reset and settings --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "headers", "said", "left"),
    [
        ("reset", {"session": "t"}, {}, "t", ["other"]),
        ("reset?session=t", b"", {}, "t", ["other"]),
        ("reset", b"", {"x_mock_session": "t"}, "t", ["other"]),
        ("reset", b"", {}, "all", []),
        ("reset", {"session": None}, {}, "all", []),
    ],
)
def test_reset_of_one_or_all(
    visited: Desk, path: str, body: Any, headers: dict[str, str], said: str, left: list[str]
) -> None:
    assert visited.ask("POST", path, body, check=True, **headers).json == {"reset": said}
    assert [entry.session for entry in visited.state.entries()] == left


def test_reset_never_tells_a_key(desk: Desk) -> None:
    desk.receive("hi", session=None)
    for body, headers in (
        ({"session": KEY}, {}),
        (b"", {"authorization": f"Bearer {KEY}"}),
        (b"", {"x_mock_session": KEY}),
    ):
        assert desk.ask("POST", "reset", body, check=True, **headers).json == {"reset": "sk-ant-…last"}
        assert desk.state.entries() == ()


def test_settings_change_for_all(desk: Desk) -> None:
    got = desk.ask("PATCH", "settings", {"pace": "realtime", "unmatched": "error", "validation": "warn"})
    assert got.json["session"] == "all"
    assert desk.state.overrides == Overrides(pace="realtime", unmatched="error", validation="warn")
    assert desk.ask("GET", "settings").json["changed"]["server"]["pace"] == "realtime"


def test_settings_change_for_one_session(desk: Desk) -> None:
    desk.ask("PATCH", "settings", {"unmatched": "error"}, x_mock_session="t")
    session = desk.state.peek("t")
    assert session is not None
    assert (session.overrides, desk.state.overrides) == (Overrides(unmatched="error"), Overrides())
    assert desk.ask("GET", "settings").json["unmatched"] == "generate"
    assert desk.ask("GET", "settings", x_mock_session="t").json["unmatched"] == "error"


def test_null_takes_a_change_back(desk: Desk) -> None:
    desk.ask("PATCH", "settings", {"unmatched": "error", "pace": "realtime"})
    desk.ask("PATCH", "settings", {"unmatched": None})
    assert desk.state.overrides == Overrides(pace="realtime")


def test_pace_is_read_as_in_scenarios(desk: Desk) -> None:
    got = desk.ask("PATCH", "settings", {"pace": {"first": "300ms", "tokens_per_second": 40}})
    assert desk.state.overrides.pace == Pace(first=0.3, tokens_per_second=40.0)
    assert got.json["pace"]["first"] == 0.3


@pytest.mark.parametrize(
    ("given", "plan"),
    [
        ({"then": "disconnect", "after_events": 4, "calls": 2}, FaultPlan((Fault("disconnect", after_events=4),), 2)),
        ("disconnect", FaultPlan((Fault("disconnect"),), 1)),
        ({"faults": ["crlf", {"then": "truncate"}], "calls": 3}, FaultPlan((Fault("crlf"), Fault("truncate")), 3)),
        (None, None),
    ],
)
def test_faults_are_planned(desk: Desk, given: Any, plan: FaultPlan | None) -> None:
    got = desk.ask("PATCH", "settings", {"faults": given}, x_mock_session="t")
    session = desk.state.peek("t")
    assert session is not None
    assert session.overrides.faults == plan
    assert (got.json["faults"] is None) == (plan is None)


@pytest.mark.parametrize(
    "body",
    [
        {"pase": "none"},
        {"pace": "fast"},
        {"pace": 3},
        {"pace": {"frist": 1}},
        {"unmatched": "maybe"},
        {"unmatched": 3},
        {"validation": "lax"},
        {"faults": {"then": "explode"}},
        {"faults": {"then": "disconnect", "calls": 0}},
        {"faults": {"then": "disconnect", "calls": True}},
        {"faults": []},
        {"faults": 3},
        {"faults": {"faults": ["crlf"], "then": "stall"}},
        [],
        b"nonsense",
    ],
)
def test_bad_settings_are_refused(desk: Desk, body: Any) -> None:
    got = desk.ask("PATCH", "settings", body)
    assert got.status == 400
    assert got.error["expected"]
    assert desk.state.overrides == Overrides()


# --- The guard -----------------------------------------------------------------------------------------------------

LOCAL = (
    "127.0.0.1",
    "127.8.8.8:8000",
    "localhost:1",
    "LOCALHOST",
    "a.localhost",
    "[::1]:8000",
    "0.0.0.0:80",
    "testserver",
)
FOREIGN = ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", "[", "")


@pytest.mark.parametrize("host", LOCAL)
def test_loopback_hosts_and_origins_are_served(desk: Desk, host: str) -> None:
    assert desk.ask("GET", "health", host=host).status == 200
    assert desk.ask("GET", "health", host=host, origin=f"http://{host}").status == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_foreign_hosts_are_refused(desk: Desk, host: str) -> None:
    got = desk.ask("GET", "health", host=host)
    assert got.status == 403
    assert "--allowed-host" in got.error["expected"]


@pytest.mark.parametrize(
    "origin", [*(f"https://{host}" for host in FOREIGN), "null", "chrome-extension://abc", "file://"]
)
def test_foreign_origins_are_refused(desk: Desk, origin: str) -> None:
    got = desk.ask("POST", "reset", host="localhost", origin=origin)
    assert got.status == 403
    assert "access-control-allow-origin" not in got.headers


@pytest.mark.parametrize("host", ["mock.internal", "mock.internal:8000", "ci.example"])
def test_allowed_hosts_are_served(host: str) -> None:
    desk = Desk(allowed_hosts=("mock.internal", "*.example"))
    assert desk.ask("GET", "health", host=host, origin=f"http://{host}").status == 200


def test_preflight_of_a_local_page_is_answered(desk: Desk) -> None:
    got = desk.ask("OPTIONS", "settings", host="localhost:8000", origin="http://localhost:5173")
    assert (got.status, got.json) == (204, None)


# --- Everything else -----------------------------------------------------------------------------------------------


def test_unknown_path_lists_the_known(desk: Desk) -> None:
    got = desk.ask("GET", "nothing")
    assert got.status == 404
    assert "GET /_mock/health" in got.error["expected"]


def test_wrong_method_lists_the_right(desk: Desk) -> None:
    got = desk.ask("PUT", "settings")
    assert (got.status, got.error["expected"]) == (405, ["GET", "PATCH"])


@pytest.mark.parametrize(("path", "size"), [("verify", 1 << 20), ("scenarios", 8 << 20), ("reset", 1 << 20)])
def test_bodies_are_bounded(desk: Desk, path: str, size: int) -> None:
    assert desk.ask("POST", path, b" " * (size + 1), x_mock_session="t").status == 413


def test_head_sends_no_body(desk: Desk) -> None:
    got = desk.ask("HEAD", "health")
    assert (got.status, got.json) == (200, None)
    assert int(got.headers["content-length"]) > 0


def test_answers_are_readable_for_people(desk: Desk) -> None:
    sent = desk.control.handle(Call("GET", "/_mock/health", {}))
    assert sent.pieces[0].data.startswith(b'{\n  "status": "ok",\n')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{broken",
        b'{"model": 3, "messages": "hello"}',
        b'{"messages": [1, null, "x"], "tools": 3, "system": {}}',
        b'{"messages": [{"role": "user", "content": [3, {"type": []}]}], "tools": [1]}',
        b'{"messages": {"role": []}, "thread": []}',
    ],
)
def test_refused_requests_harm_nothing(desk: Desk, body: bytes) -> None:
    call = Call("POST", "/v1/messages", {"x-mock-session": "t"}, body)
    misses = partial(scenarios.explain, desk.state.scenarios, used={})
    thread = Thread({}, ({"role": "user", "content": "earlier"},))
    desk.state.session("t", 1.0).journal.add(Entry(call, thread, status=400, misses_source=misses))
    assert desk.ask("GET", "requests/1").status == 200
    assert desk.ask("GET", "requests?model=x").json["total"] == 0
    when = {"user": "x", "tools": ["a"], "system": "b", "tool_result": {"for": "a"}, "any_message": "c", "images": True}
    for name, value in when.items():
        assert desk.ask("POST", "verify", {"when": {name: value}}).status == 409


def test_strange_texts_are_still_shown(desk: Desk) -> None:
    got = desk.ask("POST", "scenarios?session=t", b'{"name": "half \\ud800", "reply": {"text": "x"}}', check=False)
    assert got.status in (201, 400)


def test_deep_bodies_are_still_shown(desk: Desk) -> None:
    headers = {"x-mock-session": "t"}
    body = b'{"model": "m", "messages": [], "deep": ' + b"[" * 900 + b"]" * 900 + b"}"
    entry = desk.state.session("t", 1.0).journal.add(Entry(Call("POST", "/v1/messages", headers, body)))
    assert desk.ask("GET", f"requests/{entry.number}", check=False).status in (200, 400)


TOKENS = st.sampled_from(
    ["session", "when", "pace", "faults", "calls", "user", "in_order", "body", "name", "reply", "t"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | TOKENS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TOKENS | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(ROUTES),
    st.builds(lambda value: json.dumps(value).encode(), VALUES) | st.binary(max_size=40),
    st.text(max_size=12),
    st.text(max_size=12),
)
@settings(max_examples=50, deadline=None)
def test_nothing_breaks_it(row: Any, body: bytes, query: str, name: str) -> None:
    path = "/_mock/" + row.path.replace("{name}", name).replace("{number}", name)
    sent = FUZZED.control.handle(Call(row.method, path, {"x-mock-session": "t"}, body, query, at=1.0))
    assert sent.status in (200, 201, 400, 404, 405, 409)


FUZZED = Desk()
