"""Recorded answers over HTTP: beside faults, headers and paces; other forms of a message; batches, files, uploads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import orjson
import pytest

from mockserver import MockServer
from mockserver.endpoints.compiler import Compiler
from mockserver.records.prompt import Prompt
from mockserver.scenarios import Variables
from mockserver.serving.assembly import HOOKS
from mockserver.store.summaries import summarize
from mockserver.testing import MockSession
from mockserver.testing.scripts import read_files
from tests.recordings.making import CHUNKED, JSON, MESSAGE, SSE, STREAM, ask, cut, record, respond, save_cassette
from tests.sockets import until

Load = Callable[..., MockSession]
STREAMED = record(respond(cut(STREAM, 100, 400, delay=0.001), SSE, CHUNKED, first=0.001), ask(stream=True))
WHOLE = record(respond(MESSAGE, JSON, ("request-id", "req_011"), ("content-length", "5")), ask())
REFUSED = record(
    respond(
        {"type": "error", "error": {"type": "rate_limit_error", "message": "Slower, please."}},
        *(JSON, ("retry-after", "7"), ("x-should-retry", "true")),
        status=429,
    ),
    ask(),
)
HEADERS = {"anthropic-version": "2023-06-01"}


@pytest.fixture
def load(running: MockServer, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Load]:
    session = running.session(request.node.name)

    def load(*exchanges: Any, **words: Any) -> MockSession:
        session.load(save_cassette(tmp_path, exchanges, **words))
        return session

    yield load
    session.close()


def send(session: MockSession, body: Any = None, path: str = "/v1/messages", **words: Any) -> httpx2.Response:
    with httpx2.Client(base_url=session.url, headers={"x-api-key": session.api_key, **HEADERS}) as client:
        answer: httpx2.Response = client.request("POST" if body is not None else "GET", path, json=body, **words)
        return answer


def run_batch(session: MockSession, **params: Any) -> list[Any]:
    """The results of a batch, in its order."""
    requests = [{"custom_id": name, "params": body} for name, body in params.items()]
    path = f"/v1/messages/batches/{send(session, {'requests': requests}, '/v1/messages/batches').json()['id']}"
    until(lambda: send(session, path=path).json()["processing_status"] == "ended")
    return [json.loads(row)["result"] for row in send(session, path=f"{path}/results").text.splitlines()]


@pytest.mark.parametrize("replay", ["content", "paced", "exact"])
def test_answer_is_the_recorded_one(load: Load, replay: str) -> None:
    answer = send(load(WHOLE, replay=replay), ask())
    assert (answer.status_code, answer.json()) == (200, MESSAGE)
    assert answer.headers["request-id"] == "req_011"
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize("replay", ["content", "paced", "exact"])
def test_faults_strike_recorded_streams(load: Load, replay: str) -> None:
    """The place of a fault is that of an event, in whichever chunks it came."""
    turn = "  - {name: a, when: {recorded: 1}, reply: {recorded: 1, fault: {then: malformed, after_events: 4}}}\n"
    answer = send(load(STREAMED, scenarios=turn, replay=replay), ask(stream=True)).content
    events = STREAM.split(b"\n\n")
    assert answer.split(b"\n\n")[:4] == events[:4]
    assert answer.split(b"\n\n")[4] != events[4]


@pytest.mark.parametrize("replay", ["content", "exact"])
@pytest.mark.parametrize(("exchange", "stream"), [(STREAMED, True), (WHOLE, False)], ids=["stream", "whole"])
def test_connection_is_cut_by_a_fault(load: Load, replay: str, exchange: Any, stream: bool) -> None:
    turn = "  - {name: a, when: {recorded: 1}, reply: {recorded: 1, fault: disconnect}}\n"
    session = load(exchange, scenarios=turn, replay=replay)
    with pytest.raises(httpx2.TransportError):
        send(session, ask(stream=True) if stream else ask())


def test_page_stands_in_for_a_recorded_answer(load: Load) -> None:
    turn = "  - {name: a, when: {recorded: 1}, reply: {recorded: 1, fault: html_page, headers: {x-a: b}}}\n"
    answer = send(load(WHOLE, scenarios=turn), ask())
    assert answer.text.startswith("<!DOCTYPE html>")
    assert (answer.headers["content-type"], answer.headers["x-a"]) == ("text/html; charset=utf-8", "b")
    assert answer.headers["content-length"] == str(len(answer.content))


def test_headers_stand_in_place_of_recorded_ones(load: Load) -> None:
    turn = "  - {name: a, when: {recorded: 1}, reply: {recorded: 1, headers: {request-id: mine, x-a: b}}}\n"
    answer = send(load(WHOLE, scenarios=turn), ask())
    names = [name for name, _ in answer.headers.multi_items()]
    assert (answer.headers["request-id"], answer.headers["x-a"]) == ("mine", "b")
    assert names.count("request-id") == 1


def test_recorded_answers_run_out(load: Load) -> None:
    turn = "  - {name: a, when: {recorded: 1}, calls: [{recorded: 1, times: 2}, {recorded: 2}]}\n"
    second = record(respond({**MESSAGE, "id": "msg_02"}, JSON), ask(), number=2)
    session = load(WHOLE, second, scenarios=turn)
    session.configure(unmatched="error")
    answers = [send(session, ask()) for _ in range(4)]
    assert [answer.json().get("id") for answer in answers] == ["msg_01", "msg_01", "msg_02", None]
    assert answers[3].status_code == 404


def test_pace_of_the_session_holds_by_default(load: Load) -> None:
    """Event by event; a recording in its own times has its own."""
    session = load(STREAMED, replay="content")
    session.configure(pace={"tokens_per_second": 5000})
    asked = {"json": ask(stream=True), "headers": {"x-api-key": session.api_key, **HEADERS}}
    with (
        httpx2.Client(transport=session.transport, base_url="http://mock") as client,
        client.stream("POST", "/v1/messages", **asked) as answer,
    ):
        pieces = [*answer.iter_raw()]
    assert b"".join(pieces) == STREAM
    assert len(pieces) > 2
    assert all(piece.endswith(b"\n\n") for piece in pieces)


@pytest.mark.parametrize("replay", ["content", "exact"])
def test_message_takes_the_form_that_is_asked_for(load: Load, replay: str) -> None:
    """Where ``match`` lets ``stream`` differ, a stream answers who wants it whole, and the other way round."""
    turns = "  - {name: a, when: {user: weather}, reply: {recorded: 1}}\n"
    turns += "  - {name: b, when: {user: rain}, reply: {recorded: 2}}\n"
    whole = record(respond(MESSAGE, JSON), ask("rain"), number=2)
    session = load(STREAMED, whole, scenarios=turns, replay=replay)
    assert send(session, ask()).json() == MESSAGE
    with (
        anthropic.Anthropic(base_url=session.url, api_key=session.api_key) as client,
        client.messages.stream(**ask("rain")) as stream,
    ):
        assert stream.get_final_text() == "It rains in Malmö."


def test_head_has_the_recorded_headers(load: Load) -> None:
    exchange = record(
        respond((), ("content-type", "application/json"), ("content-length", "4321")), method="HEAD", path="/v1/models"
    )
    session = load(exchange)
    with httpx2.Client(base_url=session.url, headers={"x-api-key": session.api_key, **HEADERS}) as client:
        answer = client.head("/v1/models")
    assert (answer.headers["content-length"], answer.content) == ("4321", b"")


@pytest.mark.parametrize("replay", ["content", "exact"])
@pytest.mark.parametrize("fault", ["", ", fault: disconnect"])
def test_content_of_a_file_is_sent_from_it(load: Load, tmp_path: Path, replay: str, fault: str) -> None:
    content = tmp_path / "now"
    content.write_bytes(bytes(range(256)) * 4096)
    exchange = record(
        respond((), ("content-type", "application/pdf"), content=content), method="GET", path="/v1/files/file_1/content"
    )
    turn = f"  - {{name: a, when: {{method: GET, path: /v1/files/file_1/content}}, reply: {{recorded: 1{fault}}}}}\n"
    session = load(exchange, scenarios=turn, replay=replay)
    if fault:
        with pytest.raises(httpx2.RemoteProtocolError):
            send(session, path="/v1/files/file_1/content")
        return
    answer = send(session, path="/v1/files/file_1/content")
    assert answer.content == content.read_bytes()
    assert answer.headers["content-type"] == "application/pdf"
    (entry,) = session.requests
    assert entry.status == 200
    (tmp_path / "weather.exchanges/1.body").unlink()
    gone = send(session, path="/v1/files/file_1/content")
    assert gone.status_code == 500
    assert "the body of this recorded answer cannot be read" in gone.json()["error"]["message"]


def test_other_endpoints_are_replayed(load: Load) -> None:
    """Also what the SDK makes of them: an upload, results of a batch, a count."""
    results = b"".join(
        [
            orjson.dumps({"custom_id": name, "result": {"type": "succeeded", "message": MESSAGE}}) + b"\n"
            for name in ("a", "b")
        ]
    )
    file = {"id": "file_011", "type": "file", "filename": "a.txt", "mime_type": "text/plain", "size_bytes": 2}
    url = "https://api.anthropic.com/v1/messages/batches/msgbatch_01/results"
    batch = {"id": "msgbatch_01", "type": "message_batch", "processing_status": "ended", "results_url": url}
    exchanges = [
        record(respond({"input_tokens": 4711}, JSON), {"model": "m", "messages": []}, path="/v1/messages/count_tokens"),
        record(respond(file, JSON), b"--b\r\n\r\n--b--", path="/v1/files", number=2),
        record(respond(batch, JSON), method="GET", path="/v1/messages/batches/msgbatch_01", number=3),
        record(
            respond(results, ("content-type", "application/x-jsonl")),
            method="GET",
            path="/v1/messages/batches/msgbatch_01/results",
            number=4,
        ),
    ]
    turns = "".join(
        [
            "  - {name: a, when: {endpoint: count_tokens}, reply: {recorded: 1}}\n",
            "  - {name: b, when: {method: POST, path: /v1/files}, reply: {recorded: 2}}\n",
            "  - {name: c, when: {path: /v1/messages/batches/msgbatch_01, recorded: 3}, reply: {recorded: 3}}\n",
            "  - {name: d, when: {path: /v1/messages/batches/msgbatch_01/results}, reply: {recorded: 4}}\n",
        ]
    )
    session = load(*exchanges, scenarios=turns)
    with anthropic.Anthropic(base_url=session.url, api_key=session.api_key) as client:
        messages: Any = [{"role": "user", "content": "Hi"}]
        assert client.messages.count_tokens(model="claude-opus-5", messages=messages).input_tokens == 4711
        assert client.beta.files.upload(file=("a.txt", b"Hi")).id == "file_011"
        assert client.messages.batches.retrieve("msgbatch_01").results_url == url.replace(
            "https://api.anthropic.com", session.url
        )
        rows = [row.custom_id for row in client.messages.batches.results("msgbatch_01")]
    assert rows == ["a", "b"]
    assert [entry.scenario for entry in session.requests] == ["a", "b", "c", "c", "d"]


@pytest.mark.parametrize("replay", ["content", "exact"])
@pytest.mark.parametrize("words", ["recorded: ", "text: It rains in Malmö., recorded: "])
def test_recorded_messages_answer_requests_of_a_batch(load: Load, replay: str, words: str) -> None:
    """A row holds the message, streamed or not, or the error; what is neither is an error of the API's."""
    broken = record(respond(b"\xff", status=502), ask("page"), number=3)
    failed = record(REFUSED.response, ask("slow"), number=2)
    turns = f"  - {{name: a, when: {{user: weather}}, reply: {{{words}1}}}}\n"
    turns += "  - {name: b, when: {user: slow}, reply: {recorded: 2}}\n"
    turns += "  - {name: c, when: {user: page}, reply: {recorded: 3}}\n"
    session = load(STREAMED, failed, broken, scenarios=turns, replay=replay)
    results = run_batch(session, weather=ask("weather"), slow=ask("slow"), page=ask("page"))
    assert results[0]["message"]["content"] == MESSAGE["content"]
    assert results[1]["error"]["error"]["type"] == "rate_limit_error"
    assert results[1]["error"]["error"]["message"] == "Slower, please."
    assert results[2]["error"]["error"]["type"] == "api_error"


