"""A secret that is known by its name is masked wherever else its request repeats it, in lists and access log too."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver import MockServer, asgi_transport
from mockserver.records.call import Call
from tests.serving.planting import Desk, find_leaks, make_call, say

SECRET = "correcthorsebatterystaples"
TOKEN: dict[str, Any] = {"metadata": {"token": SECRET}}
THREADS = "message-threads-2026-08-12"

ECHOES: dict[str, Call] = {
    "model": make_call(say("Hi", **TOKEN, model=SECRET)),
    "path": make_call(say("Hi", **TOKEN), path=f"/v1/{SECRET}/x"),
    "query": make_call(say("Hi", **TOKEN), query=f"z={SECRET}"),
    "session": make_call(say("Hi", **TOKEN), x_mock_session=f"s-{SECRET}"),
    "session and a header": make_call(x_vault_token=SECRET, x_mock_session=f"s-{SECRET}"),
    "version": make_call(say("Hi", **TOKEN), anthropic_version=SECRET),
    "beta": make_call(say("Hi", **TOKEN), anthropic_beta=SECRET),
    "digest": make_call(say(SECRET), authorization=f'Digest username="a", response="{SECRET}"'),
    "host": make_call(host=f"me:{SECRET}@evil"),
}


@pytest.mark.parametrize("unmatched", ["error", "generate"])
@pytest.mark.parametrize("call", ECHOES.values(), ids=ECHOES)
def test_secret_is_masked_wherever_its_request_repeats_it(call: Call, unmatched: str) -> None:
    desk = Desk(unmatched=unmatched)
    desk.ask(call)
    assert find_leaks(desk.list_outputs(call), SECRET) == []


def test_large_body_is_searched_for_its_own_entry() -> None:
    desk = Desk(unmatched="generate")
    desk.ask(make_call(say("word " * 20_000, **TOKEN), path=f"/v1/{SECRET}/x"))
    assert SECRET not in desk.control("GET", "requests/1")
    assert SECRET not in desk.mock.journal.entries()[0].path


def test_refused_host_repeats_no_password() -> None:
    desk = Desk()
    answer = desk.ask(Call("GET", "/_mock/requests", {"host": f"me:{SECRET}@evil"}, b"")).decode()
    assert "***@evil" in answer
    assert SECRET not in answer


def test_secret_of_an_earlier_turn_is_masked_in_later_ones() -> None:
    desk = Desk(unmatched="generate")
    first = make_call(
        say(f"I am {SECRET}", system=f"You are {SECRET}", thread={"type": "create"}),
        anthropic_beta=THREADS,
        x_vault_token=SECRET,
    )
    previous = json.loads(desk.ask(first))["id"]
    for _ in range(2):
        call = make_call(
            say("Who?", thread={"type": "continue", "previous_message_id": previous}), anthropic_beta=THREADS
        )
        previous = json.loads(desk.ask(call))["id"]
        entry = desk.mock.journal.entries()[-1]
        assert len(entry.as_dict()["messages"]) > 2
        assert find_leaks(iter([json.dumps(entry.as_dict()), repr(entry.prompt)]), SECRET) == []
    assert find_leaks(desk.list_outputs(call), SECRET) == []


@pytest.mark.parametrize("make", [MockServer, asgi_transport])
def test_unknown_setting_is_not_repeated(make: Any) -> None:
    with pytest.raises(TypeError, match="There is no setting") as caught:
        make(**{"sk-ant-api03-AbCdEfGh-wxyz": 1})
    assert "AbCdEfGh" not in str(caught.value)
    assert "api_keys" in str(caught.value)
