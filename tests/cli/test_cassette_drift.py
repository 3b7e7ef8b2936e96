"""``mockserver drift PATHS``: what is printed and written, and the exit status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from mockserver.cli import main
from mockserver.records.exchanges import RecordedRequest
from mockserver.testing.server import MockServer
from tests.cassettes.hostile import serve_bytes
from tests.cassettes.recording import HEADERS, KEY, ask_for, record, write_cassette

TOOL = {"name": "look", "input_schema": {"type": "object"}}
REQUESTS = (
    ask_for("Hello"),
    ask_for("Hello", stream=True),
    ask_for("Look", tools=[TOOL], tool_choice={"type": "any"}, stream=True),
    ask_for("Hello", surprise=1),
)


@pytest.fixture(scope="module")
def cassettes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a cassette, in a folder below: recorded from a server that generates."""
    folder = tmp_path_factory.mktemp("cassettes") / "below"
    folder.mkdir()
    with MockServer(profile="anthropic", seed=1) as upstream:
        write_cassette(folder, record(upstream.url, REQUESTS))
    return folder.parent


def drift(*words: object, **environ: str | None) -> Result:
    given = {
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": None,
        "ANTHROPIC_AUTH_TOKEN": None,
        "MOCKSERVER_UPSTREAM": None,
    }
    return CliRunner().invoke(main, ["drift", *map(str, words)], env={**given, **environ})


def drift_from(tmp_path: Path, cassettes: Path, reply: dict[str, Any], *words: object) -> Result:
    """Drift against a server that answers all messages so."""
    file = tmp_path / "upstream.yaml"
    file.write_text(json.dumps({"scenarios": [{"name": "all", "reply": reply}]}), encoding="utf-8")
    with MockServer(file, profile="anthropic", seed=3) as upstream:
        return drift(cassettes, "--upstream", upstream.url, *words)


def test_another_seed_is_the_same_api(cassettes: Path) -> None:
    with MockServer(profile="anthropic", seed=2) as upstream:
        result = drift(cassettes, "--upstream", upstream.url)
    assert (result.exit_code, result.stdout) == (0, "no difference\n")
    assert "4 exchanges: 4 equal" in result.stderr


SAME: dict[str, dict[str, Any]] = {
    "other texts": {"text": "Something else."},
    "a tool": {"tool_use": {"name": "look", "input": {"at": "it"}}},
    "a cut": {"text": "Something", "stop_reason": "max_tokens"},
    "a pace and no ping": {"text": "Something", "fault": "no_ping"},
}


@pytest.mark.parametrize("reply", SAME.values(), ids=SAME)
def test_other_answers_are_the_same_api(tmp_path: Path, cassettes: Path, reply: dict[str, Any]) -> None:
    result = drift_from(tmp_path, cassettes, reply)
    assert (result.exit_code, result.stdout) == (0, "no difference\n")


OTHER: dict[str, tuple[dict[str, Any], str]] = {
    "a status": ({"error": "not_found_error"}, "breaking: the status was 200, and is 404 not_found_error"),
    "a header": ({"headers": {"anthropic-mood": "good"}, "text": "x"}, "note: the header anthropic-mood is new"),
    "an event": ({"text": "x", "fault": "unknown_event"}, "breaking: the stream has events that nobody knows"),
    "a block": ({"text": "x", "fault": "unknown_block"}, "breaking: content_block_start.content_block[future_block]"),
    "usage": ({"text": "x", "fault": "no_delta_usage"}, "breaking: message_delta.usage is gone"),
    "an order": ({"text": "x", "fault": "no_content_block_stop"}, "breaking: the stream no longer keeps this: blocks"),
    "an end": ({"text": "x", "fault": "openai_stop_reason"}, "breaking: message_delta.delta.stop_reason is stop"),
    "a page": ({"text": "x", "fault": "html_page"}, "could not check: the upstream answered 200 with a page"),
    "a null": ({"text": "x", "fault": {"then": "null_usage", "only": "input_tokens"}}, "usage.input_tokens was number"),
}


@pytest.mark.parametrize(("reply", "expected"), OTHER.values(), ids=OTHER)
def test_other_shapes_are_told(tmp_path: Path, cassettes: Path, reply: dict[str, Any], expected: str) -> None:
    result = drift_from(tmp_path, cassettes, reply)
    assert expected in result.stdout
    assert result.exit_code == {"note": 0, "coul": 2}.get(expected[:4], 1)


def test_drift_outweighs_what_could_not_be_checked(tmp_path: Path) -> None:
    with MockServer(profile="anthropic", seed=1) as upstream:
        gone = RecordedRequest("GET", "/v1/models/claude-haiku-4-5", HEADERS)
        held = RecordedRequest("DELETE", "/v1/files/file_011CNha8iCJcU1wXNR6q4V8w", HEADERS)
        write_cassette(tmp_path, record(upstream.url, (*REQUESTS, gone, held)))
    result = drift_from(tmp_path, tmp_path / "talk.yaml", {"error": "not_found_error"})
    assert result.exit_code == 1
    assert "1 could not be checked" in result.stderr


def test_nothing_can_be_checked_without_an_upstream(cassettes: Path) -> None:
    with serve_bytes(b"") as url:
        pass
    result = drift(cassettes, "--upstream", url)
    assert result.exit_code == 2
    assert "could not check: the upstream cannot be reached" in result.stdout
    assert "4 could not be checked" in result.stderr


