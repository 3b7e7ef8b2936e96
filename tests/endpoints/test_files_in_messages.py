"""Files named in messages: read as what they hold, and refused when they are not there."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.blocks import held_files
from mockserver.endpoints.filing import remove_file
from mockserver.endpoints.parts import Parts
from mockserver.records.call import Call
from mockserver.records.settings import Settings
from mockserver.serving import assembly
from mockserver.serving.heavy import is_heavy
from mockserver.store import Document
from tests.endpoints.holding import COUNT, KEY, MESSAGES, ask, document, hold, send
from tests.pictures import file
from tests.reference.test_pdf_text import file as pdf_with

TEXT = "The parrot is green. It lives in Oslo, and it speaks three languages: français, 日本語 and norsk."
WORDS = pdf_with(b"BT (The parrot is green and lives in Oslo.) Tj ET").replace(b"%%EOF", b"3 0 obj << /Type /Page >>")
MODELS = ["claude-opus-5", "claude-haiku-4-5", "claude-3-haiku-20240307"]


def base64(media_type: str, content: bytes) -> dict[str, Any]:
    return {"type": "base64", "media_type": media_type, "data": b64encode(content).decode()}


# The block type, the media type of the file, its content, and the source that sends the same without a file.
CONTENTS = {
    "text": ("document", "text/plain", TEXT.encode(), {"type": "text", "media_type": "text/plain", "data": TEXT}),
    # A byte order mark is no part of a text.
    "marked": (
        *("document", "text/plain", b"\xef\xbb\xbf" + TEXT.encode()),
        {"type": "text", "media_type": "text/plain", "data": TEXT},
    ),
    "pdf": ("document", "application/pdf", file("pdf 3"), base64("application/pdf", file("pdf 3"))),
    "pdf of words": ("document", "application/pdf", WORDS, base64("application/pdf", WORDS)),
    **{
        kind: ("image", f"image/{kind}", file(f"{kind} 300x400"), base64(f"image/{kind}", file(f"{kind} 300x400")))
        for kind in ("png", "jpeg", "gif", "webp")
    },
}


@pytest.fixture(params=["relay", "anthropic"])
def parts(request: pytest.FixtureRequest) -> Parts:
    return assembly.build(Settings(profile=request.param))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", CONTENTS)
def test_file_counts_as_its_content(name: str, model: str) -> None:
    kind, media_type, content, source = CONTENTS[name]
    parts = assembly.build(Settings())
    hold(parts, "file_1", content, media_type)
    extra = {"title": "Birds", "context": "A book"} if kind == "document" else {}
    named = {"type": kind, "source": {"type": "file", "file_id": "file_1"}, **extra}
    sent = {"type": kind, "source": source, **extra}
    (status, counted), (_, expected) = (ask(parts, block, path=COUNT, model=model) for block in (named, sent))
    assert (status, counted) == (200, expected)
    status, message = ask(parts, named, model=model)
    assert (status, message["usage"]["input_tokens"]) == (200, expected["input_tokens"])
    # And not as a file of which nothing is known.
    assert counted != ask(parts, {**named, "source": {"type": "file", "file_id": "file_2"}}, path=COUNT, model=model)[1]


@pytest.mark.parametrize("name", ["text", "pdf of words"])
@pytest.mark.parametrize("stream", [False, True])
def test_citations_quote_a_file(name: str, stream: bool) -> None:
    kind, media_type, content, source = CONTENTS[name]
    cited: dict[str, Any] = {"citations": {"enabled": True}}
    answers = []
    for block in (document("file_1", **cited), {"type": kind, "source": source, **cited}):
        parts = assembly.build(Settings())
        hold(parts, "file_1", content, media_type)
        answers.append(ask(parts, block, stream=stream)[1])
    named, sent = (answer if stream else answer["content"] for answer in answers)
    assert ("parrot is green" in str(named), "cited_text" in str(named)) == (True, True)
    assert "file_1" in str(named)
    assert stream or json.loads(json.dumps(named).replace(', "file_id": "file_1"', "")) == sent


@pytest.mark.parametrize("name", ["text", "pdf", "png"])
def test_file_is_cached_as_its_content(name: str) -> None:
    kind, media_type, content, source = CONTENTS[name]
    usages = {}
    for way, named in (("file", {"type": "file", "file_id": "file_1"}), ("sent", source)):
        parts = assembly.build(Settings())
        hold(parts, "file_1", content, media_type)
        block = {"type": kind, "source": named, "cache_control": {"type": "ephemeral"}}
        long = {"type": "text", "text": "word " * 3000}
        usages[way] = [ask(parts, long, block)[1]["usage"] for _ in range(2)]
    assert usages["file"] == usages["sent"]
    written, read = usages["file"]
    assert written["cache_creation_input_tokens"] == read["cache_read_input_tokens"] > 3000


def test_thought_about_a_file_may_come_back(parts: Parts) -> None:
    """A model that binds its thoughts to the conversation finds the same one when it comes back."""
    hold(parts, "file_1", TEXT.encode(), "text/plain")
    asked = {"max_tokens": 2000, "thinking": {"type": "adaptive"}}
    _, message = ask(parts, document("file_1"), **asked)
    assert message["content"][0]["type"] == "thinking"
    first = [document("file_1"), {"type": "text", "text": "What is this?"}]
    talk = [
        {"role": "user", "content": first},
        {"role": "assistant", "content": message["content"]},
        {"role": "user", "content": "And?"},
    ]
    assert ask(parts, **asked, messages=talk)[0] == 200


def test_quotation_of_a_script_is_found_in_a_file(parts: Parts) -> None:
    reply = {"text": "It is green.", "citations": [{"cited_text": "parrot is green"}]}
    script = Document("words", json.dumps({"name": "a", "reply": reply}), "file.yaml")
    parts.store.scripts.add(KEY, parts.compiler.scripts(script))
    hold(parts, "file_1", TEXT.encode(), "text/plain")
    _, message = ask(parts, document("file_1", title="Birds", citations={"enabled": True}))
    assert message["content"][0]["citations"] == [
        {
            "type": "char_location",
            "cited_text": "parrot is green",
            "document_index": 0,
            "document_title": "Birds",
            "start_char_index": 4,
            "end_char_index": 19,
            "file_id": "file_1",
        }
    ]


def test_file_in_the_result_of_a_tool_is_read(parts: Parts) -> None:
    hold(parts, "file_1", file("png 300x400"), "image/png")
    use = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
    tools = [{"name": "look", "input_schema": {"type": "object"}}]

    def count(source: dict[str, Any]) -> Any:
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "image", "source": source}]}
        talk = [{"role": "user", "content": "Look."}, {"role": "assistant", "content": [use]}]
        return ask(parts, path=COUNT, tools=tools, messages=[*talk, {"role": "user", "content": [result]}])

    assert count({"type": "file", "file_id": "file_1"}) == count(base64("image/png", file("png 300x400")))


def test_file_in_a_continued_thread_is_read() -> None:
    """A thread holds the id, and each turn reads the file anew: it is refused when the file is gone."""
    parts, beta = assembly.build(Settings(profile="anthropic")), "message-threads-2026-08-12"
    hold(parts, "file_1", TEXT.encode(), "text/plain")
    usages = {}
    for name, block in (("read", document("file_1")), ("sent", {"type": "document", "source": CONTENTS["text"][3]})):
        _, begun = ask(parts, block, beta=beta, thread={"type": "create"})
        thread = {"type": "continue", "previous_message_id": begun["id"]}
        status, following = ask(parts, beta=beta, thread=thread, messages=[{"role": "user", "content": "And?"}])
        assert status == 200
        usages[name] = following["usage"]["input_tokens"] - begun["usage"]["output_tokens"]
    assert abs(usages["read"] - usages["sent"]) < 5
    _, begun = ask(parts, document("file_1"), beta=beta, thread={"type": "create"})
    assert remove_file(parts, KEY, "file_1")
    thread = {"type": "continue", "previous_message_id": begun["id"]}
    assert ask(parts, beta=beta, thread=thread)[0] == 404


@pytest.mark.parametrize("path", [MESSAGES, COUNT])
def test_file_is_gone_when_deleted_and_when_expired(parts: Parts, path: str) -> None:
    hold(parts, "file_1", TEXT.encode(), "text/plain", expires_at=200.0)
    hold(parts, "file_2", TEXT.encode(), "text/plain")
    blocks = [document("file_1"), {"type": "container_upload", "file_id": "file_2"}]
    assert ask(parts, *blocks, path=path, at=199.9)[0] == 200
    status, body = ask(parts, *blocks, path=path, at=200.0)
    assert (status, body["error"]) == (404, {"type": "not_found_error", "message": "File `file_1` not found."})
    assert remove_file(parts, KEY, "file_2")
    status, body = ask(parts, *blocks[1:], path=path)
    assert (status, body["error"]["message"]) == (404, "File `file_2` not found.")


def test_unknown_file_is_refused_by_the_api_alone() -> None:
    answers = {
        profile: ask(assembly.build(Settings(profile=profile)), document("file_1"))[0]
        for profile in ("relay", "anthropic")
    }
    assert answers == {"relay": 200, "anthropic": 404}


@pytest.mark.parametrize(
    ("file_id", "words"), [("file_1", "declare it under `files` of a fixture"), ("file_old", "has expired")]
)
def test_journal_says_what_to_do_about_a_file(file_id: str, words: str) -> None:
    parts = assembly.build(Settings(profile="anthropic"))
    hold(parts, "file_old", b"a", "text/plain", expires_at=50.0)
    [finding] = send(parts, document(file_id)).record.findings
    assert (finding.status, words in finding.hint) == (404, True)


def test_file_of_another_session_is_unknown() -> None:
    parts = assembly.build(Settings(profile="anthropic"))
    hold(parts, "file_1", TEXT.encode(), "text/plain")
    assert ask(parts, document("file_1"))[0] == 200
    parts.store.reset(KEY)
    assert ask(parts, document("file_1"))[0] == 404


@pytest.mark.parametrize("validation", ["warn", "off"])
def test_what_is_not_checked_is_read_all_the_same(validation: str) -> None:
    parts = assembly.build(Settings(validation=validation, profile="anthropic"))
    hold(parts, "file_1", TEXT.encode(), "text/plain")
    text = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": TEXT}}
    assert ask(parts, document("file_1"), path=COUNT) == ask(parts, text, path=COUNT)
    for odd in ({"type": "file"}, {"type": "file", "file_id": 3}, {"type": "file", "file_id": None}, "file_1"):
        assert ask(parts, {"type": "document", "source": odd, "title": "file_id"})[0] in (200, 400)
        assert ask(parts, {"type": "image", "source": odd, "title": "file_id"})[0] in (200, 400)


@pytest.mark.parametrize("validation", ["strict", "off"])
def test_contents_are_bounded_in_all(validation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A short request that names a long file a thousand times is not counted a thousand times."""
    monkeypatch.setattr(held_files, "MOST_IN_ALL", 3 * len(TEXT))
    parts = assembly.build(Settings(validation=validation))
    hold(parts, "file_1", TEXT.encode(), "text/plain")
    text = {"type": "document", "source": CONTENTS["text"][3]}
    (status, read), (_, sent) = (ask(parts, *[block] * 3) for block in (document("file_1"), text))
    assert (status, read["usage"]["input_tokens"]) == (200, sent["usage"]["input_tokens"])
    status, body = ask(parts, *[document("file_1")] * 4)
    if validation == "off":
        assert status == 200
    else:
        assert (status, body["error"]["type"]) == (413, "request_too_large")


