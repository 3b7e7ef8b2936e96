"""Requests are made again, in order, with the ids of now; what cannot be checked is said with its reason."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from mockserver.cassettes.drift.asking import UnansweredError
from mockserver.cassettes.drift.drifting import DRIFTED, EQUAL, UNCHECKED, Checked, check_age, check_drift
from mockserver.recordings.cassette import Cassette, Match
from mockserver.recordings.redacting import make_rules, redact
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse
from tests.cassettes.drift.test_comparing import make_message
from tests.cassettes.recording import HEADERS, answer, ask_for

OLD, NEW = "file_011CNha8iCJcU1wXNR6q4V8w", "file_011CZZZ8iCJcU1wXNR6q4ZZZ"
OTHER = "file_011COther1CJcU1wXNR6q4V8w"
DAY = 86_400.0


def make_cassette(*pairs: tuple[RecordedRequest, RecordedResponse], at: float = 0.0, recorded: str = "") -> Cassette:
    exchanges = {
        number: RecordedExchange(request, response, at=at, id=number)
        for number, (request, response) in enumerate(pairs, 1)
    }
    return Cassette("talk.yaml", "talk.exchanges.jsonl", exchanges, recorded=recorded)


class Upstream:
    """Answers in turn, and notes what it was asked."""

    def __init__(self, *answers: RecordedResponse | BaseException) -> None:
        self.answers = list(answers)
        self.asked: list[RecordedRequest] = []

    def __call__(self, request: RecordedRequest) -> RecordedResponse:
        self.asked.append(request)
        given = self.answers.pop(0)
        if isinstance(given, BaseException):
            raise given
        return given


def request(method: str, path: str, body: bytes = b"", **headers: str) -> RecordedRequest:
    return RecordedRequest(method, path, {**HEADERS, **headers}, body)


def file(name: str) -> RecordedResponse:
    return answer({"type": "file", "id": name, "filename": "a.txt"})


FORM = {"content-type": "multipart/form-data; boundary=x"}
UPLOAD = request("POST", "/v1/files", b"--x...", **FORM)
OK = answer({"type": "message", "content": []})


def refuse(status: int, kind: str = "invalid_request_error", text: str = "No.") -> RecordedResponse:
    return answer({"type": "error", "error": {"type": kind, "message": text}}, status)


def with_file(name: str) -> RecordedRequest:
    document = {"type": "document", "source": {"type": "file", "file_id": name}}
    return ask_for("", messages=[{"role": "user", "content": [document]}])


def test_ids_are_those_that_the_upstream_makes_now() -> None:
    cassette = make_cassette(
        (UPLOAD, file(OLD)),
        (with_file(OLD), OK),
        (request("GET", f"/v1/files/{OLD}"), file(OLD)),
        (request("DELETE", f"/v1/files/{OLD}"), answer({"id": OLD, "type": "file_deleted"})),
    )
    upstream = Upstream(file(NEW), OK, file(NEW), answer({"id": NEW, "type": "file_deleted"}))
    assert [each.state for each in check_drift([cassette], upstream)] == [EQUAL] * 4
    assert [each.path for each in upstream.asked[2:]] == [f"/v1/files/{NEW}"] * 2
    assert NEW.encode() in upstream.asked[1].body
    assert OLD.encode() not in upstream.asked[1].body


def test_nothing_is_deleted_that_was_there_before() -> None:
    """A list names what others made: the recorded ids in it stand for none of the present ones."""
    cassette = make_cassette(
        (request("GET", "/v1/files"), answer({"data": [{"type": "file", "id": OLD}]})),
        (request("DELETE", f"/v1/files/{OLD}"), answer({"id": OLD, "type": "file_deleted"})),
        (request("DELETE", f"/v1/files/{OTHER}"), refuse(404, "not_found_error")),
    )
    upstream = Upstream(answer({"data": [{"type": "file", "id": NEW}]}))
    assert [each.state for each in check_drift([cassette], upstream)] == [EQUAL, UNCHECKED, UNCHECKED]
    assert len(upstream.asked) == 1


def test_what_a_search_finds_was_not_made() -> None:
    search = request("POST", "/v1/files/search", b"{}")
    delete = request("DELETE", f"/v1/files/{OLD}")
    cassette = make_cassette((search, file(OLD)), (delete, answer({"id": OLD, "type": "file_deleted"})))
    upstream = Upstream(file(NEW))
    assert [each.state for each in check_drift([cassette], upstream)] == [EQUAL, UNCHECKED]


def test_cassettes_are_asked_in_the_order_of_their_recording() -> None:
    """One conversation makes a file, another one uses it, the first one deletes it; each has a cassette."""
    delete = request("DELETE", f"/v1/files/{OLD}")
    first = make_cassette((UPLOAD, file(OLD)), (delete, answer({"id": OLD, "type": "file_deleted"})))
    first = replace(
        first, exchanges={number: replace(each, at=10.0 * number) for number, each in first.exchanges.items()}
    )
    second = make_cassette((with_file(OLD), OK), at=15.0)
    upstream = Upstream(file(NEW), OK, answer({"id": NEW, "type": "file_deleted"}))
    results = check_drift([second, first], upstream)
    assert [each.method for each in upstream.asked] == ["POST", "POST", "DELETE"]
    assert [(each.id, each.state) for each in results] == [(1, EQUAL), (1, EQUAL), (2, EQUAL)]
    assert results[0].name == "POST /v1/messages"


@pytest.mark.parametrize("pattern", ["$.usage.input_tokens", "sunny"])
def test_what_was_redacted_is_redacted_again(pattern: str) -> None:
    """A number that was taken out is a text in the cassette: it is no difference, and the new one is shown nowhere."""
    match = Match(redact=(pattern,))
    exchange = RecordedExchange(ask_for("Hi"), answer(make_message()), id=1)
    recorded = redact(exchange, make_rules(match.redact))
    assert recorded.response.body != exchange.response.body
    cassette = replace(make_cassette((recorded.request, recorded.response)), match=match)
    assert [each.differences for each in check_drift([cassette], Upstream(answer(make_message())))] == [()]
    (checked,) = check_drift([cassette], Upstream(refuse(400, text="It is not sunny.")))
    assert ("sunny" in checked.differences[0].now) == (pattern != "sunny")


@pytest.mark.parametrize(
    ("headers", "given", "expected"),
    [
        ({}, OK, {"anthropic-version": "2023-06-01", "content-type": "application/json"}),
        (
            {"anthropic-version": "<redacted>"},
            OK,
            {"anthropic-version": "2023-06-01", "content-type": "application/json"},
        ),
        (
            {"anthropic-version": "2026-10-21", "content-type": "x"},
            OK,
            {"anthropic-version": "2026-10-21", "content-type": "x"},
        ),
        ({}, answer({"type": "error", "error": {"type": "invalid_request_error", "message": "No."}}, 400), {}),
    ],
)
def test_headers_that_no_recorder_kept_are_added(
    headers: dict[str, str], given: RecordedResponse, expected: dict[str, str]
) -> None:
    upstream = Upstream(given)
    check_drift([make_cassette((replace(ask_for("Hi"), headers=headers), given))], upstream)
    assert upstream.asked[0].headers == expected


def test_uploads_are_deleted_when_somebody_stops_it() -> None:
    upstream = Upstream(file(NEW), KeyboardInterrupt(), answer({"id": NEW, "type": "file_deleted"}))
    with pytest.raises(KeyboardInterrupt):
        check_drift([make_cassette((UPLOAD, file(OLD)), (with_file(OLD), OK))], upstream)
    assert (upstream.asked[-1].method, upstream.asked[-1].path) == ("DELETE", f"/v1/files/{NEW}")


def test_uploads_are_deleted_at_the_end() -> None:
    """A recording that leaves a file would else leave one more with each run."""
    upstream = Upstream(file(NEW), OK, answer({"id": NEW, "type": "file_deleted"}))
    results = check_drift([make_cassette((UPLOAD, file(OLD)), (with_file(OLD), OK))], upstream)
    assert [each.state for each in results] == [EQUAL, EQUAL]
    assert [(each.method, each.path) for each in upstream.asked][2:] == [("DELETE", f"/v1/files/{NEW}")]
    assert "content-type" not in upstream.asked[2].headers


BROKEN_OFF = RecordedResponse(
    200,
    (("content-type", "text/event-stream"),),
    (Chunk(b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n'),),
)
UNASKABLE: dict[str, tuple[RecordedRequest, RecordedResponse, str]] = {
    "another key": (ask_for("Hi"), refuse(401), "to another key"),
    "overloaded": (ask_for("Hi"), refuse(529), "529, which passes"),
    "too many": (ask_for("Hi"), refuse(429), "429, which passes"),
    "cut": (ask_for("Hi"), RecordedResponse(200, end="abort"), "broke off"),
    "an error in the stream": (ask_for("Hi"), BROKEN_OFF, "broke off"),
    "an upload that was not kept": (request("POST", "/v1/files"), file(OLD), "the body of the request is not"),
    "an upload that was read": (request("POST", "/v1/files", b"{}"), file(OLD), "what was uploaded is not"),
    "a file of before": (with_file(OLD), OK, OLD),
    "a batch of before": (request("GET", "/v1/messages/batches/msgbatch_01a"), answer({}), "msgbatch_01a"),
    "a container of before": (ask_for("Hi", container="container_011CNha8iCJc"), OK, "container_011CNha8iCJc"),
    "a file whose id was masked": (with_file("file_REDACTED_1"), OK, "file_REDACTED_1"),
    "another wire format": (request("POST", "/v1/chat/completions", b"{}"), answer({}), "wire format of gateways"),
    "a redacted path": (request("GET", "/v1/models/<secret>"), answer({}), "taken out"),
}


@pytest.mark.parametrize(("asked", "given", "reason"), UNASKABLE.values(), ids=UNASKABLE)
def test_what_cannot_be_asked_again_is_not(asked: RecordedRequest, given: RecordedResponse, reason: str) -> None:
    upstream = Upstream()
    (checked,) = check_drift([make_cassette((asked, given))], upstream)
    assert (checked.state, upstream.asked) == (UNCHECKED, [])
    assert reason in checked.reason


SIGNED: dict[str, Any] = {
    "messages": [{"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm.", "signature": "EqQB"}]}]
}
UNJUDGED: dict[str, tuple[RecordedRequest, RecordedResponse, str]] = {
    "overloaded": (ask_for("Hi"), refuse(529, "overloaded_error", "Overloaded"), "answered 529 overloaded_error"),
    "broken": (ask_for("Hi"), RecordedResponse(503), "answered 503"),
    "an error in the stream": (ask_for("Hi"), BROKEN_OFF, "broke off with overloaded_error"),
    "a signature of others": (
        ask_for("Hi", **SIGNED),
        refuse(400, text="messages.0.content.0: Invalid `signature` in `thinking` block"),
        "made for another account",
    ),
    "no headers were kept": (replace(ask_for("Hi"), headers={}), refuse(400), "its headers are not in the recording"),
    "a redacted body": (ask_for("my key is <secret>"), refuse(400), "taken out of the recording"),
}


@pytest.mark.parametrize(("asked", "now", "reason"), UNJUDGED.values(), ids=UNJUDGED)
def test_answers_that_say_nothing_are_not_judged(asked: RecordedRequest, now: RecordedResponse, reason: str) -> None:
    (checked,) = check_drift([make_cassette((asked, OK))], Upstream(now))
    assert checked.state == UNCHECKED
    assert reason in checked.reason


def test_a_refusal_of_what_is_whole_is_drift() -> None:
    (checked,) = check_drift([make_cassette((ask_for("Hi", **SIGNED), OK))], Upstream(refuse(400, text="max_tokens")))
    assert checked.state == DRIFTED


def think(thought: str, signature: str) -> dict[str, str]:
    return {"type": "thinking", "thinking": thought, "signature": signature}


def test_thoughts_are_those_of_now() -> None:
    """The signature of a thought belongs to the account, and to its text: both are of the new answer."""
    hidden, new_hidden = ({"type": "redacted_thinking", "data": data} for data in ("old", "new"))
    was, now = [think("Old.", "EqOld"), hidden], [think("New.", "EqNew"), new_hidden, think("More.", "EqMore")]
    history = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [*was, think("Other.", "EqOther")]}]
    cassette = make_cassette(
        (ask_for("Hi"), answer(make_message(content=was))), (ask_for("", messages=history), answer(make_message()))
    )
    upstream = Upstream(answer(make_message(content=now)), answer(make_message()))
    assert [each.state for each in check_drift([cassette], upstream)] == [EQUAL, EQUAL]
    sent = orjson.loads(upstream.asked[1].body)["messages"]
    assert sent[0] == history[0]
    assert sent[1]["content"] == [*now[:2], think("Other.", "EqOther")]


def test_a_thought_of_another_kind_stands_for_none() -> None:
    history = [{"role": "assistant", "content": [think("Old.", "EqOld")]}]
    cassette = make_cassette(
        (ask_for("Hi"), answer(make_message(content=[think("Old.", "EqOld")]))), (ask_for("", messages=history), OK)
    )
    now = answer(make_message(content=[{"type": "redacted_thinking", "data": "new"}]))
    upstream = Upstream(now, OK)
    assert len(check_drift([cassette], upstream)) == 2
    assert orjson.loads(upstream.asked[1].body)["messages"] == history


def test_results_of_a_batch_come_later() -> None:
    batch, new = (
        {"type": "message_batch", "id": "msgbatch_01before"},
        {"type": "message_batch", "id": "msgbatch_01after"},
    )
    cassette = make_cassette(
        (request("POST", "/v1/messages/batches", b"{}"), answer(batch)),
        (request("GET", "/v1/messages/batches/msgbatch_01before/results"), answer({})),
    )
    upstream = Upstream(answer(new), refuse(404, "not_found_error"))
    results = list(check_drift([cassette], upstream))
    assert [each.state for each in results] == [EQUAL, UNCHECKED]
    assert results[1].reason == "the batch has not ended yet"
    assert upstream.asked[1].path == "/v1/messages/batches/msgbatch_01after/results"


STOPPING: dict[str, RecordedResponse | Exception] = {
    "out of reach": UnansweredError("the upstream cannot be reached", is_final=True),
    "a key that is refused": refuse(401, "authentication_error"),
    "a key that may not": refuse(403, "permission_error"),
}


@pytest.mark.parametrize("first", STOPPING.values(), ids=STOPPING)
def test_nothing_more_is_asked_where_it_leads_to_nothing(first: RecordedResponse | Exception) -> None:
    upstream = Upstream(first)
    results = list(check_drift([make_cassette((ask_for("Hi"), OK), (ask_for("Ho"), OK))], upstream))
    assert [each.state for each in results] == [UNCHECKED, UNCHECKED]
    assert results[0].reason == results[1].reason
    assert len(upstream.asked) == 1


def test_one_answer_without_end_stops_nothing() -> None:
    upstream = Upstream(UnansweredError("the answer has no end"), OK)
    results = check_drift([make_cassette((ask_for("Hi"), OK), (ask_for("Ho"), OK))], upstream)
    assert [each.state for each in results] == [UNCHECKED, EQUAL]


def tell_age(**times: Any) -> Checked:
    (checked,) = check_age([make_cassette((ask_for("Hi"), OK), **times)], 90 * DAY, now=1_790_000_000.0)
    return checked


def test_old_cassettes_are_told() -> None:
    checked = tell_age(at=1_790_000_000.0 - 91 * DAY)
    assert checked.state == DRIFTED
    assert [each.now for each in checked.differences] == ["91 days old"]


@pytest.mark.parametrize(
    ("times", "state"),
    [
        ({"at": 1_790_000_000.0 - 89 * DAY}, EQUAL),
        ({"recorded": "2026-09-01T00:00:00Z"}, EQUAL),
        ({"recorded": "2025-09-01T00:00:00Z"}, DRIFTED),
        ({}, UNCHECKED),
        ({"recorded": "long ago"}, UNCHECKED),
    ],
)
def test_the_newest_exchange_counts(times: Any, state: str) -> None:
    assert tell_age(**times).state == state


def test_bodies_keep_what_is_no_id() -> None:
    """Only whole ids are replaced, in the bytes of the body, which are else as recorded."""
    body = orjson.dumps({"text": f"see {OLD}", "n": 1.0})
    cassette = make_cassette((UPLOAD, file(OLD)), (request("POST", "/v1/messages", body), OK))
    upstream = Upstream(file(NEW), OK, OK)
    assert [each.state for each in check_drift([cassette], upstream)] == [EQUAL, EQUAL]
    assert upstream.asked[1].body == body.replace(OLD.encode(), NEW.encode())
