"""The plugin's session of a test: what it answers, and what it claims at the end of the test."""

from __future__ import annotations

import pytest

from tests.plugin.projects import run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")


def test_test_gets_an_answer_it_scripted(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
        def test_reply(messages_api):
            messages_api.reply("Hi there.")
            assert ask() == "Hi there."
            assert messages_api.last_request.json["messages"][0]["content"] == "Hello"
            assert messages_api.last_request.scenario == "script 1"
            messages_api.assert_called(1)
        """.replace("\n        ", "\n"),
    )
    result.assert_outcomes(passed=1)


def test_environment_is_as_before(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "mine")
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token")
    monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "Authorization: Bearer corp")
    monkeypatch.setenv("NO_PROXY", "example.com")
    monkeypatch.setenv("OPENAI_API_KEY", "mine too")
    monkeypatch.setenv("OPENAI_API_BASE", "https://example.com/v1")
    for name in ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    result = run(
        project,
        """
import os

def test_during(messages_api, monkeypatch):
    assert os.environ["ANTHROPIC_BASE_URL"] == messages_api.url
    assert os.environ["ANTHROPIC_API_KEY"] == messages_api.api_key
    assert os.environ["NO_PROXY"] == "127.0.0.1,example.com"
    assert "ANTHROPIC_AUTH_TOKEN" not in os.environ
    assert "ANTHROPIC_CUSTOM_HEADERS" not in os.environ
    assert os.environ["OPENAI_BASE_URL"] == messages_api.openai_url == messages_api.url + "/v1"
    assert os.environ["OPENAI_API_KEY"] == messages_api.api_key
    assert "OPENAI_API_BASE" not in os.environ
    monkeypatch.undo()
    assert os.environ["ANTHROPIC_BASE_URL"] == messages_api.url

def test_after():
    assert os.environ["ANTHROPIC_API_KEY"] == "mine"
    assert os.environ["ANTHROPIC_AUTH_TOKEN"] == "token"
    assert os.environ["NO_PROXY"] == "example.com"
    assert os.environ["OPENAI_API_KEY"] == "mine too"
    assert os.environ["OPENAI_API_BASE"] == "https://example.com/v1"
    assert "ANTHROPIC_BASE_URL" not in os.environ
    assert "OPENAI_BASE_URL" not in os.environ
""",
    )
    result.assert_outcomes(passed=2)


def test_tests_do_not_see_each_other(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
import anthropic

@pytest.mark.parametrize("number", range(3))
def test_own(messages_api, messages_server, number):
    assert messages_api.requests == ()
    messages_api.reply(f"number {number}", times=1)
    assert ask() == f"number {number}"
    with pytest.raises(anthropic.NotFoundError):
        ask()
    assert len(messages_server.mock.store.sessions.names()) == 1
    messages_api.check_at_end()
""",
    )
    result.assert_outcomes(passed=3)


def test_unmatched_request_fails_the_test_at_its_end(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
import anthropic

def test_swallowed(messages_api):
    messages_api.when(user="weather").reply("Sunny.")
    try:
        ask("What is the whether?")
    except anthropic.APIError:
        pass
""",
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*no scenario fits requests[[]0], POST /v1/messages claude-haiku-4-5 'What is the whether?', answered 404",
            '*script 1 (test_it.py:*): user: expected to contain "weather", got "What is the whether?"',
        ]
    )
    assert "mockserver/" not in result.stdout.str(), "no trace of ours hides what is told"


def test_failed_test_shows_its_requests_once(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
def test_fails(messages_api):
    messages_api.when(user="weather").reply("Sunny.")
    assert ask("What is the weather?") == "Rainy."

def test_unmatched(messages_api):
    ask()
""",
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*Messages API requests*",
            "*requests[[]0], POST /v1/messages claude-haiku-4-5 'What is the weather?', answered 200 by script 1",
            "*requests[[]0], POST /v1/messages * 'Hello', answered 404: No scenario fits this request: there are none*",
        ]
    )


@pytest.mark.parametrize(
    ("switch", "ini"),
    [
        ("messages_api.check_at_end()", ""),
        ("messages_api.configure(unmatched='generate')", ""),
        ("", "messages_check ="),
        ("", "messages_unmatched = generate"),
        ("", "messages_strict = false"),
    ],
)
def test_check_at_the_end_can_be_switched_off(project: pytest.Pytester, switch: str, ini: str) -> None:
    project.makeini(f"[pytest]\n{ini}\n")
    result = run(
        project,
        f"""
import anthropic, contextlib

def test_unmatched(messages_api):
    {switch}
    with contextlib.suppress(anthropic.NotFoundError):
        ask()
""",
    )
    result.assert_outcomes(passed=1)


