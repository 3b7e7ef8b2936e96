"""What a message costs: worked out by hand from the API's pricing page of 2026-11."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mockserver.reference import catalog
from mockserver.reference.catalog import Prices
from mockserver.reference.costs import find_cost, read_tokens

# 1,000 tokens of each kind: uncached, written for 5 minutes and for an hour, read, and output.
EACH: Mapping[str, Any] = {
    "input_tokens": 1000,
    "cache_creation_input_tokens": 2000,
    "cache_read_input_tokens": 1000,
    "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 1000},
    "output_tokens": 1000,
}


# Dollars for a million tokens: input, write for 5 minutes, write for an hour, read, output.
PRICES = (
    (("claude-fable-5-2", "claude-mythos-5-2"), (8, 10, 16, 0.20, 40)),
    (("claude-fable-5-1", "claude-mythos-5-1"), (10, 12.50, 20, 0.25, 50)),
    (("claude-fable-5", "claude-mythos-5"), (10, 12.50, 20, 1.00, 50)),
    (("claude-opus-5-5",), (4, 5, 8, 0.20, 20)),
    (
        ("claude-opus-5", "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6", "claude-opus-4-5"),
        (5, 6.25, 10, 0.50, 25),
    ),
    (("claude-opus-4-1", "claude-opus-4-20250514"), (15, 18.75, 30, 1.50, 75)),
    (("claude-sonnet-5-5",), (2, 2.50, 4, 0.10, 10)),
    (("claude-sonnet-5",), (2, 2.50, 4, 0.20, 10)),
    (("claude-sonnet-4-6", "claude-sonnet-4-5", "claude-sonnet-4-20250514"), (3, 3.75, 6, 0.30, 15)),
    (("claude-haiku-5-5",), (0.10, 0.125, 0.20, 0.01, 0.50)),
    (("claude-haiku-4-5",), (1, 1.25, 2, 0.10, 5)),
    (("claude-3-5-haiku-20241022",), (0.80, 1, 1.60, 0.08, 4)),
)


def cost(usage: Mapping[str, Any], model: Any = "claude-opus-5", **more: Any) -> float | None:
    message = {"model": model, "content": [{"type": "text"}], "stop_reason": "end_turn", "usage": usage, **more}
    return find_cost(message, read_tokens(usage), catalog.lookup)


@pytest.mark.parametrize(("models", "prices"), PRICES, ids=[models[0] for models, _ in PRICES])
def test_each_kind_of_token_has_its_price(models: tuple[str, ...], prices: tuple[float, ...]) -> None:
    for model in models:
        assert cost(EACH, model) == pytest.approx(sum(prices) / 1000, abs=1e-12), model
        assert cost({**EACH, "service_tier": "batch"}, model) == pytest.approx(sum(prices) / 2000, abs=1e-12), model


@pytest.mark.parametrize(
    ("model", "usage", "dollars"),
    [
        ("claude-opus-5", {"input_tokens": 0, "output_tokens": 0}, 0.0),
        # A long prompt of Haiku 5.5 makes all of the request dearer; what is cached counts into its length.
        ("claude-haiku-5-5", {"input_tokens": 100_000, "output_tokens": 1000}, 0.0105),
        ("claude-haiku-5-5", {"input_tokens": 100_001, "output_tokens": 1000}, 0.0525005),
        (
            "claude-haiku-5-5",
            {"input_tokens": 1, "cache_read_input_tokens": 100_000, "output_tokens": 1000},
            (0.5 + 100_000 * 0.05 + 2500) / 1e6,
        ),
        # A write whose life is not told is one for 5 minutes; the split never counts more than was written.
        ("claude-opus-5", {"cache_creation_input_tokens": 1000}, 0.00625),
        (
            "claude-opus-5",
            {"cache_creation_input_tokens": 1000, "cache_creation": {"ephemeral_1h_input_tokens": 5000}},
            0.010,
        ),
        ("claude-opus-5-5", {"input_tokens": 1000, "output_tokens": 1000, "speed": "fast"}, 0.048),
        ("claude-opus-5", {"input_tokens": 1000, "output_tokens": 1000, "speed": "fast"}, 0.060),
        ("claude-opus-4-8", {"cache_read_input_tokens": 1000, "output_tokens": 1000, "speed": "fast"}, 0.051),
        ("claude-opus-5", {"input_tokens": 1000, "speed": "standard"}, 0.005),
        ("claude-fable-5-2", {"input_tokens": 1000, "speed": "fast"}, None),
        # The US cost a tenth more, from 4.6 on.
        ("claude-opus-4-6", {"input_tokens": 1000, "inference_geo": "us"}, 0.0055),
        ("claude-opus-4-5", {"input_tokens": 1000, "inference_geo": "us"}, 0.005),
        ("claude-opus-5", {"input_tokens": 1000, "inference_geo": "global"}, 0.005),
        (
            "claude-opus-5-5",
            {"input_tokens": 1000, "output_tokens": 1000, "inference_geo": "us", "speed": "fast"},
            0.0528,
        ),
        # Searches cost the same everywhere; fetching costs nothing.
        ("claude-opus-5", {"server_tool_use": {"web_search_requests": 3, "web_fetch_requests": 9}}, 0.03),
        (
            "claude-opus-5",
            {
                "input_tokens": 1000,
                "service_tier": "batch",
                "inference_geo": "us",
                "server_tool_use": {"web_search_requests": 1},
            },
            0.01275,
        ),
        # What a script may say, and is no number of tokens.
        ("claude-opus-5", {"input_tokens": "many", "output_tokens": -5, "cache_read_input_tokens": True}, 0.0),
        ("claude-opus-5", {"input_tokens": 10**30, "cache_creation": 7, "server_tool_use": None}, 0.0),
        # Nobody's model, a gateway's, and none at all.
        ("gpt-4o", EACH, None),
        ("anthropic/claude-opus-5", EACH, None),
        ("claude-mythos-preview", EACH, None),
        (None, EACH, None),
    ],
)
def test_usage_has_a_cost(model: str | None, usage: Mapping[str, Any], dollars: float | None) -> None:
    assert cost(usage, model) == (dollars if dollars is None else pytest.approx(dollars, abs=1e-12))


def iteration(kind: str, model: str | None = None, read: int = 1000, wrote: int = 0) -> dict[str, Any]:
    return {"type": kind, "input_tokens": read, "output_tokens": wrote, **({"model": model} if model else {})}


HOP = {"type": "fallback", "trigger": {"type": "refusal", "category": "cyber"}}
CHARGED_HOP = {"type": "fallback", "trigger": {"type": "refusal", "category": "bio"}}
TEXT = {"type": "text", "text": "Hi"}


@pytest.mark.parametrize(
    ("iterations", "content", "more", "dollars"),
    [
        # A summary, then the answer; the top level does not count again.
        ([iteration("compaction", wrote=100), iteration("message")], [TEXT], {}, 0.0125),
        ([iteration("compaction")], [], {"stop_reason": "compaction"}, 0.005),
        # An advisor costs what it costs itself.
        ([iteration("message"), iteration("advisor_message", "claude-fable-5-2", 1000, 100)], [TEXT], {}, 0.017),
        ([iteration("message"), iteration("advisor_message", "someone")], [TEXT], {}, None),
        # Who declines before it writes costs nothing, but in some categories.
        (
            [iteration("message", "claude-opus-5-5"), iteration("fallback_message", "claude-opus-4-8")],
            [HOP, TEXT],
            {},
            0.005,
        ),
        (
            [iteration("message", "claude-opus-5-5"), iteration("fallback_message", "claude-opus-4-8")],
            [CHARGED_HOP, TEXT],
            {},
            0.009,
        ),
        (
            [iteration("message", "claude-opus-5-5", wrote=100), iteration("fallback_message", "claude-opus-4-8")],
            [TEXT, HOP, TEXT],
            {},
            0.011,
        ),
        (
            [iteration("message", "claude-opus-5-5"), iteration("fallback_message", "claude-opus-4-8")],
            [HOP],
            {"stop_reason": "refusal", "stop_details": {"category": "cyber"}},
            0.0,
        ),
        # The model that answers since it took over an hour ago.
        ([iteration("fallback_message", "claude-opus-4-8")], [TEXT], {}, 0.005),
        (["?", None], [TEXT], {}, 0.0),
        ("no list", [TEXT], {}, 0.05),
    ],
)
def test_iterations_are_charged_at_their_models(
    iterations: Any, content: Any, more: Mapping[str, Any], dollars: float | None
) -> None:
    found = cost({"input_tokens": 10_000, "iterations": iterations}, content=content, **more)
    assert found == (dollars if dollars is None else pytest.approx(dollars, abs=1e-12))


@pytest.mark.parametrize(
    ("content", "details", "dollars"),
    [
        ([], {"category": "cyber"}, 0.0),
        ([], {"category": None}, 0.0),
        ([], None, 0.0),
        ([], {"category": "bio"}, 0.005),
        ([], {"category": "frontier_llm"}, 0.005),
        ([], {"category": "reasoning_extraction"}, 0.005),
        ([TEXT], {"category": "cyber"}, 0.005),
    ],
)
def test_refusal_before_output_is_free_but_in_some_categories(content: Any, details: Any, dollars: float) -> None:
    found = cost({"input_tokens": 1000}, content=content, stop_reason="refusal", stop_details=details)
    assert found == pytest.approx(dollars, abs=1e-12)


def test_model_of_a_file_has_the_prices_that_the_file_gives() -> None:
    changed = catalog.standard().change(
        {
            "claude-next": {"prices": Prices(1, 2, 0.5)},
            "claude-like": {"like": "claude-haiku-5-5"},
            "claude-free": {"prices": Prices(0, 0)},
            "claude-unpriced": {},
        }
    )
    usage = {"input_tokens": 100_001, "cache_read_input_tokens": 1000, "output_tokens": 1000}
    costs = {
        name: find_cost({"model": name, "usage": usage}, read_tokens(usage), changed.lookup)
        for name in ("claude-next", "claude-like", "claude-free", "claude-unpriced")
    }
    assert costs["claude-next"] == pytest.approx((100_001 + 500 + 2000) / 1e6)
    assert costs["claude-like"] == pytest.approx((100_001 * 0.5 + 1000 * 0.05 + 2500) / 1e6)
    assert (costs["claude-free"], costs["claude-unpriced"]) == (0.0, None)


def test_every_model_that_answers_has_its_row() -> None:
    rows = {catalog.lookup(name).id for models, _ in PRICES for name in models}
    assert {model.id for model in catalog.models() if model.lifecycle != "retired"} - rows == {"claude-mythos-preview"}
    assert catalog.lookup("claude-mythos-preview").prices is None
