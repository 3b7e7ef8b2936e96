"""The table of checks: what is asked of an answer, and where that comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from msgspec import Struct

from mockserver.records.errors import AnswerFinding
from mockserver.records.prompt import Prompt
from mockserver.reference.catalog import Model
from mockserver.validation.answers import citations, texts, tools
from mockserver.validation.answers.exchange import Exchange, Flaw, as_mapping

# An answer with more is told to have these.
MOST = 10


class Check(Struct, frozen=True):
    """A check of answers: its name, its function, and the source of what it asks."""

    name: str
    find: Callable[[Exchange], Iterator[Flaw]]
    source: str


# Both API versions. "Recorded": no answer of 938, from 2024-03 to 2026-08, breaks it. Of inputs one does (2026-07, a
# tool that is not strict).
CHECKS = (
    Check("tool_offered", tools.tools_are_offered, "documented, tool use; recorded"),
    Check("tool_choice", tools.choice_is_kept, "documented, tool use; recorded"),
    Check("tool_input", tools.inputs_fit, "documented, tool use: promised with strict, expected without"),
    Check("json", texts.json_fits, "documented, structured outputs; recorded"),
    Check("citations", citations.citations_hold, "documented, citations; recorded"),
    Check("pause_turn", tools.pauses_have_a_server_tool, "documented, stop reasons; recorded"),
    Check("thinking", texts.thinking_was_asked, "documented, thinking of each model, 2026-10-10; recorded"),
)


def inspect(prompt: Prompt, model: Model, message: object) -> tuple[AnswerFinding, ...]:
    """What the API would not have answered to this prompt; at most ``MOST`` findings.

    Args:
        prompt: the request as received.
        model: the model that it asks for.
        message: the message that answered it.
    """
    exchange = Exchange(prompt, model, as_mapping(message))
    found = (
        AnswerFinding(text, check.name, check.source, path) for check in CHECKS for path, text in check.find(exchange)
    )
    return tuple(islice(found, MOST))