def test_answers_are_checked_at_the_end_when_asked(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmessages_check = answers\n")
    result = run(
        project,
        """
def test_unfit(messages_api):
    messages_api.reply("Hm.", tool_use="get_weather")
    ask()

@pytest.mark.messages_settings(check="valid used")
def test_marked(messages_api):
    messages_api.reply("Hm.", tool_use="get_weather")
    ask()
""",
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*content.1.name: the request offers no tool 'get_weather'; it offers none*"])


def test_unsuccessful_test_is_not_checked_at_its_end(project: pytest.Pytester) -> None:
    """Skipped, expected to fail, or never begun: only a test that passed is held to its requests."""
    result = run(
        project,
        """
import anthropic

@pytest.fixture
def asked(messages_api):
    try:
        ask("from the fixture")
    except anthropic.NotFoundError:
        pass

@pytest.fixture
def broken(asked):
    raise RuntimeError("no set-up")

def test_skipped(asked):
    pytest.skip("not today")

@pytest.mark.xfail(strict=True, reason="known")
def test_xfailed(asked):
    assert False

def test_xfailed_inside(asked):
    pytest.xfail("known")

def test_set_up(broken):
    pass
""",
    )
    result.assert_outcomes(skipped=1, xfailed=2, errors=1)
    result.stdout.fnmatch_lines(["*RuntimeError*", "*Messages API requests*", "*'from the fixture', answered 404*"])


def test_wrapper_of_the_fixture_may_be_of_any_kind(project: pytest.Pytester) -> None:
    """Its requests are told, and those of a fixture that was asked for by name."""
    result = run(
        project,
        """
class Api:
    def __init__(self, session):
        self.session = session

class TestWrapped:
    @pytest.fixture
    def messages_api(self, messages_api):
        return Api(messages_api)

    def test_wrapped(self, messages_api):
        messages_api.session.reply("Sunny.")
        assert ask("wrapped") == "Rainy."

def test_by_name(request):
    request.getfixturevalue("messages_api").reply("Sunny.")
    assert ask("by name") == "Rainy."
""",
    )
    result.assert_outcomes(failed=2)
    for user in ("wrapped", "by name"):
        result.stdout.fnmatch_lines(["*Messages API requests*", f"*requests[[]0]*'{user}', answered 200 by script 1"])


def test_request_with_another_key_fails_the_test_too(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
import anthropic, functools

@functools.lru_cache
def client():
    return anthropic.Anthropic(max_retries=0)

def hello(client):
    asked = {"model": "claude-haiku-4-5", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    return client.messages.create(**asked).content[0].text

def test_key_of_the_settings(messages_api):
    messages_api.reply("Hello.")
    with anthropic.Anthropic(api_key="sk-of-the-settings", max_retries=0) as own:
        with pytest.raises(anthropic.NotFoundError):
            hello(own)

def test_first(messages_api):
    messages_api.reply("Hello.")
    assert hello(client()) == "Hello."

def test_second(messages_api):
    messages_api.reply("Hello.")
    assert hello(client()) == "Hello."

@pytest.fixture(scope="module", autouse=True)
def closed():
    yield
    client().close()
""",
    )
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*no scenario fits POST /v1/messages claude-haiku-4-5 'Hi', answered 404",
            "*came with another key than this session's (sk-*ings): is the client made before the test begins, or*",
            "*Messages API requests*",
            "1 request came with another key than this session's (sk-*",
        ]
    )


def test_silence_is_told_in_the_report(project: pytest.Pytester) -> None:
    """Of a test that failed, and for those who ask for the reports of passed ones."""
    source = """
def test_failed(messages_api):
    assert not messages_api.api_key

def test_passed(messages_api):
    messages_api.reply("Never asked for.")

def test_asked(messages_api):
    messages_api.reply("Hi.")
    ask()

def test_skipped(messages_api):
    pytest.skip("not today")

@pytest.fixture
def broken(messages_api):
    raise LookupError

def test_not_begun(broken):
    pass

def test_without():
    assert False
"""
    result = run(project, source, "-rP")
    result.assert_outcomes(passed=2, failed=2, skipped=1, errors=1)
    told = [line for line in result.outlines if line.startswith("no request came with the key of this session: ")]
    assert len(told) == 2


def test_probes_and_wrong_base_urls_are_told_by_the_plugin(project: pytest.Pytester) -> None:
    source = """
import anthropic, contextlib, urllib.error, urllib.request

def test_probe(messages_api):
    probe = urllib.request.Request(messages_api.url, method="HEAD", headers={"x-api-key": messages_api.api_key})
    with contextlib.suppress(urllib.error.HTTPError):
        urllib.request.urlopen(probe)

def test_wrong(messages_api):
    messages_api.reply("Hi.")
    with anthropic.Anthropic(base_url=f"{messages_api.url}/v1", max_retries=0) as client:
        with contextlib.suppress(anthropic.NotFoundError):
            client.messages.create(model="claude-haiku-4-5", max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
"""
    result = run(project, source, "-rP")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_wrong*",
            "*the API has no such path: requests[[]0], POST /v1/v1/messages *",
            "*/v1/v1/messages: the base URL of the client ends with /v1; leave it out*",
            "no request came with the key of this session, only probes, *: HEAD /",
        ]
    )


def test_silence_fails_a_test_that_asks_for_it(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmessages_check = called")
    source = """
def test_silent(messages_api):
    pass

def test_asked(messages_api):
    messages_api.reply("Hi.")
    ask()

@pytest.mark.messages_settings(check=[])
def test_excused(messages_api):
    pass
"""
    result = run(project, source)
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*expected a request, but none came with the key of this session*"])


def test_failure_shows_no_secret_and_steers_no_terminal(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
SECRET = "sk-ant-api03-" + "0123456789" * 3 + "wxyz"

@pytest.mark.messages_settings(validation="off")
def test_secret(messages_api):
    messages_api.when(user="other", headers={"x-pin": "a"}).reply("x")
    try:
        ask(f"I am {SECRET}", extra_body={"model": "a\\x1b[2J\\nforged"}, extra_headers={"x-pin": SECRET})
    except anthropic.NotFoundError:
        pass
    messages_api.assert_called(2)

import anthropic
""",
    )
    result.assert_outcomes(failed=1)
    shown = result.stdout.str()
    assert "0123456789" not in shown.replace('"0123456789" * 3', "")
    assert "\x1b[2J" not in shown
    assert "\nforged" not in shown
    assert "sk-ant-…wxyz" in shown
