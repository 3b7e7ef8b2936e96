"""What of a Messages request gateways know."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.gateways.adjusting import adjust
from mockserver.gateways.channels import NATIVE
from mockserver.gateways.fields import take
from mockserver.gateways.reading import load

ASKED: dict[str, Any] = {"model": "claude-opus-4-8", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}


def test_unknown_fields_do_not_go_on() -> None:
    lost = {"thread": {"type": "create"}, "fallbacks": [], "service_tier": "auto", "speed": "fast", "nonsense": 1}
    kept = {"stream": True, "metadata": {"user_id": "u"}, "tools": [], "top_k": None}
    assert take({**ASKED, **lost, **kept}).body == {**ASKED, **kept}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"messages": "Hi"}, "string into Go struct field ClaudeRequest.messages of type []dto.ClaudeMessage"),
        ({"max_tokens": -1}, "number -1 into Go struct field ClaudeRequest.max_tokens of type uint"),
        ({"max_tokens": "9"}, "string into Go struct field ClaudeRequest.max_tokens of type uint"),
        ({"stream": "yes"}, "string into Go struct field ClaudeRequest.stream of type bool"),
        ({"speed": 1, "service_tier": 1}, "number into Go struct field ClaudeRequest.service_tier of type string"),
        (
            {"thinking": {"type": "enabled", "budget_tokens": "many"}},
            "string into Go struct field Thinking.thinking.budget_tokens of type int",
        ),
    ],
)
def test_values_of_wrong_types_are_refused(given: dict[str, Any], said: str) -> None:
    finding = adjust(take({**ASKED, **given}), load("new-api"), NATIVE).finding
    assert finding is not None
    assert (finding.message, finding.status, finding.code) == (f"json: cannot unmarshal {said}", 500, "invalid_request")


def test_values_of_right_types_are_not() -> None:
    assert take({**ASKED, "temperature": 1, "thinking": None, "system": [1], "tools": "x"}).finding is None
