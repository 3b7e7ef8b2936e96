"""Holds requests against recorded ones, for the tests of what may differ."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import orjson

from mockserver.recordings.cassette import Match
from mockserver.recordings.comparing import Difference, find_difference, make_key
from mockserver.records.exchanges import RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.prompt import Prompt

AT = datetime(2026, 11, 30, 16, 20, 11, tzinfo=timezone.utc).timestamp()
NOTHING_IGNORED = Match(ignore=())


def recorded(body: Any, at: float = AT, **further: Any) -> RecordedExchange:
    """An exchange with this request to messages, at a time of 2026-11-30."""
    request = RecordedRequest("POST", "/v1/messages", further.pop("headers", {}), orjson.dumps(body))
    return RecordedExchange(request, RecordedResponse(200), at, 1)


def ask(text: Any, **body: Any) -> dict[str, Any]:
    """A request that says something."""
    return {"model": "claude-sonnet-5", "max_tokens": 99, "messages": [{"role": "user", "content": text}], **body}


def compare(one: Any, other: Any, match: Match = Match(), at: float = AT) -> Difference | None:  # noqa: B008  frozen
    """The difference between a recorded body and one that comes."""
    found = find_difference(recorded(one, at), Prompt(other), match)
    # Those who write cassettes ask by keys: both ways agree, but for dates that tell another day.
    if at == 0:
        assert (found is None) == (make_key(recorded(one, 0), match) == make_key(recorded(other, 0), match))
    return found
