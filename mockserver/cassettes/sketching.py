"""Makes a scenario of a recorded request that is to be edited: it fits that request, whatever it was answered."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from mockserver import scenarios
from mockserver.cassettes.emitting import emit
from mockserver.cassettes.exporting import find_scenario, list_channel_faults
from mockserver.cassettes.formats.journal import PATH
from mockserver.cassettes.turns import MOST_USER
from mockserver.endpoints.parts import Parts
from mockserver.recordings.redacting import make_rules, redact_text
from mockserver.recordings.redacting.marks import MARKS
from mockserver.records.endpoints import MESSAGES, name_prompts
from mockserver.records.errors import ScenarioError
from mockserver.records.masks import HIDDEN
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Failure, Fault
from mockserver.records.terminal import escape_line
from mockserver.reference import client_tags
from mockserver.store import Entry
from mockserver.store.readable import can_read, read_prompt
from mockserver.validation import has_shape
from mockserver.wires import parse_fault

COUNT_TOKENS = "messages/count_tokens"
# What answers where no words say what was answered, by endpoint; elsewhere a JSON object.
_PLACEHOLDERS: Mapping[str, Mapping[str, Any]] = {MESSAGES: {"text": "Hello."}, COUNT_TOKENS: {"input_tokens": 10}}
_NOTHING: Mapping[str, Any] = {"raw": {"json": {}}}
# Characters of a reason, and of a line of it.
_LONGEST, _WIDTH = 1000, 80
# Lines of a long user text that are tried for one that tells it from others.
_MOST_LINES = 20
_REFUSED = "The API refuses this request: {}."
_REFUSED_BEFORE = "The gateway refuses this request itself: {}. It does so before any scenario is asked."
_RESTING = (
    "{} Rules come before scenarios, so send a request that the rules take, or let them rest: PATCH /_mock/settings "
    'with {{"validation": "off"}} (headers are checked all the same).'
)
_NEVER = "{} No scenario answers it, whatever the settings: the body has not the form of a request."
_MASKS = re.compile(rf"…|{re.escape(HIDDEN)}|{MARKS.pattern}")
_BROKEN = "The body is too broken to say more of it in `when`."


def sketch_scenario(entry: Entry, parts: Parts, *, is_once: bool = False) -> str:
    """The YAML of a scenario that fits a request and is to be edited; comments say what its ``reply`` could not.

    Args:
        entry: the request.
        parts: those of a server, whose engine proves the words of the answer.
        is_once: whether it is given once (``calls`` in place of ``reply``), and leaves like requests to others.
    """
    reply, reason = _find_reply(entry, parts)
    when, gap = _find_when(entry, reply)
    head = {"name": f"request-{entry.number}", **({"when": when} if when else {})}
    words: dict[str, Any] = {**head, "reply": dict(reply)}
    if not _is_sound(words):
        words, reason = {**head, "reply": dict(_placeholder(entry))}, "No words say what was answered."
    if is_once:
        words = {**head, "calls": [words["reply"]]}
    comments = "".join(map(_comment, filter(None, (reason, gap))))
    return f"{comments}scenarios:\n{emit([words], 2)}"


def _find_reply(entry: Entry, parts: Parts) -> tuple[Mapping[str, Any], str]:
    """The words of the answer, without the counts that the server makes itself, and why they are not those given."""
    if entry.findings:
        return _placeholder(entry), _explain_refusal(entry)
    if entry.unmatched and entry.status >= 400:
        return _placeholder(entry), "No scenario answered this request."
    try:
        found = find_scenario(_show_as_messages(entry), parts)["reply"]
    except ValueError as error:
        return _placeholder(entry), f"No words say what was answered: {error}."
    known = list_channel_faults(parts, entry.channel, entry.wire)
    given = getattr(entry.reveal()[0].record.outcome, "faults", ())
    faults = [_say_fault(fault) for fault in given if fault.then not in known]
    struck: Mapping[str, Any] = {"fault": faults[0]} if len(faults) == 1 else {"faults": faults} if faults else {}
    return {**{key: value for key, value in found.items() if key != "usage"}, **struck}, ""


def _show_as_messages(entry: Entry) -> dict[str, Any]:
    """The request as the journal shows it, as if it had come in the Messages form, and without faults."""
    shown = {**entry.as_dict(0), "faults": []}
    if entry.wire == MESSAGES or shown["composed"] is not None:
        return shown
    return {**shown, "path": PATH, "body": shown["read"]}


def _explain_refusal(entry: Entry) -> str:
    """What the API objects to, and what must change before a scenario answers: elsewhere scenarios come first."""
    outcome, message = entry.reveal()[0].record.outcome, entry.findings[0].message.rstrip(".")
    if isinstance(outcome, Failure) and outcome.stage:
        return _REFUSED_BEFORE.format(message)
    refused = _REFUSED.format(message)
    if name_prompts(entry.endpoint) not in _PLACEHOLDERS:
        return refused
    prompt = read_prompt(entry.reveal()[0].record)
    return (_RESTING if prompt is not None and has_shape(dict(prompt.body)) else _NEVER).format(refused)


def _placeholder(entry: Entry) -> Mapping[str, Any]:
    return _PLACEHOLDERS.get(name_prompts(entry.endpoint), _NOTHING)


def _say_fault(fault: Fault) -> Any:
    """A fault as a scenario names it."""
    places = {"after_events": fault.after_events, "after_ms": fault.after_ms, "at_block": fault.at_block}
    more = {key: value for key, value in (places | dict(fault.options)).items() if value is not None}
    more = {key: [*value] if isinstance(value, tuple) else value for key, value in more.items()}
    try:
        return {"then": fault.then, **more} if more and parse_fault({"then": fault.then, **more}) else fault.then
    except ValueError:
        return fault.then


def _is_sound(words: Mapping[str, Any]) -> bool:
    """Whether a server takes the scenario as it is written."""
    try:
        scenarios.parse(emit({"scenarios": [words]}), "draft", scenarios.Extensions(parse_fault=parse_fault))
    except ScenarioError:
        return False
    return True


def _find_when(entry: Entry, reply: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The condition that a person would write of the request, and why it says less."""
    prompt, shown = read_prompt(entry.reveal()[0].record), entry.prompt
    if name_prompts(entry.endpoint) not in (MESSAGES, COUNT_TOKENS):
        path = entry.path.partition("?")[0]
        wanted: list[dict[str, Any]] = [{"method": entry.method, "path": path}, {"method": entry.method}]
        return next((when for when in wanted if prompt is None or _holds(when, prompt)), {}), ""
    endpoint = {"endpoint": "count_tokens"} if entry.endpoint == COUNT_TOKENS else {}
    if "raw" in reply and entry.wire != MESSAGES:
        # What is written there says nothing on another wire.
        endpoint = {"wire": entry.wire}
    if prompt is None or shown is None:
        return endpoint, _BROKEN
    known = next((when for when in _list_conditions(shown) if _holds(when, prompt)), {})
    # Else the answer to a call of tools is the same call again.
    turn = {"turn": prompt.turn} if _holds({"turn": 0}, prompt) and _calls_tools(reply) else _say_turn(prompt)
    return {**endpoint, **known, **turn}, "" if known else _BROKEN


