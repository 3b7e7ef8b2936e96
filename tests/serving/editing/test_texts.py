"""The words of scenarios, as they can be sent again."""

from __future__ import annotations

from pathlib import Path

import pytest

from mockserver import MockTransport
from mockserver.records.settings import Settings
from mockserver.serving.assembly import build
from mockserver.serving.control_parts import build_control
from tests.serving.editing.desk import Desk

ROOT = Path(__file__).parents[3]


def text_of(desk: Desk, name: str, query: str = "?session=s") -> str:
    got = desk.ask("GET", f"scenarios/{name}{query}")
    assert got.status == 200, got.body
    text: str = got.json["yaml"]
    return text


def add(desk: Desk, text: str, path: str = "scenarios?session=s") -> None:
    got = desk.ask("POST", path, text)
    assert got.status in (200, 201), got.body


ONE = "scenarios:\n  # about\n  - name: mine\n    reply: Hi.  # short\n"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        (ONE, ONE),
        ("# about\nname: mine\nreply: Hi.  # short\n", ONE),
        ('{"name": "mine", "reply": {"text": "Hi."}}', "scenarios:\n  - {name: mine, reply: {text: Hi.}}\n"),
        ('{"scenarios": [{"name": "mine", "reply": "Hi."}]}', "scenarios:\n  - {name: mine, reply: Hi.}\n"),
        (
            "scenarios:\n- {name: a, reply: x}\n- name: mine\n  reply: Hi.  # short\n",
            "scenarios:\n  - name: mine\n    reply: Hi.  # short\n",
        ),
        (
            "defaults:\n  when: {user: x}\nscenarios:\n- {name: a, reply: x}\n- {name: mine, reply: Hi.}\n",
            "# The defaults of its text, which hold for this scenario. They stay in that file as they are.\n"
            "defaults:\n  when: {user: x}\nscenarios:\n  - {name: mine, reply: Hi.}\n",
        ),
    ],
)
def test_added_scenarios(desk: Desk, sent: str, shown: str) -> None:
    add(desk, sent)
    assert text_of(desk, "mine") == shown
    before = desk.ask("GET", "scenarios/mine?session=s").json["when"]
    add(desk, shown)
    assert desk.ask("GET", "scenarios/mine?session=s").json["when"] == before
    assert text_of(desk, "mine").endswith(shown.partition("\n")[2])


def test_words_that_are_the_name_of_the_session_are_shown(desk: Desk) -> None:
    text = "scenarios:\n  - {name: mine, when: {user: demo}, reply: A demo.}\n"
    add(desk, text, "scenarios?session=demo")
    assert text_of(desk, "mine", "?session=demo") == text


def test_appended_answers_are_among_its_words(desk: Desk) -> None:
    add(desk, "name: mine\ncalls: [one]")
    add(desk, "- two\n- {text: three}", "scenarios/mine/calls?session=s")
    add(desk, "four", "scenarios/mine/calls?session=s")
    assert text_of(desk, "mine") == "scenarios:\n  - {name: mine, calls: [one, two, {text: three}, four]}\n"


def test_scenario_without_a_name(desk: Desk) -> None:
    add(desk, "scenarios:\n- {name: a, reply: x}\n- {priority: 3, reply: y}\n- {reply: z}\n")
    names = [row["name"] for row in desk.ask("GET", "scenarios?session=s&scope=session").json["scenarios"]]
    assert names == ["added-1 #2", "a", "added-1 #3"]
    assert text_of(desk, "added-1 #3") == "scenarios:\n  - {reply: z}\n"
    assert text_of(desk, "added-1 #2") == "scenarios:\n  - {priority: 3, reply: y}\n"


