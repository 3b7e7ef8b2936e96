"""The assertions about a test's requests. Each returns its complaint, or "" when it holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import unified_diff
from itertools import chain, islice
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from mockserver import scenarios
from mockserver.records.endpoints import resolve_names
from mockserver.records.masks import (
    HIDDEN,
    is_secret,
    is_secret_path,
    mask,
    mask_strings,
    mask_text,
    show_text,
    show_value,
)
from mockserver.records.terminal import escape_line
from mockserver.store import BROKEN, Entry, unreadable_keys
from mockserver.testing.callers import find_caller

BASE_URLS = "ANTHROPIC_BASE_URL or OPENAI_BASE_URL"
# Longer lists of requests show their end.
SHOWN = 10
DIFF_LINES = 40
# Longer texts are cut.
LONG = 500


class Request(Struct, frozen=True):
    """A request of a test: its place in ``requests``, and its entry in the journal."""

    index: int
    entry: Entry

    def __str__(self) -> str:
        return f"requests[{self.index}], {describe(self.entry)}"


class Count(Struct, frozen=True):
    """The number of requests expected; None means that the bound was not given."""

    times: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    def __post_init__(self) -> None:
        bounds = {name: value for name, value in asdict(self).items() if value is not None}
        words = ", ".join(f"{name}={show_value(value)}" for name, value in bounds.items())
        for name, value in bounds.items():
            if type(value) is not int or value < 0:
                raise ValueError(f"{name}: expected a whole number from 0, got {show_value(value)}")
        if self.times is not None and len(bounds) > 1:
            raise ValueError(f"expected either times, or at_least and at_most, got {words}")
        if None not in (self.at_least, self.at_most) and self.smallest > bounds["at_most"]:
            raise ValueError(f"expected at_least to be no more than at_most, got {words}")

    @property
    def smallest(self) -> int:
        """The smallest number that is enough; 1 when no number was given at all."""
        if self.times is not None:
            return self.times
        return 1 if self.at_least is None and self.at_most is None else self.at_least or 0

    @property
    def is_open(self) -> bool:
        """Whether no number is too many."""
        return self.times is None and self.at_most is None

    def holds(self, number: int) -> bool:
        """Whether this number of requests is as expected."""
        most = self.at_most if self.times is None else self.times
        return self.smallest <= number and (most is None or number <= most)

    def __str__(self) -> str:
        if self.times is not None:
            return f"exactly {count_requests(self.times)}"
        parts = [f"at least {self.smallest}"] if self.smallest or self.at_most is None else []
        parts += [f"at most {self.at_most}"] if self.at_most is not None else []
        return f"{' and '.join(parts)} request(s)"


def complain_of_calls(requests: Sequence[Request], when: Mapping[str, Any], count: Count, endpoint: str) -> str:
    """Complain unless so many requests to the endpoint, or to ``any path``, fit ``when``."""
    condition = scenarios.condition(when, find_caller())
    meant = resolve_names(endpoint)
    received = [each for each in requests if endpoint == "any path" or each.entry.endpoint in meant]
    fitting = [request for request in received if request.entry.fits(condition)]
    if count.holds(len(fitting)):
        return ""
    wanted = f" with {_cut(_write_condition(when), LONG)}" if when else ""
    if requests and not received:
        return "\n".join([f"expected {count}{wanted} to {endpoint}, but none was made there", *list_requests(requests)])
    lines = [f"expected {count}{wanted}, but {len(fitting)} of the {count_requests(len(received))} made fit"]
    others = [request for request in received if request not in fitting]
    if others and len(fitting) < count.smallest:
        lines += _describe_nearest(others, condition, when)
    return "\n".join([*lines, *list_requests(received)])


def complain_of_unmatched(requests: Sequence[Request]) -> str:
    """Complain of requests that no scenario fitted."""
    lines: list[str] = []
    for request in requests:
        if request.entry.unmatched:
            lines.append(f"no scenario fits {request}")
            lines += [f"  {line}" for line in _list_reasons(request.entry)]
    return "\n".join(lines)


def complain_of_unused(scripts: Iterable[scenarios.Scenario], requests: Sequence[Request]) -> str:
    """Complain of scripts that no request was answered from, and of ``calls`` with answers left."""
    lines: list[str] = []
    for script in scripts:
        answers = sum(list_used(each.entry).count(script.name) for each in requests)
        wanted = (script.length or 1) if script.script == "calls" else 1
        if answers < wanted:
            lines.append(f"{script.name} ({script.place.file}:{script.place.line}) gave {answers} of {wanted} answers")
            if not answers and requests:
                lines += _describe_nearest(requests, script.condition, script.condition.source)
    return "\n".join([*lines, *list_requests(requests)]) if lines else ""


def list_used(entry: Entry) -> tuple[str | None, ...]:
    """The names of the scenarios that used up an answer."""
    items = entry.items.scenarios if entry.items else {}
    several = chain.from_iterable([name] * number for name, number in items.items())
    return (entry.scenario if entry.position is not None else None, *entry.fallbacks, *entry.spent, *several)


def complain_of_invalid(requests: Sequence[Request]) -> str:
    """Complain of requests which the API would refuse."""
    lines = [
        "\n  ".join((f"the API refuses {request}", *finding.list_reasons()))
        for request in requests
        for finding in request.entry.findings
    ]
    lines += [
        f"the API refuses {count_requests(items.refused)} of the batch of {request}"
        for request in requests
        if (items := request.entry.items) is not None and items.refused
    ]
    return "\n".join(lines)


def complain_of_answers(requests: Sequence[Request]) -> str:
    """Complain of scripted answers that the API would not give to their requests."""
    lines: list[str] = []
    for request in requests:
        if found := request.entry.answer_findings:
            by = " and ".join(escape_line(name) for name in (request.entry.scenario, *request.entry.fallbacks) if name)
            lines.append(f"the API would not give the answer of {by} to {request}")
            lines += [f"  {escape_line(str(each))}\n  rule: {each.rule} ({each.source})" for each in found]
    return "\n".join(lines)


def complain_of_uncached(requests: Sequence[Request]) -> str:
    """Complain when no answer was read from the prompt cache."""
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


def fail_if(complaint: str) -> None:
    """Raise AssertionError when there is a complaint."""
    __tracebackhide__ = True
    if complaint:
        raise AssertionError(make_printable([complaint]))


def make_printable(lines: Iterable[str]) -> str:
    """The lines as they may be printed: without secrets, and unable to steer a terminal."""
    return show_text("\n".join(lines))


def list_requests(requests: Sequence[Request]) -> list[str]:
    """The requests and what answered them, a line each."""
    skipped = len(requests) - SHOWN
    head = [f"requests made: (the last {SHOWN} of {len(requests)})" if skipped > 0 else "requests made:"]
    places = {request.entry.number: request.index for request in requests}
    return [*head, *(f"  {_describe_answer(request, places)}" for request in requests[-SHOWN:])] if requests else []


def describe(entry: Entry) -> str:
    """A request in a line."""
    user = read_prompt(entry, "user")
    text = f" {_cut(user)!r}" if user else ""
    asked = " ".join(filter(None, [entry.method, entry.path, entry.model]))
    return f"{escape_line(asked)}{text}, answered {entry.status}"


def count_requests(number: int) -> str:
    """A number of requests, in words."""
    return f"{number} request{'' if number == 1 else 's'}"


def _describe_answer(request: Request, places: Mapping[int, int]) -> str:
    entry = request.entry
    is_generated = entry.items.generated > 0 if entry.items else entry.unmatched and entry.status == 200
    by = f" by {escape_line(entry.scenario)}" if entry.scenario else " (generated)" if is_generated else ""
    by += "".join(f", then by {escape_line(name)}" if name else ", then generated" for name in entry.fallbacks)
    faults = f", fault {', '.join(entry.faults)}" if entry.faults else ""
    retry = f", retry of requests[{places[entry.retry_of]}]" if entry.retry_of and entry.retry_of in places else ""
    error = ((entry.answer or {}).get("error") or {}) if entry.status >= 400 else {}
    message = f": {_cut(str(error.get('message', '')), 200)}" if error else ""
    hint = next((f" ({each.hint})" for each in entry.findings if each.hint), "")
    return f"{request}{by}{faults}{retry}{message}{hint}"


def _write_condition(when: Mapping[str, Any]) -> str:
    """The words of a ``when``, secrets masked."""
    shown = dict(when)
    if isinstance(headers := shown.get("headers"), Mapping):
        shown["headers"] = {name: mask(str(value)) if is_secret(name) else value for name, value in headers.items()}
    if isinstance(key := shown.get("key"), str):
        shown["key"] = mask(key)
    if isinstance(body := shown.get("body"), Mapping):
        shown["body"] = {path: HIDDEN if is_secret_path(str(path)) else value for path, value in body.items()}
    return mask_strings(json.dumps(shown, ensure_ascii=False, default=str), mask_text)


def _describe_nearest(
    requests: Sequence[Request], condition: scenarios.Condition, when: Mapping[str, Any]
) -> Iterator[str]:
    """Describe the request with the fewest differences (a broken one comes last), with a diff of its texts."""
    differing = [(request, request.entry.differences(condition)) for request in requests]
    nearest, differences = min(differing, key=lambda pair: (pair[1] == BROKEN, len(pair[1])))
    if differences:
        yield f"the nearest is {nearest}"
        yield from (f"  {_cut(difference, LONG)}" for difference in differences)
        yield from (f"  {line}" for line in _diff_texts(when, nearest.entry))


def _list_reasons(entry: Entry) -> list[str]:
    if entry.items is not None:
        return [f"nor {count_requests(entry.items.generated + entry.items.unmatched)} in this batch"]
    if entry.status == 404:
        # The answer itself says what differed from the nearest scenarios.
        return str((entry.answer or {})["error"]["message"]).splitlines()
    return [f"{miss.name} ({miss.place}): {'; '.join(miss.differences)}" for miss in entry.misses[:3]]


def _diff_texts(when: Mapping[str, Any], entry: Entry) -> Iterator[str]:
    """A diff of the user or system text of ``when`` and the text received."""
    for key in ("user", "system"):
        wanted = when.get(key)
        wanted = wanted.get("equals") if isinstance(wanted, Mapping) else wanted
        got = read_prompt(entry, key) or ""
        if isinstance(wanted, str) and not wanted.startswith("/") and wanted.casefold() not in got.casefold():
            same = _count_same(wanted, got)
            yield f"{key}: - wanted, + came" + (f" (the first {same} characters are the same)" if same else "")
            lines = unified_diff(_split_lines(wanted[same:]), _split_lines(got[same:]), n=DIFF_LINES, lineterm="")
            # Behind two lines of file names and one of numbers.
            yield from (line.rstrip() for line in islice(lines, 3, 3 + DIFF_LINES))


def _count_same(wanted: str, got: str) -> int:
    """Count the characters at the start that a diff may leave out: all equal ones, except for the last two lines."""
    pairs = enumerate(zip(wanted, got, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(wanted), len(got)))
    lines = wanted[:same].splitlines(keepends=True)
    return max(same - sum(map(len, lines[-3:])), same - LONG // 2, 0)


def _split_lines(text: str) -> list[str]:
    """The first lines of a text, each cut: the time of a diff grows with the square of their number."""
    return [_cut(line, LONG) for line in text[: DIFF_LINES * LONG].splitlines()[:DIFF_LINES]]


def read_prompt(entry: Entry, part: str) -> Any:
    """A part of the conversation, ``user`` or ``system``; None when the request is too broken to read it."""
    prompt = entry.prompt
    return None if prompt is None or part in unreadable_keys(prompt) else getattr(prompt, part)


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
