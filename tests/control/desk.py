"""A control interface over a store of its own, for the tests of its endpoints."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema
import orjson

from mockserver import scenarios
from mockserver.control import Control, Explanation, Services
from mockserver.control.requests import RefusalError
from mockserver.control.services import ScenarioSource
from mockserver.endpoints.compiler import Compiler
from mockserver.endpoints.explaining import AnswerInspector, MissExplainer
from mockserver.endpoints.fixtures import Fixtures
from mockserver.records.call import Call
from mockserver.records.clock import Clock
from mockserver.records.errors import ApiError, Finding, Place
from mockserver.records.prompt import Prompt
from mockserver.records.reply import Answer
from mockserver.records.settings import Settings
from mockserver.serving import storing
from mockserver.store import CallRecord, Departure, Document, Entry, JournalReader
from mockserver.store.scripts import TEXT
from mockserver.wires import WIRES, parse_fault

CLOCK = Clock(now=time.time, monotonic=time.monotonic)
KEY = "sk-ant-api03-" + "k" * 30 + "-last"
COUNTS = {"processing": 0, "succeeded": 2, "errored": 0, "canceled": 0, "expired": 0}
BATCH = {
    "id": "msgbatch_1",
    "type": "message_batch",
    "processing_status": "ended",
    "request_counts": COUNTS,
    "ended_at": "2026-11-30T12:00:01.000000+00:00",
    "created_at": "2026-11-30T12:00:00.000000+00:00",
    "expires_at": "2026-12-01T12:00:00.000000+00:00",
    "archived_at": None,
    "cancel_initiated_at": None,
    "results_url": "http://test/v1/messages/batches/msgbatch_1/results",
}
FIXTURE = """
scenarios:
  - {name: weather, when: {user: weather}, reply: {text: Sunny.}}
  - {name: flaky, when: {user: flaky}, calls: [{text: once}]}
