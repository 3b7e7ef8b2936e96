"""The rules across fields: one table of cases a module of rules, each rule refused and accepted at least once."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.reference import catalog
from mockserver.validation import rules
from mockserver.validation.facts import Facts, survey
from mockserver.validation.rules import table
from tests.rule_cases import Case, body_of, load

VERDICTS = {"ours": "ok", "theirs": "foreign", "bad": "invalid", "edited": "modified"}
CASES = list(load())


def facts_of(case: Case) -> Facts:
    model = case.get("model", "claude-opus-5")
    return Facts(
        body=body_of(case),
        model=catalog.lookup(model),
        endpoint=case.get("endpoint", "messages"),
        version=str(case.get("version", "2023-06-01")),
        betas=frozenset(case.get("betas", ())),
        profile=case.get("profile", "relay"),
        headers=case.get("headers", {}),
        examine=lambda block: VERDICTS[block.get("signature") or block.get("data") or "bad"],
        binding=lambda _: lambda *_: str(case.get("changed", "")),
        count=lambda _: int(case.get("tokens", 0)),
        size=case.get("size", 0),
    )


@pytest.mark.parametrize(("rule", "case"), CASES, ids=[f"{rule}: {case['name']}" for rule, case in CASES])
def test_rule_says_what_the_api_says(rule: str, case: Case) -> None:
    facts = facts_of(case)
    asked = rules.asked(facts)
    finding = rules.check(facts)
    if not case.get("says"):
        assert finding is None
        # Not even with the guard off does a rule stumble.
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
    asked = rules.asked(facts)
    assert len(asked) <= 5


WORDS = ["", " ", "text", "user", "tool_use", "ephemeral"]
FIELDS = ["type", "content", "text", "role", "id", "source", "data", "cache_control", "name", "schema"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)
KEYS = sorted({key for row in table.ROWS for key in row.on if ":" not in key and "@" not in key})


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from([*KEYS, "messages", "system"]), JSON, max_size=5))
def test_no_body_makes_a_rule_raise(body: dict[str, Any]) -> None:
    facts = Facts(body=body, model=catalog.lookup("claude-opus-5"), profile="anthropic", count=lambda _: 0, size=10**9)
    finding = rules.check(facts)
    assert finding is None or finding.message


def test_merged_turns_are_numbered_by_their_first_message() -> None:
    found = survey([{"role": role, "content": role} for role in ("user", "user", "assistant", "system", "user")])
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
