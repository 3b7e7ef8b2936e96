"""Every type of the API has accepted and refused cases, and two schema engines agree on each."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.reference import schemas
from mockserver.validation import Checker
from tests.schema_cases import mutations, valid_instances
from tests.schema_strategies import instances

Json = dict[str, Any]
VERSIONS = ("2023-06-01", "2026-10-21")


@cache
def whole(endpoint: str) -> Json:
    """The request schema with every beta enabled."""
    return schemas.request_schema(endpoint, VERSIONS[0], schemas.known_betas())


def part(schema: Json, name: str) -> Json:
    """One definition as a schema of its own."""
    return {"$schema": schema["$schema"], "$ref": f"#/$defs/{name}", "$defs": schema["$defs"]}


REQUEST_TYPES = [(endpoint, name) for endpoint in schemas.ENDPOINTS for name in whole(endpoint)["$defs"]]
RESPONSE_TYPES = [(name, type_) for name in schemas.RESPONSES for type_ in schemas.response_schema(name)["$defs"]]
TYPES = {name: part(whole(endpoint), name) for endpoint, name in reversed(REQUEST_TYPES)} | {
    type_: part(schemas.response_schema(name), type_) for name, type_ in RESPONSE_TYPES if not name.startswith("beta")
}


@pytest.mark.parametrize("name", sorted(TYPES))
def test_type_has_accepted_and_refused_cases(name: str) -> None:
    schema = TYPES[name]
    fast = jsonschema_rs.Draft202012Validator(schema)
    reference = jsonschema.Draft202012Validator(schema)
    accepted = list(valid_instances(schema))
    refused = list(mutations(schema, accepted[0][1]))
    assert accepted
    assert refused
    for label, instance in accepted:
        assert fast.is_valid(instance), (label, instance)
        assert reference.is_valid(instance), (label, instance)
    for label, instance in refused:
        assert not fast.is_valid(instance), (label, instance)
        assert not reference.is_valid(instance), (label, instance)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("betas", [frozenset(), schemas.known_betas()], ids=["ga", "beta"])
@pytest.mark.parametrize("endpoint", sorted(schemas.ENDPOINTS))
def test_quick_and_exact_validators_agree(endpoint: str, betas: frozenset[str], version: str) -> None:
    schema = schemas.request_schema(endpoint, version, betas)
    quick = schemas.request_validator(endpoint, version, betas)
    exact = schemas.request_explainer(endpoint, version, betas)
    cases = [*valid_instances(schema), *valid_instances(whole(endpoint))]
    cases += [*mutations(schema, cases[0][1])]
    for label, body in cases:
        assert quick.is_valid(body) == exact.is_valid(body), (label, body)


ANY = st.sampled_from(["text", "", 1, 0, -1, 0.5, True, None, [], ["a"], [1], {}, {"type": "text", "text": "a"}])


def mostly(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values that are right, nine times of ten."""
    return st.integers(0, 9).flatmap(lambda number: good if number else ANY)


BLOCKS = st.fixed_dictionaries(
    {"type": mostly(st.just("text")), "text": mostly(st.text(max_size=2))},
    optional={"cache_control": mostly(st.just({"type": "ephemeral"})), "citations": ANY, "more": ANY},
)
CONTENTS = mostly(st.text(max_size=2) | st.lists(BLOCKS, max_size=2))
ROLES = mostly(st.sampled_from(["user", "assistant", "system"]))
MESSAGES = st.lists(st.fixed_dictionaries({"role": ROLES, "content": CONTENTS}, optional={"more": ANY}), max_size=2)
OTHERS = ("metadata", "stop_sequences", "temperature", "top_p", "top_k", "speed", "stream", "tools", "thinking", "more")
SIMPLE = st.fixed_dictionaries(
    {"model": mostly(st.just("m")), "max_tokens": mostly(st.just(9)), "messages": mostly(MESSAGES)},
    optional={"system": CONTENTS, **dict.fromkeys(OTHERS, ANY)},
)


@given(body=SIMPLE, version=st.sampled_from(VERSIONS), betas=st.sampled_from([frozenset(), schemas.known_betas()]))
@settings(max_examples=250)
def test_small_part_of_the_schema_takes_nothing_more(body: Any, version: str, betas: frozenset[str]) -> None:
    assert schemas.accepts("messages", version, betas, body) == schemas.request_explainer(
        "messages", version, betas
    ).is_valid(body)


def as_sent_back(value: Any) -> Any:
    """The value with ids as the API makes them."""
    if isinstance(value, list):
        return [as_sent_back(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: "srvtoolu_a" if key in ("id", "tool_use_id", "tool_id") else as_sent_back(item)
        for key, item in value.items()
    }


def test_what_a_response_holds_a_request_takes_back() -> None:
    """ "Resend content as is" (docs, Stop reasons): no key of a response block is too much in a request."""
    given = schemas.response_schema("beta_message")
    accepts = jsonschema_rs.Draft202012Validator(part(whole("messages"), "ContentBlockParam")).is_valid
    refs = given["$defs"]["ContentBlock"]["x-mapping"].values()
    for name in (ref.rpartition("/")[2] for ref in refs):
        for label, block in valid_instances(part(given, name)):
            assert accepts(as_sent_back(block)), (name, label, block)
    for name in ("CodeExecutionResultBlock", "CitationCharLocation", "CitationPageLocation"):
        target = jsonschema_rs.Draft202012Validator(part(whole("messages"), f"{name}Param")).is_valid
        for label, value in valid_instances(part(given, name)):
            assert target(as_sent_back(value)), (name, label)


@given(data=st.data())
@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("endpoint", ["messages", "count_tokens", "batches"])
def test_generated_request_is_accepted(endpoint: str, data: st.DataObject) -> None:
    betas = data.draw(st.sampled_from([frozenset(), schemas.known_betas()]))
    version = data.draw(st.sampled_from(VERSIONS))
    schema = schemas.request_schema(endpoint, version, betas)
    body = data.draw(instances(schema))
    assert schemas.request_validator(endpoint, version, betas).is_valid(body)
    assert schemas.request_explainer(endpoint, version, betas).is_valid(body)
    assert jsonschema.Draft202012Validator(schema).is_valid(body)
    # It may make no sense, but no schema is what is wrong with it, neither ours nor one that it holds.
    finding = Checker().check_parsed(body, endpoint, version, betas)
    assert finding is None or not finding.rule.startswith("schema")
