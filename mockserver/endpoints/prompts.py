"""Reads the prompt out of a call's body, checked as strictly as the server is told to."""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver import auth, validation
from mockserver.blocks.held_files import MOST, HeldFiles
from mockserver.endpoints.filing import find_file, read_file, was_held
from mockserver.endpoints.parts import Parts
from mockserver.records.call import VERSIONS, Call
from mockserver.records.endpoints import BY_NAME, MESSAGES
from mockserver.records.errors import ApiError, Finding
from mockserver.records.prompt import Prompt
from mockserver.store import Thread
from mockserver.store.threads import NO_THREAD, resolve
from mockserver.validation.shape import has_shape
from mockserver.wires import WIRES, Translation, Wire

# What the checker calls the parameters of a request in a batch.
_ITEM = "batch_item"


class ReadPrompt(Struct, frozen=True):
    """A prompt, the API's objection to it where that does not matter, and the thread it continues."""

    prompt: Prompt
    finding: Finding | None
    thread: Thread


def read_prompt(call: Call, session: str, parts: Parts, endpoint: str, mode: str, wire: str = "messages") -> ReadPrompt:
    """Check the body of a call, and read the prompt in it.

    Args:
        call: the call, its body decoded.
        session: the name of the caller's session.
        parts: the parts of the server.
        endpoint: the name of the endpoint, whose body is a prompt.
        mode: the validation in force: ``strict``, ``warn`` or ``off``.
        wire: the name of the wire format that the body is written in.

    Raises:
        ApiError: the API's refusal; in the modes ``warn`` and ``off`` only of a body that cannot be answered.
    """
    return _read(call, session, parts, endpoint, BY_NAME[endpoint].schema, mode, wire)


def read_item(call: Call, session: str, parts: Parts, mode: str, custom_id: str) -> ReadPrompt:
    """The same of the call that a request of a batch would be, by the rules for these. No such one continues a thread.

    Raises:
        ApiError: as ``read_prompt``.
    """
    read = _read(call, session, parts, MESSAGES, _ITEM, mode, "messages")
    return replace(read, prompt=replace(read.prompt, custom_id=custom_id))


def _read(call: Call, session: str, parts: Parts, endpoint: str, schema: str, mode: str, wire: str) -> ReadPrompt:
    if wire != MESSAGES or parts.channel is not None:
        return _read_translated(call, session, parts, schema, mode, wire)
    version = auth.api_version(call, parts.settings)
    lookups = _find_lookups(call, session, parts, schema)
    checked = _parse(call) if mode == "off" else _check(call, lookups, parts, schema, version)
    body = checked.body
    if body is None or (checked.finding and mode == "strict"):
        raise ApiError(checked.finding or _NO_OBJECT)
    thread = resolve(parts.store.threads, session, body) if "thread" in body and schema != _ITEM else NO_THREAD
    if mode != "strict":
        _check_shape(body, thread, call, parts, schema, version)
    prompt = WIRES[wire].read(
        body,
        call,
        version=version,
        session=session,
        inherited=thread.inherited(),
        history=thread.history(),
        endpoint=endpoint,
    )
    if lookups.files:
        prompt = replace(prompt, fill_files=lookups.files.fill)
    return ReadPrompt(prompt, checked.finding, thread)


def _read_translated(call: Call, session: str, parts: Parts, schema: str, mode: str, wire: str) -> ReadPrompt:
    """The prompt of a body that is in another format, or that a gateway changes before it goes on."""
    spoken, channel = parts.wire(wire), parts.channel
    version = VERSIONS[0] if spoken.translate else auth.api_version(call, parts.settings)
    parsed = _parse(call)
    if parsed.body is None:
        broken = parsed.finding or _NO_OBJECT
        # What is too much for this server is told in its own words.
        is_ours = broken.rule in validation.parsing.LIMITS_OF_OURS or parts.gateway is not None
        raise ApiError(broken if is_ours else spoken.unreadable or broken)
    said, lookups = _translate(parsed.body, call, parts, spoken), _find_lookups(call, session, parts, schema)
    if spoken.translate and not said.body.get("max_tokens"):
        # Other formats need no limit.
        said = said.add("max_tokens", parts.lookups.find_model(str(said.body.get("model"))).max_tokens)
    finding = None if mode == "off" else said.finding
    if finding and mode == "strict":
        raise ApiError(finding)
    if finding is None and mode != "off":
        finding = parts.checker.check_parsed(
            said.body, schema, version, call.betas, lookups, headers=call.headers, size=call.size
        )
    is_strict = mode == "strict" and not (channel is not None and channel.converts)
    if finding and is_strict:
        raise ApiError(finding)
    if not is_strict:
        _check_shape(said.body, NO_THREAD, call, parts, schema, version)
    body = said.body if said.seen is None else said.seen
    prompt = WIRES[MESSAGES].read(body, call, version=version, session=session)
    fill = lookups.files.fill if lookups.files else None
    form = None if wire == MESSAGES and said.body == parsed.body else said.form
    return ReadPrompt(replace(prompt, wire=wire, form=form, fill_files=fill), finding, NO_THREAD)


