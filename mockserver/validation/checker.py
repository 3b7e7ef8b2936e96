"""Checks a request body in the API's order: JSON, fields, unknown keys, conversation shape, rules of the model.

A good body pays for parsing, one yes of the compiled schema and the rules; only a refusal is explained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.records.errors import Finding
from mockserver.reference import catalog, schemas
from mockserver.validation import rules, texts
from mockserver.validation.facts import Binding, Examine, Facts
from mockserver.validation.keys import check_keys, has_float
from mockserver.validation.parsing import parse
from mockserver.validation.rules.tools import types_supported
from mockserver.validation.shape import has_shape
from mockserver.validation.walk import Mistake, Walk

Body = Mapping[str, Any]


class Checked(Struct, frozen=True):
    """A body and the verdict on it. ``body`` is None when the bytes hold no JSON object: refused in every mode."""

    body: dict[str, Any] | None
    finding: Finding | None = None


class Aids(Struct, frozen=True, eq=False):
    """What rules ask others, as callables of the body; one left out finds nothing wrong.

    ``examine`` and ``binding`` judge thinking blocks, ``count`` gives input tokens, ``recall`` the parameters and the
    earlier messages of the thread that a body continues (it may raise ApiError).
    """

    examine: Examine | None = None
    binding: Binding | None = None
    count: Callable[[Body], int] | None = None
    recall: Callable[[Body], tuple[Body, tuple[Body, ...]]] | None = None


NO_AIDS = Aids()
_UNEXPECTED = Finding("Input does not match the expected shape.", rule="schema", source="inferred")


class Checker(Struct, frozen=True):
    """Checks bodies as strictly as ``profile`` (``relay`` or ``anthropic``) asks."""

    profile: str = "relay"

    def check(
        self,
        body: bytes,
        endpoint: str,
        version: str,
        betas: frozenset[str] = frozenset(),
        aids: Aids = NO_AIDS,
        *,
        headers: Mapping[str, str] | None = None,
        charset: str = "utf-8",
    ) -> Checked:
        """The parsed ``body`` of a call to ``endpoint`` and the first thing the API would refuse in it.

        ``endpoint`` is ``messages``, ``count_tokens`` or ``batches``, ``version`` an API version, ``headers`` those of
        the call with lower-case names.
        """
        parsed = parse(body, charset)
        if isinstance(parsed, Finding):
            return Checked(None, parsed)
        finding = self.check_parsed(parsed, endpoint, version, betas, aids, headers=headers, size=len(body))
        return Checked(parsed, finding)

    def check_parsed(
        self,
        body: dict[str, Any],
        endpoint: str,
        version: str,
        betas: frozenset[str] = frozenset(),
        aids: Aids = NO_AIDS,
        *,
        headers: Mapping[str, str] | None = None,
        size: int = 0,
    ) -> Finding | None:
        """The first thing the API would refuse in ``body``; ``endpoint`` may also be ``batch_item`` here.

        ``size`` is the length of the body in bytes; 0 counts as small.
        """
        form = "messages" if endpoint == "batch_item" else endpoint
        gates = self._gates(betas, headers)
        model = body.get("model", "")
        facts = Facts(
            body,
            catalog.lookup(model if isinstance(model, str) else ""),
            endpoint,
            version,
            betas,
            self.profile,
            aids.examine,
            aids.binding,
            aids.count,
            size,
            headers=headers or {},
        )
        if not schemas.accepts(form, version, gates, body) or has_float(facts):
            return explain(facts, form, gates)
        if aids.recall and "thread" in body:
            inherited, history = aids.recall(body)
            facts = replace(facts, body={**inherited, **body}, history=history)
            # Earlier turns may have come while nothing was checked; rules rely on the schema.
            if not schemas.accepts(form, version, schemas.known_betas(), _join(facts)):
                return None
        wrong_key = check_keys(facts.tools_text) if facts.body.get("tools") else None
        return wrong_key or rules.check(facts)

    def check_shape(
        self,
        body: dict[str, Any],
        endpoint: str,
        version: str,
        betas: frozenset[str] = frozenset(),
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Finding | None:
        """The API's refusal of a body that cannot be answered in any mode; None when it can, whatever else is wrong."""
        if has_shape(body):
            return None
        return self.check_parsed(body, endpoint, version, betas, headers=headers) or _UNEXPECTED

    def _gates(self, betas: frozenset[str], headers: Mapping[str, str] | None) -> frozenset[str]:
        """The betas whose fields exist: those sent, or all for a gateway's call.

        Who sends no version speaks to a gateway, which adds the API's headers itself, betas among them.
        """
        if self.profile == "relay" and headers is not None and "anthropic-version" not in headers:
            return schemas.known_betas()
        return betas


def _join(facts: Facts) -> dict[str, Any]:
    """The body with the messages of the whole thread."""
    return {**facts.body, "messages": [*facts.history, *facts.body["messages"]]}


def explain(facts: Facts, endpoint: str, betas: frozenset[str]) -> Finding:
    """What the API would answer to a body that breaks the request schema of ``endpoint`` with ``betas``."""
    mistake = _first(facts, endpoint, betas)
    if mistake is None:
        # The walk knows less than the engine: a test looks for such bodies, and this keeps them refused all the same.
        return _UNEXPECTED
    return _unsupported_tool(facts, endpoint, mistake) or texts.finding(mistake, endpoint)


def _first(facts: Facts, endpoint: str, betas: frozenset[str]) -> Mistake | None:
    """The first mistake. A gateway's caller, to whom all betas are open, hears of the choices of other callers."""
    body = dict(facts.body)
    mistake = Walk(schemas.request_schema(endpoint, facts.version, betas)).first(body)
    if mistake is None or betas == facts.betas:
        return mistake
    plain = Walk(schemas.request_schema(endpoint, facts.version, facts.betas)).first(body)
    return plain if plain and (plain.kind, plain.path) == (mistake.kind, mistake.path) else mistake


def _unsupported_tool(facts: Facts, endpoint: str, mistake: Mistake) -> Finding | None:
    """A tool that the model never takes is told so, even without its beta header (source: observed 2026-10)."""
    if mistake.kind != "tag" or mistake.path[0] != "tools":
        return None
    tool = facts.body["tools"][mistake.path[1]]
    opened = schemas.request_schema(endpoint, facts.version, schemas.known_betas())["$defs"]["ToolUnionParam"]
    finding = types_supported(replace(facts, body={"tools": [tool]})) if mistake.value in opened["x-tags"] else None
    return finding and replace(finding, rule="types_supported", source="observed 2026-10")
