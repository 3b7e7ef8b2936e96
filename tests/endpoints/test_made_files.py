"""Files that code execution made: held by the session before the answer leaves, and named in later messages."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from mockserver.endpoints.filing import find_file, read_file
from mockserver.endpoints.parts import Parts
from mockserver.records.errors import ScenarioError
from mockserver.records.files import FileObject
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.store import Document
from mockserver.store.errors import StoreFullError
from tests.endpoints.holding import KEY, ask, document

MADE = {"code_execution": {"code": "1", "files": [{"filename": "{{ prompt.user }}.txt", "text": "One parrot."}]}}


@pytest.fixture
def parts() -> Parts:
    return assembly.build(Settings(profile="anthropic"))


def script(parts: Parts, *scenarios: dict[str, Any]) -> None:
    for number, each in enumerate(scenarios):
        text = json.dumps({"name": f"s{number}", **each})
        parts.store.scripts.add(KEY, parts.compiler.scripts(Document("words", text, "file.yaml")))


def found(parts: Parts, answer: Any) -> list[tuple[FileObject, bytes | None]]:
    """The files that an answer names, as the session has them."""
    files = [find_file(parts, KEY, name, 100.0) for name in re.findall(r"file_011C\w+", str(answer))]
    return [(file, read_file(parts, file)) for file in files if file]


@pytest.mark.parametrize("stream", [False, True])
def test_file_is_there_when_the_answer_leaves(parts: Parts, *, stream: bool) -> None:
    script(parts, {"reply": MADE})
    _, answer = ask(parts, stream=stream, at=70.0)
    [(file, content)] = found(parts, answer)
    assert (content, file.filename, file.mime_type) == (b"One parrot.", "What is this?.txt", "text/plain")
    assert (file.downloadable, file.size_bytes, file.created_at, file.expires_at) == (True, 11, 70.0, None)
    assert ask(parts, document(file.id))[0] == 200


def test_each_call_makes_files_of_its_own(parts: Parts) -> None:
    script(parts, {"reply": MADE})
    files = [file.id for _ in range(3) for file, _ in found(parts, ask(parts)[1])]
    assert len({*files}) == 3


def test_file_of_a_script_may_have_an_id_of_its_own(parts: Parts) -> None:
    script(
        parts, {"reply": {"bash_code_execution": {"command": "ls", "files": [{"id": "file_mine", "filename": "a"}]}}}
    )
    assert ask(parts)[0] == 200
    assert find_file(parts, KEY, "file_mine", 100.0) is not None


def test_fallback_model_makes_files_of_its_own(parts: Parts) -> None:
    """Of a model that declined no more is there than what the answer shows of it: all of it in a stream."""
    declined = {**MADE, "refusal": True}
    answers = {"claude-fable-5": declined, "claude-opus-4-8": MADE}
    script(parts, *({"when": {"model": model}, "reply": reply} for model, reply in answers.items()))
    asked: dict[str, Any] = {"model": "claude-fable-5", "fallbacks": [{"model": "claude-opus-4-8"}]}
    for stream, number in ((False, 1), (True, 2)):
        status, answer = ask(parts, beta="server-side-fallback-2026-07-01", stream=stream, **asked)
        assert status == 200
        assert len({file.id for file, _ in found(parts, answer)}) == number


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ({"filename": "birds/a.csv"}, 'filename: expected a name of 1 to 255 characters without /, got "birds/a.csv"'),
        ({"filename": ""}, 'filename: expected a name of 1 to 255 characters without /, got ""'),
        ({"filename": "a", "id": "a/b"}, 'id: expected an id of letters, digits, _ and -, at most 100, got "a/b"'),
        ({"filename": "a", "mime_type": "csv"}, 'mime_type: expected a media type such as text/csv, got "csv"'),
    ],
)
def test_file_that_nobody_could_have_made_is_a_mistake(parts: Parts, file: dict[str, str], told: str) -> None:
    with pytest.raises(ScenarioError) as raised:
        script(parts, {"reply": {"bash_code_execution": {"files": [file]}}})
    assert told in str(raised.value)


def test_file_without_room_is_an_error_of_the_api(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _: bytes) -> None:
            raise StoreFullError

    script(parts, {"calls": [MADE]})
    monkeypatch.setattr(parts.store.blobs, "create", Full)
    status, answer = ask(parts)
    assert (status, answer["error"]["details"]) == (400, {"error_code": "storage_quota_exceeded"})
    monkeypatch.undo()
    # The answer was not given, so it is not used up.
    assert len(found(parts, ask(parts)[1])) == 1
