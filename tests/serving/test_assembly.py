"""What the parts of a server find out together: answers the API would not give, in check and when called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from mockserver import journey
from mockserver.cli import main
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.store import Document
from tests.conftest import FIXTURES

# What is said in a reply, and what check says of it.
BREACHES = {
    "{content: [a, {type: txt, text: b}]}": "4:33: the API would not answer this: content.1.type: expected one of ",
    "{content: [{type: text, txt: b}]}": '4:23: the API would not answer this: content.0: "text" is a required prop',
    "{text: a, stop_reason: finished}": "4:35: the API would not answer this: stop_reason: expected one of end_turn, ",
    "{text: a, extra: {foo: 1}}": "4:12: the API would not answer this: Additional properties are not allowed ('foo' ",
    "{web_search: {query: a, error: bad}}": "4:12: the API would not answer this: content.1.content.error_code: expec",
    "{content: [{type: fallback}]}": '4:23: fallback needs "to"',
    '{text: a, citations: [{url: "{{ turn }}"}]}': "4:12: the API would not answer this: content.0.citations.0.url: ",
    "{generate: {locale: xx_YY}}": "4:32: unknown locale 'xx_YY': expected one such as en_US or zh_CN",
}
SOUND = [
    "{generate: {locale: de_DE}}",
    "{generate: {locale: fi_FI}}",
    "{error: 529}",
    "{raw: {body: a}}",
    "{echo: true}",
]


def checked(path: Path, reply: str) -> tuple[int, str]:
    fixture = path / "file.yaml"
    fixture.write_text(f"scenarios:\n  - name: a\n    when: {{user: a}}\n    reply: {reply}\n", "utf-8")
    done = CliRunner().invoke(main, ["check", str(fixture)])
    return done.exit_code, done.stdout.replace(f"{fixture}:", "")


@pytest.mark.parametrize(("reply", "told"), BREACHES.items())
def test_check_finds_answers_the_api_would_not_give(tmp_path: Path, reply: str, told: str) -> None:
    status, output = checked(tmp_path, reply)
    assert status == 1
    assert output.startswith(told)


@pytest.mark.parametrize("reply", SOUND)
def test_check_passes_sound_answers(tmp_path: Path, reply: str) -> None:
    assert checked(tmp_path, reply) == (0, "")


def test_fixtures_are_what_the_api_answers() -> None:
    assert assembly.lint([str(FIXTURES)]) == []


def answered(reply: dict[str, Any], *, stream: bool, validation: str = "strict", **body: Any) -> tuple[int, str, str]:
    """Status, text and scenario with which a scripted reply is answered to a user who says "hello"."""
    mock = assembly.build(Settings(validation=validation))
    document = Document("words", orjson.dumps({"name": "a", "reply": reply}).decode(), "file.yaml")
    mock.store.scripts.add("k", mock.compiler.scripts(document))
    asked = {"model": "claude-sonnet-4-5", "max_tokens": 99, "messages": [{"role": "user", "content": "hello"}]}
    call = Call("POST", "/v1/messages", {"x-api-key": "k"}, orjson.dumps({**asked, "stream": stream, **body}), at=1.0)
    made = journey.answer(call, mock)
    text = b"".join(piece.data for piece in made.delivery.pieces).decode()
    return made.delivery.status, text, made.scenario


MISHAPS: list[tuple[dict[str, Any], str]] = [
    ({"content": "{{ [{'type': 'fallback'}] }}"}, 'filled in, reply.content[0]: fallback needs \\"to\\"'),
    (
        {"content": [{"type": "compaction", "content": "{{ turn }}"}]},
        "reply.content[0].content: expected a text, got 0",
    ),
    (
        {"text": "a", "usage": {"output_tokens": "{{ prompt.user }}"}},
        "reply.usage.output_tokens: expected a whole number from 0, got",
    ),
    ({"text": "a", "usage": "{{ prompt.user }}"}, 'filled in, reply.usage: expected a mapping, got \\"hello\\"'),
    ({"raw": {"status": "{{ turn }}"}}, "filled in, reply.raw.status: expected a whole number from 200 to 599, got 0"),
    ({"text": "a", "headers": {"x": "{{ 'a\nb' }}"}}, "filled in, reply.headers.x: expected a text on one line"),
    ({"text": "{{ tool_result.x }}"}, "the placeholder in '{{ tool_result.x }}' failed: 'tool_result' is undefined"),
]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("reply", "told"), MISHAPS)
def test_scripts_that_cannot_answer_name_their_place(reply: dict[str, Any], told: str, stream: bool) -> None:
    status, text, scenario = answered(reply, stream=stream)
    assert (status, scenario) == (500, "a"), "also in the journal and the access log"
    assert "A scenario could not answer: file.yaml:1:1: " in text
    assert told in text


def test_broken_requests_are_not_blamed_on_scripts() -> None:
    status, text, _ = answered({"text": "a"}, stream=False, validation="off", messages=[{"role": "user", "content": 3}])
    assert status < 500
    assert "scenario" not in text


def test_watched_are_files_and_their_folders() -> None:
    mock = assembly.build(Settings(fixtures=(str(FIXTURES),)))
    assert str(FIXTURES) in assembly.watched(mock)


def test_revision_of_fixtures_is_that_of_their_content(tmp_path: Path) -> None:
    """The journal that another process wrote, or an earlier one, is explained by the same files."""
    path, text = tmp_path / "one.yaml", "scenarios: [{name: one, reply: {text: {file: told.txt}}}]"
    path.write_text(text)
    (tmp_path / "told.txt").write_text("One.")
    settings = Settings(fixtures=(str(path),))
    first, second = assembly.build(settings), assembly.build(settings)
    began = first.fixtures.current.revision
    assert second.fixtures.current.revision == began
    for changed in (path, tmp_path / "told.txt"):
        earlier = changed.read_text()
        changed.write_text(earlier.replace("ne", "nce"))
        assert assembly.reload(second) == ()
        assert second.fixtures.current.revision != began
        changed.write_text(earlier)
        assert assembly.reload(second) == ()
        assert second.fixtures.current.revision == began


# What compares and redacts recordings; what the inspector shows of one request, or puts into a file.
_RARE = (
    *("cassettes", "recordings.comparing", "recordings.redacting"),
    *(f"control.{name}" for name in ("changes", "conversations", "drafts", "report_page", "timeline")),
)


def test_what_is_rarely_needed_is_not_imported() -> None:
    """A server's first answer must not wait for it."""
    code = (
        "import sys; from mockserver.records.settings import Settings; from mockserver.serving import app, assembly; "
        "from mockserver.cli import serving; from mockserver.testing import session, transport; "
        f"app.MockApp(Settings(fixtures=({str(FIXTURES / 'messages.yaml')!r},)), log=None); "
        f"wanted = {{f'mockserver.{{name}}' for name in {_RARE}}}; "
        "print(sorted(wanted & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


# What scenarios may name, and the records that a gateway is, with the globs in them.
_ALWAYS = {"gateways.globs", "gateways.records", *(f"wires.chat.{name}" for name in ("defects", "events", "faults"))}
_OF_OTHERS = ("gateways.", "wires.chat.", "endpoints.gate", "endpoints.relaying")


def test_gateways_and_chat_wait_for_their_first_call() -> None:
    """A server without a gateway answers a message without a module or file that only gateways or chats need."""
    code = (
        "import sys; opened = []; sys.addaudithook(lambda event, given: event == 'open' and opened.append(given[0])); "
        "import httpx2; from mockserver.serving.preloading import preload; "
        "from mockserver.testing.transport import asgi_transport; preload(); "
        "client = httpx2.Client(transport=asgi_transport(), base_url='http://mock', headers={'x-api-key': 'k'}); "
        "body = {'model': 'claude-opus-5', 'max_tokens': 9, 'messages': [{'role': 'user', 'content': 'Hi'}]}; "
        "assert client.post('/v1/messages', json=body).status_code == 200; "
        "assert client.get('/v1/models').status_code == 200; "
        "print(*[name.removeprefix('mockserver.') for name in sys.modules]); "
        "print(*[each for each in opened if str(each).endswith(('.json', '.yaml'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    modules, files = done.stdout.splitlines()
    assert not {name for name in modules.split() if name.startswith(_OF_OTHERS)} - _ALWAYS
    opened = [Path(each) for each in files.split()]
    assert "requests.json" in {each.name for each in opened}
    assert not [each for each in opened if "chat" in each.name or each.parent.name == "presets"]
