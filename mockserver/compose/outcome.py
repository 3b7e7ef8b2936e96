"""The outcome of a call, by the kind of its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from mockserver.compose.context import Context
from mockserver.compose.failure import make_failure, make_raw
from mockserver.compose.following import recall_signatures
from mockserver.compose.leading import lead
from mockserver.compose.message import make_reply
from mockserver.compose.recorded import make_recorded
from mockserver.compose.resuming import resume
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer, ScriptOutcome


def compose(answer: Answer, prompt: Prompt, context: Context) -> ScriptOutcome:
    """The outcome of ``answer`` in reply to ``prompt``: a complete message, a failure, or a raw response.

    The same arguments give the same bytes. A message that is written to the prompt cache is recorded in
    ``context.consult_cache``. Raises KeyError for an unknown ``answer.kind``.
    """
    return COMPOSERS[answer.kind](answer, prompt, context)


def _compose_scripted(answer: Answer, prompt: Prompt, context: Context) -> ScriptOutcome:
    answer = answer if answer.recorded is None else recall_signatures(answer)
    return make_reply(resume(lead(answer, prompt, context), prompt, context), prompt, context)


def _compose_generated(answer: Answer, prompt: Prompt, context: Context) -> ScriptOutcome:
    generated = context.generate(prompt, context.model, answer.generate, context.seed)
    return make_reply(_override(generated, answer), prompt, context)


def _compose_echo(answer: Answer, prompt: Prompt, context: Context) -> ScriptOutcome:
    said = replace(answer, content=({"type": "text", "text": prompt.user},))
    return make_reply(resume(said, prompt, context), prompt, context)


def _override(generated: Answer, scripted: Answer) -> Answer:
    """The generated answer; fields that the script gives take precedence."""
    return replace(
        generated,
        stop_reason=scripted.stop_reason or generated.stop_reason,
        stop_sequence=scripted.stop_sequence or generated.stop_sequence,
        stop_details=scripted.stop_details or generated.stop_details,
        usage={**generated.usage, **scripted.usage},
        model=scripted.model or generated.model,
        id=scripted.id,
        container=scripted.container or generated.container,
        extra={**generated.extra, **scripted.extra},
        headers={**generated.headers, **scripted.headers},
        faults=scripted.faults or generated.faults,
        pace=scripted.pace or generated.pace,
        enforce_limits=scripted.enforce_limits,
    )


COMPOSERS: Mapping[str, Callable[[Answer, Prompt, Context], ScriptOutcome]] = {
    "message": _compose_scripted,
    "generate": _compose_generated,
    "echo": _compose_echo,
    "error": lambda answer, prompt, _: make_failure(answer, prompt),
    "raw": lambda answer, *_: make_raw(answer),
    "recorded": lambda answer, prompt, _: make_recorded(answer, prompt),
}
