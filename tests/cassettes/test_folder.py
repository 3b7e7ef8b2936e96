"""A folder of cassettes: a file for each conversation, with all that belongs to it, whoever writes there."""

from __future__ import annotations

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.cassettes.folder import CassetteFolder
from mockserver.cassettes.naming import MOST, make_slug
from mockserver.recordings.cassette import Match
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.settings import Settings
from mockserver.serving.assembly import build, lint
from tests.cassettes.recorded import answer, ask, exchange, parts, read_body, say

USE = {"type": "tool_use", "id": "toolu_01A", "name": "weather", "input": {"city": "Oslo"}}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01A", "content": "wet"}]}
QUESTION = ask("How is the weather in Oslo?")
LATER = ask("How is the weather in Oslo?", {"role": "assistant", "content": [USE]}, RESULT)
COUNT = "/v1/messages/count_tokens"


def count(request: dict[str, Any], tokens: int) -> RecordedExchange:
    return exchange({key: request[key] for key in ("model", "messages")}, {"input_tokens": tokens}, path=COUNT)


def keep(folder: Path, *exchanges: RecordedExchange, **words: Any) -> list[str]:
    """The names of the files that exchanges go to."""
    kept = CassetteFolder(folder, parts(), **words)
    return [kept.keep(each).stem for each in exchanges]


def test_conversation_has_a_file(tmp_path: Path) -> None:
    """Its turns, their counts, and nothing of another one."""
    marked = [{"type": "text", "text": "How is the weather in Oslo?", "cache_control": {"type": "ephemeral"}}]
    used = [{**USE, "id": "toolu_01Zz"}]
    again = {"role": "user", "content": [{**RESULT["content"][0], "tool_use_id": "toolu_01Zz"}]}  # type: ignore[dict-item]
    names = keep(
        tmp_path,
        count(QUESTION, 12),
        exchange(QUESTION),
        exchange(ask("What is pi?")),
        count(LATER, 40),
        exchange(LATER),
        exchange(ask({"role": "user", "content": marked}, {"role": "assistant", "content": used}, again, "Ok", "Bye")),
    )
    weather = "how-is-the-weather-in-oslo"
    assert names == [weather, weather, "what-is-pi", weather, weather, weather]
    assert lint([str(tmp_path)]) == []


def test_names_are_told_apart(tmp_path: Path) -> None:
    """By a digest of the request: they are the same in each run."""
    asked = [
        exchange(ask(text)) for text in ("Hi!", "Hi?", "hi", "天気は?", "API", "<system-reminder>x</system-reminder>Go")
    ]
    first = keep(tmp_path / "a", *asked)
    assert first == keep(tmp_path / "b", *asked)
    assert len(set(first)) == 6
    assert [name.rpartition("-")[0] or name for name in first] == ["hi", "hi", "hi", "conversation", "api", "go"]


def test_what_has_no_conversation_goes_to_one_file(tmp_path: Path) -> None:
    """Or to the conversation whose ids it names."""
    file = {"id": "file_011CNha8iCJcU1wXNR6q4V8w", "type": "file"}
    made = say("Done.", container={"id": "container_011CNha8iCJcU1wXNR6q4V8w", "expires_at": "2026-11-30T13:00:00Z"})
    made["content"] += [{"type": "container_upload", "file_id": "file_011CZZZZZZZZZZZZZZZZZZZZ"}]
    names = keep(
        tmp_path,
        exchange(None, {"data": []}, method="GET", path="/v1/models"),
        exchange({"a": 1}, file, path="/v1/files"),
        exchange(QUESTION, made),
        exchange(None, b"abc", method="GET", path="/v1/files/file_011CZZZZZZZZZZZZZZZZZZZZ/content"),
        exchange(None, b"def", method="GET", path="/v1/files/file_011CNha8iCJcU1wXNR6q4V8w/content"),
        exchange({"requests": []}, {"id": "msgbatch_01AAAAAAAA"}, path="/v1/messages/batches"),
        exchange(None, {"id": "msgbatch_01AAAAAAAA"}, method="GET", path="/v1/messages/batches/msgbatch_01AAAAAAAA"),
    )
    weather = "how-is-the-weather-in-oslo"
    assert names == ["api", "api", weather, weather, "api", "api", "api"]
    assert [each for each in lint([str(tmp_path)]) if each.level == "error"] == []


def test_thread_is_a_conversation(tmp_path: Path) -> None:
    first = say("It rains.", id="msg_011CgbDxWadrawz6i47RcAAA")
    goes_on = ask("And now?", thread={"type": "enabled", "previous_message_id": "msg_011CgbDxWadrawz6i47RcAAA"})
    assert keep(tmp_path, exchange(QUESTION, first), exchange(goes_on)) == ["how-is-the-weather-in-oslo"] * 2


def test_threads_that_go_on_with_the_same_words_stay_apart(tmp_path: Path) -> None:
    ids = ["msg_011CgbDxWadrawz6i47RcAAA", "msg_011CgbDxWadrawz6i47RcBBB"]
    starts = [exchange(ask(text), say(text, id=id_)) for text, id_ in zip(("Oslo", "Rome"), ids, strict=True)]
    further = [exchange(ask("Go on", thread={"type": "continue", "previous_message_id": id_})) for id_ in ids]
    # A conversation that begins with these words is none of them.
    names = keep(tmp_path, *starts, *further, exchange(ask("Go on", "Where?", "There")))
    assert names == ["oslo", "rome", "oslo", "rome", "go-on"]


