"""``recorded``: the answer of a cassette's side file that an answer stands for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from mockserver.recordings.cassette import CONTENT, EXACT, PACED
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.reply import Answer, Fault, Pace
from mockserver.scenarios.answering.paces import read_pace
from mockserver.scenarios.format.answers import FIELDS, is_recording
from mockserver.scenarios.format.checking import is_sound
from mockserver.scenarios.reading.node import Node

_KEY = "recorded"


class Recording(Struct, frozen=True, eq=False):
    """An exchange of a cassette, and how its answer is given; ``is_answer``: whatever else is said."""

    exchange: RecordedExchange
    replay: str
    is_answer: bool

    def build(self, headers: Mapping[str, str], faults: tuple[Fault, ...], pace: Pace | None) -> Answer:
        """The recorded answer. A pace that is said holds, where the times of the recording are not asked for."""
        has_times = self.exchange.response.first is not None
        is_timed = self.replay == EXACT or (self.replay == PACED and pace is None and has_times)
        return Answer("recorded", headers=headers, faults=faults, pace=pace, recorded=self.exchange, is_timed=is_timed)


def read_recording(node: Node) -> Recording | None:
    """The recording that a checked answer names; None when it names none. Mistakes are noted there."""
    if not isinstance(node.value, dict) or _KEY not in node.value:
        return None
    at, cassette = node.at(_KEY), node.document.cassette
    if not is_sound(FIELDS[_KEY].spec, at):
        return None
    if cassette is None:
        # Of a cassette with mistakes enough is said.
        if not node.document.is_cassette:
            at.complain("recorded works in cassettes alone: files of scenarios that have the key cassette", key=True)
        return None
    exchange = cassette.exchanges.get(node.value[_KEY])
    if exchange is None:
        at.complain(cassette.word_missing(node.value[_KEY]))
        return None
    return Recording(exchange, cassette.replay, cassette.replay == EXACT or is_recording(node.value))


def choose_pace(node: Node, recording: Recording | None, defaults: Mapping[str, Any]) -> Pace | None:
    """The pace of an answer, else that of the file's defaults.

    ``pace`` beside ``recorded`` is how fast it came: where answers are given at once it says nothing.
    """
    default: Pace | None = defaults.get("pace")
    if "pace" not in node.value:
        return default
    pace = read_pace(node.at("pace"))
    return default if recording is not None and recording.replay == CONTENT else pace