def test_recorded_message_is_counted_and_not_judged(load: Load) -> None:
    """The API would not have answered a text to this, and it did."""
    forced = ask(tools=[{"name": "look", "input_schema": {"type": "object"}}], tool_choice={"type": "any"})
    session = load(record(respond(MESSAGE, JSON), forced))
    assert send(session, forced).json() == MESSAGE
    (entry,) = session.requests
    assert (entry.answer, entry.answer_findings) == (MESSAGE, ())


def test_tokens_of_recorded_messages_are_counted(tmp_path: Path) -> None:
    with MockServer(save_cassette(tmp_path, [STREAMED])) as server:
        session = server.session("key")
        send(session, ask(stream=True))
        assert session.wait(20)
        (row,) = summarize(server.mock.store.stats.read())["endpoints"]
    assert (row["tokens"]["input_tokens"], row["tokens"]["output_tokens"]) == (10, 7)


@pytest.mark.parametrize(("replay", "kind"), [("", "message"), ("exact", "recorded")])
def test_script_remembers_how_its_cassette_is_given(tmp_path: Path, replay: str, kind: str) -> None:
    """A process that reads the script of another one gives the same answers."""
    turn = "  - {name: a, when: {recorded: 1}, reply: {text: Hi, recorded: 1}}\n"
    path = save_cassette(tmp_path, [WHOLE], turn, replay="content")
    (script,) = read_files([path], (), Compiler(HOOKS), replay)
    (scenario,) = Compiler(HOOKS).scenarios([script])
    assert scenario.steps[0].answer(Variables(Prompt(ask()))).kind == kind


