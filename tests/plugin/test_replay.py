"""Cassettes in tests: given to the server or loaded by a test, they are given as the config file says."""

from __future__ import annotations

import pytest

from tests.plugin.projects import run
from tests.recordings.making import JSON, MESSAGE, ask, record, respond, save_cassette

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")

WORDS = "  - {name: a, when: {user: weather, recorded: 1}, reply: {text: The sun shines., recorded: 1}}\n"
TEST = """
@pytest.mark.messages_scenarios("weather.yaml")
def test_answer(messages_api):
    print("ANSWER", ask("How is the weather?"))
"""
RECORDED = "It rains in Malmö."


@pytest.mark.parametrize(
    ("config", "text"),
    [("", "The sun shines."), ("replay: content", "The sun shines."), ("replay: exact", RECORDED)],
)
def test_config_says_how_cassettes_are_given(project: pytest.Pytester, config: str, text: str) -> None:
    exchange = record(respond(MESSAGE, JSON), {**ask(), "model": "claude-haiku-4-5", "max_tokens": 64})
    save_cassette(project.path, [exchange], WORDS, replay="content")
    project.mkdir(".git")
    if config:
        project.path.joinpath("mockserver.yaml").write_text(config, "utf-8")
    result = run(project, TEST, "-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*ANSWER {text}*"])
