"""The endpoint that verifies requests: whether the journal holds those expected, and which came nearest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from mockserver.control.requests import ControlRequest, ControlResponse, RefusalError, kind_of
from mockserver.control.services import Expectation
from mockserver.control.waiting import PendingError, read_wait
from mockserver.records.budget import LIMITS, OverBudgetError, apart, seconds_left
from mockserver.records.endpoints import MESSAGES, NAMES, NAMING, resolve_names
from mockserver.store import Entry

QUERY = ("session", "wait")
# The nearest miss is sought among so many of the latest entries.
_COMPARED = 1_000


class Count(Struct, frozen=True):
    """The number of requests expected; None means no bound."""

    least: int | None
    most: int | None

    def holds(self, number: int) -> bool:
        return (self.least is None or number >= self.least) and (self.most is None or number <= self.most)

    def __str__(self) -> str:
        if self.least == self.most:
            return f"exactly {self.least}"
        bounds = (("at least", self.least), ("at most", self.most))
        return " and ".join(f"{word} {bound}" for word, bound in bounds if bound is not None)


def verify(request: ControlRequest) -> ControlResponse:
    """Verify how many matching requests the session received, or their order; else 409 with the nearest miss.

    With ``?wait=5s`` a 409 says for how long it is not the last word, where further requests may change it.
    """
    wait = read_wait(request)
    try:
        return _verify(request)
    except PendingError as error:
        error.wait = wait
        raise


def _verify(request: ControlRequest) -> ControlResponse:
    body = request.read_object("when", "at_least", "at_most", "exactly", "in_order", "endpoint", "session")
    endpoint = body.get("endpoint", None if _names_paths(body) else MESSAGES)
    if endpoint is not None and not (isinstance(endpoint, str) and endpoint in NAMES):
        raise RefusalError(400, f"There is no endpoint {str(endpoint)[:80]!r}.", list(NAMES))
    session = request.find_session_in(body)
    received, dropped = request.journal.entries(session), request.journal.dropped(session)
    meant = None if endpoint is None else resolve_names(endpoint)
    entries = [entry for entry in received if meant is None or entry.endpoint in meant]
    matched: dict[str, Any] = {}
    steps = _read_steps(request, body["in_order"]) if "in_order" in body else ()
    # Counted first: what is too many stays so, whatever may come yet in the right order.
    if "in_order" not in body or body.keys() & {"when", "at_least", "at_most", "exactly"}:
        expectation = _read_expectation(request, body.get("when", {}))
        matched["matched"] = _verify_count(expectation, entries, _read_count(body), dropped)
    if steps:
        matched["in_order"] = _verify_order(steps, entries)
    return ControlResponse({"verified": True, **matched})


def _names_paths(body: Mapping[str, Any]) -> bool:
    """Whether a condition says itself where it looks: at an endpoint, a path or a method."""
    steps = body.get("in_order")
    conditions = [body.get("when"), *(steps if isinstance(steps, list) else ())]
    return any(isinstance(when, dict) and not when.keys().isdisjoint(NAMING) for when in conditions)


def _verify_count(expectation: Expectation, entries: Sequence[Entry], count: Count, dropped: int) -> list[int]:
    matched = [entry.number for entry in entries if _fits(entry, expectation)]
    # Those that are not in the journal any more may have matched too.
    if count.holds(len(matched)) and (not dropped or count.most is None):
        return matched
    # When too many match, there is no nearest miss to show.
    few = count.least is not None and len(matched) < count.least
    others = [entry for entry in entries if few and entry.number not in matched]
    # What is too many stays too many.
    raise (PendingError if few else RefusalError)(
        409,
        f"Expected {count} matching of the {len(entries)} requests received; there are {len(matched)}.{_tell(dropped)}",
        matched=matched,
        nearest=_find_nearest(expectation, others),
    )


def _tell(dropped: int) -> str:
    return f" What had to leave the journal, {dropped} of them, is unknown." if dropped else ""


def _read_steps(request: ControlRequest, wanted: Any) -> list[Expectation]:
    if not isinstance(wanted, list) or not wanted:
        kind = "an empty list" if wanted == [] else kind_of(wanted)
        raise RefusalError(400, f"in_order is {kind}.", "a list of conditions, each as in a scenario's when")
    return [_read_expectation(request, when) for when in wanted]


def _verify_order(steps: Sequence[Expectation], entries: Sequence[Entry]) -> list[int]:
    found: list[int] = []
    left: Iterator[Entry] = iter(entries)
    for step, expectation in enumerate(steps, start=1):
        entry = next((entry for entry in left if _fits(entry, expectation)), None)
        if entry is None:
            raise _make_order_error(expectation, entries, found, f"step {step} of {len(steps)}")
        found.append(entry.number)
    return found


def _make_order_error(expectation: Expectation, entries: Sequence[Entry], found: list[int], step: str) -> PendingError:
    last = found[-1] if found else 0
    after = f" after request {last}" if found else ""
    early = [entry.number for entry in entries if entry.number <= last and _fits(entry, expectation)]
    hint = f" Request {early[-1]} matches, but does not come after it." if early else ""
    return PendingError(
        409,
        f"No request{after} matches {step}; {len(entries)} were received.{hint}",
        in_order=found,
        nearest=_find_nearest(expectation, [entry for entry in entries if entry.number > last]),
    )


def _find_nearest(expectation: Expectation, entries: Sequence[Entry]) -> dict[str, Any] | None:
    """The request with the fewest differences, the latest of several; a broken one comes last."""
    candidates = [
        (distance, -entry.number, entry)
        for entry in entries[-_COMPARED:]
        if (distance := _measure(entry, expectation))[1]
    ]
    if not candidates:
        return None
    # Only the nearest is shown, and freed of secrets.
    nearest = min(candidates, key=lambda candidate: candidate[:2])[2]
    return {"number": nearest.number, "differences": list(_find_differences(nearest, expectation))}


def _fits(entry: Entry, expectation: Expectation) -> bool:
    with _allowance():
        return entry.fits(expectation)


def _measure(entry: Entry, expectation: Expectation) -> tuple[bool, int]:
    with _allowance():
        return entry.distance(expectation)


def _find_differences(entry: Entry, expectation: Expectation) -> tuple[str, ...]:
    with _allowance():
        return entry.differences(expectation)


@contextmanager
def _allowance() -> Iterator[None]:
    """Each entry may take as many steps as a request of its own; all together have the time of one."""
    try:
        seconds_left()
    except OverBudgetError as error:
        advice = "conditions that look at less, or a shorter journal (DELETE /_mock/requests)"
        raise RefusalError(400, f"Looking through the journal takes too long: {error}.", advice) from error
    with apart(LIMITS.request_steps):
        yield


def _read_expectation(request: ControlRequest, when: Any) -> Expectation:
    if not isinstance(when, dict):
        raise RefusalError(400, f"A condition is {kind_of(when)}.", "an object, as in a scenario's when")
    return request.services.condition(when)


def _read_count(body: dict[str, Any]) -> Count:
    for name in ("exactly", "at_least", "at_most"):
        if name in body and (type(body[name]) is not int or body[name] < 0):
            raise RefusalError(400, f"{name} is {kind_of(body[name])}.", "a whole number, 0 or more")
    if "exactly" in body:
        if "at_least" in body or "at_most" in body:
            raise RefusalError(400, "exactly stands beside at_least or at_most.", "one or the other")
        return Count(body["exactly"], body["exactly"])
    least, most = body.get("at_least"), body.get("at_most")
    if least is not None and most is not None and least > most:
        raise RefusalError(400, f"at_least is {least}, at_most is {most}.", "at_least no more than at_most")
    return Count(1, None) if least is None and most is None else Count(least, most)