def test_function_gives_no_recorded_answer(load: Load) -> None:
    session = load(WHOLE)
    session.when(user="rain").reply(lambda _: {"recorded": 1})
    answer = send(session, ask("rain"))
    assert answer.status_code == 500
    assert "returned recorded: recorded works in cassettes alone" in answer.json()["error"]["message"]


def test_journal_shows_what_is_no_message(load: Load) -> None:
    session = load(REFUSED)
    answer = send(session, ask())
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    (entry,) = session.requests
    assert (entry.status, entry.scenario) == (429, "weather-1")


def test_recorded_threads_are_continued(load: Load) -> None:
    """The recorded answer begins the thread under its recorded id, as often as it is given."""
    betas = ["message-threads-2026-08-12"]
    begin = {**ask("one"), "thread": {"type": "create"}}
    follow = {**ask("two"), "thread": {"type": "continue", "previous_message_id": MESSAGE["id"]}}
    second = record(respond({**MESSAGE, "id": "msg_02"}, JSON), follow, number=2)
    session = load(record(respond(MESSAGE, JSON), begin), second)
    session.when(user="three").reply("{{ prompt.messages | length }} messages")
    thread = {"type": "continue", "previous_message_id": "msg_02"}
    third = {**follow, "messages": ask("three")["messages"], "thread": thread}
    with anthropic.Anthropic(base_url=session.url, api_key=session.api_key) as client:
        for _ in range(2):
            ids = [client.beta.messages.create(betas=betas, **body).id for body in (begin, follow)]
            assert ids == ["msg_01", "msg_02"]
            said = client.beta.messages.create(betas=betas, **third)
            assert said.content[0].text == "5 messages"


