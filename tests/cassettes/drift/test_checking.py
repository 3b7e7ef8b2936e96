"""``mockserver check`` of cassettes: what today's rules and schemas do not know of what was recorded is a warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from msgspec.structs import replace

from mockserver.cassettes.drift.checking import check_request, check_response
from mockserver.records.exchanges import RecordedExchange, RecordedRequest
from mockserver.serving import assembly
from mockserver.testing.server import MockServer
from tests.cassettes.drift.test_comparing import make_events, make_message, stream
from tests.cassettes.recording import HEADERS, answer, ask_for, record, write_cassette, write_turn

TOOL = {"name": "look", "input_schema": {"type": "object"}}


@pytest.fixture(scope="module")
def exchanges() -> list[RecordedExchange]:
    count = {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "Hi"}]}
    requests = (
        ask_for("Hello"),
        ask_for("Hello", stream=True),
        ask_for("Look", tools=[TOOL], stream=True),
        ask_for("Hello", surprise=1),
        RecordedRequest("POST", "/v1/messages/count_tokens", HEADERS, orjson.dumps(count)),
        RecordedRequest("GET", "/v1/models", HEADERS),
    )
    with MockServer(profile="anthropic", seed=1) as upstream:
        return record(upstream.url, requests)


def tell(*paths: Path) -> list[str]:
    folder = paths[0] if paths[0].is_dir() else paths[0].parent
    return [
        f"{each.level[0]} {each}".replace(f"{folder}/", "") for each in assembly.lint([str(path) for path in paths])
    ]


def test_a_cassette_of_today_is_good(tmp_path: Path, exchanges: list[RecordedExchange]) -> None:
    assert tell(write_cassette(tmp_path, exchanges)) == []


def exchange(request: RecordedRequest | None = None, response: Any = None) -> RecordedExchange:
    return RecordedExchange(request or ask_for("Hi"), response or answer(make_message()), id=1)


REQUESTS: dict[str, tuple[RecordedRequest, str]] = {
    "an unknown field": (ask_for("Hi", surprise=1), "surprise: Extra inputs are not permitted"),
    "a model that has retired": (ask_for("Hi", model="claude-3-opus-20240229"), "which retired on 2026-01-05"),
    "a model that nobody knows": (ask_for("Hi", model="gpt-4"), "model: gpt-4"),
    "a beta that nobody knows": (
        replace(ask_for("Hi"), headers={**HEADERS, "anthropic-beta": "surprise-2026-01-01"}),
        "surprise-2026-01-01",
    ),
    "the rules of its version": (
        replace(ask_for("Hi", temperature=0.5, model="claude-sonnet-5"), headers={"anthropic-version": "2026-10-21"}),
        "temperature",
    ),
    "no JSON": (replace(ask_for("Hi"), body=b"{"), "JSON"),
}


@pytest.mark.parametrize(("request_", "expected"), REQUESTS.values(), ids=REQUESTS)
def test_requests_that_would_be_refused_are_told(request_: RecordedRequest, expected: str) -> None:
    (told,) = check_request(exchange(request_))
    assert told.startswith("the API refuses this request today, which replay answers as recorded: ")
    assert expected in told


GOOD = {
    "no header was kept": replace(ask_for("Hi"), headers={}),
    "nor its betas": replace(ask_for("Hi", context_management={"edits": []}), headers={}),
    "headers were taken out": replace(ask_for("Hi"), headers={"anthropic-version": "<redacted>"}),
    "another endpoint": RecordedRequest("POST", "/v1/agents", HEADERS, b"{"),
    "a list": RecordedRequest("GET", "/v1/messages/batches", HEADERS),
    "a beta": replace(
        ask_for("Hi", context_management={"edits": []}), headers={"anthropic-beta": "context-management-2025-06-27"}
    ),
}


@pytest.mark.parametrize("request_", GOOD.values(), ids=GOOD)
def test_good_requests_are_not_told(request_: RecordedRequest) -> None:
    assert list(check_request(exchange(request_))) == []


def test_a_request_that_was_refused_may_be_bad() -> None:
    refused = answer({"type": "error", "error": {"type": "invalid_request_error", "message": "No."}}, 400)
    assert list(check_request(exchange(ask_for("Hi", surprise=1), refused))) == []


def edit(*path: Any) -> dict[str, Any]:
    message = make_message()
    message["usage"].update(dict([path]))
    return message


RESPONSES: dict[str, tuple[Any, str]] = {
    "an unknown key": (answer(edit("joules", 3)), "usage: Additional properties are not allowed ('joules'"),
    "an old answer": (answer({**make_message(), "stop_details": "x"}), "stop_details"),
    "an unknown block": (answer(make_message(content=[{"type": "hologram"}])), "content[hologram].type"),
    "no end": (stream(make_events()[:-1]), "the recorded stream does not keep this: message_stop comes last, once"),
    "an unknown event": (stream([*make_events()[:-1], {"type": "surprise"}, make_events()[-1]]), "surprise.type"),
    "no JSON": (replace(answer({}), chunks=()), ""),
    "garbage": (replace(stream([]), chunks=(stream([{"type": "x"}]).chunks[0],)), "does not keep this"),
    "an error of no type": (answer({"type": "error"}, 400), '"error" is a required property'),
}


@pytest.mark.parametrize(("response", "expected"), RESPONSES.values(), ids=RESPONSES)
def test_answers_that_the_schemas_do_not_know_are_told(response: Any, expected: str) -> None:
    told = list(check_response(exchange(response=response)))
    assert bool(told) == bool(expected)
    assert expected in "\n".join(told)


def test_an_answer_that_was_cut_is_replayed_so() -> None:
    assert list(check_response(exchange(response=replace(stream(make_events()[:3]), end="abort")))) == []


def write(folder: Path, exchanges: list[RecordedExchange], *scenarios: str) -> Path:
    path = write_cassette(folder, exchanges)
    head = path.read_text("utf-8").partition("scenarios:")[0]
    path.write_text(head + "\n".join(("scenarios:", *scenarios)) + "\n", "utf-8")
    return path


def test_warnings_stand_at_the_turn(tmp_path: Path, exchanges: list[RecordedExchange]) -> None:
    odd = [exchanges[0], replace(exchange(ask_for("Hi", surprise=1), answer(edit("joules", 3))), id=2)]
    path = write(tmp_path, odd, write_turn(odd[0]), write_turn(odd[1]))
    first, second = tell(path)
    assert first.startswith("w talk.yaml:4:37: exchange 2: the API refuses this request today")
    assert second.startswith("w talk.yaml:4:59: exchange 2: the API answers otherwise today")


@pytest.mark.parametrize(
    ("words", "key"),
    [("user: Hello, ", ""), ("user: Bye, ", "user"), ("turn: 1, ", "turn"), ("session: b, turn: 0, ", "")],
)
def test_words_that_are_not_true_of_the_recording_are_told(
    tmp_path: Path, exchanges: list[RecordedExchange], words: str, key: str
) -> None:
    turn = f"  - {{name: a, when: {{{words}recorded: 1}}, reply: {{recorded: 1}}}}\n"
    told = tell(write(tmp_path, exchanges[:1], turn))
    expected = [f"w talk.yaml:3:21: {key} does not hold of the recorded request"]
    assert [each.partition(": this turn")[0] for each in told] == (expected if key else [])


def test_exchanges_that_nothing_uses_are_told(tmp_path: Path, exchanges: list[RecordedExchange]) -> None:
    path = write(tmp_path, exchanges[:4], write_turn(exchanges[1]))
    assert tell(path) == ["w talk.yaml:1:23: no scenario uses these exchanges of the side file: 1, 3, 4"]


def test_exchanges_of_all_scripts_are_used(tmp_path: Path, exchanges: list[RecordedExchange]) -> None:
    calls = "  - {name: a, when: {recorded: 1}, calls: [{recorded: 2}, {recorded: 3, times: always}]}"
    turns = "  - {name: b, when: {recorded: 4}, turns: {from: start, answers: [{recorded: 4}]}}"
    assert tell(write(tmp_path, exchanges[:4], calls, turns)) == []


def test_a_request_that_is_asked_for_twice_is_an_error(tmp_path: Path, exchanges: list[RecordedExchange]) -> None:
    again = "  - {name: again, when: {user: Hello, recorded: 1}, reply: {recorded: 1}}"
    (told,) = tell(write(tmp_path, exchanges[:1], write_turn(exchanges[0]), again))
    assert told.startswith('e talk.yaml:4:5: scenario "again" is never reached')


@pytest.mark.parametrize(
    ("first", "is_error"), [("user: some words", True), ("headers: {x-a: b}", False), ("key: mine", False)]
)
def test_words_for_people_tell_no_requests_apart(
    tmp_path: Path, exchanges: list[RecordedExchange], first: str, is_error: bool
) -> None:
    turns = [
        f"  - {{name: {name}, when: {{{words}, recorded: 1}}, reply: {{recorded: 1}}}}"
        for name, words in (("first", first), ("again", "user: Hello"))
    ]
    assert bool(tell(write(tmp_path, exchanges[:1], *turns))) == is_error


def test_the_same_number_of_another_cassette_is_another_request(
    tmp_path: Path, exchanges: list[RecordedExchange]
) -> None:
    first = write(tmp_path, exchanges[:1], write_turn(exchanges[0]))
    first.rename(tmp_path / "first.yaml")
    second = write(tmp_path, exchanges[:1], write_turn(exchanges[0]).replace("turn-", "other-"))
    assert tell(tmp_path / "first.yaml", second) == []


def test_words_that_were_recorded_are_no_mistake(tmp_path: Path) -> None:
    """The schema does not know the key, and the API sent it: that is a warning of the recording, not of the words."""
    odd = exchange(response=answer(edit("joules", 3)))
    words = "reply: {text: It is sunny., usage: {joules: 3}, recorded: 1}"
    told = tell(write(tmp_path, [odd], f"  - {{name: a, when: {{recorded: 1}}, {words}}}"))
    assert [line[0] for line in told] == ["w"]
    edited = words.replace("joules: 3", "watts: 3")
    told = tell(write(tmp_path, [odd], f"  - {{name: a, when: {{recorded: 1}}, {edited}}}"))
    assert [line[0] for line in told] == ["e", "w"]


@pytest.fixture
def tests_folder(tmp_path: Path, exchanges: list[RecordedExchange]) -> Path:
    """Cassettes as tests record them: a folder for each module, and equal names in them."""
    for module in ("test_a", "test_b"):
        (tmp_path / module).mkdir()
        write(tmp_path / module, exchanges[:2], write_turn(exchanges[0]))
    (tmp_path / "test_b" / "plain.yaml").write_text("scenarios: [{name: a, reply: x, mistake: y}]", "utf-8")
    return tmp_path


def test_cassettes_in_folders_below_are_checked_by_themselves(tests_folder: Path) -> None:
    message = "no scenario uses these exchanges of the side file: 2"
    assert tell(tests_folder) == [f"w test_{name}/talk.yaml:1:23: {message}" for name in "ab"]
