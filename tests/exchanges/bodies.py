"""Requests with the bodies in ``tests/data``: recorded, observed, and the cases of the rules."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import yaml

from tests import rule_cases

from .exchange import COUNT, MESSAGES, NEWER, VERSION, Exchange, Group, Json, both, journal, post

DATA = Path(__file__).parent.parent / "data"
# The fields that counting tokens accepts.
COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking")
PATHS = {"messages": MESSAGES, "count_tokens": COUNT, "messages/count_tokens": COUNT, "batch_item": MESSAGES}
NOTHING: Json = {}


def groups() -> Iterator[Group]:
    """All groups of this module."""
    yield from recordings()
    yield from rules()
    yield from observations()
    yield from excerpts()
    yield schemas()


def lines(path: str) -> Iterator[tuple[str, Json]]:
    """The objects of a file, one a line, and a name for each."""
    data = (DATA / path).read_bytes()
    for number, line in enumerate(gzip.decompress(data).splitlines() if path.endswith(".gz") else data.splitlines()):
        row = json.loads(line)
        yield str(row.get("id", number)), row


def group(name: str, server: str, exchanges: Iterable[Exchange]) -> Group:
    """The exchanges, and requests to the journal for them."""
    return Group(name, server, (*exchanges, *journal(name)))


def path_of(row: Json) -> str:
    """The path of the endpoint that a row is for."""
    endpoint = row.get("endpoint", "messages")
    return PATHS.get(endpoint, f"/v1/{endpoint}")


def recordings() -> Iterator[Group]:
    """Each recording whole, streamed, in profile anthropic, in the newer version, and with its tokens counted."""
    rows = dict(lines("recordings/requests.jsonl.gz"))
    for kind, stream in {"whole": False, "streamed": True}.items():
        yield _replay(f"recordings/{kind}", "relay", rows, {"stream": stream})
    yield _replay("recordings/exact", "anthropic", rows)
    yield _replay("recordings/newer", "relay", rows, version=NEWER)
    counted = {name: {**row, "request": _select_counted(row["request"])} for name, row in rows.items()}
    yield _replay("recordings/counted", "relay", counted, path=COUNT)


def _replay(
    name: str, server: str, rows: Mapping[str, Json], more: Json = NOTHING, version: str = "", path: str = ""
) -> Group:
    exchanges = []
    for key, row in rows.items():
        headers = {"anthropic-version": version or row["version"], "anthropic-beta": row["betas"]}
        exchanges.append(Exchange(key, post({**row["request"], **more}, name, path or path_of(row), headers)))
    return group(name, server, exchanges)


def _select_counted(body: Json) -> Json:
    return {key: value for key, value in body.items() if key in COUNTED}


def rules() -> Iterator[Group]:
    """Each case whole and streamed, in both profiles."""
    for server in ("relay", "anthropic"):
        session = f"rules/{server}"
        exchanges = [
            exchange
            for number, (rule, case) in enumerate(rule_cases.load())
            for exchange in _make_exchanges(f"{rule}/{number}", case, session)
        ]
        yield group(session, server, exchanges)


def _make_exchanges(name: str, case: Json, session: str) -> Iterator[Exchange]:
    version, betas = str(case.get("version", VERSION)), ",".join(case.get("betas", ()))
    headers = {"anthropic-version": version, "anthropic-beta": betas or None, **case.get("headers", {})}
    body, path = rule_cases.body_of(case), path_of(case)
    yield Exchange(f"{name}/as it is", post(body, session, path, headers))
    if path == MESSAGES and isinstance(body, dict):
        yield Exchange(f"{name}/streamed", post({**body, "stream": True}, session, path, headers))


def observations() -> Iterator[Group]:
    """Errors of the real API, and conversations that it accepted; with the keys of their tests."""
    for file in ("errors", "built", "measured", "accepted"):
        session = f"observed/{file}"
        exchanges = []
        for name, row in lines(f"observed/{file}.jsonl"):
            headers = {"x-api-key": "sk-valid", "anthropic-version": VERSION, **row.get("headers", {})}
            body, path = row.get("request", row), path_of(row)
            exchanges.append(Exchange(f"{name}/as it is", post(body, session, path, headers)))
            if isinstance(body, dict):
                exchanges.append(Exchange(f"{name}/streamed", post({**body, "stream": True}, session, path, headers)))
        yield group(session, "observed", exchanges)


def excerpts() -> Iterator[Group]:
    """Excerpts of recorded exchanges: shapes, counts, orders of keys."""
    for file, key in (("schemas/accepted_requests", "body"), ("compose/orders", "request")):
        exchanges = []
        for name, row in lines(f"{file}.jsonl"):
            headers = {"anthropic-beta": ",".join(row["betas"] or ()) or None}
            kinds = both(name, row[key], file, headers) if path_of(row) == MESSAGES else ()
            exchanges += kinds or [Exchange(name, post(row[key], file, path_of(row), headers))]
        yield group(file, "relay", exchanges)
    counted = [
        Exchange(
            f"{name}/{version}", post(_select_counted(row["request"]), "tokens", COUNT, {"anthropic-version": version})
        )
        for name, row in lines("tokens/recorded.jsonl")
        for version in (VERSION, NEWER)
    ]
    yield group("tokens", "anthropic", counted)


def schemas() -> Group:
    """Schemas for which a value is made: as the format of the answer, and as the input of a tool."""
    exchanges = []
    for case in yaml.safe_load((DATA / "generate/schemas.yaml").read_text("utf-8")):
        question = {"role": "user", "content": case.get("asked", "Go ahead.")}
        plain = {"model": "claude-sonnet-4-5", "max_tokens": 4096, "messages": [question]}
        form = {"output_config": {"format": {"type": "json_schema", "schema": case["schema"]}}}
        input_schema = {"type": "object", "properties": {"it": case["schema"]}, "required": ["it"]}
        choice = {
            "tools": [{"name": "made", "input_schema": input_schema}],
            "tool_choice": {"type": "tool", "name": "made"},
        }
        exchanges += both(f"{case['name']}/format", {**plain, **form}, "generate")
        exchanges += both(f"{case['name']}/tool", {**plain, **choice}, "generate")
    return group("generate", "off", exchanges)
