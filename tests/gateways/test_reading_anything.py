"""Whatever a file holds, it is a gateway or a list of mistakes, and a server with that gateway answers any call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver import asgi_transport
from mockserver.gateways.format import GATEWAY_FILE
from mockserver.gateways.reading import load, read_preset
from mockserver.records.errors import Problem, ScenarioError
from mockserver.records.specs import (
    Anything,
    Either,
    EnumOf,
    Flag,
    ListOf,
    MapOf,
    Null,
    Number,
    OneOrMany,
    Record,
    Ref,
    Ruled,
    Spec,
    Text,
    Whole,
    WithoutPlaceholders,
)

Values = st.SearchStrategy[Any]

ERRORS = st.sampled_from(list(read_preset("new-api")["errors"]))
# Names that mean something, so that not every file is full of mistakes.
NAMES = st.sampled_from(["sk-a", "x", "*", "claude-*", "native", "/v1/messages", "-thinking", "user_banned", "no_ping"])
ANYTHING: Values = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 600) | st.floats(allow_nan=False, allow_infinity=False) | NAMES,
    lambda below: st.lists(below, max_size=2) | st.dictionaries(NAMES, below, max_size=2),
    max_leaves=4,
)


def draw(spec: Spec) -> Values:
    """Values that are right for a spec, but for what its rules forbid."""
    return DRAWN[type(spec)](spec)


def _draw_record(spec: Record) -> Values:
    values = {key: ERRORS if key == "error" else draw(field.spec) for key, field in spec.fields.items()}
    needed = {key: values[key] for key in spec.needed}
    return st.fixed_dictionaries(needed, optional={key: values[key] for key in values.keys() - needed.keys()})


DRAWN: Mapping[type, Callable[[Any], Values]] = {
    Anything: lambda _: ANYTHING,
    Either: lambda spec: st.one_of(*map(draw, spec.options)),
    EnumOf: lambda spec: st.sampled_from(spec.names),
    Flag: lambda _: st.booleans(),
    ListOf: lambda spec: st.lists(draw(spec.item), min_size=spec.least, max_size=2),
    MapOf: lambda spec: st.dictionaries(NAMES, draw(spec.value), max_size=2),
    Null: lambda _: st.none(),
    Number: lambda _: st.floats(min_value=0.1, max_value=2),
    OneOrMany: lambda spec: st.lists(draw(spec.item), max_size=2),
    Record: _draw_record,
    Ref: lambda spec: draw(spec.spec),
    Ruled: lambda spec: draw(spec.spec),
    Text: lambda _: NAMES | st.just("POST"),
    Whole: lambda spec: st.integers(spec.low or 0, min(spec.high or 2**40, 2**40)),
    WithoutPlaceholders: lambda spec: draw(spec.spec),
}


def make(folder: Path, document: Mapping[str, Any]) -> str | None:
    """The path of a file with a gateway; None where it holds mistakes, each with its place."""
    path = folder / "gateway.json"
    path.write_bytes(orjson.dumps(document))
    problems: Sequence[Problem] = ()
    try:
        load(str(path))
    except ScenarioError as error:
        problems = error.problems
    assert {each.place.file for each in problems} <= {str(path)}
    return None if problems else str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateways")


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=st.dictionaries(st.sampled_from(list(GATEWAY_FILE.fields)), ANYTHING, max_size=5))
def test_any_document_is_a_gateway_or_mistakes(folder: Path, document: dict[str, Any]) -> None:
    make(folder, document)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(document=draw(GATEWAY_FILE))
def test_any_gateway_answers_calls(folder: Path, caplog: pytest.LogCaptureFixture, document: dict[str, Any]) -> None:
    """No call ends in a failure of the server: what a gateway answers is scripted, in a form that HTTP has."""
    path = make(folder, document)
    if path is None:
        return
    asked = {"model": "claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hi"}]}
    with httpx.Client(transport=asgi_transport(gateway=path), base_url="http://mock") as client:
        for url in ("/v1/messages", "/v1/chat/completions", "/v1/models", "/v1/none", "/console"):
            for key in ("sk-a", "x-native"):
                client.post(url, json=asked, headers={"authorization": key, "x-api-key": key})
    assert "inside the mock server" not in caplog.text
