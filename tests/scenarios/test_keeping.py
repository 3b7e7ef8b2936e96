"""Loading again reads only the files that have changed, and finds what loading anew would find."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from mockserver.records.errors import ScenarioError
from mockserver.scenarios import Scenario, ScenarioSet, load

NAMED = "scenarios: [{name: NAME, when: {user: hi}, reply: TEXT}]"
FILES = {
    "a.yaml": NAMED.replace("NAME", "first"),
    "b.yaml": "defaults: {priority: 3}\nscenarios: [{reply: TEXT}, {calls: [TEXT, '{{ now }}'], priority: 1}]",
    "c.yaml": "scenarios: [{name: last, reply: TEXT}]",
}


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)


def again(folder: Path, earlier: ScenarioSet) -> ScenarioSet:
    return load([folder], earlier=earlier.kept)


def seen(loaded: ScenarioSet) -> list[tuple[object, ...]]:
    return [(each.name, each.place, each.script, each.priority, len(each.steps)) for each in loaded.scenarios]


def kept(before: ScenarioSet, after: ScenarioSet) -> set[str]:
    """The names of files of which the scenarios are the same objects as before."""
    known = {id(each) for each in before.scenarios}
    return {Path(each.place.file).name for each in after.scenarios if id(each) in known}


def test_only_what_changed_is_read(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    first = load([tmp_path])
    write(tmp_path, {"b.yaml": "\n" + FILES["b.yaml"], "d.yaml": NAMED})
    second = again(tmp_path, first)
    assert kept(first, second) == {"a.yaml", "c.yaml"}
    assert seen(second) == seen(load([tmp_path])) != seen(first)
    assert second.files == load([tmp_path]).files
    # Once read it is kept, too; and what is gone is gone.
    (tmp_path / "a.yaml").unlink()
    third = again(tmp_path, second)
    assert kept(second, third) == {"b.yaml", "c.yaml", "d.yaml"}
    assert seen(third) == seen(load([tmp_path]))


def test_files_that_depend_on_others_are_read_again(tmp_path: Path) -> None:
    body, more = tmp_path / "body.txt", tmp_path / "more"
    more.mkdir()
    write(
        tmp_path, {"a.yaml": "include: [more/*.yaml]", "b.yaml": "scenarios: [{reply: {raw: {body_file: body.txt}}}]"}
    )
    body.write_text("one")
    write(more, {"x.yaml": NAMED})
    first = load([tmp_path])
    body.write_text("two")
    write(more, {"y.yaml": NAMED.replace("NAME", "other")})
    second = again(tmp_path, first)
    assert [each.name for each in second.scenarios] == ["NAME", "other", "b #1"]
    assert kept(first, second) == {"x.yaml"}
    assert body_of(first.scenarios[-1]) == b"one"
    assert body_of(second.scenarios[-1]) == b"two"


def body_of(scenario: Scenario) -> object:
    (step,) = scenario.steps
    assert step.constant is not None
    return step.constant.raw["body"]


def test_a_name_given_twice_is_told_wherever_it_came_later(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    first = load([tmp_path])
    write(tmp_path, {"b.yaml": NAMED.replace("NAME", "last")})
    messages = []
    for earlier in (first.kept, {}):
        with pytest.raises(ScenarioError) as caught:
            load([tmp_path], earlier=earlier)
        messages.append(str(caught.value))
    assert messages[0] == messages[1]
    assert 'there is another scenario "last"' in messages[0]


def test_a_mistake_keeps_what_was_read_before(tmp_path: Path) -> None:
    write(tmp_path, FILES)
    first = load([tmp_path])
    write(tmp_path, {"c.yaml": "scenarios: [{nonsense: 1}]"})
    with pytest.raises(ScenarioError, match="nonsense"):
        again(tmp_path, first)
    write(tmp_path, {"c.yaml": FILES["c.yaml"]})
    assert kept(first, again(tmp_path, first)) == set(FILES)
