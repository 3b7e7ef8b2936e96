"""Holds recorded exchanges against today's rules and schemas, without asking anybody.

What differs is a warning. A cassette is replayed all the same; either the API has changed since, or this server does
not know what it answers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver import auth
from mockserver.cassettes.drift import streams
from mockserver.cassettes.drift.parts import STREAM, Answer, find_breaches, find_schemas, name_endpoint, read_answer
from mockserver.compose.editing import count_edited
from mockserver.endpoints.localizing import BATCHES
from mockserver.recordings.redacting.marks import MARKS
from mockserver.records.call import VERSIONS, Call
from mockserver.records.endpoints import BY_NAME
from mockserver.records.errors import ApiError, Finding
from mockserver.records.exchanges import RecordedExchange
from mockserver.records.settings import Settings
from mockserver.reference import catalog, schemas
from mockserver.validation import Checker, Lookups

# The API takes any key here: which one it was is not recorded.
_KEY = {"x-api-key": "any"}
_SETTINGS = Settings(profile="anthropic")
_LOOKUPS = Lookups(count=lambda body: count_edited(body, catalog.lookup(str(body.get("model", "")))))
_MODEL = "model_known"
# Reasons that are told of one answer.
_MOST = 3


def check_request(exchange: RecordedExchange) -> Iterator[str]:
    """Why the API would refuse a request today that it took when it was recorded."""
    form = _name_form(exchange)
    if not form or exchange.response.status >= 400:
        return
    finding = _find_refusal(exchange, form)
    if finding is not None:
        yield f"the API refuses this request today, which replay answers as recorded: {_word(finding)}"


def _word(finding: Finding) -> str:
    model = catalog.lookup(finding.message.removeprefix("model: "))
    ended = f", which retired on {model.retires_at[:10]}" if finding.rule == _MODEL and model.retires_at else ""
    return f"{finding.message}{ended} ({finding.rule})"


def _name_form(exchange: RecordedExchange) -> str:
    """The schema of the body; "" where the endpoint takes none that is checked."""
    request, name = exchange.request, name_endpoint(exchange.request)
    if request.method != "POST" or not request.body or name not in BY_NAME:
        return ""
    return "batches" if name == BATCHES else BY_NAME[name].schema


def _find_refusal(exchange: RecordedExchange, form: str) -> Finding | None:
    sent = {name: value for name, value in exchange.request.headers.items() if not MARKS.search(value)}
    headers: dict[str, Any] = {"anthropic-version": VERSIONS[0], **sent, **_KEY}
    call = Call("POST", exchange.request.path, headers, exchange.request.body)
    try:
        auth.authenticate(call, _SETTINGS)
        version = auth.api_version(call, _SETTINGS)
    except ApiError as error:
        return error.finding
    # Of a recorder that kept no headers nobody knows which betas were asked for.
    betas = call.betas if "anthropic-version" in sent else schemas.known_betas()
    return Checker("anthropic").check(call.body, form, version, betas, _LOOKUPS, headers=call.headers).finding


def check_response(exchange: RecordedExchange) -> Iterator[str]:
    """Where a recorded answer is none that the API gives today, as far as this server knows."""
    response = exchange.response
    if response.end != "close":
        return  # it was cut, and is replayed so
    try:
        answer = read_answer(response)
    except ValueError as error:
        yield f"the recorded answer is not what its content-type says: {error}"
        return
    if answer.form == STREAM and not streams.find_failure(answer.pairs):
        yield from _check_order(answer)
    breaches = [
        f"{place or 'the whole'}: {reason}" for place, reason in find_breaches(answer, find_schemas(exchange, answer))
    ]
    if breaches:
        yield f"the API answers otherwise today, as far as is known here: {_list_reasons(breaches)}"


def _check_order(answer: Answer) -> Iterator[str]:
    broken = streams.find_broken_rules(answer.pairs)
    if broken:
        yield f"the recorded stream does not keep this: {'; '.join(broken)}"


def _list_reasons(reasons: list[str]) -> str:
    different = list(dict.fromkeys(reason[:200] for reason in reasons))
    more = f" and {len(different) - _MOST} more" if len(different) > _MOST else ""
    return "; ".join(different[:_MOST]) + more
