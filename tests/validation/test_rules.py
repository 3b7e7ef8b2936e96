"""The rules across fields: one table of cases a module of rules, each rule refused and accepted at least once."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mockserver.blocks.held_files import HeldFiles
from mockserver.records.call import VERSIONS
from mockserver.records.errors import Finding
from mockserver.records.files import FileObject
from mockserver.reference import catalog, schemas
from mockserver.validation import Checker, Lookups, rules
from mockserver.validation.facts import Facts, survey_messages
from mockserver.validation.rules import table
from tests.pictures import file
from tests.rule_cases import PLAIN, Case, body_of, load
from tests.schema_strategies import instances

# Signatures that name a model.
MAKERS = ("of fable", "of opus")
VERDICTS = {**dict.fromkeys(MAKERS, "ok"), "ours": "ok", "theirs": "foreign", "bad": "invalid", "edited": "modified"}
CASES = list(load())


def files_of(case: Case) -> HeldFiles | None:
    """The files that a case may use."""
    if "files" not in case:
        return None
    given: dict[str, Any] = case["files"]
    contents = {name: _read(each) for name, each in given.items()}
    held = {
        name: FileObject(name, "a", each["type"], each.get("size", len(contents[name] or b"")), 1.0)
        for name, each in given.items()
    }
    found = {name: replace(each, expires_at=given[name].get("expires_at")) for name, each in held.items()}
    known = {*found, *case.get("deleted", ())}
    return HeldFiles(found.get, known.__contains__, lambda file: contents[file.id], 100.0)


def _read(given: dict[str, Any]) -> bytes | None:
    content = str(given.get("content", ""))
    if given.get("gone"):
        return None
    return file(content[1:-1]) if content.startswith("<") else content.encode()


def facts_of(case: Case) -> Facts:
    model = case.get("model", "claude-opus-5")
    files, body = files_of(case), body_of(case)
    return Facts(
        body={**body, "messages": files.fill(body["messages"])} if files else body,
        model=catalog.lookup(model),
        endpoint=case.get("endpoint", "messages"),
        version=str(case.get("version", "2023-06-01")),
        betas=frozenset(case.get("betas", ())),
        profile=case.get("profile", "relay"),
        headers=case.get("headers", {}),
        examine=lambda block: VERDICTS[block.get("signature") or block.get("data") or "bad"],
        binding=lambda _: lambda *_: str(case.get("changed", "")),
        read_maker=lambda block: next((name for name in MAKERS if name == block.get("signature")), ""),
        count=lambda _: int(case.get("tokens", 0)),
        size=case.get("size", 0),
        files=files,
    )


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{rule}: {case['name']}" for rule, case in CASES])
def test_rule_says_what_the_api_says(rule: str, case: Case) -> None:
    facts = facts_of(case)
    asked = rules.select_rules(facts)
    finding = rules.check(facts)
    if not case.get("says"):
        assert finding is None
        # No rule after the first finding has another one.
        assert [found for each in asked if (found := each(facts))] == []
        return
    assert finding is not None
    assert (finding.message, finding.rule) == (case["says"], rule)
    assert finding.status == case.get("status", 400)
    # Also where the API's words name no place, ours do.
    assert finding.path
    assert finding.path == case.get("path", finding.path)
    assert finding.details == case.get("details", finding.details)


@pytest.mark.parametrize("row", table.ROWS, ids=lambda row: row.rule.__name__)
def test_every_rule_is_tried_both_ways(row: table.Row) -> None:
    verdicts = {bool(case.get("says")) for rule, case in CASES if rule == row.rule.__name__}
    assert verdicts == {True, False}


@pytest.mark.parametrize("row", table.ROWS, ids=lambda row: row.rule.__name__)
def test_every_rule_names_its_source(row: table.Row) -> None:
    assert "Source: " in (row.rule.__doc__ or "")


def test_finding_carries_rule_source_and_path() -> None:
    finding = rules.check(facts_of({"body": {"messages": [{"role": "user", "content": ""}]}}))
    assert finding is not None
    assert finding.rule == "content_given"
    assert finding.source.startswith("recorded 2026-01")
    assert finding.path == "messages.0"
    assert finding.type == "invalid_request_error"


def test_plain_request_asks_few_rules() -> None:
    facts = facts_of({})
    asked = rules.select_rules(facts)
    assert len(asked) <= 5


def instances_of(endpoint: str, version: str) -> st.SearchStrategy[Any]:
    return instances(schemas.request_schema(endpoint, version, schemas.known_betas()))


# Schemas as callers write them, good and bad.
SCHEMAS = st.recursive(
    st.booleans()
    | st.sampled_from([{}, {"type": "string", "pattern": "("}, {"$ref": "#/nope"}, {"$ref": "http://x/"}]),
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["object", "array", "string", ["object", "null"]]),
            "properties": st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
            "required": st.lists(st.sampled_from("ab"), max_size=2, unique=True),
            "items": inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
            "additionalProperties": inner,
            "$ref": st.sampled_from(["#", "#/$defs/a", "#x", "other.json"]),
            "$defs": st.dictionaries(st.just("a"), inner, max_size=1),
            "$anchor": st.just("x"),
            "minItems": st.integers(0, 3),
            "format": st.sampled_from(["date", "bogus"]),
        },
    ),
    max_leaves=5,
)


@st.composite
def bodies(draw: st.DrawFn, endpoint: str, version: str) -> dict[str, Any]:
    """Bodies that fit the schema of their endpoint, some with tools and formats as callers write them."""
    body: dict[str, Any] = draw(instances_of(endpoint, version))
    if endpoint == "messages" and draw(st.booleans()):
        schema = {"type": "object", **(drawn if isinstance(drawn := draw(SCHEMAS), dict) else {})}
        tool = {"name": "t", "input_schema": schema, "input_examples": [{"a": 1}], "strict": draw(st.booleans())}
        body["tools"] = [tool]
        body["output_config"] = {"format": {"type": "json_schema", "schema": {**schema, "additionalProperties": False}}}
    return body


@pytest.mark.parametrize("endpoint", ["messages", "batches"])
@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data(), model=st.sampled_from(["claude-opus-5", "claude-haiku-4-5", "some-model"]))
def test_no_body_that_fits_its_schema_makes_a_rule_raise(
    endpoint: str, version: str, data: st.DataObject, model: str
) -> None:
    body = data.draw(bodies(endpoint, version))
    facts = Facts(
        body=body,
        model=catalog.lookup(model),
        endpoint=endpoint,
        version=version,
        examine=lambda _: "ok",
        binding=lambda _: lambda *_: "",
        count=lambda _: 0,
        size=10**9,
    )
    finding = rules.check(facts)
    assert finding is None or finding.message


def test_failing_rule_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that fails is a violation of ours, which nothing between it and the edge may swallow."""

    def fail(_: Facts) -> Finding | None:
        raise LookupError("planted")

    monkeypatch.setattr(rules, "ROWS", (table.Row(fail), *table.ROWS))
    rules._select.cache_clear()
    body = {"model": "claude-opus-5", **PLAIN}
    try:
        with pytest.raises(LookupError, match="planted"):
            Checker().check(orjson.dumps(body), "messages", VERSIONS[0])
    finally:
        rules._select.cache_clear()