def test_the_upstream_may_be_a_variable(cassettes: Path) -> None:
    with MockServer(profile="anthropic", seed=2) as upstream:
        assert drift(cassettes, MOCKSERVER_UPSTREAM=upstream.url).exit_code == 0
        assert drift(cassettes, ANTHROPIC_BASE_URL=upstream.url).exit_code == 0


def test_without_a_key_it_says_what_to_set(cassettes: Path) -> None:
    result = drift(cassettes, ANTHROPIC_API_KEY=None)
    assert result.exit_code == 2
    assert result.stderr.endswith("set ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN) in the environment\n")


@pytest.mark.parametrize(
    ("name", "value"), [("HTTPS_PROXY", "odd://user:password@proxy"), ("SSL_CERT_FILE", "/there/is/none")]
)
def test_environment_that_no_client_can_use_is_no_drift(cassettes: Path, name: str, value: str) -> None:
    result = drift(cassettes, "--upstream", "https://127.0.0.1:9", **{name: value})
    assert result.exit_code == 2
    assert result.stderr.startswith("mockserver: No upstream can be asked, by HTTP_PROXY and SSL_CERT_FILE as they are")
    assert "password" not in result.output


def test_the_key_is_shown_nowhere(tmp_path: Path, cassettes: Path) -> None:
    key = "a-key-of-no-known-form"
    body = json.dumps({"type": "error", "error": {"type": "invalid_request_error", "message": f"key {key}"}}).encode()
    head = b"HTTP/1.1 400 No\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    with serve_bytes(head + body) as url:
        words = (cassettes, "--upstream", url, "--json", "--junit", tmp_path / "drift.xml")
        result = drift(*words, ANTHROPIC_API_KEY=key)
    assert result.exit_code == 1
    assert "400 invalid_request_error: key" in result.stdout
    assert key not in result.output + (tmp_path / "drift.xml").read_text("utf-8")


def test_json_is_one_object_and_junit_one_case_an_exchange(tmp_path: Path, cassettes: Path) -> None:
    reply = {"error": "not_found_error"}
    result = drift_from(tmp_path, cassettes, reply, "--json", "--junit", tmp_path / "drift.xml")
    report = json.loads(result.stdout)
    assert (report["status"], report["drifted"], report["equal"], report["unchecked"]) == (1, 3, 1, 0)
    assert report["exchanges"][0]["differences"][0]["severity"] == "breaking"
    suite = ElementTree.parse(tmp_path / "drift.xml").getroot()  # noqa: S314  written by ourselves
    assert suite.attrib == {"name": "mockserver drift", "tests": "4", "failures": "3", "skipped": "0"}
    failures = [case.find("failure") for case in suite]
    assert [failure is not None for failure in failures] == [True, True, True, False]


def test_known_differences_are_told_no_more(tmp_path: Path, cassettes: Path) -> None:
    known = tmp_path / "known.json"
    replies: tuple[dict[str, Any], ...] = (
        {"text": "x", "fault": "unknown_event"},
        {"error": {"type": "api_error", "status": 418}},
    )
    for reply in replies:
        known.write_text(drift_from(tmp_path, cassettes, reply, "--json").stdout, "utf-8")
        assert drift_from(tmp_path, cassettes, reply).exit_code == 1
        assert drift_from(tmp_path, cassettes, reply, "--baseline", known).exit_code == 0
    reworded = {"error": {"type": "api_error", "status": 418, "message": "Other words."}}
    assert drift_from(tmp_path, cassettes, reworded, "--baseline", known).exit_code == 0
    other = drift_from(tmp_path, cassettes, {"error": "not_found_error"}, "--baseline", known)
    assert other.exit_code == 1


def test_old_cassettes_have_drifted(tmp_path: Path, cassettes: Path) -> None:
    result = drift_from(tmp_path, cassettes, {"text": "x"}, "--max-age", "0.001s", "--junit", tmp_path / "age.xml")
    assert result.exit_code == 1
    assert "changed: recorded 20" in result.stdout
    assert "1 cassette too old" in result.stderr
    assert drift_from(tmp_path, cassettes, {"text": "x"}, "--max-age", "90d").exit_code == 0


MISTAKES: dict[str, tuple[tuple[object, ...], str]] = {
    "no cassette": (("EMPTY",), "there is no cassette"),
    "no duration": (("CASSETTES", "--max-age", "old"), "expected a duration"),
    "an age of nothing": (("CASSETTES", "--max-age", "0"), "expected a duration"),
    "no URL": (("CASSETTES", "--upstream", "nowhere"), "expected a base URL"),
    "no report": (("CASSETTES", "--upstream", "http://127.0.0.1:1", "--baseline", "BASELINE"), "no report"),
    "no cassettes": (("--upstream", "http://127.0.0.1:1"), "go with cassettes"),
    "the SDK": (("CASSETTES", "--typescript", "EMPTY"), "goes without cassettes"),
    "a broken one": (("BROKEN",), "no file missing.jsonl"),
}


@pytest.mark.parametrize(("words", "expected"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told(tmp_path: Path, cassettes: Path, words: tuple[object, ...], expected: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "baseline.json").write_text("[]", "utf-8")
    broken = tmp_path / "broken.yaml"
    broken.write_text("cassette: {exchanges: missing.jsonl}\nscenarios: []\n", "utf-8")
    names = {
        "EMPTY": tmp_path / "empty",
        "CASSETTES": cassettes,
        "BASELINE": tmp_path / "baseline.json",
        "BROKEN": broken,
    }
    result = drift(*(names.get(str(word), word) for word in words))
    assert result.exit_code == 2
    assert expected in result.stderr
