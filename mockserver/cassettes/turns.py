"""A turn of a cassette: a recorded request, and the answers that it was given, as a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from mockserver import scenarios
from mockserver.cassettes.failures import MOST_RAW, find_count_words, find_error_words, find_raw_words
from mockserver.cassettes.material import COUNT_TOKENS, Material, understand
from mockserver.cassettes.pacing import find_pace
from mockserver.cassettes.proving import Words
from mockserver.cassettes.wording import find_message_words
from mockserver.endpoints.parts import Parts
from mockserver.recordings.cassette import Match
from mockserver.recordings.dates import count_days
from mockserver.recordings.redacting.marks import MARKS, UUID
from mockserver.recordings.walking import Walk
from mockserver.records.endpoints import MESSAGES
from mockserver.records.errors import ScenarioError
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.prompt import Prompt

# Characters of a user's text that a condition shows; of a longer one, the words that it begins with.
MOST_USER = 80
# Bytes of an answer in words: nobody edits a longer one, and a scenario file has at most 16 MB.
MOST_WORDS = 100_000
# Zeros in the place of an id.
_BLANK = re.compile("0{6}")


class Turn(Struct, frozen=True):
    """A request and its answers: more than one where it was sent again.

    ``when`` is what identifies it, without the number of its exchange, ``number``. ``model`` is the one asked for.
    ``note`` says why an answer is the recorded one alone; "": none is.
    """

    number: int
    when: Mapping[str, Any]
    answers: tuple[Words, ...]
    model: str = ""
    note: str = ""


def make_turn(exchange: RecordedExchange, parts: Parts, match: Match) -> Turn:
    """The turn of an exchange without secrets, which has its number in the side file."""
    material = understand(exchange)
    when = _say_when(material, match)
    answer = _say_answer(material, parts)
    return Turn(exchange.id, when, (answer,), material.prompt.model, _explain(answer, material))


def repeat(turn: Turn, exchange: RecordedExchange, parts: Parts) -> Turn:
    """The turn with one more answer."""
    material = understand(exchange)
    answer = _say_answer(material, parts)
    return replace(turn, answers=(*turn.answers, answer), note=turn.note or _explain(answer, material))


def write_scenarios(turns: Iterable[Turn], stem: str, first: int, models: int) -> list[dict[str, Any]]:
    """The scenarios of turns, named by the file and their number.

    Args:
        turns: the turns.
        stem: the name of the file, without its suffix.
        first: the number of the first of them in the file.
        models: how many models the file asks; one needs no word.
    """
    return [_write_scenario(turn, f"{stem}-{number}", models > 1) for number, turn in enumerate(turns, first)]


def _write_scenario(turn: Turn, name: str, names_model: bool) -> dict[str, Any]:
    model = {"model": turn.model} if names_model and turn.model and "path" not in turn.when else {}
    note = {"description": turn.note} if turn.note else {}
    scenario: dict[str, Any] = {"name": name, **note, "when": {**turn.when, **model, "recorded": turn.number}}
    if len(turn.answers) == 1:
        return {**scenario, "reply": turn.answers[0]}
    return {**scenario, "calls": [*turn.answers[:-1], {**turn.answers[-1], "times": "always"}]}


def _say_when(material: Material, match: Match) -> dict[str, Any]:
    request, prompt = material.exchange.request, material.prompt
    if not material.is_prompt:
        asked: dict[str, Any] = {"method": request.method, "path": request.path}
        return asked if _holds(asked, prompt) else {"method": request.method}
    when: dict[str, Any] = {"endpoint": "count_tokens"} if material.endpoint == COUNT_TOKENS else {}
    user = _say_user(prompt)
    if user is not None and not _has_holes(prompt.user, material.exchange.at, match) and _holds({"user": user}, prompt):
        when["user"] = user
    return {**when, "turn": prompt.turn} if prompt.turn else when


def _say_user(prompt: Prompt) -> str | Mapping[str, str] | None:
    """The user's text where it is the same each time; of a long one its beginning."""
    text = prompt.user
    line = text.strip().partition("\n")[0].strip()
    if not any(map(str.isalnum, line)):
        return None
    if text.strip() == line and len(line) <= MOST_USER:
        return None if line[0] == "/" else line
    if not text.startswith(line):
        return None
    return {"starts_with": line if len(line) <= MOST_USER else line[:MOST_USER].rpartition(" ")[0] or line[:MOST_USER]}


def _has_holes(text: str, at: float, match: Match) -> bool:
    """Whether a text is another one in the next run: it holds ids, the day of the recording, or lacks its secrets."""
    walk = Walk(match, lambda form, date: date if count_days(date, form, at) is None else form)
    return MARKS.search(text) is not None or UUID in text or _BLANK.search(text) is not None or walk.value(text) != text


def _holds(when: Mapping[str, Any], prompt: Prompt) -> bool:
    try:
        return scenarios.condition(when).matches(prompt)
    except ScenarioError:
        return False


def _say_answer(material: Material, parts: Parts) -> Words:
    """The words of an answer with its number; the number alone where no words say it exactly, or very many."""
    response = material.exchange.response
    number = {"recorded": material.exchange.id}
    if response.content is not None or response.end != "close":
        return number
    words = _find_words(material, parts)
    if words is None or len(orjson.dumps(words)) > MOST_WORDS:
        return number
    tokens = material.message["usage"].get("output_tokens") if material.message else 0
    pace = find_pace(response, tokens if isinstance(tokens, int) else 0)
    return {**words, **({"pace": pace} if pace else {}), **number}


def _explain(answer: Words, material: Material) -> str:
    """Why an answer is the recorded one alone; "": it is not."""
    response = material.exchange.response
    if answer.keys() != {"recorded"}:
        return ""
    if response.end != "close":
        return "Only as recorded: the answer was cut."
    if response.content is None and response.is_stream and material.message is None:
        return "Only as recorded: the stream is not whole."
    most = MOST_WORDS if material.endpoint == MESSAGES else MOST_RAW
    if response.content is not None or len(response.body) > most:
        return "Only as recorded: the answer is long."
    return "Only as recorded: no words say it exactly."


def _find_words(material: Material, parts: Parts) -> Words | None:
    if material.exchange.response.status >= 400:
        return find_error_words(material, parts) or find_raw_words(material, parts)
    if material.message is not None and material.endpoint == MESSAGES:
        return find_message_words(material, parts)
    return find_count_words(material) or find_raw_words(material, parts)
