"""The feed of the journal: what is told, once and in which order, and where somebody goes on who was away."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.control.feed import Feed
from mockserver.records.call import Call
from mockserver.store import CallRecord, Departure, JournalReader
from mockserver.store.errors import StoreFailedError
from tests.control.desk import KEY, Desk

# An event: its name, its data, and the id that a client has behind it.
Told = tuple[str, Any, int | None]


def parse(data: bytes) -> list[Told]:
    """The events as a client has them."""
    told: list[Told] = []
    latest = None
    for block in data.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
        latest = int(fields["id"]) if "id" in fields else latest
        if "data" in fields:
            told.append((fields["event"], json.loads(fields["data"]), latest))
    return told


def numbers(told: list[Told]) -> list[tuple[int, bool, int | None]]:
    return [(data["number"], data["finished"], latest) for _, data, latest in told]


def follow(desk: Desk, position: int | None = None, session: str | None = None) -> Feed:
    feed = Feed(desk.journal, session)
    feed.open(position)
    return feed


def begin(desk: Desk, session: str = "t") -> int:
    """A request whose answer is on its way."""
    call = Call("POST", "/v1/messages", {"x-mock-session": session, "x-api-key": KEY}, b"{}", at=1000.0)
    return desk.record(CallRecord(call)).number


def test_request_is_told_when_it_comes_and_when_its_answer_has_left(desk: Desk) -> None:
    desk.receive("before")
    feed = follow(desk)
    assert parse(feed.read()) == []
    first, second = begin(desk), desk.receive("hello").number
    assert numbers(parse(feed.read())) == [(first, False, first - 1), (second, True, first - 1)]
    assert feed.read() == b""
    desk.store.journal.finish(first, Departure(3))
    assert numbers(parse(feed.read())) == [(first, True, second)]
    assert feed.read() == b""


def test_summary_is_that_of_the_list(desk: Desk) -> None:
    feed = follow(desk, 0)
    desk.receive(f"hello {KEY}")
    ((kind, data, _),) = parse(feed.read())
    assert (kind, data) == ("request", desk.ask("GET", "requests").json["requests"][0])
    assert KEY not in str(data)


def test_answers_on_their_way_are_told_when_they_have_left(desk: Desk) -> None:
    """Of who follows from now on, and of who goes on behind the latest request of a list."""
    number = begin(desk)
    desk.receive("later")
    feeds = [follow(desk), follow(desk, number + 1)]
    desk.store.journal.finish(number, Departure())
    for feed in feeds:
        assert numbers(parse(feed.read())) == [(number, True, number + 1)]


def test_who_was_away_goes_on_behind_what_was_told(desk: Desk) -> None:
    feed = follow(desk, 0)
    number = begin(desk)
    desk.receive("hello")
    ((_, _, _), (_, _, latest)) = parse(feed.read())
    desk.store.journal.finish(number, Departure())
    assert numbers(parse(follow(desk, latest).read())) == [(1, True, 0), (2, True, 2)]


def test_position_is_told_before_anything_has_come(desk: Desk) -> None:
    desk.receive("hello")
    assert b"id: 1\n\n" in follow(desk).read()


@pytest.mark.parametrize("position", [0, 3])
def test_known_position_means_nothing_was_lost(visited: Desk, position: int) -> None:
    told = parse(follow(visited, position).read())
    assert numbers(told)[-1] == (4, True, 4)
    assert len(told) == 4 - position


@pytest.mark.parametrize("position", [9, 2])
def test_lost_position_means_to_look_anew(visited: Desk, position: int) -> None:
    """The server has begun anew, or the list was cleared."""
    visited.store.journal.clear("t")
    kinds = [kind for kind, *_ in parse(follow(visited, position).read())]
    assert kinds == (["cleared"] if position == 9 else ["cleared", "request"])


def test_feed_of_a_session_tells_of_it_alone(desk: Desk) -> None:
    feed = follow(desk, session="t")
    desk.receive("other", session="other")
    assert feed.read(100) == b"retry: 1000\nid: 0\n\n"
    number = desk.receive("mine").number
    assert numbers(parse(feed.read())) == [(number, True, number)]


@pytest.mark.parametrize("how", ["clear", "reset", "reset all", "forget"])
def test_cleared_lists_are_to_be_looked_at_anew(desk: Desk, how: str) -> None:
    feed = follow(desk)
    begin(desk)
    desk.receive("hello")
    feed.read()
    store = desk.store
    clearings: dict[str, Callable[[], object]] = {
        "clear": store.journal.clear,
        "reset": lambda: store.reset("t"),
        "reset all": store.reset,
        "forget": lambda: store.forget("t"),
    }
    clearings[how]()
    assert parse(feed.read()) == [("cleared", {}, None)]
    assert (feed.read(), feed.position) == (b"", 2)
    number = desk.receive("again").number
    assert numbers(parse(feed.read())) == [(number, True, number)]


def test_what_made_room_is_no_event() -> None:
    desk = Desk(journal_entries=1, max_sessions=1)
    feed = follow(desk)
    for session in ("a", "a", "b"):
        begin(desk, session)
    assert [data["number"] for _, data, _ in parse(feed.read())] == [3]
    begin(desk, "c")
    assert [(kind, data["number"]) for kind, data, _ in parse(feed.read())] == [("request", 4)]
    assert feed.unfinished == (4,)


def test_newest_are_told_when_too_many_came(desk: Desk) -> None:
    feed = follow(desk)
    open_one = begin(desk)
    for number in range(6):
        desk.receive(f"hello {number}")
    told = parse(feed.read(most=2))
    assert told[0] == ("skipped", {"requests": 5}, 0)
    assert numbers(told[1:]) == [(6, True, 0), (7, True, 0)]
    # Also those that were left out are told when they end.
    desk.store.journal.finish(open_one, Departure())
    assert numbers(parse(feed.read())) == [(open_one, True, 7)]


def test_a_look_ends_when_its_time_is_over(desk: Desk) -> None:
    """One request is told at least."""
    feed = follow(desk)
    for number in range(3):
        desk.receive(f"hello {number}")
    told = parse(feed.read(longest=-1.0))
    assert [kind for kind, *_ in told] == ["skipped", "request"]
    assert (told[0][1], told[1][1]["number"]) == ({"requests": 2}, 3)


def test_store_that_cannot_be_read_is_read_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = follow(desk)
    feed.read()
    number = desk.receive("hello").number

    def fail(*_: object) -> None:
        raise StoreFailedError("the disk")

    with monkeypatch.context() as patch:
        patch.setattr(JournalReader, "follow", fail)
        assert feed.read() == b""
    assert numbers(parse(feed.read())) == [(number, True, number)]


# Over HTTP


def ask(desk: Desk, query: str = "", method: str = "GET", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    call = Call(method, "/_mock/events", named, query=query, at=1000.0, in_process=desk.in_process)
    return desk.control.handle(call)[0]


def test_without_a_socket_there_is_an_end() -> None:
    inside = Desk(in_process=True)
    for text in ("hello", "again"):
        inside.receive(text)
    for query, headers, expected in (
        ("", {}, [1, 2]),
        ("after=1", {}, [2]),
        ("after=1", {"last_event_id": "0"}, [1, 2]),
        ("session=other", {}, []),
    ):
        got = ask(inside, query, **headers)
        data = b"".join(piece.data for piece in got.pieces)
        assert [each["number"] for _, each, _ in parse(data)] == expected
        assert dict(got.headers)["content-length"] == str(len(data))
        assert got.feed is None


def test_answer_over_a_socket_has_no_end(desk: Desk) -> None:
    got = ask(desk)
    headers = dict(got.headers)
    assert (got.status, got.pieces, headers["content-type"]) == (200, (), "text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert "content-length" not in headers
    desk.receive("hello")
    assert [data["number"] for _, data, _ in parse(got.feed())] == [1]
    assert ask(desk, method="HEAD").feed is None


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        ("after=", {}),
        ("after=-1", {}),
        ("after=x", {}),
        ("since=1", {}),
        ("after=1&after=2", {}),
        ("", {"last_event_id": ""}),
        ("", {"last_event_id": "1.5"}),
        ("after=1", {"last_event_id": "٣"}),
        ("", {"last_event_id": "9" * 40}),
    ],
)
def test_wrong_positions_are_refused(desk: Desk, query: str, headers: dict[str, str]) -> None:
    got = ask(desk, query, **headers)
    assert (got.status, got.feed) == (400, None)


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({}, {"host": "evil.example"}, 403),
        ({}, {"host": "localhost", "origin": "https://evil.example"}, 403),
        ({"control_token": "secret"}, {"host": "localhost"}, 401),
        ({"control_token": "secret"}, {"host": "any", "x_mock_token": "secret"}, 200),
    ],
)
def test_feed_is_guarded_as_all_else(changes: dict[str, Any], headers: dict[str, str], status: int) -> None:
    got = ask(Desk(**changes), **headers)
    assert (got.status, got.feed is not None) == (status, status == 200)
