"""Rules of the advisor tool: which model may advise the one that is asked, and how long its advice may be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver.records.errors import Finding
from mockserver.reference.catalog import Model
from mockserver.validation.facts import Facts, refuse
from mockserver.validation.texts import excerpt


def advisor_capable(facts: Facts) -> Finding | None:
    """An advisor is a model of the API, and one that may advise the model asked; the catalogue lists the pairs.

    A model that is asked by a gateway's name may be advised by one with such a name, and one that the catalogue does
    not know by any.
    Source: observed 2026-05 (both texts; their path names no kind of tool), under 2023-06-01; pairs documented, advisor
    tool, 2026-10; both API versions.
    """
    for index, name in _list_advisors(facts):
        advisor = facts.find_model(name)
        if not _is_spoken(facts, advisor, name):
            return refuse(f"tools.{index}.model: {excerpt(name)}")
        if facts.model.known and advisor.known and advisor.id not in facts.model.advisors:
            text = f"'{excerpt(name)}' cannot be used as an advisor when the request model is '{facts.model.id}'."
            return refuse(f"tools.{index}.model: {text}")
    return None


def _list_advisors(facts: Facts) -> Iterator[tuple[int, str]]:
    for index, tool in enumerate(facts.tools):
        if _is_advisor(tool):
            yield index, str(tool.get("model"))


def _is_advisor(tool: Any) -> bool:
    return str(tool.get("type")).startswith("advisor_")


def _is_spoken(facts: Facts, advisor: Model, name: str) -> bool:
    """Whether this is a name that the API knows, or a gateway's in a gateway's request."""
    if facts.profile == "anthropic":
        return advisor.is_named(name) and advisor.lifecycle != "retired"
    return advisor.is_named(name) or not facts.model.is_named(str(facts.body.get("model", "")))


def advice_within_cap(facts: Facts) -> Finding | None:
    """An advice is not longer than the advisor's own limit of tokens.

    Source: documented, advisor tool, 2026-10, both API versions; text by analogy with ``max_tokens`` of the request.
    """
    for index, name in _list_advisors(facts):
        requested, advisor = facts.tools[index].get("max_tokens"), facts.find_model(name)
        if requested is not None and requested > advisor.max_tokens and advisor.known:
            limit = f"which is the maximum allowed number of output tokens for {advisor.id}"
            return refuse(f"tools.{index}.max_tokens: {requested} > {advisor.max_tokens}, {limit}")
    return None
