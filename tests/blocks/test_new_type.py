"""A new block type is one row: with it blocks are written by hand, checked, served, folded back, counted and cut."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver import asgi_transport
from mockserver.blocks import BLOCKS
from mockserver.blocks.counting import count_output, count_request
from mockserver.compose.cutting import cut
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Block
from mockserver.reference.catalog import lookup
from mockserver.wires import WIRES
from tests import composing
from tests.blocks.hologram import HOLOGRAM, REQUEST

ROOT = Path(__file__).parent.parent.parent
WIRE = WIRES["messages"]
MODEL = lookup("claude-sonnet-4-5")
SHINING: dict[str, Any] = {"light": "a shining parrot", "watts": 5}
# Answers that a program which knows the type gives, each from a scenario file.
ANSWERS: dict[str, Any] = {
    "shorthand": {"hologram": SHINING},
    "text": {"hologram": "a shining parrot"},
    "item": {"content": [{"text": "Look:"}, {"hologram": "{{ prompt.user }}!"}]},
    "block": {"content": [{"type": "hologram", **SHINING}]},
}
MISTAKES: list[tuple[Any, list[str]]] = [
    ({"hologram": True}, ['hologram: expected a text or {light, watts}, got true: in quotes it is a text: "true"']),
    ({"hologram": []}, ["hologram: expected at least one, got []"]),
    ({"hologram": {"watts": 1}}, ['hologram needs "light"']),
    ({"hologram": {"light": "a", "wats": 1}}, ['"wats" is no key of hologram: did you mean "watts"?']),
    ({"content": [{"type": "hologram", "watts": "many"}]}, ['watts: expected a whole number, got "many"']),
    ({"hologramm": "a"}, ['"hologramm" is no key of an answer: did you mean "hologram"?']),
]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The output of a program in which the row stands in the table from the beginning."""
    folder, paths = tmp_path_factory.mktemp("holograms"), []
    for number, answer in enumerate([*ANSWERS.values(), *(answer for answer, _ in MISTAKES)]):
        paths.append(folder / f"{number}.yaml")
        paths[-1].write_text(json.dumps({"scenarios": [{"name": "a", "reply": answer}]}), "utf-8")
    command = [sys.executable, "-m", "tests.blocks.hologram", *map(str, paths)]
    output: dict[str, Any] = json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)
    return output


@pytest.fixture
def hologram(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BLOCKS, "hologram", HOLOGRAM)


@pytest.mark.parametrize("name", ["shorthand", "block"])
def test_a_new_type_is_served_whole_and_streamed(name: str, known: dict[str, Any]) -> None:
    whole, events, folded, weights = known["served"][[*ANSWERS].index(name)].values()
    (block,) = whole["content"]
    assert block.items() >= {"type": "hologram", **SHINING}.items()
    assert list(block) == ["id", "type", "light", "watts"]
    assert whole["stop_reason"] == "refusal"
    assert whole["usage"]["output_tokens"] == 80
    assert events[0]["message"]["usage"]["output_tokens"] == 77
    assert [event["delta"]["type"] for event in events if event["type"] == "content_block_delta"] == ["light_delta"] * 2
    assert sum(weights) == len(SHINING["light"]), "its deltas set the pace"
    assert {**folded, "id": "", "content": []} == {**whole, "id": "", "content": []}
    assert {**folded["content"][0], "id": ""} == {**block, "id": ""}


@pytest.mark.parametrize(("name", "light"), [("text", "a shining parrot"), ("item", "Hi!")])
def test_a_new_type_is_written_by_hand(name: str, light: str, known: dict[str, Any]) -> None:
    answer = known["served"][[*ANSWERS].index(name)]
    assert [message["content"][-1]["light"] for message in (answer["whole"], answer["folded"])] == [light] * 2


def test_the_form_of_a_new_type_is_checked(known: dict[str, Any]) -> None:
    assert known["served"][len(ANSWERS) :] == [{"problems": problems} for _, problems in MISTAKES]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sound", {"shape": True, "images": [], "refusal": None}),
        ("nested", {"images": ["messages.1.content.0.hologram.source.layers.1"]}),
        ("misplaced", {"refusal": "messages.1: `hologram` blocks can only be in `assistant` messages"}),
        (
            "cited in part",
            {"refusal": "messages: citations must be enabled for all holograms in the request or for none of them"},
        ),
        ("wrong", {"shape": False}),
    ],
)
def test_a_new_type_is_checked_in_requests(name: str, expected: dict[str, Any], known: dict[str, Any]) -> None:
    assert known["checked"][name].items() >= expected.items()


def test_editors_and_docs_know_a_new_type(known: dict[str, Any]) -> None:
    assert known["docs"] == ["| `hologram` | a shining thing: a text, or `{light, watts}`; or a list |"]
    assert known["schema"]["description"] == "A shining thing: a text, or {light, watts}; or a list."
    assert known["schema"]["anyOf"][0]["anyOf"][1]["properties"].keys() == {"light", "watts"}


@pytest.mark.usefixtures("hologram")
def test_a_type_that_joins_the_table_later_is_served(tmp_path: Path) -> None:
    """Only its shorthands would come too late."""
    fixture = tmp_path / "holo.yaml"
    fixture.write_text("scenarios: [{name: a, reply: {content: [{type: hologram, light: a shining parrot}]}}]")
    with httpx.Client(transport=asgi_transport(str(fixture)), headers={"x-api-key": "k"}) as client:
        whole = client.post("http://mock/v1/messages", json=REQUEST).json()
    assert list(whole["content"][0]) == ["id", "type", "light"]


@pytest.mark.usefixtures("hologram")
def test_a_new_type_counts_by_its_row() -> None:
    block: Block = {"type": "hologram", "light": ""}
    message = {"role": "user", "content": []}
    empty = count_request({"messages": [message]}, MODEL)
    assert count_request({"messages": [{**message, "content": [block]}]}, MODEL) == empty + 1000
    assert count_output((block,), MODEL) == (80, 0)


@pytest.mark.usefixtures("hologram")
def test_a_new_type_is_shortened_where_an_answer_is_cut() -> None:
    answer = Answer(content=({"type": "hologram", "light": "a parrot"}, {"type": "hologram", "light": "another"}))
    assert cut(answer, 80, (), Prompt({}), MODEL).content == answer.content[:1]
    assert cut(answer, 3, (), Prompt({}), MODEL).content == ({"type": "hologram", "light": "a p"},)


@pytest.mark.usefixtures("hologram")
def test_deltas_of_a_new_type_need_their_keys() -> None:
    reply = composing.outcome(Answer(content=({"type": "hologram", "light": "a parrot"},)))
    events = [event.data for event in WIRE.unfold(reply)]
    place = next(place for place, data in enumerate(events) if data["type"] == "content_block_delta")
    events[place] = {**events[place], "delta": {"type": "light_delta"}}
    with pytest.raises(ValueError, match=rf"event {place} \(content_block_delta\): malformed or incomplete: .*'light'"):
        WIRE.fold(events)
