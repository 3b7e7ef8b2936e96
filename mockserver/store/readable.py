"""The prompt of a recorded call, and whether its body has the shape that a condition reads.

Requests that the API refuses are recorded too, and may have any shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from mockserver.records.call import VERSIONS
from mockserver.records.depth import is_too_deep
from mockserver.records.endpoints import name_prompts
from mockserver.records.masks import Scrubber, mask
from mockserver.records.prompt import Prompt
from mockserver.records.reply import NOTHING, StoredReply
from mockserver.store.calls import CallRecord
from mockserver.store.reports import parse, parse_shallow

# The only difference known of a body that does not have the shape a condition reads.
BROKEN: tuple[str, ...] = ("the body is too broken to be understood",)


class When(Protocol):
    """A compiled ``when``; ``source`` are its words."""

    @property
    def source(self) -> Mapping[str, Any]:
        """The keys, and the test of each."""

    def matches(self, prompt: Prompt) -> bool:
        """Whether it holds."""

    def differences(self, prompt: Prompt) -> tuple[str, ...]:
        """The parts that do not hold."""


def read_prompt(record: CallRecord) -> Prompt | None:
    """The prompt of a recorded call as received, secrets included; None when its body is no object.

    Parsed anew each time: a thousand parsed bodies would take several times the memory of their bytes.
    """
    # A request without a body has headers at least.
    parsed, thread, call = parse(record.asked or b"{}"), record.thread, record.call
    if not isinstance(parsed, dict):
        return None
    form = record.outcome.form if isinstance(record.outcome, StoredReply) else NOTHING
    return Prompt(
        body={**thread.inherited(), **parsed},
        headers=call.headers,
        version=call.version or VERSIONS[0],
        betas=call.betas,
        key=call.key,
        session=call.session,
        history=thread.history(),
        method=call.method,
        path=call.api_path,
        is_path_exact=call.local_path is not None,
        endpoint=name_prompts(record.endpoint),
        call=call,
        wire=record.wire,
        form=form if record.read else None,
    )


def is_met(record: CallRecord, when: When) -> bool:
    """Whether a condition holds for the prompt as received; never for a body it cannot read."""
    prompt = read_prompt(record)
    return prompt is not None and can_read(when, prompt) and when.matches(prompt)


def list_differences(record: CallRecord, when: When) -> tuple[str, ...]:
    """The differences between a condition and the prompt as received; ``BROKEN`` where the body cannot be read."""
    prompt = read_prompt(record)
    return tuple(when.differences(prompt)) if prompt is not None and can_read(when, prompt) else BROKEN


def show_prompt(record: CallRecord, scrubber: Scrubber, session: str) -> Prompt | None:
    """The prompt of a recorded call, secrets masked; None when its body is no object."""
    body, prompt = parse(mask_asked(record, scrubber)), read_prompt(record)
    return hide_secrets(prompt, body, record, scrubber, session) if prompt and isinstance(body, dict) else None


def mask_asked(record: CallRecord, scrubber: Scrubber) -> bytes:
    """The body in the Messages form, secrets masked."""
    return scrubber.document(record.read) if record.read else scrubber.body()


def show_read(record: CallRecord, scrubber: Scrubber) -> Any:
    """The body as it was read, secrets masked; None where it was read as it was sent."""
    return parse_shallow(scrubber.document(record.read)) if record.read else None


def show_conversation(record: CallRecord, scrubber: Scrubber, body: Any) -> list[Any] | None:
    """The history of a thread and the messages of the masked body that continues it; None when it continues none."""
    history = scrubber.value(record.thread.history())
    messages = body.get("messages") if isinstance(body, dict) else None
    return [*history, *messages] if history and isinstance(messages, list) else None


def hide_secrets(
    prompt: Prompt, body: Mapping[str, Any], record: CallRecord, scrubber: Scrubber, session: str
) -> Prompt:
    """A prompt as it may be shown.

    Args:
        prompt: the prompt as received.
        body: the body in the Messages form, secrets masked.
        record: that of the call.
        scrubber: masks the call's secrets.
        session: the session as it may be shown.
    """
    show, thread = scrubber.content, record.thread
    return Prompt(
        body={**scrubber.value(thread.inherited()), **body},
        headers=scrubber.headers(),
        version=show(prompt.version),
        betas=frozenset(map(show, prompt.betas)),
        key=mask(prompt.key) if prompt.key else None,
        session=session,
        history=tuple(scrubber.value(thread.history())),
        method=show(prompt.method),
        path=show(prompt.path),
        is_path_exact=prompt.is_path_exact,
        endpoint=prompt.endpoint,
        wire=prompt.wire,
        form=None if prompt.form is None else scrubber.value(prompt.form),
    )


def can_read(when: When, prompt: Prompt) -> bool:
    """Whether the prompt's body has the shape that a condition reads."""
    return unreadable_keys(prompt).isdisjoint(when.source)


