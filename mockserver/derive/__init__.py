"""Derives ``schemas/*.json`` from the types of the SDKs, the published constraints and a hand-kept overlay.

Each module is a step:

    sdk          the SDK's types as raw schemas, GA and beta
    merge        both in one, beta marked
    shape        the one form all our schemas have
    constraints  ranges and patterns of the published OpenAPI document
    overlay      documented rules, beta headers
    family       one file a family
    derivation   all of these in order
    chat         the same for the chat wire, from the ``openai`` SDK
    surface      betas, error codes, routes, discriminators and days of the SDKs
    comparison   the committed files against the SDKs that are installed; ``meanings`` says what a difference means
    prebuilding  JSON that a server would otherwise compute at each start

From the table of the scenario format, ``scenarios`` (with ``faults``) writes the JSON Schema for editors, and ``pages``
the tables of the docs. ``config`` does both for the table of options, ``gateways`` for that of gateways.
``suggestions`` lists the models that the inspector suggests.

Needs the ``anthropic`` SDK with its pydantic: importing this raises ``ModuleNotFoundError`` without them. ``chat``
needs the ``openai`` SDK, too.
"""

from __future__ import annotations

from mockserver.derive.comparison import Difference, find_differences
from mockserver.derive.derivation import Derivation, derive, write

__all__ = ["Derivation", "Difference", "derive", "find_differences", "write"]
