"""Composes the reply: from what a script says, or from nothing, to an answer exactly as the API gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from mockserver.compose.context import Context
from mockserver.compose.failure import fail, raw
from mockserver.compose.message import message
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, ScriptOutcome

__all__ = ["Context", "compose"]


def compose(answer: Answer, prompt: Prompt, context: Context) -> ScriptOutcome:
    """What ``answer`` becomes in reply to ``prompt``: a whole message, a failure, or something raw.

    The same arguments give the same bytes. ``context.consult_cache`` learns what a message writes to the prompt cache.
    Raises KeyError for an unknown ``answer.kind``.
    """
    return KINDS[answer.kind](answer, prompt, context)


def _generated(answer: Answer, prompt: Prompt, context: Context) -> ScriptOutcome:
    made = context.generate(prompt, context.model, answer.generate, context.seed)
    return compose(_merged(made, answer), prompt, context)


def _echoed(answer: Answer, prompt: Prompt, context: Context) -> ScriptOutcome:
    return message(replace(answer, content=({"type": "text", "text": prompt.user},)), prompt, context)


def _merged(made: Answer, said: Answer) -> Answer:
    """A generated answer, with what the script says of it in front."""
    return replace(
        made,
        stop_reason=said.stop_reason or made.stop_reason,
        stop_sequence=said.stop_sequence or made.stop_sequence,
        stop_details=said.stop_details or made.stop_details,
        usage={**made.usage, **said.usage},
        model=said.model or made.model,
        container=said.container or made.container,
        extra={**made.extra, **said.extra},
        headers={**made.headers, **said.headers},
        faults=said.faults or made.faults,
        pace=said.pace or made.pace,
    )


KINDS: Mapping[str, Callable[[Answer, Prompt, Context], ScriptOutcome]] = {
    "message": message,
    "generate": _generated,
    "echo": _echoed,
    "error": lambda answer, prompt, _: fail(answer, prompt.model),
    "raw": lambda answer, *_: raw(answer),
}
