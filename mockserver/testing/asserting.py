"""What a test may claim of the requests it made. Each check returns what to complain about, "" when all is well."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Any

from mockserver import scenarios
from mockserver.reply import Reply
from mockserver.state import Entry


@dataclass(frozen=True)
class Count:
    """How many requests are expected; None means that no number was given."""

    times: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    def holds(self, number: int) -> bool:
        """Whether so many will do; without any number, one or more."""
        if self.times is not None:
            return number == self.times
        if self.at_least is None and self.at_most is None:
            return number > 0
        return (self.at_least or 0) <= number and (self.at_most is None or number <= self.at_most)

    def __str__(self) -> str:
        if self.times is not None:
            return f"exactly {self.times}"
        parts = [f"at least {self.at_least}"] if self.at_least is not None else []
        parts += [f"at most {self.at_most}"] if self.at_most is not None else []
        return " and ".join(parts) or "at least 1"


def called(entries: Sequence[Entry], when: Mapping[str, Any], count: Count) -> str:
    """Complains unless so many requests fit ``when``."""
    condition = scenarios.condition(when)
    fitting = [entry for entry in entries if entry.fits(condition.matches)]
    if count.holds(len(fitting)):
        return ""
    wanted = f" that match {json.dumps(when, ensure_ascii=False, default=str)}" if when else ""
    lines = [f"expected {count} request(s){wanted}, {len(fitting)} of {len(entries)} came"]
    others = [entry for entry in entries if entry not in fitting]
    if others and len(fitting) < max(count.times or 0, count.at_least or 0, 1):
        nearest = min(others, key=lambda entry: len(entry.differences(condition.differences)))
        lines.append(f"the nearest was {describe(nearest)}")
        lines += [f"  {difference}" for difference in nearest.differences(condition.differences)]
        lines += _diff(when, nearest)
    elif fitting:
        lines += [f"  {describe(entry)}" for entry in fitting[:10]]
    return "\n".join(lines)


def unmatched(entries: Sequence[Entry]) -> str:
    """Complains about requests that no scenario fitted."""
    lines = []
    for entry in entries:
        if entry.unmatched:
            lines.append(f"no scenario fitted {describe(entry)}")
            lines += [f"  {miss.name} ({miss.place}): {'; '.join(miss.differences)}" for miss in entry.misses[:3]]
    return "\n".join(lines)


def invalid(entries: Sequence[Entry]) -> str:
    """Complains about requests which the API would refuse."""
    return "\n".join(
        f"the API refuses {describe(entry)}\n  {finding.message}\n  rule: {finding.rule} ({finding.source})"
        for entry in entries
        for finding in entry.findings
    )


def thinking_lost(entries: Sequence[Entry]) -> str:
    """Complains about tool loops that did not send back the thinking which came with a tool use, complete."""
    owed = {use: thoughts for entry in entries for use, thoughts in _thoughts(entry)}
    if not owed:
        return "no answer held both thinking and a tool use: there was nothing to send back"
    lines, returned = [], False
    for entry in entries:
        for message in (entry.json or {}).get("messages") or ():
            blocks = message.get("content") if message.get("role") == "assistant" else None
            for use in _ids(blocks):
                if use not in owed:
                    continue
                returned = True
                missing = [thought for thought in owed[use] if thought not in _signatures(blocks)]
                if missing:
                    lines.append(
                        f"{describe(entry)} sends back tool use {use} without {len(missing)} of the "
                        f"{len(owed[use])} thinking block(s) that came with it"
                    )
    if not returned:
        lines.append("no request sent back a tool use that came with thinking")
    return "\n".join(dict.fromkeys(lines))


def uncached(entries: Sequence[Entry]) -> str:
    """Complains when no answer was read from the prompt cache."""
    answered = [entry for entry in entries if entry.usage]
    if any((entry.usage or {}).get("cache_read_input_tokens") for entry in answered):
        return ""
    rows = [
        f"  {describe(entry)}: input {usage['input_tokens']}, written {usage['cache_creation_input_tokens']}, read 0"
        for entry in answered
        if (usage := entry.usage)
    ]
    hint = "mark a prefix with cache_control, long enough for the model, and send it unchanged again"
    return "\n".join([f"no answer was read from the prompt cache ({hint})", *rows])


def describe(entry: Entry) -> str:
    """A request in a line."""
    prompt = entry.prompt
    said = prompt.user if prompt else ""
    shown = f" {said[:60]!r}" if said else ""
    return f"request {entry.number} ({entry.method} {entry.path} {entry.model or ''}{shown}, answered {entry.status})"


def _diff(when: Mapping[str, Any], entry: Entry) -> Iterator[str]:
    """A diff of a wanted user text and the one that came, where the text as a whole was asked for."""
    wanted, prompt = when.get("user"), entry.prompt
    if isinstance(wanted, Mapping):
        wanted = wanted.get("equals")
    if isinstance(wanted, str) and prompt is not None and prompt.user != wanted:
        yield from unified_diff(wanted.splitlines(), prompt.user.splitlines(), "expected", "came", lineterm="", n=1)


def _thoughts(entry: Entry) -> Iterator[tuple[str, list[str]]]:
    """The tool uses of an answer, each with the signatures of the thinking that came with it."""
    if isinstance(entry.outcome, Reply):
        blocks = entry.outcome.message["content"]
        if thoughts := _signatures(blocks):
            yield from ((use, thoughts) for use in _ids(blocks))


def _ids(blocks: Any) -> list[str]:
    return [block["id"] for block in _objects(blocks) if block.get("type") == "tool_use" and "id" in block]


def _signatures(blocks: Any) -> list[str]:
    found = (block.get("signature") or block.get("data") for block in _objects(blocks))
    return [signature for signature in found if isinstance(signature, str)]


def _objects(blocks: Any) -> list[Mapping[str, Any]]:
    return [block for block in blocks if isinstance(block, Mapping)] if isinstance(blocks, Sequence) else []
