"""The journal of replicas: read at any of them while others write it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx2 as httpx

from tests.replicas.asking import Asker, make_body

CALLS = 90


def test_reader_under_load_misses_no_number_and_meets_none_twice(asker: Asker) -> None:
    asker.ask("first")
    seen: list[int] = []

    def read_on() -> None:
        query = {"session": asker.session, "after": max(seen, default=0), "limit": 7}
        seen.extend(each["number"] for each in asker.get("/_mock/requests", params=query)["requests"])

    def ask(number: int) -> str:
        with Asker(asker.urls[number % 3 :] + asker.urls[: number % 3], asker.session) as own:
            return str(own.send("POST", "/v1/messages", json=make_body(f"call {number}")).headers["request-id"])

    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(ask, number) for number in range(CALLS)]
        while not all(each.done() for each in asked):
            read_on()
    while len(seen) < CALLS + 1:
        before = len(seen)
        read_on()
        assert len(seen) > before, f"{CALLS + 1 - len(seen)} entries were missed"
    journal = asker.read_journal()
    assert seen == sorted(set(seen)) == [each["number"] for each in journal]
    assert {each.result() for each in asked} <= {each["request_id"] for each in journal}


def test_answered_calls_are_in_the_journal_of_any_replica_at_once(asker: Asker) -> None:
    for number in range(1, 13):
        asker.ask()
        assert len(asker.read_journal()) == number


def test_verify_counts_the_calls_of_all_replicas(asker: Asker) -> None:
    for number in range(9):
        asker.ask(f"weather {number}")
    claim = {"when": {"user": "weather"}, "exactly": 9}
    for _ in asker.urls:
        answer = asker.send("POST", "/_mock/verify", json=claim, params={"session": asker.session})
        assert answer.status_code == 200, answer.text
    order = {"in_order": [{"user": f"weather {number}"} for number in range(9)]}
    assert asker.send("POST", "/_mock/verify", json=order, params={"session": asker.session}).status_code == 200


def test_waiting_for_calls_ends_with_one_at_another_replica(asker: Asker) -> None:
    asker.ask()
    one, other, _ = asker.urls

    def wait() -> httpx.Response:
        with Asker([one], asker.session) as own:
            query = {"session": asker.session, "wait": "15s"}
            answer: httpx.Response = own.send(
                "POST", "/_mock/verify", json={"when": {"user": "tomorrow"}}, params=query
            )
        return answer

    with ThreadPoolExecutor(1) as pool, Asker([other], asker.session) as second:
        waiting = pool.submit(wait)
        second.ask("And tomorrow?")
        assert waiting.result(20).status_code == 200


def test_cleared_journal_is_empty_everywhere(asker: Asker) -> None:
    for _ in range(4):
        asker.ask()
    asker.send("DELETE", "/_mock/requests", params={"session": asker.session}).raise_for_status()
    assert [asker.read_journal() for _ in asker.urls] == [[], [], []]


def test_figures_count_the_calls_of_all_replicas(asker: Asker) -> None:
    for _ in range(6):
        asker.ask()
    seen = [asker.get("/_mock/stats", params={"session": asker.session})["requests"] for _ in asker.urls]
    assert seen == [6] * 3