def test_next_run_goes_on_with_the_files(tmp_path: Path) -> None:
    """Conversations are known by their side files; what was edited stays."""
    (name,) = keep(tmp_path, exchange(QUESTION))
    path = tmp_path / f"{name}.yaml"
    path.write_text(path.read_text().replace("text: It rains.", "text: Edited."))
    before = path.read_text()
    assert keep(tmp_path, exchange(LATER), exchange(ask("How is the weather in Oslo?", "x", "y"))) == [name, name]
    assert path.read_text().startswith(before)
    assert [each["when"]["recorded"] for each in yaml.safe_load(path.read_text())["scenarios"]] == [1, 2, 3]


def test_all_is_written_anew_where_it_is_asked_again(tmp_path: Path) -> None:
    (name,) = keep(tmp_path, exchange(QUESTION, say("Former.")))
    keep(tmp_path, exchange(ask("What is pi?")))
    assert keep(tmp_path, exchange(QUESTION, say("New.")), replaces=True) == [name]
    assert "Former" not in (tmp_path / f"{name}.yaml").read_text()
    assert sorted(each.stem for each in tmp_path.glob("*.yaml")) == [name, "what-is-pi"]


def test_test_has_one_file(tmp_path: Path) -> None:
    path = tmp_path / "test_weather" / "test_rain.yaml"
    asked = [exchange(QUESTION), exchange(ask("What is pi?"), say("3.14"))]
    assert keep(tmp_path, *asked, file=path) == ["test_rain"] * 2
    served = build(Settings(fixtures=(str(path),)))
    assert [read_body(answer(served, each))["content"][0]["text"] for each in asked] == ["It rains.", "3.14"]
    assert [*tmp_path.iterdir()] == [path.parent]


def test_threads_may_share_it(tmp_path: Path) -> None:
    kept = CassetteFolder(tmp_path, parts())
    asked = [exchange(ask(f"Question {at % 4}", "Yes", f"Part {at}"), say(f"Answer {at}")) for at in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(kept.keep, asked))
    served = build(Settings(fixtures=(str(tmp_path),)))
    said = [read_body(answer(served, each))["content"][0]["text"] for each in asked]
    assert said == [f"Answer {at}" for at in range(24)]


def test_several_may_write_into_one_folder(tmp_path: Path) -> None:
    """As processes do: none takes the name of another's conversation."""
    folders = [CassetteFolder(tmp_path, parts()) for _ in range(3)]
    asked = [exchange(ask("Hi", system=f"Number {at}"), say(f"Answer {at}")) for at in range(3)]
    for folder in folders:
        folder._recall()
    names = {folder.keep(each).stem for folder, each in zip(folders, asked, strict=True)}
    assert len(names) == 3
    served = build(Settings(fixtures=(str(tmp_path),)))
    assert [read_body(answer(served, each))["content"][0]["text"] for each in asked] == [
        "Answer 0",
        "Answer 1",
        "Answer 2",
    ]


def test_name_is_made_of_redacted_text(tmp_path: Path) -> None:
    (name,) = keep(tmp_path, exchange(ask("Write to ann@corp.test about 4711")), match=Match(redact=(r"47\d\d",)))
    assert name == "write-to-redacted-example-com-about"
    assert all(b"4711" not in each.read_bytes() for each in tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("How is it?", "how-is-it"),
        ("Grüße an Éva", "grusse-an-eva"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "con-1"),
        ("a" * 90, "a" * MOST),
        ("One two three four five six seven eight nine", "one-two-three-four-five-six-seven-eight"),
        ("天気", ""),
    ],
)
def test_slug_is_a_name_of_files_anywhere(text: str, slug: str) -> None:
    assert make_slug(text) == slug


def test_full_disk_leaves_no_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written is written with the next exchange of the conversation."""
    folder = CassetteFolder(tmp_path, parts())

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("mockserver.cassettes.side_files.replace_file", fail)
        with pytest.raises(OSError, match="No space"):
            folder.keep(exchange(QUESTION))
    assert list(tmp_path.iterdir()) == []
    written = folder.keep(exchange(LATER))
    assert len(yaml.safe_load(written.read_text())["scenarios"]) == 2
    assert lint([str(tmp_path)]) == []


@pytest.mark.parametrize("is_there", [False, True])
def test_processes_do_not_write_into_the_same_files(tmp_path: Path, is_there: bool) -> None:
    """The first of them adds to a file that was there before."""
    models = exchange(None, {"data": []}, method="GET", path="/v1/models")
    if is_there:
        keep(tmp_path, models)
    folders = [CassetteFolder(tmp_path, parts()) for _ in range(2)]
    names = [folder.keep(models).stem for _ in range(3) for folder in folders]
    assert sorted(set(names)) == ["api", "api-2"]
    assert [name for name in names[2:] if name == "api"] == ["api"] * 2
    assert [problem for problem in lint([str(tmp_path)]) if problem.level == "error"] == []
    lines = [line for path in tmp_path.glob("*.jsonl") for line in path.read_bytes().splitlines()]
    assert len(lines) == 6 + is_there
