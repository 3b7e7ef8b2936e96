"""A generated reply speaks of what the user said, not of what clients add to it."""

from __future__ import annotations

import pytest

from mockserver.reference import client_tags
from tests.generating import reply, text

REMINDER = "<system-reminder>\nAs you answer, use the following context: search the web.\n</system-reminder>"


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("What is new?", "What is new?"),
        (f"{REMINDER}\nWhat is new?", "What is new?"),
        (f"What is\n{REMINDER}new?\n{REMINDER}", "What is\nnew?"),
        ("<command-name>/review</command-name>\n<command-args>my branch</command-args>", "my branch"),
        ("<local-command-stdout></local-command-stdout>Go on.", "Go on."),
        ('<ide_opened_file path="a.py">a.py is open</ide_opened_file> Explain it.', "Explain it."),
        ("<task>Mend it.</task>\n<environment_details>\n# Tabs\n</environment_details>", "Mend it."),
        (f"{REMINDER.replace('web.', f'web. {REMINDER}')} What is new?", "What is new?"),
        ("<task>a <system-reminder>b <system-reminder>c</system-reminder></system-reminder></task>", "a"),
        ("<system-reminder>of <system-reminder> tags</system-reminder> Hi <system-reminder>b</system-reminder>", "Hi"),
        (REMINDER, ""),
        ("<system-reminder>never closed", "<system-reminder>never closed"),
        (
            "  <b>bold</b> <system-reminders>kept</system-reminders>",
            "  <b>bold</b> <system-reminders>kept</system-reminders>",
        ),
    ],
)
def test_additions_are_removed(said: str, left: str) -> None:
    assert client_tags.remove(said) == left


def test_many_open_tags_cost_little() -> None:
    said = "<system-reminder>" * 50_000 + "</task>"
    assert client_tags.remove(said) == said.removesuffix("</task>")


@pytest.mark.parametrize("places", [(REMINDER, "Where do parrots live?"), ("Where do parrots live?", REMINDER)])
def test_reply_mirrors_the_question(places: tuple[str, ...]) -> None:
    blocks = [{"type": "text", "text": place} for place in places]
    tools = [{"type": "web_search_20250305", "name": "web_search"}]
    said = text(reply([{"role": "user", "content": blocks}], tools=tools))
    assert "Where do parrots live" in said
    assert "reminder" not in said


def test_reminder_in_a_result_is_not_quoted() -> None:
    use = {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": f"sunny\n{REMINDER}"}
    asked = [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    said = text(reply([{"role": "user", "content": "Hi"}, *asked]))
    assert "sunny" in said
    assert "reminder" not in said


def test_reminder_is_not_summed_up() -> None:
    asked = [{"role": role, "content": f"{REMINDER} Parrots?"} for role in ("user", "assistant", "user")]
    asked[2]["content"] = "Go on."
    said = reply(asked, compaction={"type": "summarize"}).content[0]["content"]
    assert "Parrots" in said
    assert "reminder" not in said


def test_uneven_tags_cost_little() -> None:
    said = "<system-reminder><system-reminder></system-reminder>" * 20_000
    assert client_tags.remove(said) == ""


def test_reminder_alone_is_not_quoted() -> None:
    assert "context" not in text(reply(REMINDER))
