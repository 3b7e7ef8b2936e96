"""Holds a request against a recorded one: whether it is the same for those who ask, and where it first differs."""

from __future__ import annotations

import orjson
from msgspec import Struct

from mockserver.recordings.cassette import Match
from mockserver.records.exchanges import RecordedRequest
from mockserver.records.prompt import Prompt


class Difference(Struct, frozen=True):
    """The first place where a request is not the recorded one: its path, and both values as text."""

    path: str
    recorded: str
    came: str

    def __str__(self) -> str:
        return f"{self.path}\n- {self.recorded}\n+ {self.came}"


def find_difference(recorded: RecordedRequest, prompt: Prompt, match: Match) -> Difference | None:
    """Where a request first differs from a recorded one in what matters; None: it is the same."""
    _ = match
    body = orjson.loads(recorded.body) if recorded.body else {}
    return None if body == prompt.body else Difference("body", str(body), str(prompt.body))
