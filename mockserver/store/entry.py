"""The view of a journal entry: a call, its answer, and how the answer left; secrets are masked."""

from __future__ import annotations

from functools import partial
from typing import Any

from mockserver.records.endpoints import MESSAGES
from mockserver.records.errors import AnswerFinding, Finding
from mockserver.records.masks import Scrubber, name_session
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Failure, StoredReply
from mockserver.records.terminal import escape_line
from mockserver.store import readable
from mockserver.store.calls import JournalEntry
from mockserver.store.facts import Facts
from mockserver.store.inspecting import Inspect, find_in_answer, inspect_nothing
from mockserver.store.listing import list_faults, list_tools, summarize
from mockserver.store.misses import MOST_MISSES, Explain, Mismatch, explain_nothing, find_misses, show_reasons
from mockserver.store.reports import (
    Write,
    parse,
    parse_shallow,
    show_answer,
    show_usage,
    show_written,
    write_answer,
    write_nothing,
)
from mockserver.store.searching import has_text
from mockserver.store.skimming import skim


class Entry(Facts):
    """A recorded call and its answer.

    Masking, parsing and explaining wait until something is read: recording a call costs microseconds.
    """

    __slots__ = ("_call", "_explain", "_inspect", "_scrubber", "_write")

    def __init__(
        self,
        stored: JournalEntry,
        explain: Explain = explain_nothing,
        secrets: tuple[str, ...] = (),
        inspect: Inspect = inspect_nothing,
        write: Write = write_nothing,
    ) -> None:
        super().__init__(stored)
        self._call = stored.record.call
        self._explain, self._inspect, self._write = explain, inspect, write
        self._scrubber = Scrubber(self._call, (*stored.record.thread.secrets, *secrets))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and self._stored == other._stored

    def __hash__(self) -> int:
        return hash(self._stored.number)

    def __repr__(self) -> str:
        answered = f" {self._scrubber.content(self.scenario)!r}" if self.scenario else ""
        return f"<Entry {self.number} {escape_line(f'{self.method} {self.path}')} {self.status}{answered}>"

    def reveal(self) -> tuple[JournalEntry, Scrubber]:
        """The entry as received, secrets included, and what masks these: for what shows more of it."""
        return self._stored, self._scrubber

    @property
    def objection(self) -> Finding | None:
        """What this server would have refused a forwarded call for, secrets masked: where it differs from the API."""
        found = self._record.objection
        return None if found is None else self._scrubber.finding(found)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The API's objections, secrets masked."""
        return tuple(map(self._scrubber.finding, self._record.findings))

    @property
    def answer_findings(self) -> tuple[AnswerFinding, ...]:
        """What the API would not have answered, in a scripted answer; secrets masked. Worked out at each reading."""
        return find_in_answer(self._record, self._inspect, self._scrubber)

    @property
    def at(self) -> float:
        """When the call arrived, in seconds since 1970."""
        return self._call.at

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self._scrubber.content(self._call.method)

    @property
    def path(self) -> str:
        """The path, with its query when there is one; secrets masked."""
        return self._scrubber.path()

    @property
    def session(self) -> str:
        """The session as it may be shown: its name, or the masked key it is named after."""
        return name_session(self._call, self._scrubber)

    @property
    def version(self) -> str | None:
        """The API version asked for, if any."""
        return None if self._call.version is None else self._scrubber.content(self._call.version)

    @property
    def betas(self) -> tuple[str, ...]:
        """The betas asked for, sorted."""
        return tuple(sorted(map(self._scrubber.content, self._call.betas)))

    @property
    def headers(self) -> dict[str, str]:
        """The request headers, secrets masked."""
        return self._scrubber.headers()

    @property
    def body(self) -> bytes:
        """The request body as sent, apart from secrets, which are masked."""
        return self._scrubber.body()

    @property
    def read(self) -> Any:
        """The request body as it was read, in the Messages form, secrets masked; None where that is what was sent."""
        return readable.show_read(self._record, self._scrubber)

    @property
    def json(self) -> Any:
        """The request body parsed, secrets masked; None when it is no JSON."""
        return parse(self.body)

    @property
    def model(self) -> str | None:
        """The model asked for, secrets masked."""
        return skim(self._call.body).show_model(partial(self._scrubber.content, times=1))

    @property
    def stream(self) -> bool:
        """Whether events were asked for, refused or not."""
        return skim(self._call.body).asks_for_events

    @property
    def prompt(self) -> Prompt | None:
        """The effective conversation, secrets masked; None when the body is no JSON object."""
        return readable.show_prompt(self._record, self._scrubber, self.session)

    @property
    def misses(self) -> tuple[Mismatch, ...]:
        """Why the scenarios before the one that answered did not."""
        return find_misses(self._record, self._explain, self._scrubber)

    @property
    def message(self) -> dict[str, Any] | None:
        """The message answered; secrets masked."""
        outcome = self._record.outcome
        return parse(self._scrubber.document(outcome.message)) if isinstance(outcome, StoredReply) else None

    @property
    def answer(self) -> dict[str, Any] | None:
        """The answer as it left: the message, completion or error body, or status, headers and first characters of
        anything else. Of a stream the whole that it makes.
        """
        body = write_answer(self._record, self._write, self._scrubber)
        return self._show_composed() if body is None else show_written(body, self.status)

    @property
    def composed(self) -> dict[str, Any] | None:
        """The answer in the Messages form, as ``answer`` has it on the Messages wire; None where ``answer`` is that, or
        the answer was none of the wire's own (``raw``, an upstream's).
        """
        is_written = self.wire != MESSAGES and isinstance(self._record.outcome, StoredReply | Failure)
        return self._show_composed() if is_written else None

    def _show_composed(self) -> dict[str, Any] | None:
        return show_answer(self._record.outcome, self.request_id, self._scrubber)

    def has_text(self, wanted: str) -> bool:
        """Whether a text stands in the request or in its answer, as sent or in the Messages form, in whatever case;
        what is masked is not found.
        """
        return has_text(
            self._stored, self._scrubber, wanted, partial(write_answer, self._record, self._write, self._scrubber)
        )

    @property
    def usage(self) -> dict[str, Any] | None:
        """The usage of the message answered."""
        return show_usage(self._record.outcome, self._scrubber)

    @property
    def tools(self) -> tuple[str, ...]:
        """The names of the tools that the answer calls, in order, each once."""
        return list_tools(self._record, self._scrubber.content)

    @property
    def faults(self) -> tuple[str, ...]:
        """The names of the faults that were to strike the answer."""
        return list_faults(self._record)

    def fits(self, when: readable.When) -> bool:
        """Whether a condition holds for the prompt as received, secrets included; never for a body it cannot read."""
        return readable.is_met(self._record, when)

    def differences(self, when: readable.When) -> tuple[str, ...]:
        """The differences between a condition and the prompt as received; secrets masked."""
        differences = readable.list_differences(self._record, when)
        return readable.BROKEN if differences is readable.BROKEN else tuple(map(self._scrubber.text, differences))

    def distance(self, when: readable.When) -> tuple[bool, int]:
        """How far a condition is from holding: whether the body cannot be read, and the number of differences."""
        differences = readable.list_differences(self._record, when)
        return differences is readable.BROKEN, len(differences)

    def summary(self) -> dict[str, Any]:
        """The entry in a few fields, for lists: large bodies are not searched for secrets that stand elsewhere, too."""
        return summarize(self._stored, self._scrubber)

    def as_dict(self, most_misses: int = MOST_MISSES) -> dict[str, Any]:
        """The whole entry as JSON values, secrets masked; with so many ``misses``; 0: without all reasons."""
        # Afterwards all secrets of the body are known, and the summary hides them too.
        body = parse_shallow(sent := self.body)
        return {
            **self.summary(),
            "version": self.version,
            "betas": list(self.betas),
            "headers": self.headers,
            "body": sent.decode(errors="replace") if body is None else body,
            "read": self.read,
            "messages": readable.show_conversation(self._record, self._scrubber, body),
            "place": None if self.place is None else self._scrubber.brief(str(self.place)),
            **show_reasons(self._record, self._explain, self._scrubber, most_misses),
            "fallbacks": [name and self._scrubber.brief(name) for name in self.fallbacks],
            "items": None if self.items is None else self.items.show(self._scrubber.brief),
            "findings": [finding.as_dict() for finding in self.findings],
            "objection": None if self.objection is None else self.objection.as_dict(),
            "answer": self.answer,
            "composed": self.composed,
            "answer_findings": [finding.as_dict() for finding in self.answer_findings],
            "usage": self.usage,
            "events_total": self.events_total,
            "events_sent": self.events_sent,
        }
