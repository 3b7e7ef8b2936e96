"""Requests that went astray: to other sessions than a test's, or to paths that the API does not have."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.records.terminal import escape_line
from mockserver.store import Entry
from mockserver.testing.assertions import (
    BASE_URLS,
    SHOWN,
    Request,
    count_requests,
    describe,
    list_requests,
    make_printable,
)


def complain_of_strays(strays: Sequence[Entry]) -> str:
    """Complain of requests with other keys that no scenario fitted, and that got the error for it."""
    missed = [entry for entry in strays if is_lost(entry)]
    lines = [_describe_loss(entry, describe(entry)) for entry in missed[-SHOWN:]]
    return "\n".join([*lines, *describe_strays(missed)])


def is_lost(entry: Entry) -> bool:
    """Whether a request got an error since no scenario fits it, or since its client has a wrong base URL."""
    return (entry.unmatched and entry.status == 404) or is_misdirected(entry)


def is_misdirected(entry: Entry) -> bool:
    """Whether the client of a request has a wrong base URL: the API has no such path, and the server knows why."""
    return bool(not entry.endpoint and _find_hint(entry))


def complain_of_misdirected(requests: Sequence[Request]) -> str:
    """Complain of requests whose clients have a wrong base URL."""
    lost = [request for request in requests if is_misdirected(request.entry)]
    return "\n".join(_describe_loss(request.entry, str(request)) for request in lost[-SHOWN:])


def list_asked(requests: Sequence[Request]) -> list[Request]:
    """The requests that reached the API: no probes, and none with a wrong base URL."""
    return [each for each in requests if not each.entry.is_probe and not is_misdirected(each.entry)]


def _find_hint(entry: Entry) -> str:
    return next((finding.hint for finding in entry.findings if finding.hint), "")


def _describe_loss(entry: Entry, description: str) -> str:
    if entry.unmatched:
        return f"no scenario fits {description}"
    return f"the API has no such path: {description}\n  {_find_hint(entry)}"


def describe_strays(entries: Sequence[Entry]) -> list[str]:
    """A line about requests with other keys than the session's, if there are any; probes need no key."""
    asked = [entry for entry in entries if not entry.is_probe]
    if not asked:
        return []
    keys = ", ".join(dict.fromkeys(escape_line(entry.session) or "none" for entry in asked[-3:]))
    came = f"{count_requests(len(asked))} came with another key than this session's ({keys})"
    return [f"{came}: is the client made before the test begins, or with a key of its own?"]


def summarize(requests: Sequence[Request], others: Sequence[Entry]) -> str:
    """The requests and what answered them, a line each, or that none came; and those of other sessions."""
    if all(request.entry.is_probe for request in requests):
        return make_printable([f"no request {explain_silence([*(each.entry for each in requests), *others])}"])
    return make_printable([*list_requests(requests)[1:], *describe_strays(others)])


def explain_silence(entries: Sequence[Entry]) -> str:
    """Where the requests went that a session did not receive: to others, else the likely reason. It follows "none".

    Args:
        entries: the probes of this session, and all that came to others.
    """
    strays, came = describe_strays(entries), "came with the key of this session"
    if strays:
        return "\n".join([f"{came}:", *strays])
    if entries:
        probes = ", ".join(dict.fromkeys(escape_line(f"{entry.method} {entry.path}") for entry in entries[-SHOWN:]))
        return f"{came}, only probes, by which clients look whether somebody is there: {probes}"
    early = "by a client made while a module is imported (with messages_preload = true it finds the server)?"
    return f"{came}: is {BASE_URLS} read before the test begins, {early}"
