"""The conditions ``path`` and ``method``."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.records.prompt import Prompt
from mockserver.scenarios import condition, lint


def at(path: str, method: str = "POST") -> Prompt:
    return Prompt({}, method=method, path=path)


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/v1/agents/*", "/v1/agents/7"),
        ("/v1/agents/*", "/v1/agents/7/versions"),
        ("/v1/agents/*", "/proxy/anthropic/v1/agents/7"),
        ("v1/agents/*", "/v1/agents/7"),
        ("/v1/agents", "/v1/agents/"),
        ("/api/hello", "/proxy/api/hello"),
        ("/", "/"),
        ("/v?/files", "/v1/files"),
    ],
)
def test_path_fits_behind_a_prefix(wanted: str, path: str) -> None:
    assert condition({"path": wanted}).matches(at(path))
    assert condition({"path": ["/none", wanted]}).matches(at(path))


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/v1/agents/*", "/v1/agents"),
        ("/agents/*", "/v1/agents/7"),
        ("/hello", "/api/helloo"),
        ("/V1/agents", "/v1/agents"),
    ],
)
def test_other_paths_do_not_fit(wanted: str, path: str) -> None:
    (difference,) = condition({"path": wanted}).differences(at(path))
    assert difference == f'path: expected to be {wanted}, got "{path}"'


def test_method_fits_in_any_case() -> None:
    assert condition({"method": ["get", "Post"]}).matches(at("/"))
    assert condition({"method": "GET"}).differences(at("/")) == ('method: expected to be GET, got "POST"',)


def test_scenario_of_a_path_is_reached_behind_one_for_messages(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    any_message = "  - {name: any, reply: a}\n"
    agents, agent = (
        "  - {name: b, when: {path: /v1/agents/*}, reply: b}\n",
        "  - {name: c, when: {path: /v1/agents/1}, reply: c}\n",
    )
    file.write_text(f"scenarios:\n{any_message}{agents}")
    assert lint([file]) == []
    file.write_text(f"scenarios:\n{agents}{agent}")
    assert ['scenario "c" is never reached' in problem.message for problem in lint([file])] == [True]
