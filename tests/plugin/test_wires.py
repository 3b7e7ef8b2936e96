"""The plugin and applications that use the chat wire, and a gateway before what they ask."""

from __future__ import annotations

import pytest

from tests.plugin.projects import run

pytest_plugins = ("pytester",)
pytestmark = pytest.mark.usefixtures("swept")

# An application with the SDK of OpenAI, and no set-up for tests.
CHAT = """
import openai

def chat(text="Hello", **more):
    with openai.OpenAI(max_retries=0) as client:
        asked = [{"role": "user", "content": text}]
        return client.chat.completions.create(model="claude-haiku-4-5", messages=asked, **more)
"""


@pytest.fixture(autouse=True)
def _chat(project: pytest.Pytester) -> None:
    project.makepyfile(chatting=CHAT)


def test_openai_client_finds_the_session(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
from chatting import chat

def test_chat(messages_api):
    messages_api.calls(["Hi there.", "On the other wire."])
    assert chat().choices[0].message.content == "Hi there."
    assert ask() == "On the other wire."
    messages_api.assert_called(2)
    messages_api.assert_called(1, when={"wire": "chat"})
    messages_api.assert_called(1, endpoint="chat")
    messages_api.assert_all_used()
    messages_api.assert_valid()
    messages_api.assert_answers_fit()

def test_error(messages_api):
    import openai
    messages_api.error(gateway="model_not_found")
    with pytest.raises(openai.InternalServerError, match="claude-haiku-4-5"):
        chat()
""",
    )
    result.assert_outcomes(passed=2)


def test_unmatched_chat_request_fails_the_test(project: pytest.Pytester) -> None:
    result = run(
        project,
        """
from contextlib import suppress
from chatting import chat

def test_chat(messages_api):
    messages_api.when(wire="messages").reply("Hi there.")
    with suppress(Exception):
        chat()
""",
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(['*wire: expected to be messages, got "chat"*'])


def test_client_made_while_a_module_is_imported_is_led(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmessages_preload = true\n")
    result = run(
        project,
        """
import openai

CLIENT = openai.OpenAI(max_retries=0)

def test_chat(messages_api):
    messages_api.reply("Hi there.")
    asked = [{"role": "user", "content": "Hi"}]
    answer = CLIENT.chat.completions.create(model="claude-haiku-4-5", messages=asked)
    assert answer.choices[0].message.content == "Hi there."
""",
    )
    result.assert_outcomes(passed=1)


OWN = "like: one-api\nerrors: {mine: {status: 418, texts: {en: Mine.}}}\n"


@pytest.mark.parametrize(
    ("ini", "header"),
    [
        ("messages_gateway = new-api", "x-new-api-version"),
        ("messages_gateway = new-api\nmessages_strict = true", "x-new-api-version"),
        ("messages_gateway = own.yaml", "x-oneapi-request-id"),
        ("messages_config = mockserver.yaml", "x-new-api-version"),
    ],
)
def test_server_is_like_the_gateway(project: pytest.Pytester, ini: str, header: str) -> None:
    project.makeini(f"[pytest]\n{ini}\n")
    project.makefile(".yaml", own=OWN, mockserver="gateway: new-api\n")
    result = run(
        project,
        f"""
import openai

def test_headers(messages_api):
    messages_api.reply("Hi.")
    with openai.OpenAI() as client:
        asked = [{{"role": "user", "content": "Hi"}}]
        raw = client.chat.completions.with_raw_response.create(model="claude-haiku-4-5", messages=asked)
    assert raw.headers[{header!r}]
""",
    )
    result.assert_outcomes(passed=1)