HOSTILE = [
    respond(b'{"type":"message"}', JSON),
    respond(b'{"type":"message","content":[1],"usage":{},"id":1}', JSON),
    respond(b'{"id":"a","type":"message","content":[],"usage":{"input_tokens":"x","output_tokens":true}}', JSON),
    respond(
        b'{"id":"a","type":"message","content":[{"type":"new"}],"usage":{"input_tokens":1,"output_tokens":1}}', JSON
    ),
    respond(b"[" * 100_000, JSON),
    respond(STREAM[:300], SSE, end="abort"),
    respond(STREAM.replace(b"text_delta", b"new_delta"), SSE),
    respond(STREAM.replace(b'"usage"', b'"used"'), SSE),
    respond(b"data: {}\n\ndata: []\n\ndata: 1\n\n", SSE),
    respond(b'{"error":1}', JSON, status=400),
    respond(b'{"error":{"type":1}}', JSON, status=400),
    respond(b"null", JSON, status=400),
    respond(b"body", ("content-length", "many"), status=304),
    respond(b"body", ("content-length", "12345"), ("transfer-encoding", "gzip"), end="abort"),
]


def _try(session: MockSession, body: Any) -> int | None:
    """The status of an answer; None when it was cut."""
    try:
        return send(session, body).status_code
    except httpx2.TransportError:
        return None


@pytest.mark.parametrize("number", range(len(HOSTILE)))
@pytest.mark.parametrize("replay", ["content", "exact"])
def test_no_recording_breaks_the_server(load: Load, number: int, replay: str) -> None:
    """Whatever an upstream sent is sent again, whole or streamed, and to a batch; never is it our own 500."""
    turn = "  - {name: a, when: {user: weather}, reply: {recorded: 1}}\n"
    session = load(record(HOSTILE[number], ask()), scenarios=turn, replay=replay)
    assert {_try(session, ask()), _try(session, ask(stream=True))} <= {HOSTILE[number].status, None}
    assert len(run_batch(session, a=ask())) == 1
    assert all(entry.status != 500 for entry in session.requests)
