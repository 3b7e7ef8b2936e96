"""A project to run pytest in; the tests use the plugin as its users do, in whole test files."""

from __future__ import annotations

from typing import Any

import anthropic
import pytest

from mockserver.testing.server import MockServer
from tests.plugin.projects import ASK, WEATHER


@pytest.fixture(scope="package", autouse=True)
def _imported(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a test run inside this one imports is forgotten at its end, unless it was imported before."""
    fixture = tmp_path_factory.mktemp("warm") / "weather.yaml"
    fixture.write_text(WEATHER)
    with MockServer(fixture) as server, anthropic.Anthropic(base_url=server.url, api_key="warm") as client:
        hello: Any = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        client.messages.create(**hello)
        session = server.session("warm")
        session.when(user="Hi").error("overloaded_error", status=400)
        with pytest.raises(anthropic.APIStatusError):
            client.messages.create(**hello)
        with pytest.raises(anthropic.BadRequestError):
            client.messages.create(**hello, extra_body={"temperature": 7})
        with pytest.raises(AssertionError):
            session.assert_called(5)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a helper that asks; its own settings, not ours."""
    pytester.makepyfile(asking=ASK)
    pytester.makefile(".yaml", weather=WEATHER)
    return pytester
