"""Functions in the tests of a project: a failing one fails the test, with its line and traceback in the report."""

from __future__ import annotations

import pytest

from tests.plugin.projects import run

FIXTURE = """
def answer(prompt):
    return "It is " + prompt.user

scenarios = [{"reply": answer}]
"""
pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")


def test_function_answers_and_its_failure_is_reported(project: pytest.Pytester) -> None:
    project.makepyfile(
        fixture="def answer(prompt):\n    return 'It is ' + prompt.user\nscenarios = [{'reply': answer}]"
    )
    result = run(
        project,
        """
def test_answers(messages_api):
    messages_api.reply(lambda prompt: prompt.user.upper())
    assert ask("shout") == "SHOUT"

@pytest.mark.messages_scenarios("fixture.py")
def test_file(messages_api):
    assert ask("me") == "It is me"

def broken(prompt):
    return prompt.nothing

def test_swallows(messages_api):
    messages_api.reply(broken)
    try:
        ask()
    except Exception:
        pass
""",
    )
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*A scenario could not answer:*",
            "*test_it.py:13:1: the function broken raised AttributeError: *nothing*",
            "*the function broken failed",
            '  File "*test_it.py", line 13, in broken',
        ]
    )
