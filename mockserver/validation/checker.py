"""Checks a request body in the API's order: JSON, fields, unknown keys, conversation, rules of the model.

A good body costs parsing, one run of the compiled schema, and its rules; only a refused one is walked for the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from mockserver.blocks.held_files import HeldFiles
from mockserver.records.errors import Finding
from mockserver.reference import catalog, schemas
from mockserver.reference.catalog import Model
from mockserver.reference.web_search import BUILT_IN, SearchLimits
from mockserver.validation import rules, texts
from mockserver.validation.facts import Binding, Examine, Facts
from mockserver.validation.keys import check_keys, has_float
from mockserver.validation.parsing import parse
from mockserver.validation.rules.tools import types_supported
from mockserver.validation.shape import has_shape
from mockserver.validation.walk import SchemaWalk, Violation

Body = Mapping[str, Any]


class CheckResult(Struct, frozen=True):
    """A parsed body, and the reason to refuse it. ``body`` is None when it is no JSON object: refused in every mode."""

    body: dict[str, Any] | None
    finding: Finding | None = None


class Lookups(Struct, frozen=True, eq=False):
    """Functions of other parts that rules call; a check whose function is missing finds nothing.

    ``examine`` and ``binding`` verify thinking blocks, ``read_maker`` names the model that made one, ``count``
    returns input tokens, ``recall`` the parameters and the earlier messages of the thread that a body continues (it
    may raise ApiError), ``search_limits`` what web search refuses. ``files`` are those that the body may name.
    ``find_model`` finds a model by name; always one.
    """

    examine: Examine | None = None
    binding: Binding | None = None
    read_maker: Callable[[Body], str] | None = None
    count: Callable[[Body], int] | None = None
    recall: Callable[[Body], tuple[Body, tuple[Body, ...]]] | None = None
    search_limits: Callable[[], SearchLimits] = lambda: BUILT_IN
    files: HeldFiles | None = None
    find_model: Callable[[str], Model] = catalog.lookup


NO_LOOKUPS = Lookups()
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
        lookups: Lookups = NO_LOOKUPS,
        *,
        headers: Mapping[str, str] | None = None,
        charset: str = "utf-8",
    ) -> CheckResult:
        """The parsed ``body`` of a call to ``endpoint`` and the API's first reason to refuse it.

        ``endpoint`` is ``messages``, ``count_tokens`` or ``batches``, ``version`` an API version, ``headers`` those of
        the call with lower-case names.
        """
        parsed = parse(body, charset)
        if isinstance(parsed, Finding):
            return CheckResult(None, parsed)
        finding = self.check_parsed(parsed, endpoint, version, betas, lookups, headers=headers, size=len(body))
        return CheckResult(parsed, finding)

    def check_parsed(
        self,
        body: dict[str, Any],
        endpoint: str,
        version: str,
        betas: frozenset[str] = frozenset(),
        lookups: Lookups = NO_LOOKUPS,
        *,
        headers: Mapping[str, str] | None = None,
        size: int = 0,
    ) -> Finding | None:
        """The API's first reason to refuse ``body``, of ``size`` bytes. ``endpoint`` may also be ``batch_item``."""
        form = _name_form(endpoint)
        facts = Facts(
            body,
            lookups.find_model(_name_model(body)),
            endpoint,
            version,
            betas,
            self.profile,
            lookups.examine,
            lookups.binding,
            lookups.read_maker,
            lookups.count,
            size,
            headers=headers or {},
            is_open=self._is_open(headers),
            search_limits=lookups.search_limits,
            find_model=lookups.find_model,
            files=lookups.files,
        )
        enabled = schemas.known_betas() if facts.is_open else betas
        if not schemas.accepts(form, version, enabled, body) or has_float(facts):
            return explain(facts, form, enabled)
        whole = _find_whole(facts, lookups)
        if whole is None:
            return None
        return (check_keys(whole.tools_json) if whole.body.get("tools") else None) or rules.check(whole)

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

    def _is_open(self, headers: Mapping[str, str] | None) -> bool:
        """Whether the fields of all betas are allowed, named or not, because the call is for a gateway.

        A call without a version is: gateways add the API's headers themselves, betas among them.
        """
        return self.profile == "relay" and headers is not None and "anthropic-version" not in headers


def _name_form(endpoint: str) -> str:
    return "messages" if endpoint == "batch_item" else endpoint


def _name_model(body: Body) -> str:
    name = body.get("model", "")
    return name if isinstance(name, str) else ""


def _join(facts: Facts) -> dict[str, Any]:
    """The body with the messages of the whole thread."""
    return {**facts.body, "messages": [*facts.history, *facts.body["messages"]]}


def _find_whole(facts: Facts, lookups: Lookups) -> Facts | None:
    """The facts with the thread that the body continues and the contents of files that it names; None when earlier
    turns, which may have come while nothing was checked, break the schema, on which rules rely.
    """
    if lookups.recall and "thread" in facts.body:
        inherited, history = lookups.recall(facts.body)
        facts = replace(facts, body={**inherited, **facts.body}, history=history)
        if not schemas.accepts(_name_form(facts.endpoint), facts.version, schemas.known_betas(), _join(facts)):
            return None
    files, messages = facts.files, facts.body.get("messages")
    if files is None or not isinstance(messages, list):
        return facts
    body, history = {**facts.body, "messages": files.fill(messages)}, tuple(files.fill(facts.history))
    return replace(facts, body=body, history=history, size=facts.size + files.size)


def explain(facts: Facts, endpoint: str, betas: frozenset[str]) -> Finding:
    """The API's answer to a body that breaks the request schema of ``endpoint`` with ``betas``."""
    violation = _find_violation(facts, endpoint, betas)
    if violation is None:
        # The walk gave up on a very large body, or knows less than the engine: a test looks for such bodies. They are
        # refused all the same.
        return _UNEXPECTED
    return _find_unsupported_tool(facts, endpoint, violation) or _tell_code(facts, violation, endpoint)


def _tell_code(facts: Facts, violation: Violation, endpoint: str) -> Finding:
    """The API's answer, with an error code where there is nothing to sum up (source: documented, compaction on demand;
    the text inferred).
    """
    finding = texts.describe(violation, endpoint)
    is_empty = endpoint == "messages" and finding.path == "messages" and violation.kind == "min_items"
    if not is_empty or not facts.body.get("compaction"):
        return finding
    return replace(finding, details={"error_code": "compaction_nothing_to_summarize"})


def _find_violation(facts: Facts, endpoint: str, betas: frozenset[str]) -> Violation | None:
    """The first violation. For a gateway's caller, who may use all betas, it lists the choices without betas."""
    body = dict(facts.body)
    violation = SchemaWalk(schemas.request_schema(endpoint, facts.version, betas)).find_first(body)
    if violation is None or betas == facts.betas:
        return violation
    plain = SchemaWalk(schemas.request_schema(endpoint, facts.version, facts.betas)).find_first(body)
    return plain if plain and (plain.kind, plain.path) == (violation.kind, violation.path) else violation


def _find_unsupported_tool(facts: Facts, endpoint: str, violation: Violation) -> Finding | None:
    """The refusal of a tool that the model never supports, beta header or not (source: observed 2026-10)."""
    if violation.kind != "tag" or violation.path[0] != "tools":
        return None
    tool = facts.body["tools"][violation.path[1]]
    union = schemas.request_schema(endpoint, facts.version, schemas.known_betas())["$defs"]["ToolUnionParam"]
    finding = types_supported(replace(facts, body={"tools": [tool]})) if violation.value in union["x-tags"] else None
    return finding and replace(finding, rule="types_supported", source="observed 2026-10")
