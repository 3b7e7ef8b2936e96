"""``mockserver import``: what becomes of files, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mockserver.cli.commands import main
from mockserver.serving.assembly import lint
from tests.cassettes.formats.test_table import ASKED, SAID, cassette, interaction
from tests.cassettes.forms import Row, har_text, recorded_rows, recordings, vcr_text

SECRET = "sk-ant-api03-planted0secret0000000000000"
FIXTURES = {"fixtures": [{"match": {"userMessage": "Hi"}, "response": {"content": "Hello"}}]}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, arguments)])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def pick(path: str, number: int) -> list[Row]:
    return [row for row in recorded_rows() if row["path"] == path and row["status"] == 200][:number]


def test_file_becomes_a_cassette_of_its_name(tmp_path: Path) -> None:
    rows = next(iter(recordings(recorded_rows()).values()))
    (tmp_path / "test_weather.yaml").write_bytes(vcr_text(rows))
    done = run(tmp_path / "test_weather.yaml", "--to", tmp_path / "cassettes")
    assert done.exit_code == 0, done.output
    assert names(tmp_path / "cassettes") == ["test-weather.exchanges.jsonl", "test-weather.yaml"]
    source, made = done.stdout.splitlines()
    assert source == f"{tmp_path}/test_weather.yaml (vcr): {len(rows)} exchange{'s' * (len(rows) > 1)}"
    assert made.startswith(f"  -> {tmp_path}/cassettes/test-weather.yaml: ")
    assert lint([str(tmp_path / "cassettes")]) == []


def test_folders_are_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("a", "b", ".git"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "same.json").write_bytes(cassette(interaction()))
    (tmp_path / "in" / "notes.md").write_text("# Notes")
    (tmp_path / "in" / "rules").write_text(json.dumps(FIXTURES))
    done = run(tmp_path / "in", "--to", tmp_path / "in" / "out")
    assert (done.exit_code, done.stderr) == (0, "imported: 3 exchanges in 3 files, 1 file of other kinds\n")
    made = [name for name in names(tmp_path / "in" / "out") if name.endswith(".yaml")]
    assert made == ["b-same.yaml", "rules.yaml", "same.yaml"]
    again = run(tmp_path / "in", "--to", tmp_path / "in" / "out")
    assert "is there already: remove it, or give --replace" in again.stderr
    assert again.exit_code == 2
    assert run(tmp_path / "in", "--to", tmp_path / "in" / "out", "--replace").exit_code == 0
    monkeypatch.chdir(tmp_path)
    again = run("in", "in/rules", tmp_path / "in", "--to", tmp_path / "in" / "out", "--replace")
    assert again.stderr == done.stderr


def test_conversations_of_a_browser_have_a_file_each(tmp_path: Path) -> None:
    (one, other), models = pick("/v1/messages", 2), pick("/v1/models", 2)
    (tmp_path / "session.har").write_bytes(har_text([one, *models, other]))
    done = run(tmp_path / "session.har", "--to", tmp_path / "out", "--dry-run")
    first, *made = done.stdout.splitlines()
    assert first.endswith("session.har (har): 4 exchanges would go")
    assert done.stderr == "would be imported: 4 exchanges in 3 files\n"
    files = [line.split(":")[0].rpartition("/")[2] for line in made if "->" in line]
    assert files == ["session-1.yaml", "session-api.yaml", "session-2.yaml"]
    assert not (tmp_path / "out").exists()
    assert done.exit_code == 0


@pytest.mark.parametrize(
    ("data", "status", "words"),
    [
        (cassette(interaction(), {}), 1, "  entry 2: it has no request"),
        (cassette({}), 2, "  entry 1: it has no request"),
        (b"hello", 2, "it has none of the forms that are read: har, vcr, "),
        (
            cassette(interaction(), interaction(uri="https://api.openai.com/v1/chat/completions")),
            0,
            "  left out: POST https://api.openai.com/v1/chat/completions (not the Messages API)",
        ),
        (cassette(interaction(uri="https://api.openai.com/v1/files")), 2, "  left out: POST https://api.openai.com"),
    ],
)
def test_status_says_how_much_is_in(data: bytes, status: int, words: str, tmp_path: Path) -> None:
    (tmp_path / "some").write_bytes(data)
    done = run(tmp_path / "some", "--to", tmp_path / "out")
    assert (done.exit_code, words in done.output) == (status, True), done.output


def test_unreadable_file_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"hello")
    (tmp_path / "b").write_bytes(cassette(interaction()))
    done = run(tmp_path / "a", tmp_path / "b", "--to", tmp_path / "out")
    assert (done.exit_code, names(tmp_path / "out")) == (1, ["b.exchanges.jsonl", "b.yaml"])


def test_wrong_pattern_is_told(tmp_path: Path) -> None:
    (tmp_path / "some").write_bytes(cassette(interaction()))
    done = run(tmp_path / "some", "--to", tmp_path / "out", "--redact", "(")
    assert (done.exit_code, "Invalid value for '--redact'" in done.stderr) == (2, True)


def test_no_secret_is_written(tmp_path: Path) -> None:
    headers = {"x-api-key": [SECRET], "Authorization": [f"Bearer {SECRET}"], "cookie": ["session=planted-cookie"]}
    line = interaction(headers=headers, uri=f"https://api.anthropic.com/v1/messages?key={SECRET}")
    body = {**ASKED, "messages": [{"role": "user", "content": f"My key is {SECRET}; call me Jo Planted"}]}
    line["request"]["body"] = json.dumps(body)
    line["response"]["body"]["string"] = json.dumps({**SAID, "content": [{"type": "text", "text": SECRET}]})
    (tmp_path / "some").write_bytes(cassette(line))
    assert run(tmp_path / "some", "--to", tmp_path / "out", "--redact", "Jo [A-Z][a-z]+").exit_code == 0
    written = b"".join(path.read_bytes() for path in (tmp_path / "out").iterdir())
    assert written.count(b"Jo [A-Z][a-z]+") == 1
    for secret in (SECRET.encode(), b"planted-cookie", b"Jo Planted"):
        assert secret not in written


def test_no_secret_of_a_rule_is_written(tmp_path: Path) -> None:
    fixture = {"match": {"userMessage": "Jo Planted"}, "response": {"content": f"Your key is {SECRET}."}}
    (tmp_path / "some").write_text(json.dumps({"fixtures": [fixture]}))
    assert run(tmp_path / "some", "--to", tmp_path / "out", "--redact", "Jo [A-Z][a-z]+").exit_code == 0
    written = (tmp_path / "out" / "some.yaml").read_text()
    assert "Your key is" in written
    assert not any(secret in written for secret in (SECRET, "Jo Planted"))


def test_turns_without_words_are_named(tmp_path: Path) -> None:
    line = interaction()
    line["response"]["body"]["string"] = "event: ping\ndata: {}\n\n"
    (tmp_path / "some").write_bytes(cassette(line))
    done = run(tmp_path / "some", "--to", tmp_path / "out")
    assert done.stdout.splitlines()[2].startswith("     some-1: Only as recorded: ")