def _say_turn(prompt: Prompt) -> dict[str, Any]:
    return {"turn": prompt.turn} if _can_read("turn", prompt) and prompt.turn else {}


def _calls_tools(reply: Mapping[str, Any]) -> bool:
    blocks = reply.get("content")
    kinds = [block.get("type") for block in blocks if isinstance(block, Mapping)] if isinstance(blocks, list) else []
    has_shorthand = any(isinstance(block, Mapping) and "tool_use" in block for block in blocks or ())
    return "tool_use" in reply or "tool_use" in kinds or has_shorthand


def _list_conditions(shown: Prompt) -> Iterator[dict[str, Any]]:
    """Conditions of a prompt without secrets, the most telling first: its user text, its tools, its model."""
    if _can_read("user", shown):
        for user in _list_texts(shown.user):
            yield {"user": user}
    if _can_read("tools", shown) and shown.tools:
        yield {"tools": [*shown.tools]}
    if isinstance(shown.body.get("model"), str):
        yield {"model": shown.model}


def _list_texts(text: str) -> Iterator[Any]:
    """Tests of a user text: all of a short one, else its first line that no client has added, or a part of that."""
    own = redact_text(client_tags.remove(text).strip() or text.strip(), make_rules(()))
    lines = [line.strip() for line in own.split("\n", _MOST_LINES)[:_MOST_LINES] if any(map(str.isalnum, line))]
    if len(lines) == 1 and len(lines[0]) <= MOST_USER and lines[0][0] != "/":
        yield lines[0]
    for line in lines:
        short = line if len(line) <= MOST_USER else line[:MOST_USER].rpartition(" ")[0] or line[:MOST_USER]
        yield {"starts_with": short} if text.startswith(short) else {"contains": short}
    for part in sorted((part for line in lines for part in _split(line)), key=len, reverse=True):
        yield {"contains": part[:MOST_USER]}


def _split(line: str) -> Iterator[str]:
    """The parts of a line around what is masked, which stands nowhere in the request, in whole words."""
    parts = _MASKS.split(line)
    for index, part in enumerate(parts):
        whole = part.partition(" ")[2] if index else part
        whole = whole.rpartition(" ")[0] if index < len(parts) - 1 else whole
        if len(parts) > 1 and any(map(str.isalnum, whole)):
            yield whole.strip()


def _can_read(key: str, prompt: Prompt) -> bool:
    return can_read(scenarios.condition({key: 0 if key == "turn" else "x"}), prompt)


def _holds(when: Mapping[str, Any], prompt: Prompt) -> bool:
    try:
        condition = scenarios.condition(when)
        return can_read(condition, prompt) and condition.matches(prompt)
    except ScenarioError:
        return False


def _comment(text: str) -> str:
    """A reason as comments: nothing in it can end them."""
    line = escape_line(" ".join(text.split()))
    lines = textwrap.wrap(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…", _WIDTH, break_long_words=False)
    return "".join([f"# {each}\n" for each in lines])
