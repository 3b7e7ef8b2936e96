"""Answers in words: the shortest that say exactly what was recorded, and replay as that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from mockserver.cassettes.turns import make_turn
from mockserver.cassettes.writing import write_cassette
from mockserver.recordings.cassette import Match
from mockserver.records.exchanges import Chunk, RecordedExchange
from tests.cassettes.recorded import answer, ask, exchange, message, parts, read_body, say, stream, without_ids

DATA = Path(__file__).parent.parent / "data" / "cassettes"
MESSAGES = yaml.safe_load((DATA / "messages.yaml").read_text("utf-8"))
ERRORS = yaml.safe_load((DATA / "errors.yaml").read_text("utf-8"))
TEXT = {"type": "text", "text": "It rains."}
USE = {"type": "tool_use", "id": "toolu_01A", "name": "weather", "input": {"city": "Oslo"}}
WEATHER = {"tools": [{"name": "weather", "input_schema": {"type": "object"}}]}
COUNTS = {"input_tokens": 21, "output_tokens": 8}
JSON = ("content-type", "application/json")


def read_case(case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The keys of the request, and the message."""
    return case.get("request", {}), message(*case["content"], **case.get("message", {}))


def find_reply(recorded: RecordedExchange) -> dict[str, Any]:
    words = {**make_turn(recorded, parts(), Match()).answers[0]}
    assert words.pop("recorded") == recorded.id
    return words


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("name", MESSAGES)
def test_message_is_said_in_the_shortest_words(name: str, is_stream: bool) -> None:
    more, recorded = read_case(MESSAGES[name])
    made = stream(ask(stream=True, **more), recorded) if is_stream else exchange(ask(**more), recorded)
    reply = find_reply(made)
    assert {key: value for key, value in reply.items() if key not in ("usage", "pace")} == MESSAGES[name]["words"]
    assert {key: reply["usage"][key] for key in COUNTS} == COUNTS


@pytest.mark.parametrize("name", MESSAGES)
def test_words_replay_as_what_was_recorded(name: str, tmp_path: Path) -> None:
    more, recorded = read_case(MESSAGES[name])
    for request, made in (
        (ask(**more), exchange(ask(**more), recorded)),
        (ask(stream=True, **more), stream(ask(stream=True, **more), recorded)),
    ):
        path = tmp_path / f"{len(request)}.yaml"
        write_cassette(path, [made], parts())
        assert without_ids(read_body(answer(path, made))) == without_ids(recorded)


def test_form_of_former_years_is_kept(tmp_path: Path) -> None:
    """Keys that the API did not have are left out, and all stand in the order of the recording."""
    old = {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-3-opus-20240229",
        "content": [TEXT, USE],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 10, "output_tokens": 7},
    }
    made = exchange(ask(model="claude-3-opus-20240229", **WEATHER), old)
    assert find_reply(made).keys() == {"text", "tool_use", "usage"}
    path = tmp_path / "old.yaml"
    write_cassette(path, [made], parts())
    replayed = read_body(answer(path, made))
    assert [*replayed] == [*old]
    assert without_ids(replayed) == without_ids(old)


@pytest.mark.parametrize("name", ERRORS)
def test_error_is_said_by_its_type(name: str, tmp_path: Path) -> None:
    case = ERRORS[name]
    status, headers = case["status"], case.get("headers", {})
    body = {"type": "error", "error": case["error"], "request_id": "req_01"}
    made = exchange(None, body, status=status, headers=[JSON, *headers.items()])
    assert find_reply(made) == case["words"]
    write_cassette(tmp_path / "a.yaml", [made], parts())
    replayed = answer(tmp_path / "a.yaml", made)
    assert (replayed.delivery.status, without_ids(read_body(replayed))) == (status, without_ids(body))
    assert dict(replayed.delivery.headers).items() >= {pair for pair in headers.items() if pair[0] != "x-other"}


def test_count_of_tokens_is_said_by_its_number() -> None:
    counted = exchange(None, {"input_tokens": 12}, path="/v1/messages/count_tokens")
    turn = make_turn(counted, parts(), Match())
    assert turn.when == {"endpoint": "count_tokens", "user": "How is the weather in Oslo?"}
    assert turn.answers == ({"input_tokens": 12, "recorded": 0},)


def test_other_paths_are_said_as_they_came() -> None:
    listed = {"data": [], "has_more": False}
    turn = make_turn(exchange(None, listed, method="GET", path="/v1/models"), parts(), Match())
    assert turn.when == {"method": "GET", "path": "/v1/models"}
    assert turn.answers == ({"raw": {"json": listed}, "recorded": 0},)


