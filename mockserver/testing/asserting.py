"""What a test may claim of the requests it made. Each check returns what to complain about, "" when all is well."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import ndiff
from typing import Any

from mockserver import scenarios
from mockserver.state import BROKEN, Entry

# Longer lists of requests show their end.
SHOWN = 10
DIFF_LINES = 40


@dataclass(frozen=True)
class Request:
    """A request of a test: its place in ``requests``, and what is known of it."""

    index: int
    entry: Entry

    def __str__(self) -> str:
        entry, user = self.entry, _asked(self.entry, "user")
        said = f" {_cut(user)!r}" if user else ""
        return f"requests[{self.index}], {entry.method} {entry.path} {entry.model or ''}{said}, answered {entry.status}"


@dataclass(frozen=True)
class Count:
    """How many requests are expected; None means that no number was given."""

    times: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def least(self) -> int:
        """The smallest number that will do; 1 when no number was given at all."""
        if self.times is not None:
            return self.times
        return 1 if self.at_least is None and self.at_most is None else self.at_least or 0

    def holds(self, number: int) -> bool:
        """Whether so many will do."""
        most = self.at_most if self.times is None else self.times
        return self.least <= number and (most is None or number <= most)

    def __str__(self) -> str:
        if self.times is not None:
            return f"exactly {counted(self.times)}"
        parts = [f"at least {self.least}"] if self.least or self.at_most is None else []
        parts += [f"at most {self.at_most}"] if self.at_most is not None else []
        return f"{' and '.join(parts)} request(s)"


def called(requests: Sequence[Request], when: Mapping[str, Any], count: Count) -> str:
    """Complains unless so many requests fit ``when``."""
    condition = scenarios.condition(when)
    fitting = [request for request in requests if request.entry.fits(condition.matches)]
    if count.holds(len(fitting)):
        return ""
    wanted = f" with {json.dumps(when, ensure_ascii=False, default=str)}" if when else ""
    lines = [f"expected {count}{wanted}, but {len(fitting)} of the {counted(len(requests))} made fit"]
    others = [request for request in requests if request not in fitting]
    if others and len(fitting) < count.least:
        lines += _nearest(others, condition, when)
    return "\n".join([*lines, *story(requests)])


def unmatched(requests: Sequence[Request]) -> str:
    """Complains about requests that no scenario fitted."""
    lines: list[str] = []
    for request in requests:
        if request.entry.unmatched:
            lines.append(f"no scenario fits {request}")
            lines += [f"  {line}" for line in _reasons(request.entry)]
    return "\n".join(lines)


def unused(scripts: Iterable[scenarios.Scenario], requests: Sequence[Request]) -> str:
    """Complains about scripts that no request was answered from, and about ``calls`` that were not all given."""
    lines: list[str] = []
    for script in scripts:
        given = sum(request.entry.scenario == script.name for request in requests)
        wanted = (script.length or 1) if script.script == "calls" else 1
        if given < wanted:
            lines.append(f"{script.name} ({script.place.file}:{script.place.line}) gave {given} of {wanted} answers")
            if not given and requests:
                lines += _nearest(requests, script.condition, script.condition.source)
    return "\n".join([*lines, *story(requests)]) if lines else ""


def invalid(requests: Sequence[Request]) -> str:
    """Complains about requests which the API would refuse."""
    return "\n".join(
        f"the API refuses {request}\n  {finding.message}\n  rule: {finding.rule} ({finding.source})"
        for request in requests
        for finding in request.entry.findings
    )


def thinking_lost(requests: Sequence[Request]) -> str:
    """Complains about tool loops that did not send back the thinking which came with a tool use, complete."""
    owed = {use: thoughts for request in requests for use, thoughts in _thoughts(request.entry)}
    if not owed:
        return "no answer held both thinking and a tool use: there was nothing to send back"
    sent = [(request, use, blocks) for request in requests for use, blocks in _sent_back(request.entry) if use in owed]
    if not sent:
        return "\n".join(["no request sent back a tool use that came with thinking", *story(requests)])
    lines: dict[str, None] = {}
    for request, use, blocks in sent:
        missing = [thought for thought in owed[use] if thought not in _thinking(blocks)]
        if missing:
            told = f"{len(missing)} of the {len(owed[use])} thinking block(s)"
            lines[f"{request}, sends back tool use {use} without {told} that came with it, or with changes"] = None
    return "\n".join(lines)


def uncached(requests: Sequence[Request]) -> str:
    """Complains when no answer was read from the prompt cache."""
    usages = [(request, usage) for request in requests if (usage := request.entry.usage)]
    if any(usage.get("cache_read_input_tokens") for _, usage in usages):
        return ""
    hint = "mark a prefix with cache_control, long enough for the model, and send it unchanged again"
    rows = [
        f"  {request}: input_tokens {usage.get('input_tokens')}, "
        f"cache_creation_input_tokens {usage.get('cache_creation_input_tokens')}, cache_read_input_tokens 0"
        for request, usage in usages
    ]
    return "\n".join([f"no answer was read from the prompt cache ({hint})", *rows])


def story(requests: Sequence[Request]) -> list[str]:
    """What came and who answered it, a line a request."""
    skipped = len(requests) - SHOWN
    head = [f"requests made: (the last {SHOWN} of {len(requests)})" if skipped > 0 else "requests made:"]
    return [*head, *(f"  {_told(request)}" for request in requests[-SHOWN:])] if requests else []


def counted(number: int) -> str:
    """So many requests, in words."""
    return f"{number} request{'' if number == 1 else 's'}"


def _told(request: Request) -> str:
    entry = request.entry
    by = (
        f" by {entry.scenario}" if entry.scenario else " (generated)" if entry.unmatched and entry.status == 200 else ""
    )
    faults = f", fault {', '.join(entry.faults)}" if entry.faults else ""
    retry = f", retry of number {entry.retry_of}" if entry.retry_of else ""
    error = ((entry.answer or {}).get("error") or {}) if entry.status >= 400 else {}
    said = f": {_cut(str(error.get('message', '')), 200)}" if error else ""
    return f"{request}{by}{faults}{retry}{said}"


def _nearest(requests: Sequence[Request], condition: scenarios.Condition, when: Mapping[str, Any]) -> Iterator[str]:
    """The request that differs in the fewest things (one too broken to tell comes last), and a diff of texts."""
    judged = [(request, request.entry.differences(condition.differences)) for request in requests]
    nearest, differences = min(judged, key=lambda pair: (pair[1] == BROKEN, len(pair[1])))
    if differences:
        yield f"the nearest is {nearest}"
        yield from (f"  {difference}" for difference in differences)
        yield from (f"  {line}" for line in _diff(when, nearest.entry))


def _reasons(entry: Entry) -> list[str]:
    if entry.status == 404:
        # The answer itself says what differed from the nearest scenarios.
        return str((entry.answer or {})["error"]["message"]).splitlines()
    return [f"{miss.name} ({miss.place}): {'; '.join(miss.differences)}" for miss in entry.misses[:3]]


def _diff(when: Mapping[str, Any], entry: Entry) -> Iterator[str]:
    """How the user or system text that came differs from the one wanted whole."""
    for key in ("user", "system"):
        wanted = when.get(key)
        wanted = wanted.get("equals") if isinstance(wanted, Mapping) else wanted
        came = _asked(entry, key) or ""
        if isinstance(wanted, str) and not wanted.startswith("/") and wanted.casefold() not in came.casefold():
            yield f"{key}: - wanted, + came"
            lines = [line.rstrip() for line in ndiff(wanted.splitlines(), came.splitlines())]
            yield from lines[:DIFF_LINES]


def _thoughts(entry: Entry) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The tool uses of an answer, each with the thinking that came with it."""
    if message := entry.message:
        blocks = _objects(message["content"])
        if thoughts := _thinking(blocks):
            yield from ((use, thoughts) for use in _uses(blocks))


def _sent_back(entry: Entry) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """The tool uses in the assistant's turns of a request, each with the blocks beside it."""
    for message in _objects(_asked(entry, "messages")):
        if message.get("role") == "assistant":
            blocks = _objects(message.get("content"))
            yield from ((use, blocks) for use in _uses(blocks))


def _asked(entry: Entry, what: str) -> Any:
    """A part of the conversation; None where a request is too broken to have it."""
    try:
        return getattr(entry.prompt, what, None)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        # What the API refuses is recorded too, and may have any shape.
        return None


def _uses(blocks: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(block.get("id")) for block in blocks if block.get("type") == "tool_use"]


def _thinking(blocks: Iterable[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    kinds = ("thinking", "redacted_thinking")
    found = (block for block in blocks if block.get("type") in kinds)
    return [(block.get("thinking"), block.get("signature"), block.get("data")) for block in found]


def _objects(blocks: Any) -> list[Mapping[str, Any]]:
    return [block for block in blocks if isinstance(block, Mapping)] if isinstance(blocks, (list, tuple)) else []


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
