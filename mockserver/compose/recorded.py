"""Answers of cassettes: given as they were recorded, or as a message where the request asks for another form."""

from __future__ import annotations

from pathlib import Path

from mockserver.compose.following import recall_message
from mockserver.recordings.answers import read_error
from mockserver.records.errors import Place, Problem, ScenarioError
from mockserver.records.exchanges import RecordedResponse
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, Failure, Recorded, Reply


def make_recorded(answer: Answer, prompt: Prompt) -> Recorded | Reply | Failure:
    """The recorded answer, byte for byte.

    A message that was recorded as a stream is given whole to a request that wants it whole, and the other way round,
    as to a request of a batch; there an error is an error.

    Raises:
        ScenarioError: the file of its body is gone.
    """
    if answer.recorded is None:
        raise ValueError("an answer of this kind has an exchange")
    exchange, message = answer.recorded, recall_message(answer) or None
    is_other_form = prompt.custom_id is not None or prompt.stream != exchange.response.is_stream
    if message is not None and is_other_form:
        return Reply(message, answer.headers, answer.faults, answer.pace)
    if prompt.custom_id is not None and (failure := _read_failure(answer, exchange.response)) is not None:
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


def _read_failure(answer: Answer, response: RecordedResponse) -> Failure | None:
    """The error of the API in an answer; None where it holds none."""
    body = read_error(response)
    if body is None:
        return None
    kind, text, details = (body["error"].get(key) for key in ("type", "message", "details"))
    if not (isinstance(kind, str) and isinstance(text, str) and isinstance(details, dict | None)):
        return None
    return Failure(response.status, kind, text, details, answer.headers, answer.faults, answer.pace)
