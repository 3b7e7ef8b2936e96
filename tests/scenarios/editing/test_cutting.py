"""One scenario of a text as a text of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver.cassettes.emitting import emit
from mockserver.scenarios.editing.cutting import cut_all, list_values, write_file
from mockserver.scenarios.reading.source import read

FIXTURES = sorted((Path(__file__).parents[3] / "fixtures").rglob("*.yaml"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_scenario_we_ship_can_be_cut_out(path: Path) -> None:
    text = path.read_text("utf-8")
    document = read(text, str(path))
    cuts = cut_all(text, document, emit)
    assert [cut.value for cut in cuts] == list_values(document)
    for cut in cuts:
        assert read(write_file(cut), "").value == {"scenarios": [cut.value]}


def test_own_lines_are_kept_with_their_comments() -> None:
    text = "scenarios:\n    # one\n    - name: a  # why\n      # inside\n      reply: x\n\n    - {name: b, reply: y}\n"
    first, second = cut_all(text, read(text, ""), emit)
    assert write_file(first) == "scenarios:\n  - name: a  # why\n    # inside\n    reply: x\n"
    assert write_file(first, first.comments) == "scenarios:\n  # one\n  - name: a  # why\n    # inside\n    reply: x\n"
    assert write_file(second) == "scenarios:\n  - {name: b, reply: y}\n"
    assert [(cut.is_own, cut.line, cut.shift) for cut in (first, second)] == [(True, 2, 4), (True, 6, 4)]


def test_one_scenario_alone() -> None:
    text = "# about\nname: a\nreply: |\n  x\n\n  y\n"
    (cut,) = cut_all(text, read(text, ""), emit)
    assert write_file(cut, cut.comments) == "scenarios:\n  # about\n  - name: a\n    reply: |\n      x\n\n      y\n"


def test_aliases_of_other_parts_are_written_out() -> None:
    text = "x-w: &w {user: hi}\nscenarios:\n- name: a\n  when: *w\n  reply: x\n"
    (cut,) = cut_all(text, read(text, ""), emit)
    assert (cut.is_own, write_file(cut)) == (False, "scenarios:\n  - {name: a, when: {user: hi}, reply: x}\n")
