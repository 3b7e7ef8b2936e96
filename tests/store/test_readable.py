"""Bodies of any shape: each key of a condition is either told to be unreadable, or can be judged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver import scenarios
from mockserver.recordings.cassette import Match
from mockserver.recordings.comparing import RecordedRequestTest
from mockserver.records.exchanges import RecordedExchange, RecordedRequest, RecordedResponse
from mockserver.records.prompt import Prompt
from mockserver.scenarios.format.conditions import WHEN as FORMAT
from mockserver.scenarios.matching.checks import Check
from mockserver.scenarios.matching.conditions import Condition
from mockserver.store import unreadable_keys
from mockserver.store.readable import READERS

WHEN: dict[str, list[Any]] = {
    "model": ["claude-*"],
    "assistant_turns": [1, {"at_most": 3}],
    "turn": [1, {"at_least": 1}],
    "stream": [True],
    "compaction": [True],
    "batch": [True],
    "custom_id": ["x"],
    "thinking": ["on", "adaptive"],
    "version": ["2023-06-01"],
    "session": ["a*"],
    "endpoint": ["messages", ["count_tokens", "models"]],
    "wire": ["chat", ["messages", "chat"]],
    "path": ["/v1/*"],
    "method": ["POST"],
    "key": ["sk-*"],
    "tool_choice": ["auto", "get_*"],
    "output_format": [True, "json_schema"],
    "tools": [True, ["get_*"], {"any": ["a"], "none": ["b"]}],
    "headers": [{"x-a": "b"}],
    "user": ["x", {"equals": "x"}, {"not": "x"}],
    "system": ["x", {"starts_with": "x"}],
    "tool_result": [True, "x", {"for": "get_*", "is_error": False, "contains": "x"}],
    "images": [True, {"count": {"at_least": 1}, "media_type": "image/*"}],
    "documents": [False, {"media_type": "application/pdf"}],
    "any_message": ["x"],
    "body": [{"$.messages[0].content": "x"}, {"$..type": "text"}],
    "recorded": [],
}
EXCHANGE = RecordedExchange(RecordedRequest("POST", "/v1/messages", body=b'{"messages": []}'), RecordedResponse(200))
RECORDED = RecordedRequestTest(EXCHANGE, (), Match())
CONDITIONS = [
    *(scenarios.condition({key: test}) for key, tests in WHEN.items() for test in tests),
    Condition((Check("recorded", RECORDED.fits, lambda prompt: str(RECORDED.find_difference(prompt))),)),
]

JUNK = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["", "x", "user", "auto"])
FIELDS = st.sampled_from(["type", "name", "content", "text"])
ANY = st.recursive(
    JUNK,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(FIELDS, inner, max_size=2),
    max_leaves=4,
)
SOURCES = st.fixed_dictionaries({}, optional={"type": ANY, "media_type": ANY})
BLOCKS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["text", "image", "document", "tool_use", "tool_result", "server_tool_use"])
        | st.sampled_from(["tool_addition", "tool_removal"])
        | ANY,
        "tool": st.fixed_dictionaries({}, optional={"name": ANY, "server_name": ANY, "definition": ANY}) | ANY,
        "text": ANY,
        "source": SOURCES | ANY,
        "tool_use_id": ANY,
        "id": ANY,
        "name": ANY,
        "is_error": ANY,
        "content": ANY,
    },
)
MESSAGES = st.fixed_dictionaries(
    {},
    optional={
        "role": st.sampled_from(["user", "assistant", "system"]) | ANY,
        "content": st.lists(BLOCKS | ANY, max_size=3) | ANY,
    },
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "model": ANY,
        "stream": ANY,
        "compaction": ANY,
        "messages": st.lists(MESSAGES | ANY, max_size=3) | ANY,
        "system": st.lists(BLOCKS | ANY, max_size=2) | ANY,
        "tools": st.lists(st.fixed_dictionaries({}, optional={"name": ANY}) | ANY, max_size=2) | ANY,
        "tool_choice": st.fixed_dictionaries({}, optional={"name": ANY, "type": ANY}) | ANY,
        "thinking": ANY,
        "output_config": ANY,
    },
)


def test_every_key_is_tried() -> None:
    assert WHEN.keys() == FORMAT.fields.keys()
    assert READERS.keys() <= FORMAT.fields.keys()


@given(BODIES, st.lists(MESSAGES | ANY, max_size=2))
@settings(max_examples=200)
def test_readable_keys_are_judged(body: dict[str, Any], history: list[Any]) -> None:
    prompt = Prompt(body, headers={"x-a": "c"}, key="sk-a", session="a", history=tuple(history))
    unreadable = unreadable_keys(prompt)
    for condition in CONDITIONS:
        if unreadable.isdisjoint(condition.source):
            condition.matches(prompt)
            condition.differences(prompt)


@pytest.mark.parametrize(
    ("body", "unreadable"),
    [
        ({}, set()),
        ({"messages": [{"role": "user", "content": "x"}], "system": "x", "tools": [{"name": "a"}]}, set()),
        ({"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "url"}}]}]}, set()),
        ({"messages": [{"role": "user", "content": [{"type": "search_result", "source": "here"}]}]}, set()),
        ({"tool_choice": "auto"}, {"tool_choice"}),
        ({"system": 3}, {"system"}),
        ({"tools": [{"name": 3}]}, {"tools"}),
        ({"messages": [{"content": [{"type": "image", "source": "x"}]}]}, {"images", "documents"}),
        ({"messages": [{"content": [{"type": "tool_result", "tool_use_id": []}]}]}, {"tool_result"}),
        ({"messages": "x"}, {"any_message", "assistant_turns", "documents", "images", "tool_result", "turn", "user"}),
    ],
)
def test_broken_part_spoils_its_keys_alone(body: dict[str, Any], unreadable: set[str]) -> None:
    assert unreadable_keys(Prompt(body)) == unreadable
