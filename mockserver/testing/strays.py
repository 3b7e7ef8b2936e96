"""Requests of other sessions than a test's: where they went that it did not receive."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.records.terminal import escape_line
from mockserver.store import Entry
from mockserver.testing.assertions import (
    BASE_URL,
    SHOWN,
    Request,
    count_requests,
    describe,
    list_requests,
    make_printable,
)


def complain_of_strays(strays: Sequence[Entry]) -> str:
    """Complain of requests with other keys that no scenario fitted, and that got the error for it."""
    missed = [entry for entry in strays if entry.unmatched and entry.status == 404]
    lines = [f"no scenario fits {describe(entry)}" for entry in missed[-SHOWN:]]
    return "\n".join([*lines, *describe_strays(missed)])


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
    lines = [*list_requests(requests)[1:], *describe_strays(others)]
    return make_printable(lines if requests else [f"no request {explain_silence(others)}"])


def explain_silence(others: Sequence[Entry]) -> str:
    """Where requests went that a session did not receive: to others, else the likely reason. It follows "none"."""
    strays, came = describe_strays(others), "came with the key of this session"
    guess = f"is {BASE_URL} read before the test begins, by a client made while a module is imported?"
    return "\n".join([f"{came}:", *strays]) if strays else f"{came}: {guess}"
