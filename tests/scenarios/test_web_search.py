"""``web_search`` of fixture files: what web search refuses besides what is known to be refused."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import httpx2 as httpx
import pytest

from mockserver.records.errors import ScenarioError
from mockserver.reference.web_search import BUILT_IN
from mockserver.scenarios import FileReader, ScenarioSet, load, parse
from mockserver.testing.server import MockServer
from tests.strict import error_of, message_of

FIRST = "web_search: {unsupported_countries: [NO], inaccessible_domains: [Example.com]}"


def loaded(folder: Path, earlier: ScenarioSet | None = None, **files: str) -> ScenarioSet:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, "utf-8")
    return load([folder], None, FileReader(), earlier.kept if earlier else {})


def test_without_it_what_is_built_in_holds(tmp_path: Path) -> None:
    assert loaded(tmp_path, a="scenarios: []").search_limits == BUILT_IN


def test_all_files_add_to_what_is_built_in(tmp_path: Path) -> None:
    limits = loaded(
        tmp_path, a=FIRST, b="web_search: {unsupported_countries: [DK], inaccessible_domains: null}"
    ).search_limits
    assert limits.countries == BUILT_IN.countries | {"NO", "DK"}
    assert limits.domains == BUILT_IN.domains | {"example.com"}
    assert limits.is_inaccessible("shop.EXAMPLE.com/sale")
    assert not limits.is_inaccessible("example.com.example.org")


def test_included_files_count_too(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "more.yaml").write_text(FIRST, "utf-8")
    assert "NO" in loaded(tmp_path, a="include: below/more.yaml").search_limits.countries


def test_a_file_that_is_kept_keeps_its_own(tmp_path: Path) -> None:
    before = loaded(tmp_path, a=FIRST, b="scenarios: []")
    after = loaded(tmp_path, before, b="web_search: {unsupported_countries: [DK]}")
    assert after.search_limits.countries == BUILT_IN.countries | {"NO", "DK"}


def test_a_running_server_takes_none_of_it() -> None:
    """It would hold for the session alone, and who checks the body knows of no session."""
    with pytest.raises(ScenarioError, match="web_search works in fixture files only"):
        parse(FIRST, "sent")


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (
            {"user_location": {"type": "approximate", "country": "NO"}},
            "tools.0.web_search_20250305: Country code NO is not supported.",
        ),
        (
            {"allowed_domains": ["example.com", "reddit.com"]},
            "The following domains are not accessible to our user agent: ['example.com', 'reddit.com'].",
        ),
        ({"user_location": {"type": "approximate", "country": "FI"}, "allowed_domains": ["example.org"]}, ""),
    ],
)
@pytest.mark.parametrize("profile", ["relay", "anthropic"])
def test_server_refuses_what_its_files_say(
    tmp_path: Path, profile: Literal["relay", "anthropic"], tool: dict[str, object], said: str
) -> None:
    (tmp_path / "a.yaml").write_text(FIRST, "utf-8")
    tools = [{"type": "web_search_20250305", "name": "web_search", **tool}]
    messages = [{"role": "user", "content": "hi"}]
    body = {"model": "claude-opus-5", "max_tokens": 64, "messages": messages, "tools": tools}
    headers = {"x-api-key": "sk-any", "anthropic-version": "2023-06-01"}
    with MockServer(tmp_path, profile=profile) as server:
        got = httpx.post(f"{server.url}/v1/messages", json=body, headers=headers)
    if said:
        assert error_of(got, 400)["message"].startswith(said)
    else:
        message_of(got)
