"""Cassettes written by hand, for tests that are not about writing them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml

from mockserver.recordings import side_file
from mockserver.records.exchanges import Chunk, RecordedExchange, RecordedRequest, RecordedResponse

MODEL = "claude-haiku-4-5"


def make_body(text: str) -> dict[str, Any]:
    return {"model": MODEL, "max_tokens": 64, "messages": [{"role": "user", "content": text}]}


def make_exchange(number: int, question: str, answer: str) -> RecordedExchange:
    message = {
        "id": f"msg_0{number}",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [{"type": "text", "text": answer}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 9, "output_tokens": 5},
    }
    request = RecordedRequest("POST", "/v1/messages", {}, orjson.dumps(make_body(question)))
    response = RecordedResponse(
        200, (("content-type", "application/json"),), (Chunk(orjson.dumps(message)),), first=0.1
    )
    return RecordedExchange(request, response, at=1_790_000_000.0, id=number)


def write_cassette(path: Path, turns: Sequence[tuple[str, str | Sequence[str]]]) -> Path:
    """Write a cassette of questions and their answers; several to one question are ``calls``."""
    exchanges: list[RecordedExchange] = []
    scenarios: list[dict[str, Any]] = []
    for place, (question, answers) in enumerate(turns, 1):
        numbers = []
        for answer in [answers] if isinstance(answers, str) else answers:
            exchanges.append(make_exchange(len(exchanges) + 1, question, answer))
            numbers.append((len(exchanges), answer))
        given = [{"text": answer, "recorded": number} for number, answer in numbers]
        given[-1] |= {"times": "always"} if len(given) > 1 else {}
        script = {"reply": given[0]} if len(given) == 1 else {"calls": given}
        when = {"user": question, "recorded": numbers[0][0]}
        scenarios.append({"name": f"{path.stem}-{place}", "when": when, **script})
    side = path.with_name(path.stem + ".exchanges.jsonl")
    path.parent.mkdir(parents=True, exist_ok=True)
    side.write_bytes(side_file.write(exchanges))
    path.write_text(yaml.safe_dump({"cassette": {"exchanges": side.name, "version": 1}, "scenarios": scenarios}))
    return path
