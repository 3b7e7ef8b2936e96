"""The clock of a test: it is moved for that test alone."""

from __future__ import annotations

import pytest

from tests.plugin.projects import run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")


def test_moved_clock_ends_with_its_test(project: pytest.Pytester) -> None:
    source = """
@pytest.mark.parametrize("order", [1, 2])
def test_clock(messages_api, messages_server, order):
    assert messages_api.clock.now() < messages_server.clock.now() < messages_api.clock.advance("1h")
    messages_api.clock.freeze("2031-05-05")
    messages_api.reply("{{ now.isoformat() }}")
    assert ask() == "2031-05-05T00:00:00+00:00"

@pytest.mark.asyncio
async def test_async_clock(messages_api):
    import anthropic
    messages_api.reply("{{ now.isoformat() }}")
    async with anthropic.AsyncAnthropic() as client:
        for day in ("2031-05-05", "2031-05-06"):
            messages_api.clock.freeze(day)
            asked = [{"role": "user", "content": "Hello"}]
            message = await client.messages.create(model="claude-haiku-4-5", max_tokens=64, messages=asked)
            assert message.content[0].text.startswith(day)

def test_afterwards(messages_api, messages_server):
    messages_api.reply("{{ now.year }}")
    assert ask() == str(messages_server.clock.now().year)
"""
    run(project, source).assert_outcomes(passed=4)
