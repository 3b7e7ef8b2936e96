"""Answers of cassettes: given as they were recorded, or as a message where the request asks for another form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from mockserver.recordings.answers import read_message
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Failure, Recorded, Reply

# Under this name an answer keeps the message that it holds.
_MESSAGE = ""


def make_recorded(answer: Answer, prompt: Prompt) -> Recorded | Reply | Failure:
    """The recorded answer, byte for byte.

    A message that was recorded as a stream is given whole to a request that wants it whole, and the other way round,
    as to a request of a batch; there an error is an error.

    Raises:
        ScenarioError: the file of its body is gone.
    """
    if answer.recorded is None:
        raise ValueError("an answer of this kind has an exchange")
    exchange, message = answer.recorded, _find_message(answer)
    is_other_form = prompt.custom_id is not None or prompt.stream != exchange.response.is_stream
    if message is not None and is_other_form:
        return Reply(message, answer.headers, answer.faults, answer.pace)
    if prompt.custom_id is not None and (failure := _read_failure(answer)) is not None:
        return failure
    return Recorded(
        exchange.response,
        message,
        answer.headers,
        answer.faults,
        answer.pace,
        answer.is_timed,
        exchange.request.method == "HEAD",
        _find_size(exchange.response.content),
    )


def _find_size(content: Path | None) -> int:
    """The bytes of a body in a file.

    Raises:
        ScenarioError: there is none.
    """
    try:
        return content.stat().st_size if content is not None else 0
    except OSError as error:
        place, reason = Place(str(content)), error.strerror or str(error)
        raise ScenarioError(Problem(place, f"the body of this recorded answer cannot be read: {reason}")) from error


def _find_message(answer: Answer) -> Any:
    """The message of an answer; read once."""
    if _MESSAGE not in answer.messages and answer.recorded is not None:
        message = read_message(answer.recorded.response)
        answer.messages[_MESSAGE] = message or {}
    return answer.messages[_MESSAGE] or None


def _read_failure(answer: Answer) -> Failure | None:
    """The error of the API in an answer; None where it holds none."""
    if answer.recorded is None or answer.recorded.response.content is not None:
        return None
    response = answer.recorded.response
    try:
        error = orjson.loads(response.body)["error"]
        kind, text, details = error["type"], error["message"], error.get("details")
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    if not (isinstance(kind, str) and isinstance(text, str) and isinstance(details, dict | None)):
        return None
    return Failure(response.status, kind, text, details, answer.headers, answer.faults, answer.pace)
