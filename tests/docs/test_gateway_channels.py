"""The example channels of the docs do what is said of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.endpoints.gating import Gate, told

PAGE = (ROOT / "docs" / "gateways.md").read_text("utf-8")
(EXAMPLE,) = re.findall(r"### Native and converted answers\n.*?```yaml\n(.*?)```", PAGE, re.DOTALL)
THOUGHT: Any = {"thinking": "Hm.", "text": "Yes."}


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    gate = Gate(tmp_path / "gateway.yaml", yaml.safe_load(EXAMPLE))
    gate.api.reply(**THOUGHT)
    return gate


def stream(gate: Gate, model: str) -> str:
    concluded = gate.ask(model=model, stream=True)
    return b"".join(piece.data for piece in concluded.delivery.pieces).decode()


@pytest.mark.parametrize(
    ("model", "channel", "ends"),
    [
        ("qwen3-max", "endless", "delta"),
        ("glm-5", "gaps", "message_stop"),
        ("step-2", "twice", "message_stop"),
        ("claude-slow", "kept-open", "message_stop"),
        ("claude-breaks", "breaks", "error"),
        ("gpt-4o", "converted", "message_stop"),
    ],
)
def test_streams_end_as_told(gate: Gate, model: str, channel: str, ends: str) -> None:
    concluded = gate.ask(model=model, stream=True)
    text = b"".join(piece.data for piece in concluded.delivery.pieces).decode()
    assert (concluded.delivery.status, concluded.record.channel) == (200, channel)
    assert re.findall(r'"type": ?"(\w+?)"', text)[-1].endswith(ends)


def test_streams_have_the_defects_of_their_channels(gate: Gate) -> None:
    assert stream(gate, "step-2").count("event: message_start") == 2
    assert '"index":2' in stream(gate, "glm-5")
    assert "message_delta" not in stream(gate, "qwen3-max")
    assert stream(gate, "claude-slow").startswith(": PING\n\n")
    assert '"model":"claude-haiku-4-5' in stream(gate, "claude-slow")
    end = r'\n\n\{"error":\{"type":"overloaded_error","message":"Overloaded \(request id: \w+\)"\},"type":"error"\}$'
    assert re.search(end, stream(gate, "claude-breaks"))


def test_busy_channels_are_left_for_the_next(gate: Gate) -> None:
    assert told(gate.ask(model="claude-opus-4-8"))[2:] == ("native", (("busy", 529),))
