"""Servers with files that may be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.serving.editing.desk import Desk

WEATHER = """\
# Of the weather.
defaults:
  when: {model: "claude-*"}
scenarios:
  # Sun.
  - name: sunny
    when: {user: sun}
    reply: Sunny.
  - {name: rainy, when: {user: rain}, reply: Rain.}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "weather.yaml").write_text(WEATHER)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "other.yml").write_text("scenarios:\n- {name: apart, reply: x}\n")
    return Desk(tmp_path)
