"""The rules across fields, in the API's order: a table of rules and their triggers.

A trigger is a key of the body (``tools``), a block type in the messages (``block:tool_use``), a role (``role:system``)
or a mark of the survey (``@cache``). A rule without triggers is always checked. The rules that apply are selected once
for each set of keys, block types and roles, so a plain request is checked against very few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from msgspec.structs import replace

from mockserver.records.errors import Finding
from mockserver.validation.facts import Facts
from mockserver.validation.rules.table import ROWS

# "messages.0.content.1.text: ..." names its place; "This model does not ..." has none.
_PLACE = r"([a-z_]+(?:(?:\.[\w-]+)|(?:\[\d+\]))*): "

Rule = Callable[[Facts], Finding | None]


def check(facts: Facts) -> Finding | None:
    """The first finding about a request whose fields are right one by one."""
    for rule in select_rules(facts):
        if (finding := rule(facts)) is not None:
            return _complete(finding, rule)
    return None


def select_rules(facts: Facts) -> Sequence[Rule]:
    """The rules that this request can break, in order."""
    survey = facts.survey
    return _select(tuple(facts.body), tuple(survey.kinds), frozenset(survey.roles))


@lru_cache(maxsize=512)
def _select(keys: Sequence[str], kinds: Sequence[str], roles: frozenset[str]) -> tuple[Rule, ...]:
    marks = (kind if kind.startswith("@") else f"block:{kind}" for kind in kinds)
    signals = {*keys, *marks, *(f"role:{role}" for role in roles)}
    return tuple(row.rule for row in ROWS if not row.triggers or not signals.isdisjoint(row.triggers))


def _complete(finding: Finding, rule: Rule) -> Finding:
    """The finding with the name and source of its rule, and with the path that its message names."""
    place = re.match(_PLACE, finding.message)
    source = (rule.__doc__ or "").partition("Source:")[2].strip().rstrip(".")
    return replace(
        finding,
        rule=rule.__name__,
        source=" ".join(source.split()),
        path=finding.path or (place[1] if place else ""),
    )
