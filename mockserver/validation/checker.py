"""Checks a request body in the API's order: JSON, fields, unknown keys, conversation shape, rules of the model.

A good body pays for parsing, one yes of the compiled schema and the rules; only a refusal is explained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mockserver import catalog, schemas
from mockserver.errors import Finding
from mockserver.validation import rules, texts
from mockserver.validation.facts import Facts
from mockserver.validation.parsing import parse
from mockserver.validation.walk import Walk


@dataclass(frozen=True)
class Checked:
    """A body and the verdict on it. ``body`` is None when the bytes hold no JSON object: refused in every mode."""

    body: dict[str, Any] | None
    finding: Finding | None = None


class Checker:
    """Checks bodies as strictly as ``profile`` (``relay`` or ``anthropic``) asks."""

    def __init__(self, profile: str = "relay") -> None:
        self.profile = profile

    def check(
        self,
        body: bytes,
        endpoint: str,
        version: str,
        betas: frozenset[str] = frozenset(),
        examine: Callable[..., Any] | None = None,
        *,
        charset: str = "utf-8",
    ) -> Checked:
        """The parsed ``body`` of a call to ``endpoint`` and the first thing the API would refuse in it.

        ``endpoint`` is ``messages``, ``count_tokens`` or ``batches``; ``version`` an API version; ``examine`` verifies
        the signature of a thinking block (None: any signature is good).
        """
        parsed = parse(body, charset)
        if isinstance(parsed, Finding):
            return Checked(None, parsed)
        if not schemas.request_validator(endpoint, version, betas).is_valid(parsed):
            return Checked(parsed, explain(parsed, endpoint, version, betas))
        facts = Facts(
            body=parsed,
            endpoint=endpoint,
            version=version,
            betas=betas,
            profile=self.profile,
            model=catalog.lookup(parsed.get("model", "")),
            examine=examine,
        )
        return Checked(parsed, rules.check_shape(facts) or rules.check_model(facts))


def explain(body: dict[str, Any], endpoint: str, version: str, betas: frozenset[str]) -> Finding:
    """What the API would answer to a ``body`` that breaks the request schema."""
    mistake = Walk(schemas.request_schema(endpoint, version, betas)).first(body)
    if mistake:
        return texts.finding(mistake, endpoint)
    # The walk knows less than the engine: a test looks for such bodies, and this keeps them refused all the same.
    return Finding("Input does not match the expected shape.", rule="schema", source="inferred")
