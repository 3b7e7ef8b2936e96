"""Drafts of scenarios for one request each become one file."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from mockserver.control.drafts import join_drafts

INLINE = "scenarios:\n  - {name: request-1, when: {user: hello}, calls: [{text: Hi}]}\n"
BLOCK = """\
# A reason of two
# lines.
scenarios:
  - name: request-2
    calls:
      - text: |
          scenarios:
            - name
"""
FIRST = {"name": "request-1", "when": {"user": "hello"}, "calls": [{"text": "Hi"}]}
SECOND = {"name": "request-2", "calls": [{"text": "scenarios:\n  - name\n"}]}


@pytest.mark.parametrize(
    ("drafts", "expected"),
    [
        ([], []),
        (["scenarios: []\n"], []),
        (["# Nothing of it.\n"], []),
        ([INLINE], [FIRST]),
        ([BLOCK], [SECOND]),
        ([INLINE, "# Nothing.\n", BLOCK], [FIRST, SECOND]),
    ],
)
def test_drafts_are_in_one_file(drafts: list[str], expected: list[Any]) -> None:
    assert yaml.safe_load(join_drafts(drafts)) == {"scenarios": expected}


def test_comments_stay_above_theirs() -> None:
    joined = join_drafts([INLINE, "# Left out.\n", BLOCK])
    assert "  # Left out.\n  # A reason of two\n  # lines.\n  - name: request-2\n" in joined
