"""Checks of answers against their requests: cases as data, and what the real API answered."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mockserver.records.errors import AnswerFinding
from mockserver.records.prompt import Prompt
from mockserver.reference import catalog
from mockserver.validation.answers import CHECKS, inspect
from mockserver.validation.answers.citations import MOST as MOST_CITATIONS
from mockserver.validation.answers.table import MOST

DATA = Path(__file__).parent.parent.parent / "data"
CASES = yaml.safe_load((DATA / "answers" / "cases.yaml").read_text("utf-8"))
PLAIN = {"role": "assistant", "content": [{"type": "text", "text": "Hello."}], "stop_reason": "end_turn"}


def find(request: dict[str, Any], message: dict[str, Any], model: str = "claude-opus-5") -> tuple[AnswerFinding, ...]:
    body = {"model": model, "messages": [{"role": "user", "content": "hi"}], **request}
    return inspect(Prompt(body), catalog.lookup(model), {**PLAIN, **message})


def list_cases() -> Iterator[Any]:
    for rule, cases in CASES.items():
        yield from (pytest.param(rule, case, id=f"{rule}-{number}") for number, case in enumerate(cases))


def test_every_check_has_cases_of_both_kinds() -> None:
    assert set(CASES) == {check.name for check in CHECKS}
    for cases in CASES.values():
        assert {bool(case.get("found")) for case in cases} == {True, False}


@pytest.mark.parametrize(("rule", "case"), [*list_cases()])
def test_check_finds_what_it_should(rule: str, case: dict[str, Any]) -> None:
    model = case.get("model", "claude-opus-5")
    found = find(case.get("request", {}), case.get("message", {}), model)
    wanted = case.get("found", [])
    assert [str(each)[: len(text)] for each, text in zip(found, wanted, strict=False)] == wanted, found
    assert [each.rule for each in found] == [rule] * len(wanted)


# The model itself wrote a text where its tool, which is not strict, expects a number.
BROKEN_BY_THE_MODEL = {"xe731d69f3915"}


def test_real_answers_are_found_fit() -> None:
    answers = _read("answers")
    requests = {row["id"]: row for row in _read("requests")}
    found = {}
    for answer in answers:
        row = requests[answer["id"]]
        model = catalog.lookup(str(row["request"].get("model")))
        if flaws := inspect(Prompt(row["request"]), model, answer):
            found[answer["id"]] = [str(flaw) for flaw in flaws]
    assert len(answers) > 300
    assert set(found) == BROKEN_BY_THE_MODEL, found


def _read(name: str) -> list[dict[str, Any]]:
    lines = gzip.decompress((DATA / "recordings" / f"{name}.jsonl.gz").read_bytes()).splitlines()
    return [orjson.loads(line) for line in lines]


def test_findings_and_searches_are_bounded() -> None:
    uses = [{"type": "tool_use", "name": "a", "input": {}}] * 50
    assert len(find({}, {"content": uses})) == MOST
    citation = {"type": "char_location", "document_index": 0, "cited_text": "x"}
    good = {"type": "document", "source": {"type": "text", "data": "x"}, "citations": {"enabled": True}}
    asked = {"messages": [{"role": "user", "content": [good]}]}
    cited = [citation] * MOST_CITATIONS + [{**citation, "cited_text": "y"}]
    assert find(asked, {"content": [{"type": "text", "text": "", "citations": cited}]}) == ()
    assert len(find(asked, {"content": [{"type": "text", "text": "", "citations": cited[1:]}]})) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KINDS = ("text", "tool_use", "server_tool_use", "mcp_tool_use", "thinking", "web_search_tool_result")
CITATION = st.fixed_dictionaries({"type": JSON, "document_index": JSON, "cited_text": JSON})
FIELDS = ("text", "name", "input", "content", "toolset_name", "server_name", "citations")
BLOCK = st.fixed_dictionaries({"type": st.sampled_from(KINDS)}, optional=dict.fromkeys(FIELDS, JSON))
CITING = st.fixed_dictionaries({"type": st.just("text"), "citations": st.lists(CITATION)})
TOOL = st.fixed_dictionaries(
    {"name": st.text(max_size=3)}, optional=dict.fromkeys(("type", "input_schema", "allowed_callers"), JSON)
)


@given(
    request=st.fixed_dictionaries(
        {"tools": st.lists(TOOL, max_size=3)},
        optional=dict.fromkeys(("output_config", "thinking", "mcp_servers", "tool_choice", "output_format"), JSON),
    ),
    content=JSON | st.lists(BLOCK | CITING | JSON, max_size=4),
    stop_reason=JSON | st.sampled_from(("end_turn", "pause_turn", "max_tokens")),
)
def test_no_shape_breaks_a_check(request: dict[str, Any], content: Any, stop_reason: Any) -> None:
    """Scripts write any content; with validation off, requests have hardly a shape."""
    found = find(request, {"content": content, "stop_reason": stop_reason})
    assert all(isinstance(each, AnswerFinding) for each in found)