def unreadable_keys(prompt: Prompt) -> frozenset[str]:
    """The keys of a ``when`` that cannot be judged for this prompt, since its body does not have their shape."""
    if is_too_deep([prompt.body, *prompt.history]):
        return frozenset(READERS)
    return frozenset(key for key, is_readable in READERS.items() if not is_readable(prompt))


def _has_messages(prompt: Prompt) -> bool:
    return _is_list_or_nothing(prompt.body.get("messages")) and all(map(_is_message, prompt.messages))


def _has_tool_results(prompt: Prompt) -> bool:
    return _has_messages(prompt) and all(_has_sound_results(message.get("content")) for message in prompt.messages)


def _has_media(prompt: Prompt) -> bool:
    return _has_messages(prompt) and all(_has_sound_sources(message.get("content")) for message in prompt.messages)


def _has_system(prompt: Prompt) -> bool:
    return _is_content(prompt.body.get("system"))


def _has_tools(prompt: Prompt) -> bool:
    tools = prompt.body.get("tools")
    return _is_list_or_nothing(tools) and all(
        isinstance(tool, Mapping) and isinstance(tool.get("name") or "", str) for tool in tools or ()
    )


def _has_tool_choice(prompt: Prompt) -> bool:
    choice = prompt.body.get("tool_choice")
    return not choice or isinstance(choice, Mapping)


# The part of the body that each key of a ``when`` reads; the other keys read values of any shape.
READERS: Mapping[str, Callable[[Prompt], bool]] = {
    "any_message": _has_messages,
    "assistant_turns": _has_messages,
    "body": lambda _: True,
    "documents": _has_media,
    "images": _has_media,
    "system": _has_system,
    "tool_choice": _has_tool_choice,
    "tool_result": _has_tool_results,
    "tools": _has_tools,
    "turn": _has_messages,
    "user": _has_messages,
}


def _is_message(message: Any) -> bool:
    return isinstance(message, Mapping) and _is_content(message.get("content"))


def _is_content(content: Any) -> bool:
    """A text, a list of blocks, or nothing."""
    return isinstance(content, str) or (
        _is_list_or_nothing(content) and all(isinstance(block, Mapping) for block in content or ())
    )


def _is_list_or_nothing(value: Any) -> bool:
    return not value or isinstance(value, list | tuple)


def _has_sound_results(content: Any) -> bool:
    """Whether the tool results in a content name their tool use by a text, and have a content themselves."""
    return all(
        isinstance(block.get("tool_use_id", ""), str) and _is_content(block.get("content"))
        for block in _blocks(content)
        if block.get("type") == "tool_result"
    )


def _has_sound_sources(content: Any) -> bool:
    """Whether the sources in a content, and in its tool results, are objects; that of a search result is a text."""
    for block in _blocks(content):
        if block.get("type") == "tool_result":
            inner = block.get("content")
            if not (_is_content(inner) and _has_sound_sources(inner)):
                return False
        elif block.get("type") != "search_result" and not isinstance(block.get("source") or {}, Mapping):
            return False
    return True


def _blocks(content: Any) -> Any:
    return () if isinstance(content, str) else content or ()