@pytest.mark.parametrize("profile", ["relay", "anthropic"])
def test_file_of_a_fixture_is_read_until_a_session_deletes_it(profile: str, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text(TEXT)
    (tmp_path / "a.yaml").write_text("files: [{id: file_report, path: report.txt}]\nscenarios: []")
    parts = assembly.build(Settings(fixtures=(str(tmp_path),), profile=profile))
    text = {"type": "document", "source": CONTENTS["text"][3]}
    assert ask(parts, document("file_report"), path=COUNT) == ask(parts, text, path=COUNT)
    assert ask(parts, document("file_report"))[0] == 200
    (tmp_path / "report.txt").unlink()
    status, body = ask(parts, document("file_report"))
    assert (status, body["error"]["message"]) == (404, "File `file_report` not found.")
    assert remove_file(parts, KEY, "file_report")
    assert ask(parts, document("file_report"))[0] == 404


def test_long_text_does_not_fit_in_the_window() -> None:
    parts = assembly.build(Settings())
    hold(parts, "file_1", b"parrot " * 300_000, "text/plain")
    status, body = ask(parts, document("file_1"), model="claude-haiku-4-5")
    assert (status, body["error"]["message"][:19]) == (400, "prompt is too long:")
    assert ask(parts, document("file_1"), model="claude-haiku-4-5", path=COUNT)[0] == 200


def test_scenario_sees_the_type_of_a_file() -> None:
    parts = assembly.build(Settings(unmatched="error"))
    when = {"documents": {"media_type": "application/pdf"}, "images": 0}
    script = Document("words", json.dumps({"name": "a", "when": when, "reply": "A PDF."}), "file.yaml")
    parts.store.scripts.add(KEY, parts.compiler.scripts(script))
    hold(parts, "file_1", file("pdf 3"), "application/pdf")
    hold(parts, "file_2", TEXT.encode(), "text/plain")
    assert ask(parts, document("file_1"))[1]["content"][0]["text"] == "A PDF."
    assert ask(parts, document("file_2"))[0] == 404


def test_call_that_names_a_file_is_answered_beside_the_event_loop() -> None:
    assert is_heavy(Call("POST", MESSAGES, {}, b'{"file_id": "file_1"}'))
    assert not is_heavy(Call("POST", MESSAGES, {}, b'{"messages": []}'))


# What happens to one of two files: it is uploaded with a life, used, deleted, or time passes.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["upload", "use", "use", "use", "delete", "wait"]),
        st.sampled_from(["file_1", "file_2"]),
        st.sampled_from([None, 1.0, 3.0, 10.0]),
    ),
    max_size=25,
)


@given(steps=STEPS, profile=st.sampled_from(["relay", "anthropic"]))
@settings(max_examples=40, deadline=None)
def test_any_history_of_files_is_as_a_simple_model_says(steps: list[Any], profile: str) -> None:
    parts, at = assembly.build(Settings(profile=profile)), 100.0
    ends: dict[str, float] = {}
    ever: set[str] = set()
    for step, name, life in steps:
        if step == "upload":
            hold(parts, name, TEXT.encode(), "text/plain", expires_at=None if life is None else at + life)
            ends[name] = float("inf") if life is None else at + life
            ever.add(name)
        elif step == "wait":
            at += life or 0.5
        elif step == "delete":
            assert remove_file(parts, KEY, name) == (name in ends)
            ends.pop(name, None)
        else:
            is_there = ends.get(name, 0.0) > at
            passes = is_there or (profile == "relay" and name not in ever)
            status, body = ask(parts, document(name), at=at, path=COUNT)
            assert status == (200 if passes else 404)
            if is_there:
                assert body["input_tokens"] < 200  # A text, where a file of which nothing is known counts as a page.
