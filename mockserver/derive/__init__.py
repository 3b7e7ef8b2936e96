"""Derives ``schemas/*.json`` from the SDK's types, the published constraints and a hand-kept overlay.

Each module is a step:

    sdk          the SDK's types as raw schemas, GA and beta
    merge        both in one, beta marked
    shape        the one form all our schemas have
    constraints  ranges and patterns of the published OpenAPI document
    overlay      documented rules, beta headers
    family       one file a family
    derivation   all of these in order
    comparison   the committed files against a fresh derivation
    prebuilding  JSON that a server would otherwise work out at each start

Of the table of the scenario format, ``scenarios`` writes the schema for editors, with the ``faults`` of theirs, and
``pages`` the tables of the docs.

Needs the ``anthropic`` SDK with its pydantic: importing this raises ``ModuleNotFoundError`` without them.
"""

from __future__ import annotations

from mockserver.derive.comparison import drift
from mockserver.derive.derivation import Derivation, definitions, derive, write

__all__ = ["Derivation", "definitions", "derive", "drift", "write"]