def test_first_in_the_order_they_are_tried(desk: Desk) -> None:
    assert desk.ask("GET", "scenarios/sunny").json["scope"] == "file"
    add(desk, "{name: sunny, reply: b}", "scenarios?scope=server")
    assert desk.ask("GET", "scenarios/sunny").json["scope"] == "server"
    add(desk, "{name: sunny, reply: c}")
    row = desk.ask("GET", "scenarios/sunny?session=s").json
    assert (row["scope"], row["session"], row["file"]) == ("session", "s", None)
    assert desk.ask("GET", "scenarios/sunny").json["session"] == "s"
    assert desk.ask("GET", "scenarios/sunny?session=other").json["scope"] == "server"
    by_scope = {
        scope: desk.ask("GET", f"scenarios/sunny?scope={scope}").json for scope in ("session", "server", "file")
    }
    assert [by_scope[scope]["scope"] for scope in by_scope] == ["session", "server", "file"]
    assert by_scope["file"]["file"] == "weather.yaml"
    assert desk.ask("GET", "scenarios/gone").status == 404
    assert desk.ask("GET", "scenarios/sunny?scope=x").status == 400


def test_row_is_that_of_the_list(desk: Desk) -> None:
    add(desk, "{name: mine, when: {user: x}, calls: [a, b]}")
    for listed in desk.ask("GET", "scenarios?session=s").json["scenarios"]:
        shown = desk.ask("GET", f"scenarios/{listed['name']}?session=s").json
        assert {key: shown[key] for key in listed} == listed
    assert listed["when"] == {"model": "claude-*", "user": "rain"}


def test_every_scenario_we_ship_can_be_sent_as_it_is_shown() -> None:
    desk = Desk(ROOT / "fixtures")
    for name in desk.names():
        shown = desk.ask("GET", f"scenarios/{name}").json
        assert shown["file"] is not None
        got = desk.ask("POST", "scenarios?check=true", shown["yaml"])
        if shown["yaml"].startswith("# It takes texts or bodies from files"):
            assert got.status == 400
        else:
            assert (got.status, [row["when"] for row in got.json["checked"]]) == (200, [shown["when"]]), name


def test_file_that_holds_it_no_longer(desk: Desk) -> None:
    (desk.folder / "weather.yaml").write_text("scenarios:\n- {name: other, reply: x}\n")
    assert desk.ask("GET", "scenarios/sunny").status == 409
    (desk.folder / "weather.yaml").write_text("scenarios: [")
    assert desk.ask("GET", "scenarios/sunny").status == 409
    (desk.folder / "weather.yaml").unlink()
    assert desk.ask("GET", "scenarios/sunny").status == 409


def test_programs_are_named_not_run(tmp_path: Path) -> None:
    path = tmp_path / "answers.py"
    path.write_text(
        "scenarios = [{'name': 'words', 'reply': 'Hi.'},\n"
        "  {'name': 'code', 'when': {'user': 'x'}, 'reply': lambda prompt: 'Ho.'}]\n"
    )
    control = build_control(build(Settings(fixtures=(str(path),))))
    desk = Desk.__new__(Desk)
    desk.control = control
    path.write_text("raise SystemExit")
    words, code = text_of(desk, "words"), text_of(desk, "code")
    assert words.startswith(f"# {path}:1 is given by a program")
    assert words.endswith("scenarios:\n  - {name: words, reply: Hi.}\n")
    assert code.endswith("# scenarios:\n#   - {name: code, when: {user: x}}\n")


def test_scenarios_given_in_python() -> None:
    mock = build(Settings())
    with MockTransport(mock) as transport:
        session = transport.session("key-of-a-test")
        session.when(user="x").reply("Hi.")
        session.when(user="y").reply(lambda prompt: prompt.user)
        session.load(ROOT / "fixtures/structured.yaml")
        desk = Desk.__new__(Desk)
        desk.control = build_control(mock)
        rows = desk.ask("GET", "scenarios?scope=session").json["scenarios"]
        texts = [text_of(desk, row["name"], "?scope=session") for row in rows]
    assert texts[-1] == "scenarios:\n  - {name: script 1, when: {user: x}, reply: {text: Hi.}}\n"
    assert texts[-2].startswith("# A function in Python answers it")
    assert texts[-2].endswith('#   - {name: script 2, when: {user: "y"}}\n')
    assert texts[0].startswith("scenarios:\n  - name: invoice\n")