def _translate(body: dict[str, Any], call: Call, parts: Parts, wire: Wire) -> Translation:
    """A body in the Messages form, as it goes on to a channel where there is a gateway."""
    find_model, gateway, channel = parts.lookups.find_model, parts.gateway, parts.channel
    if gateway is None:
        return wire.translate(body, call, find_model) if wire.translate else Translation(body)
    # Imported when first needed: most servers are like no gateway.
    from mockserver.gateways.adjusting import adjust, find_missing
    from mockserver.gateways.fields import take

    said = wire.translate(body, call, find_model) if wire.translate else take(body)
    # It decodes a body before it looks whether something is missing.
    if not said.finding and (missing := find_missing(body, gateway)):
        raise ApiError(missing)
    return said if channel is None else adjust(said, gateway, channel)


def read_any(call: Call, session: str, parts: Parts, endpoint: str, wire: str = "messages") -> ReadPrompt:
    """The prompt of a call to any endpoint: checked as ``read_prompt`` does where the body is one, else read loosely.

    Raises:
        ApiError: the API's refusal.
    """
    if endpoint in BY_NAME and BY_NAME[endpoint].schema:
        mode = parts.store.overrides.active(session).validation
        return read_prompt(call, session, parts, endpoint, mode, wire)
    return ReadPrompt(read_loosely(call, session, endpoint), None, NO_THREAD)


def read_loosely(call: Call, session: str, endpoint: str, wire: str = MESSAGES) -> Prompt:
    """The prompt of a call that may have any body: an object's parts of the shape that is known, else nothing.

    ``wire`` is the format of the body; what cannot be read in it is taken as it is.
    """
    parsed = validation.parsing.parse(call.body, auth.charset(call)) if call.body else {}
    body, form, translate = parsed if isinstance(parsed, dict) else {}, None, WIRES[wire].translate
    if translate is not None:
        said = translate(body, call)
        body, form = said.body if said.seen is None else said.seen, said.form
    if not has_shape(body):
        body = {key: value for key, value in body.items() if has_shape({key: value})}
    version = call.version if call.version in VERSIONS else VERSIONS[0]
    prompt = WIRES["messages"].read(body, call, version=version, session=session, endpoint=endpoint)
    return replace(prompt, is_loose=True, wire=wire, form=form)


_NO_OBJECT = Finding("Input does not match the expected shape.", rule="schema", source="inferred")


def _parse(call: Call) -> validation.CheckResult:
    parsed = validation.parsing.parse(call.body, auth.charset(call))
    return validation.CheckResult(None, parsed) if isinstance(parsed, Finding) else validation.CheckResult(parsed)


def _check(
    call: Call, lookups: validation.Lookups, parts: Parts, endpoint: str, version: str
) -> validation.CheckResult:
    return parts.checker.check(
        call.body, endpoint, version, call.betas, lookups, headers=call.headers, charset=auth.charset(call)
    )


def _find_lookups(call: Call, session: str, parts: Parts, schema: str) -> validation.Lookups:
    """The lookups for the body of a call: those that depend on its session only where the body may need them."""
    body, lookups = call.body, parts.lookups
    # A key may also be written with escapes; most bodies hold none.
    is_escaped = b"\\u" in body
    # No request of a batch continues a thread.
    continues = (is_escaped or b"thread" in body) and schema != "batch_item"
    if continues:
        lookups = replace(lookups, recall=lambda sent: _recall(resolve(parts.store.threads, session, sent)))
    # What a thread goes on from may name files, too.
    if is_escaped or continues or b"file_id" in body:
        lookups = replace(lookups, files=_hold_files(parts, session, call.at))
    return lookups


def _hold_files(parts: Parts, session: str, at: float) -> HeldFiles:
    """The files that a request of a session may use at a time."""
    return HeldFiles(
        partial(find_file, parts, session, at=at),
        partial(was_held, parts, session),
        partial(read_file, parts, most=max(MOST.values())),
        at,
    )


def _recall(thread: Thread) -> tuple[Any, tuple[Any, ...]]:
    return thread.inherited(), thread.history()


def _check_shape(body: dict[str, Any], thread: Thread, call: Call, parts: Parts, endpoint: str, version: str) -> None:
    """Refuse a body that has not even the shape that answering takes for granted."""
    refusal = parts.checker.check_shape(body, endpoint, version, call.betas, headers=call.headers)
    if refusal is None and thread is not NO_THREAD:
        messages = body.get("messages")
        whole = {
            **thread.inherited(),
            **body,
            "messages": [*thread.history(), *(messages if isinstance(messages, list) else ())],
        }
        refusal = parts.checker.check_shape(whole, endpoint, version, call.betas, headers=call.headers)
    if refusal is not None:
        raise ApiError(refusal)
