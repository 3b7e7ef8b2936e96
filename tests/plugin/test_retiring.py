"""The plugin tells of models that tests ask for and that retire; no test fails for it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mockserver import pytest_plugin
from tests.plugin.projects import run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")

ASK_SONNET = """
import httpx2

def test_old_model(messages_api):
    messages_api.reply("Hi.")
    headers = {"x-api-key": messages_api.api_key, "anthropic-version": "2023-06-01"}
    for model in ("claude-sonnet-4-5", "claude-opus-5"):
        body = {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
        answered = httpx2.post(messages_api.url + "/v1/messages", json=body, headers=headers)
        assert answered.status_code == (STATUS if model == "claude-sonnet-4-5" else 200)
"""


@pytest.mark.parametrize(
    ("day", "status", "told"),
    [
        ("2026-10-01", 200, "claude-sonnet-4-5 retires on 2026-11-30: from then on the API answers 404; use *"),
        ("2026-11-30", 404, 'claude-sonnet-4-5 retired on 2026-11-30: the API answers 404, "model: *"; use *'),
    ],
)
def test_summary_tells_of_models_that_retire(project: pytest.Pytester, day: str, status: int, told: str) -> None:
    project.makeini(f"[pytest]\nmessages_lifecycle = {day}\nfilterwarnings = error\n")
    result = run(project, f"STATUS = {status}\n{ASK_SONNET}")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*models of the Messages API that retire*", told])
    result.stdout.no_fnmatch_line("claude-opus-5 *")


def test_summary_is_silent_otherwise(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmessages_lifecycle = 2026-09-01\n")
    result = run(project, f"STATUS = 200\n{ASK_SONNET}")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*that retire*")


def test_wrong_lifecycle_is_told(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmessages_lifecycle = soon\n")
    result = run(project, "def test_it(messages_api): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*messages_lifecycle: expected release, today or a day such as 2026-12-24*"])


def test_workers_hand_over_what_they_know() -> None:
    worker, controller = (SimpleNamespace(stash=pytest.Stash()) for _ in range(2))
    worker.stash[pytest_plugin.NOTES] = {pytest_plugin.RETIREMENTS: {"two", "one"}}
    worker.workeroutput = {}
    pytest_plugin.pytest_sessionfinish(SimpleNamespace(config=worker))  # type: ignore[arg-type]
    node = SimpleNamespace(config=controller, workeroutput=worker.workeroutput)
    pytest_plugin.pytest_testnodedown(node)
    # A worker that crashed hands over nothing.
    pytest_plugin.pytest_testnodedown(SimpleNamespace(config=controller))
    assert controller.stash[pytest_plugin.NOTES] == {pytest_plugin.RETIREMENTS: {"one", "two"}}
