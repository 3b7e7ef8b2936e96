"""The model catalogue: complete, consistent, and found by every name a caller may use."""

from __future__ import annotations

import pytest

from mockserver.reference import catalog
from mockserver.reference.catalog import Model

CLOSED_SETS: dict[str, set[str | None]] = {
    "lifecycle": {"active", "deprecated", "retired"},
    "line": {"haiku", "sonnet", "opus", "fable", "mythos", None},
    "thinking_default": {"off", "on", "always"},
    "display": {"summarized", "omitted"},
    "quiet_effort": {"", "high"},
    "sampling": {"free", "either", "fixed", "fixed_one"},
    "tokenizer": {"first", "old", "new"},
    "overflow": {"refuse", "stop"},
    "output_details": {"always", "thinking"},
    "prefix_bound": {"always", "opt_in", ""},
    "fast": {"yes", "standard", "refused", ""},
    "preserves_thinking": {"all", "last"},
}


@pytest.mark.parametrize("model", catalog.models(), ids=lambda model: model.id)
def test_model_is_consistent(model: Model) -> None:
    assert {field for field, allowed in CLOSED_SETS.items() if getattr(model, field) not in allowed} == set()
    assert set(model.thinking) <= {"adaptive", "between_tools", "disabled", "enabled"}
    assert set(model.effort) <= {"low", "medium", "high", "xhigh", "max"}
    assert model.effort_default in (*model.effort, None)
    # Who thinks by default takes "adaptive"; who always does cannot be told not to.
    assert model.thinking_default == "off" or "adaptive" in model.thinking
    assert ("disabled" in model.thinking or "between_tools" in model.thinking) == (model.thinking_default != "always")
    assert model.prices is None or model.prices.output > model.prices.input > 0
    assert (model.retires_at is None) or model.lifecycle in ("deprecated", "retired")
    assert all(catalog.lookup(name).id == name for name in (*model.fallbacks, *model.advisors))


def test_newest_model_comes_first() -> None:
    created = [model.created for model in catalog.models()]
    assert created == sorted(created, reverse=True)


def test_no_name_is_given_twice() -> None:
    names = [name for model in catalog.models() for name in (model.id, *model.aliases)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("claude-opus-5", "claude-opus-5"),
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001"),
        ("claude-4-sonnet-20250514", "claude-sonnet-4-20250514"),
        ("anthropic/claude-opus-4-6", "claude-opus-4-6"),
        ("anthropic/claude-opus-4.6:thinking", "claude-opus-4-6"),
        ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "claude-3-5-sonnet-20241022"),
        ("anthropic.claude-opus-4-8", "claude-opus-4-8"),
        ("claude-sonnet-4@20250514", "claude-sonnet-4-20250514"),
        ("claude-3-7-sonnet-20250219-thinking", "claude-3-7-sonnet-20250219"),
        ("claude-3.7-sonnet", "claude-3-7-sonnet-20250219"),
        ("claude-opus-5-latest", "claude-opus-5"),
        ("Claude-4.5-Haiku", "claude-haiku-4-5-20251001"),
    ],
)
def test_name_is_recognised(name: str, found: str) -> None:
    assert catalog.lookup(name).id == found


@pytest.mark.parametrize("name", ["", " ", "gpt-4o", "claude-haiku-latest", "claude", "x" * 5000])
def test_unknown_name_gets_a_permissive_model(name: str) -> None:
    model = catalog.lookup(name)
    assert not model.known
    assert not model.is_named(name)
    assert set(model.thinking) == {"adaptive", "between_tools", "disabled", "enabled"}
    assert (model.prefill, model.forced_tools, model.sampling, model.tokenizer) == (True, True, "free", "new")


@pytest.mark.parametrize(
    ("name", "own"), [("claude-haiku-4-5", True), ("anthropic/claude-haiku-4-5", False), ("gpt-4o", False)]
)
def test_only_the_apis_own_names_are_resolved(name: str, own: bool) -> None:
    assert catalog.lookup(name).is_named(name) is own


def test_catalogue_can_be_changed() -> None:
    changed = catalog.standard().change(
        {
            "claude-next": {
                "like": "claude-opus-5",
                "context": 5,
                "aliases": ("next",),
                "created": "2027-01-01T00:00:00Z",
            },
            "claude-haiku-4-5": {"max_tokens": 7},
            "claude-next-2": {"like": "next"},
            "alone": {},
        }
    )
    following = changed.lookup("claude-next-2")
    assert (following.context, following.max_tokens, following.aliases) == (5, 128_000, ())
    assert changed.models[0].id == "claude-next"
    assert changed.lookup("next").is_named("next")
    assert changed.lookup("claude-haiku-4-5-20251001").max_tokens == 7
    assert changed.lookup("alone").is_named("alone")
    assert changed.lookup("alone").lifecycle == "active"
    # The catalogue of the package stays as it is.
    assert not catalog.lookup("claude-next").known
    assert catalog.lookup("claude-haiku-4-5").max_tokens == 64_000


@pytest.mark.parametrize(
    ("reader", "producer", "can"),
    [
        ("claude-fable-5-1", "claude-opus-5", True),
        ("claude-opus-5", "claude-fable-5-1", False),
        ("claude-sonnet-5-5", "claude-sonnet-5", True),
        ("claude-sonnet-5-5", "claude-opus-4-8", True),
        ("claude-sonnet-5-5", "claude-opus-5", False),
        ("claude-haiku-5-5", "claude-opus-5-5", False),
        ("claude-haiku-5-5", "claude-fable-5", False),
        ("claude-fable-5-2", "claude-sonnet-5-5", False),
        ("claude-mythos-5-2", "claude-fable-5-2", True),
        ("claude-sonnet-5-5", "claude-sonnet-5-5", True),
        ("some-model", "claude-fable-5-2", True),
    ],
)
def test_thinking_is_read_by_newer_models_but_for_exceptions(reader: str, producer: str, can: bool) -> None:
    assert catalog.lookup(reader).reads(catalog.lookup(producer)) is can


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        (
            "claude-3-7-sonnet-20250219",
            {"max_tokens": 64_000, "prefill": True, "sampling": "free", "lifecycle": "retired"},
        ),
        ("claude-3-opus-20240229", {"max_tokens": 4096, "context": 200_000, "thinking": ("disabled",)}),
        ("claude-sonnet-4-5", {"retires_at": "2026-11-30T00:00:00Z", "effort": (), "inference_geo": False}),
        ("claude-opus-4-5", {"effort": ("low", "medium", "high"), "preserves_thinking": "all", "prefill": True}),
        ("claude-opus-4-5", {"deprecated_at": "2026-11-23T00:00:00Z", "retires_at": "2027-01-22T00:00:00Z"}),
        ("claude-sonnet-4-6", {"max_tokens": 128_000, "prefill": False, "min_cache": 1024, "tool_base": (497, 589)}),
        ("claude-opus-4-7", {"tokenizer": "new", "fast": "refused", "min_cache": 2048, "tool_base": (675, 804)}),
        ("claude-haiku-5-5", {"sampling": "fixed_one", "effort_default": "medium", "forced_tools": True}),
        ("claude-opus-5-5", {"forced_tools": False, "prefix_bound": "opt_in", "thinking": ("adaptive",)}),
        ("claude-fable-5-2", {"prefix_bound": "always", "thinking_default": "always", "display": "omitted"}),
    ],
)
def test_published_facts_stand(name: str, facts: dict[str, object]) -> None:
    model = catalog.lookup(name)
    assert {field: getattr(model, field) for field in facts} == facts