PAGE = [("content-type", "text/html")]
ALONE = {
    "a cut answer": (exchange(None, say("It"), end="abort"), "Only as recorded: the answer was cut."),
    "half a stream": (
        exchange(None, b'event: ping\ndata: {"type": "ping"}\n\n', headers=[("content-type", "text/event-stream")]),
        "Only as recorded: the stream is not whole.",
    ),
    "a book": (exchange(None, say("word " * 20_000)), "Only as recorded: the answer is long."),
    "bytes": (
        exchange(None, b"\xff\xfe", headers=[("content-type", "image/png")]),
        "Only as recorded: no words say it exactly.",
    ),
}


@pytest.mark.parametrize("name", ALONE)
def test_what_has_no_words_is_recorded_alone(name: str, tmp_path: Path) -> None:
    """It says why."""
    made, note = ALONE[name]
    turn = make_turn(made, parts(), Match())
    assert turn.note == note
    assert turn.answers == ({"recorded": 0},)
    write_cassette(tmp_path / "a.yaml", [made], parts())
    (scenario,) = yaml.safe_load((tmp_path / "a.yaml").read_text())["scenarios"]
    assert scenario["description"] == note
    replayed = answer(tmp_path / "a.yaml", made)
    assert b"".join([piece.data for piece in replayed.delivery.pieces]) == made.response.body


def test_stream_of_another_grammar_is_recorded_alone() -> None:
    """Though the message put together from it is the same: here many pings stand between few deltas."""
    made = stream(ask(stream=True), say("Hi"))
    data = made.response.body
    ping = b'event: ping\ndata: {"type": "ping"}\n\n'
    start = data.index(b"event: content_block_delta")
    delta = data[start : data.index(b"event: content_block_stop")]
    halves = [delta.replace(b'"Hi"', half) for half in (b'"H"', b'"i"', b'""')]
    body = data[:start] + ping.join(halves) + data[start + len(delta) :]
    changed = replace(made, response=replace(made.response, chunks=(Chunk(body),)))
    assert make_turn(changed, parts(), Match()).answers == ({"recorded": 0},)


def test_page_of_a_proxy_is_raw() -> None:
    reply = find_reply(exchange(None, b"<h1>Bad Gateway</h1>", status=502, headers=PAGE))
    assert reply == {"raw": {"status": 502, "body": "<h1>Bad Gateway</h1>", "headers": {"content-type": "text/html"}}}


def test_pace_is_that_of_the_chunks() -> None:
    made = stream(ask(stream=True), say("It rains. " * 40, usage={"output_tokens": 100}))
    spent = 0.02 * (len(made.response.chunks) - 1)
    assert find_reply(made)["pace"] == {"first": "420ms", "tokens_per_second": round(100 / spent)}
    whole = exchange(None, None, first=2.5)
    assert find_reply(whole)["pace"] == {"first": "2.5s"}
    assert "pace" not in find_reply(exchange())


WHEN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a short text": (ask("Hi there"), {"user": "Hi there"}),
    "a long text": (ask("Tell me all " * 20), {"user": {"starts_with": ("Tell me all " * 6).strip() + " Tell me"}}),
    "several lines": (ask("Sum up:\nmuch more"), {"user": {"starts_with": "Sum up:"}}),
    "a slash": (ask("/weather/"), {}),
    "the day of the recording": (ask("Today is 2026-11-30. Hi"), {}),
    "another day": (ask("What was on 1969-07-20?"), {"user": "What was on 1969-07-20?"}),
    "an id": (ask("See file_011CNha8iCJcU1wXNR6q4V8w."), {}),
    "nothing": (ask(""), {}),
    "a secret": (ask("Mail to ann@corp.test, please"), {}),
    "a later turn": (ask("Hi", "Hello", "And now?"), {"user": "And now?"}),
    "a result of a tool": (
        ask(
            "Hi",
            {"role": "assistant", "content": [USE]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01A", "content": "wet"}]},
        ),
        {"user": "Hi", "turn": 1},
    ),
}


@pytest.mark.parametrize("name", WHEN)
def test_when_is_what_people_know_a_turn_by(name: str, tmp_path: Path) -> None:
    request, when = WHEN[name]
    path = tmp_path / "a.yaml"
    made = exchange(request)
    write_cassette(path, [made], parts())
    (scenario,) = yaml.safe_load(path.read_text())["scenarios"]
    assert scenario["when"] == {**when, "recorded": 1}
    assert answer(path, made).record.scenario == "a-1"


def test_a_bug_of_ours_is_told_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise AttributeError("no such thing")

    monkeypatch.setattr("mockserver.compose.compose", fail)
    turn = make_turn(exchange(ask(), message(TEXT)), parts(), Match())
    assert [*turn.answers[0]] == ["recorded"]
    assert "could not be put into words" in caplog.text
    assert "no such thing" in caplog.text
