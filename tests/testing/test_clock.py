"""The clock of a session and of a server, moved by a test."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import anthropic
import httpx2
import pytest

from mockserver import MockServer, MockSession
from mockserver.testing.clock import MockClock
from tests.testing.asking import MODEL, Ask

DAY = datetime(2027, 1, 23, tzinfo=timezone.utc)


@pytest.fixture
def clock(api: MockSession) -> MockClock:
    api.clock.freeze(DAY)
    return api.clock


@pytest.mark.parametrize("given", ["2027-01-24", date(2027, 1, 24), datetime(2027, 1, 24), DAY.timestamp() + 86400])
def test_clock_is_set(clock: MockClock, given: Any) -> None:
    assert clock.set(given) == clock.now() == DAY + timedelta(days=1)
    assert clock.freeze(given) == DAY + timedelta(days=1)


@pytest.mark.parametrize("given", ["6m", 360, 360.0, timedelta(minutes=6)])
def test_clock_is_advanced(clock: MockClock, given: Any) -> None:
    assert clock.advance(given) == clock.now() == DAY + timedelta(minutes=6)
    assert clock.advance("-6m") == DAY


def test_clock_stands_still_and_goes_on(api: MockSession, monkeypatch: pytest.MonkeyPatch) -> None:
    now = DAY.timestamp()
    monkeypatch.setattr(time, "time", lambda: now)
    assert api.clock.freeze() == DAY
    now += 60
    assert api.clock.now() == DAY
    assert repr(api.clock) == "<MockClock 2027-01-23T00:00:00+00:00, frozen>"
    assert api.clock.resume() == DAY
    now += 60
    assert api.clock.now() == DAY + timedelta(minutes=1)
    assert repr(api.clock) == "<MockClock 2027-01-23T00:01:00+00:00>"
    assert api.clock.reset() == DAY + timedelta(minutes=2)


def test_clock_of_all_is_that_of_sessions_without_one() -> None:
    server = MockServer()
    one, other = server.session("one"), server.session("other")
    server.clock.freeze(DAY)
    assert one.clock.advance("1h") == DAY + timedelta(hours=1)
    server.clock.advance("1d")
    assert (one.clock.now(), other.clock.now()) == (DAY + timedelta(hours=1), DAY + timedelta(days=1))
    assert one.clock.reset() == server.clock.now()
    one.clock.advance("1h")
    one.close()
    assert one.clock.now() == server.clock.now()
    server.reset()
    assert server.mock.store.clocks.get(None) is None


@pytest.mark.parametrize(
    ("move", "message"),
    [
        (lambda clock: clock.advance("soon"), "expected a duration such as 90s, 6m, 1h30m, 30d"),
        (lambda clock: clock.advance("-900d") and clock.advance("-20000d"), "the years 2000 to 2099"),
        (lambda clock: clock.set("soon"), "expected a time such as 2027-01-23T00:00:00Z"),
        (lambda clock: clock.freeze(7), "the years 2000 to 2099, got 7"),
    ],
)
def test_wrong_moves_are_raised_at_the_call(
    clock: MockClock, move: Callable[[MockClock], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        move(clock)
    assert "mockserver" not in str(raised.traceback[-2].path)


def test_cache_expires_and_models_retire(api: MockSession, ask: Ask) -> None:
    long = [{"type": "text", "text": "Be kind. " * 3000, "cache_control": {"type": "ephemeral"}}]
    api.reply("Hello.")
    ask(system=long)
    api.clock.advance("4m")
    assert ask(system=long).usage.cache_read_input_tokens > 0
    api.clock.advance("6m")
    assert ask(system=long).usage.cache_read_input_tokens == 0
    assert [entry.at for entry in api.requests] == sorted(entry.at for entry in api.requests)


async def _ask_async(api: MockSession) -> Any:
    http_client = httpx2.AsyncClient(transport=api.transport)
    async with anthropic.AsyncAnthropic(api_key=api.api_key, http_client=http_client) as client:
        return await client.messages.create(
            model=MODEL, max_tokens=64, messages=[{"role": "user", "content": "What time is it?"}]
        )


def test_clock_is_moved_in_async_tests(api: MockSession) -> None:
    import asyncio

    async def run() -> tuple[str, str]:
        api.reply("{{ now.isoformat() }}")
        api.clock.freeze(DAY)
        first = await _ask_async(api)
        api.clock.advance("1h")
        return first.content[0].text, (await _ask_async(api)).content[0].text

    assert asyncio.run(run()) == ("2027-01-23T00:00:00+00:00", "2027-01-23T01:00:00+00:00")
