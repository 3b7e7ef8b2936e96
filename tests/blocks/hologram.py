"""A block type that the server does not know, as one row of the table.

Run as a program, it puts the row in the table before anything reads it, as a file in ``mockserver/blocks`` does. Then
it answers a request from each scenario file that it is given, and writes JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.blocks import BLOCKS, BlockType, shapes
from mockserver.blocks.block import InputCounter, Nesting, OutputCounter, Unfolded
from mockserver.blocks.chunking import Grain
from mockserver.blocks.completion import Completion
from mockserver.blocks.delta import DeltaType, join_pieces
from mockserver.blocks.shorthand import Shorthand, as_list, as_text
from mockserver.records.reply import Block
from mockserver.records.specs import STRING, Either, Record, Text, Whole, fields, several

REQUEST: dict[str, Any] = {
    "model": "claude-sonnet-4-5",
    "max_tokens": 999,
    "messages": [{"role": "user", "content": "Hi"}],
}


def write_hologram(value: Any, _: Mapping[str, Any]) -> Iterator[Block]:
    for item in as_list(value):
        yield {"type": "hologram", **(item if isinstance(item, dict) else {"light": as_text(item)})}


def complete_hologram(block: Block, completion: Completion) -> Block:
    return {"id": completion.next_id("holo"), **block}


def unfold_hologram(block: Block, dice: Iterator[int], _: Grain) -> Unfolded:
    middle = next(dice) % len(block["light"])
    pieces = (block["light"][:middle], block["light"][middle:])
    return {**block, "light": ""}, [{"type": "light_delta", "light": piece} for piece in pieces]


def count_hologram_input(block: Block, counter: InputCounter) -> float:
    return 1000.0 + counter.count(block["light"])


def count_hologram_output(_: Block, counter: OutputCounter) -> None:
    counter.written += 80


LIGHT = Record("hologram", fields(light=STRING, watts=Whole()), ("light",))
HOLOGRAM = BlockType(
    type="hologram",
    form=Record("", fields(watts=Whole()), free=True),
    shorthands={
        "hologram": Shorthand(
            write_hologram,
            several(Either((Text(written=True), LIGHT), "a text or {light, watts}")),
            "a shining thing: a text, or `{light, watts}`; or a list",
        )
    },
    complete=complete_hologram,
    unfold=unfold_hologram,
    deltas=(DeltaType("light_delta", "light", {"light": str}, join_pieces("light")),),
    tokens_at_start=lambda _chance, _size: 77,
    stop_reason="refusal",
    shortened_field="light",
    count_input=count_hologram_input,
    count_output=count_hologram_output,
    shape={"light": shapes.STRING},
    role="assistant",
    nesting=Nesting(("source", "layers"), ".hologram.source.layers"),
    is_citable=True,
    integers=("watts",),
)


def serve(fixture: str) -> dict[str, Any]:
    """The answer of a scenario file, whole and as the data of its events; or the mistakes in the file."""
    import httpx

    from mockserver import ScenarioError, asgi_transport
    from tests.strict import events_of

    try:
        transport = asgi_transport(fixture)
    except ScenarioError as error:
        return {"problems": [problem.message for problem in error.problems]}
    with httpx.Client(transport=transport, headers={"x-api-key": "k"}) as client:
        whole = client.post("http://mock/v1/messages", json=REQUEST).json()
        events = events_of(client.post("http://mock/v1/messages", json={**REQUEST, "stream": True}).text)
    from mockserver.wires import WIRES
    from mockserver.wires.messages.events import Event

    folded = WIRES["messages"].fold(events)
    return {"whole": whole, "events": events, "folded": folded, "weights": [Event(data).weight for data in events]}


def describe() -> dict[str, Any]:
    """The type in the JSON Schema for editors, and in the docs."""
    from mockserver.derive import pages, scenarios

    return {
        "schema": scenarios.schema()["$defs"]["shorthands"]["properties"]["hologram"],
        "docs": [row for row in pages.tables()["content"].splitlines() if "hologram" in row],
    }


def check(*blocks: Mapping[str, Any], role: str = "assistant") -> dict[str, Any]:
    """A request with the blocks: whether it can be answered at all, where pictures are in it, and its refusal."""
    from mockserver.reference.catalog import lookup
    from mockserver.validation import has_shape, rules
    from mockserver.validation.facts import Facts

    body = {**REQUEST, "messages": [*REQUEST["messages"], {"role": role, "content": [*blocks]}]}
    if not has_shape(body):
        return {"shape": False}
    facts = Facts(body, lookup(REQUEST["model"]))
    found = rules.check(facts)
    images = [ref.path for ref in facts.survey.of("image")]
    return {"shape": True, "images": images, "refusal": found.message if found else None}


def check_all() -> dict[str, Any]:
    """Requests with such a block: sound, with another in it, misplaced, cited in part, and of a wrong shape."""
    bright = {"type": "hologram", "light": "a parrot"}
    image = {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}}
    return {
        "sound": check(bright),
        "nested": check({**bright, "source": {"layers": [{"type": "text", "text": "a"}, image]}}),
        "misplaced": check(bright, role="user"),
        "cited in part": check(bright, {**bright, "citations": {"enabled": True}}),
        "wrong": check({**bright, "light": 5}),
    }


if __name__ == "__main__":
    BLOCKS["hologram"] = HOLOGRAM
    served = [serve(fixture) for fixture in sys.argv[1:]]
    json.dump({"served": served, "checked": check_all(), **describe()}, sys.stdout)
