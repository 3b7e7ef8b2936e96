"""Compares an answer with the recorded one by shape: status, keys, types, events, header names. Never texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from mockserver.cassettes.drift import shapes, streams
from mockserver.cassettes.drift.differences import SEVERITIES, Difference
from mockserver.cassettes.drift.parts import (
    JSON,
    LINES,
    STREAM,
    Answer,
    find_breaches,
    find_schemas,
    join_label,
    name_endpoint,
    read_answer,
    read_media_type,
)
from mockserver.cassettes.drift.shapes import MOST_PLACES, Change, Shape
from mockserver.records.exchanges import RecordedExchange, RecordedResponse
from mockserver.records.masks import mask_text

# Keys that come and go with what the model does, whatever the API is (source: recorded 2024-03 to 2026-08, and the
# documentation of tools): citations where it cites, usage of the API's own tools where it called one, the container
# where code ran, details of their results, parts of refusals and fallbacks.
COMES_AND_GOES = frozenset(
    (
        *("citations", "server_tool_use", "container", "abort_reason", "error_message", "fallback_credit"),
        *("recommended_model", "fallback_credit_token", "fallback_has_prefill_claim", "toolset_name", "tool_changes"),
    )
)
# The model is free to answer with a text or with a tool call: one in place of the other is no difference.
CHOICES = frozenset(("text", "tool_use", "text_delta", "input_json_delta"))
# Ends of an answer that are worth a note where the recorded one ended otherwise.
NOTED_ENDS = frozenset(("refusal", "pause_turn", "model_context_window_exceeded", "compaction"))
# Headers of the network and of the account, which say nothing of the API (source: recorded 2024-03 to 2026-08).
_INFRASTRUCTURE = (
    *("date", "server", "via", "vary", "connection", "keep-alive", "transfer-encoding", "content-length", "trailer"),
    *("content-encoding", "cache-control", "set-cookie", "age", "cf-", "x-envoy-", "x-cloud-trace-context", "nel"),
    *("traceresponse", "server-timing", "strict-transport-security", "content-security-policy", "x-robots-tag"),
    *("alt-svc", "retry-after", "report-to", "x-content-type-options", "access-control-", "proxy-", "x-mock-"),
    *("anthropic-organization-id", "anthropic-workspace-id"),
)
# Each account has its own limits: their headers count as one.
_FAMILIES = ("anthropic-ratelimit-", "anthropic-priority-", "anthropic-fast-")
# New headers that are worth a note. Of others a cassette may say nothing: it keeps those of the API alone.
_NOTED = ("anthropic-", "request-id", "x-should-retry", "deprecation", "sunset")
# Differences of an answer that are listed.
MOST = 50

# The shapes that all cassettes show, by endpoint and form, then by label.
Pool = Mapping[tuple[str, str], Mapping[str, Shape]]


class _Compared(Struct, frozen=True):
    """An answer that is compared: its breaches of the schemas, and whether there are schemas for it."""

    breaches: frozenset[str]
    has_schema: bool

    def knows(self, place: str) -> bool:
        """Whether the value at a place is one that the API is known to answer."""
        return self.has_schema and place not in self.breaches


def make_pool(exchanges: Iterable[RecordedExchange]) -> Pool:
    """The blocks, events and keys that occur in any of the recorded answers."""
    found: dict[tuple[str, str], dict[str, Shape]] = {}
    for exchange in exchanges:
        try:
            answer = read_answer(exchange.response)
        except ValueError:
            continue
        pooled = found.setdefault((name_endpoint(exchange.request), answer.form), {})
        for label, shape in answer.describe().items():
            pooled[label] = shapes.merge(pooled[label], shape) if label in pooled else shape
    return found


def compare(recorded: RecordedExchange, response: RecordedResponse, pool: Pool) -> list[Difference]:
    """In what an answer differs from the recorded one to the same request; of more than 50 differences the worst, and
    one that says so.
    """
    found = list(dict.fromkeys(_compare(recorded, response, pool)))
    if len(found) <= MOST:
        return found
    found.sort(key=lambda each: SEVERITIES.index(each.severity))
    return [*found[:MOST], Difference("more", now=f"{len(found) - MOST} more")]


def _compare(recorded: RecordedExchange, response: RecordedResponse, pool: Pool) -> Iterator[Difference]:
    was, now = recorded.response, response
    if was.status != now.status:
        yield Difference("status", "", str(was.status), word_status(now))
        return
    yield from _compare_headers(was, now)
    if read_media_type(was) != read_media_type(now):
        yield Difference("format", "content-type", read_media_type(was), _cut(read_media_type(now), 80))
        return
    try:
        known = read_answer(was)
    except ValueError:
        return  # it was no JSON either
    try:
        answer = read_answer(now)
    except ValueError as error:
        yield Difference("format", "", known.form, f"unreadable: {error}")
        return
    if bool(known.values) != bool(answer.values) and known.form in (JSON, LINES):
        yield Difference("format", "", *(each.form if each.values else "empty" for each in (known, answer)))
        return
    yield from _compare_answers(recorded, known, answer, pool)


def word_status(response: RecordedResponse) -> str:
    """A status, with the type and the message of the error, as far as it is one of the API."""
    try:
        values = read_answer(response).values
    except ValueError:
        values = ()
    body = values[0][1] if values else {}
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or response.status < 400:
        return str(response.status)
    return f"{response.status} {_cut(str(error.get('type')), 60)}: {_cut(str(error.get('message')), 200)}"


def _compare_headers(was: RecordedResponse, now: RecordedResponse) -> Iterator[Difference]:
    before, after = _name_headers(was), _name_headers(now)
    for name in sorted(before - after):
        yield Difference("header_gone", name, "sent", "not sent")
    for name in sorted(name for name in after - before if name.startswith(_NOTED))[:MOST_PLACES]:
        yield Difference("header_new", _cut(name, 80), "not sent", "sent")


def _name_headers(response: RecordedResponse) -> set[str]:
    names = (name for name, _ in response.headers if not name.startswith(_INFRASTRUCTURE))
    return {next((f"{family}*" for family in _FAMILIES if name.startswith(family)), name) for name in names}


def _compare_answers(recorded: RecordedExchange, known: Answer, now: Answer, pool: Pool) -> Iterator[Difference]:
    names = find_schemas(recorded, now)
    breaches = frozenset(place for place, _ in find_breaches(now, names))
    compared = _Compared(breaches, bool(names))
    if now.form == STREAM:
        broken = set(streams.find_broken_rules(known.pairs))
        yield from (
            Difference("order", "", rule, "broken")
            for rule in streams.find_broken_rules(now.pairs)
            if rule not in broken
        )
    yield from _compare_ends(known, now, compared)
    earlier_shapes, others = known.describe(), pool.get((name_endpoint(recorded.request), now.form), {})
    for label, shape in now.describe().items():
        own, other = earlier_shapes.get(label), others.get(label)
        earlier = shapes.fill(own, other or Shape()) if own else other
        if earlier is None:
            yield from _find_unknown_event(label, compared)
            continue
        for change in shapes.compare(earlier, shape, ""):
            if (found := _judge(change, label, compared)) is not None:
                yield found


def _find_unknown_event(label: str, compared: _Compared) -> Iterator[Difference]:
    if label and not compared.knows(join_label(label, "type")):
        yield Difference("event_unknown", _cut(label, 80))


def _judge(change: Change, label: str, compared: _Compared) -> Difference | None:
    """The difference that a change is; None when it is none."""
    place = join_label(label, change.place)
    kind = _RULES[change.kind](change, place, compared)
    return Difference(kind, _cut(place, 120), _cut(change.was, 80), _cut(change.now, 80)) if kind else None


def _judge_key(change: Change, _place: str, _compared: _Compared) -> str:
    return "" if change.place.rpartition(".")[2] in COMES_AND_GOES else change.kind


def _judge_null(_change: Change, place: str, compared: _Compared) -> str:
    # Where no schema says whether null may stand there, it is taken for possible.
    return "null" if place in compared.breaches else ""


def _judge_type(change: Change, place: str, compared: _Compared) -> str:
    # In place of its results, a tool of the API gives an error: an object in place of a list.
    is_union = {change.was, change.now} == {"array", "object"}
    return "" if is_union and compared.knows(place) and compared.knows(place.rpartition(".")[0]) else "type"


def _judge_variant(change: Change, place: str, compared: _Compared) -> str:
    if change.place.startswith("error["):
        return "error_type"
    # An object without a type breaks the schema as a whole.
    if not compared.knows(join_label(place, "type") if change.now else place):
        return "type_unknown"
    return "" if change.now in CHOICES else "type_new"


_RULES: Mapping[str, Any] = {
    "key_gone": _judge_key,
    "key_new": _judge_key,
    "type": _judge_type,
    "null": _judge_null,
    "variant": _judge_variant,
}


def _compare_ends(known: Answer, now: Answer, compared: _Compared) -> Iterator[Difference]:
    """Stop reasons that nobody knows, and those worth a note."""
    before = {reason for _, reason in _find_ends(known)}
    for place, reason in _find_ends(now):
        if reason in before:
            continue
        if not compared.knows(place):
            yield Difference("stop_reason_unknown", place, " or ".join(sorted(before)), _cut(reason, 80))
        elif reason in NOTED_ENDS:
            yield Difference("stop_reason_other", place, " or ".join(sorted(before)), reason)


def _find_ends(answer: Answer) -> Iterator[tuple[str, str]]:
    """Where an answer, or its last event, says why it stopped, and how."""
    for label, value in answer.values:
        if not isinstance(value, dict):
            continue
        delta = value.get("delta")
        holder, place = (delta, "delta.stop_reason") if isinstance(delta, dict) else (value, "stop_reason")
        if isinstance(holder.get("stop_reason"), str):
            yield join_label(label, place), holder["stop_reason"]


def _cut(text: str, most: int) -> str:
    """The beginning of a text of the upstream, without what looks like a secret."""
    shown = mask_text(text[: most * 4])
    return shown if len(shown) <= most else f"{shown[:most]}…"