"""
SCENARIO_HOOKS = scenarios.Extensions(parse_fault=parse_fault)


FILE = {
    "id": "file_1",
    "type": "file",
    "size_bytes": 3,
    "created_at": "2026-11-30T12:00:00.000000Z",
    "filename": "a.txt",
    "mime_type": "text/plain",
    "downloadable": False,
    "expires_at": None,
}


class NoFiles:
    """Files of a server that writes none."""

    folder = ""

    def list(self) -> tuple[str, ...]:
        return ()

    def find(self, _: str) -> None:
        return None

    def find_tag(self, name: str) -> Any:
        raise RefusalError(403, f"no {name}", "--allow-edit")

    def read(self, name: str, *_: Any) -> Any:
        raise RefusalError(403, f"no {name}", "--allow-edit")

    def write(self, name: str, *_: Any) -> Any:
        raise RefusalError(403, f"no {name}", "--allow-edit")


@dataclass(frozen=True)
class Got:
    """An answer of the control interface."""

    status: int
    json: Any
    headers: Mapping[str, str]

    @property
    def error(self) -> dict[str, Any]:
        found: dict[str, Any] = self.json["error"]
        return found


class Desk:
    """A control interface, with the true scenario engine behind it."""

    def __init__(self, *, in_process: bool = False, **changes: Any) -> None:
        # The document is asked for without a socket: that way no token is needed.
        self.in_process = True
        self.store = storing.open_store(Settings(**changes), CLOCK)
        self.compiler = Compiler(SCENARIO_HOOKS)
        self.fixtures = Fixtures(scenarios.ScenarioSet(self.compiler.compile(Document(TEXT, FIXTURE, "weather.yaml"))))
        explain, inspect = MissExplainer(self.store, self.fixtures, self.compiler), AnswerInspector(self.fixtures)
        self.journal = JournalReader(self.store.journal, explain, (), inspect)
        self.explained: list[Call] = []
        self.files = NoFiles()
        self.wait = 0.0
        self.control = Control(Settings(**changes), self.store, self.journal, self._make_services())
        self.document = json.loads(self.ask("GET", "openapi.json", check=False).json)
        self.in_process = in_process

    def _make_services(self) -> Services:
        return Services(
            version="9.9",
            fixtures=lambda: self.fixtures.scenarios.scenarios,
            read_scripts=self.compiler.scripts,
            compile=self.compiler.scenarios,
            condition=scenarios.condition,
            answer=self.answer,
            explain=self.explain,
            batch_plan=lambda words: scenarios.read_batches(words, Place("settings")),
            finish_batch=lambda session, name, _: BATCH if (session, name) == ("s", BATCH["id"]) else None,
            write_scenario=lambda entry: f"scenarios: [{entry['number']}]",
            sketch_scenario=lambda entry: f"scenarios: [{entry.number}]",
            check=lambda text: scenarios.lint_text(text, "added", SCENARIO_HOOKS),
            word=lambda scenario, _: ScenarioSource(f"scenarios: [{{name: {scenario.name}}}]", "weather.yaml"),
            files=lambda: self.files,
            list_batches=lambda sessions, limit, _: [(each, BATCH) for each in sessions][:limit],
            list_files=lambda *_: [(None, FILE)],
            wire_of=lambda record: WIRES[record.wire],
            health=lambda: {"fixtures": ["weather.yaml"]},
        )

    def answer(self, words: Mapping[str, Any]) -> Answer:
        (scenario,) = scenarios.parse({"reply": words}, "settings", SCENARIO_HOOKS)
        return scenario.steps[0].constant or Answer()

    def explain(self, call: Call) -> Explanation:
        self.explained.append(call)
        body = orjson.loads(call.body)
        if "model" not in body:
            raise ApiError(Finding("model: Field required", "schema", "SDK", path="model"))
        prompt = Prompt(body, headers=call.headers, key=call.key, session=call.session)
        added = self.compiler.scenarios_of(self.store.scripts.active(call.session))
        tried = (self.fixtures.scenarios, prompt, self.store.counters.counts(call.session), added)
        choice, (misses, more) = scenarios.choose(*tried), scenarios.explain(*tried)
        if choice.scenario is None:
            return Explanation("generated", misses=misses, left_out=more)
        found, position = choice.scenario, str(choice.position)
        return Explanation("scenario", found.name, position, found.place, misses=misses, left_out=more)

    def ask(self, method: str, path: str, body: Any = b"", *, check: bool = True, **headers: str) -> Got:
        """Send it; the answer is checked against the OpenAPI document."""
        path, _, query = path.partition("?")
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        call = Call(method, f"/_mock/{path}", named, raw, query, at=1000.0, in_process=self.in_process)
        sent, self.wait = self.control.handle(call)
        data = b"".join(piece.data for piece in sent.pieces)
        shown = data.decode() if path == "openapi.json" and not check else (orjson.loads(data) if data else None)
        got = Got(sent.status, shown, dict(sent.headers))
        assert int(got.headers["content-length"]) == len(data) or method == "HEAD"
        if check and data:
            self.check(method, path, got)
        return got

    def check(self, method: str, path: str, got: Got) -> None:
        described = next((row for row in self.document["paths"] if row_of(row) == row_of("/" + path)), None)
        reference = {"$ref": "#/components/schemas/Error"}
        if got.status not in (401, 403, 404, 405, 413) and described:
            answers = self.document["paths"][described][method.lower()]["responses"]
            reference = answers[str(got.status)]["content"]["application/json"]["schema"]
        jsonschema.validate(got.json, {**reference, "components": self.document["components"]})

    def receive(self, text: str, session: str | None = "t", **more: Any) -> Entry:
        """A call as the journal has it after its answer left."""
        headers = {"x-api-key": KEY, **({"x-mock-session": session} if session else {})}
        body = {"model": more.pop("model", "claude-a"), "messages": [{"role": "user", "content": text}]}
        path, query = more.pop("path", "/v1/messages"), more.pop("query", "")
        call = Call("POST", path, headers, orjson.dumps(body), query, at=1000.0)
        return self.record(CallRecord(call, **more), Departure())

    def record(self, record: CallRecord, departure: Departure | None = None) -> Entry:
        """The entry of a call in the journal."""
        self.store.sessions.touch(record.call.session)
        number = self.store.journal.append(record.call.session, record, departure)
        return next(entry for entry in self.journal.entries() if entry.number == number)

    def scripts_of(self, session: str) -> list[str]:
        """The names of the scripts added to a session."""
        return [script.name for script in self.store.scripts.current(session).scripts]


def row_of(path: str) -> tuple[str, int]:
    parts = path.strip("/").split("/")
    # The names of scenarios may hold slashes.
    return parts[0], 2 + (parts[-1] in ("calls", "turns")) if len(parts) > 1 else 1