def test_rules_take_no_part_in_a_thread_that_breaks_the_schema() -> None:
    """Its earlier turns came while nothing was checked, and may hold anything."""
    history = ({"role": "assistant", "content": [{"type": "tool_use"}, {"type": ["x"]}]},)
    lookups = Lookups(recall=lambda _: ({"system": 7}, history))
    sent = {**PLAIN, "model": "claude-opus-5", "thread": {"type": "continue", "previous_message_id": "msg_1"}}
    betas = frozenset({"message-threads-2026-08-12"})
    assert Checker().check_parsed(sent, "messages", VERSIONS[0], betas, lookups) is None


def test_merged_turns_are_numbered_by_their_first_message() -> None:
    found = survey_messages(
        [{"role": role, "content": role} for role in ("user", "user", "assistant", "system", "user")]
    )
    assert [(turn.role, turn.message, len(turn.blocks)) for turn in found.turns] == [
        ("user", 0, 2),
        ("assistant", 2, 1),
        ("system", 3, 1),
        ("user", 4, 1),
    ]


def test_history_of_a_thread_counts_below_zero() -> None:
    use = {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_1", "name": "t", "input": {}}]}
    result = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1"}]}
    body = {"model": "claude-opus-5", "max_tokens": 10, "messages": [result]}
    facts = Facts(body=body, model=catalog.lookup("claude-opus-5"), history=({"role": "user", "content": "a"}, use))
    assert rules.check(facts) is None
    alone = rules.check(Facts(body=body, model=catalog.lookup("claude-opus-5")))
    assert alone is not None
    assert alone.path == "messages.0.content.0"
