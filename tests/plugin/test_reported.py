"""`mockserver run --report ... -- pytest`: the requests of tests that use the plugin are in the reports."""

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from tests.plugin.projects import OTHERS

pytest_plugins = ("pytester",)

TESTS = """
import pytest
from asking import ask

@pytest.mark.parametrize("number", range(4))
def test_weather(messages_api, number):
    messages_api.when(user="weather").reply("Sunny.")
    assert ask("weather?") == "Sunny."

def test_refused(messages_api):
    messages_api.reply("never")
    with pytest.raises(Exception, match="temperature"):
        ask(extra_body={"temperature": 7})

def test_of_no_session(messages_server, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_BASE_URL", messages_server.url)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "another")
    with pytest.raises(Exception, match="No scenario"):
        ask()

def test_without_the_plugin():
    assert ask("who are you?")
"""


def test_report_tells_of_tests_with_the_plugin(project: pytest.Pytester) -> None:
    """Also when they run in several processes."""
    project.makepyfile(test_it=TESTS)
    mock = [sys.executable, "-m", "mockserver", "run", "--report", "report.json", "--junit", "report.xml"]
    mock += ["--html", "report.html"]
    command = [*mock, "--", sys.executable, "-m", "pytest", "-q", *OTHERS.split(), "-n", "2"]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads((project.path / "report.json").read_text("utf-8"))
    assert (told["total"], told["dropped"], told["refused"], told["unmatched"]) == (7, 0, 1, 2)
    assert told["stats"]["scenarios"] == {"script 1": 4}
    assert {(each.get("test") or "").partition("[")[0] for each in told["requests"]} == {
        "",
        "test_it.py::test_weather",
        "test_it.py::test_refused",
    }
    suite = ElementTree.parse(project.path / "report.xml").getroot()  # noqa: S314  written by ourselves
    assert (suite.get("tests"), suite.get("failures")) == ("7", "2")
    _check_page((project.path / "report.html").read_text("utf-8"))


def _check_page(page: str) -> None:
    """Each request has a number of its own, whichever process counted it, and the name of its test."""
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert (data["title"], data["left_out"]) == ("Requests of pytest", 0)
    entries = [each["entry"] for each in data["requests"]]
    assert len({entry["number"] for entry in entries}) == 7
    assert sum(entry["session"].startswith("test_it.py::test_weather[") for entry in entries) == 4
    assert all(set(each) == {"entry", "timeline", "changes"} for each in data["requests"])
