"""Rules of server-side fallbacks: the models that take over when the one that was asked declines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from mockserver.records.errors import Finding
from mockserver.reference.catalog import Model
from mockserver.validation.facts import Facts, blocks_of, refuse
from mockserver.validation.keys import FALLBACK_KEYS
from mockserver.validation.rules import grammar, limits, thinking
from mockserver.validation.rules.conversation import THOUGHTS
from mockserver.validation.texts import excerpt

Entry = Mapping[str, Any]

# The two betas of fallbacks.
_FIRST = "server-side-fallback-2026-06-01"
_SECOND = "server-side-fallback-2026-07-01"

# The rules of single parameters, which an entry's own must keep too.
_OVERRIDES = (
    limits.output_within_cap,
    limits.effort_known,
    limits.budget_large_enough,
    limits.speed_known,
    limits.speed_supported,
    grammar.format_valid,
    grammar.format_compiles,
    grammar.format_supported,
)
_THINKING = (
    thinking.type_supported,
    thinking.budget_fits,
    thinking.forced_tools_thoughtless,
    thinking.effort_when_quiet,
)


def boundaries_kept(facts: Facts) -> Finding | None:
    """A ``fallback`` block stays between the thoughts of two models: without it they would be one run, and inside the
    run of one model it does not belong. "Between non-thinking blocks the block's placement has no effect".

    Source: the SDK's types (2.14), both API versions; the text by analogy with other changes of thoughts, and so
    the latest turn alone. Thoughts whose signature names no model are left alone.
    """
    survey, latest = facts.survey, facts.survey.latest_assistant
    if facts.read_maker is None:
        return None
    for index, message in enumerate(survey.messages[latest - survey.start :], latest):
        maker, is_after = "", False
        for place, block in enumerate(blocks_of(message)):
            if block.get("type") == "fallback":
                is_after = True
                continue
            made_by = facts.read_maker(block) if block.get("type") in THOUGHTS else ""
            if maker and made_by and (maker == made_by) is is_after:
                return refuse(f"messages.{index}.content.{place}: {thinking.MODIFIED}")
            maker, is_after = made_by, False
    return None


def _list_entries(facts: Facts) -> list[Entry]:
    given = facts.body.get("fallbacks")
    return given if isinstance(given, list) else []


def fallbacks_exclusive(facts: Facts) -> Finding | None:
    """A retry that is paid with a credit does not fall back once more.

    Source: documented, server-side fallback, both API versions; text inferred.
    """
    if not facts.body.get("fallbacks") or not facts.body.get("fallback_credit_token"):
        return None
    return refuse("fallback_credit_token: cannot be combined with `fallbacks`")


def fallbacks_plain(facts: Facts) -> Finding | None:
    """An entry holds a model and the parameters that it may set for itself, nothing else.

    Source: live probe of 2026-09 under 2023-06-01, with either of the two betas; both API versions.
    """
    for index, entry in enumerate(_list_entries(facts)):
        foreign = next((key for key in entry if key not in FALLBACK_KEYS), None)
        if foreign is not None:
            text = f"'{excerpt(foreign)}' is not a supported field. Supported: {', '.join(FALLBACK_KEYS)}."
            return refuse(f"fallbacks.{index}: {text}")
    return None


def fallbacks_allowed(facts: Facts) -> Finding | None:
    """Fallback models are among those that the requested model may fall back to, differ from it and from each other.

    "default" runs alone on a model that has none. The catalogue lists the targets.
    Source: the texts of support and targets observed 2026-07 and 2026-08 under the first beta, that of targets under
    the second on 2026-09-03 and 2026-09-07 (which target an account may use differed); "default" documented 2026-10,
    against reports of 2026-07 and 2026-08; the other texts inferred.
    All were seen under 2023-06-01; both API versions.
    """
    names = [str(entry.get("model")) for entry in _list_entries(facts)]
    model = facts.model
    if names and model.known and not model.fallbacks:
        return refuse(f"'{model.id}' does not support the `fallbacks` parameter.", path="fallbacks")
    for index, name in enumerate(names):
        at = f"fallbacks.{index}.model"
        if name in (model.id, facts.body.get("model")):
            return refuse(f"{at}: must differ from the requested model")
        if name in names[:index]:
            return refuse(f"{at}: fallback models must be distinct")
        if model.known and _resolve(facts, name) not in model.fallbacks:
            text = f"'{excerpt(name)}' is not a valid fallback target for '{model.id}'."
            return refuse(f"{text} {_word_targets(facts)}", path=at)
    return None


def _word_targets(facts: Facts) -> str:
    model = facts.model
    if facts.has_beta(_SECOND):
        return f"See this model's `allowed_fallback_models` on GET /v1/models/{model.id}."
    return f"Valid targets: {', '.join(model.fallbacks)}."


def _resolve(facts: Facts, name: str) -> str:
    """The id meant by ``name``: gateways' names stand for models in a request for a gateway's model alone."""
    return name if facts.model.is_named(str(facts.body.get("model", ""))) else facts.find_model(name).id


def fallbacks_valid(facts: Facts) -> Finding | None:
    """What an entry sets is valid for its model: its parameters are "validated as if the request were made to `model`".

    Source: the SDK's types (2026-10), both API versions; the texts are those of the parameters, their place inferred.
    """
    for index, entry in enumerate(_list_entries(facts)):
        target = facts.find_model(str(entry.get("model")))
        direct = replace(facts, body=_make_direct(facts, entry, target), model=target)
        rules = (*_OVERRIDES, *_THINKING) if "thinking" in direct.body else _OVERRIDES
        finding = next((found for rule in rules if (found := rule(direct))), None)
        if finding:
            return refuse(f"fallbacks.{index}: {finding.message}", path=f"fallbacks.{index}")
    return None


def _make_direct(facts: Facts, entry: Entry, target: Model) -> dict[str, Any]:
    """The parameters of the attempt that ``entry`` describes.

    What the request set and the target does not support is no mistake: the attempt goes without it. "These rules apply
    with the server-side-fallback-2026-07-01 beta header" (source: the SDK): under the first beta alone the attempt has
    what the request has (inferred).
    """
    own = {key: value for key, value in entry.items() if value is not None}
    asked = facts.body.get("thinking") if "thinking" not in entry else None
    kind = asked.get("type") if asked else ""
    is_plain = facts.has_beta(_FIRST) and not facts.has_beta(_SECOND)
    if is_plain and (effort := facts.output_config("effort")) and "output_config" not in entry:
        own["output_config"] = {"effort": effort}
    if asked and (is_plain or kind in target.thinking):
        own["thinking"] = asked
    elif kind == "between_tools" and "disabled" in target.thinking:
        own["thinking"] = {"type": "disabled"}
    request = {"max_tokens": facts.body.get("max_tokens", 0), "tool_choice": facts.body.get("tool_choice")}
    return {**request, **own}
