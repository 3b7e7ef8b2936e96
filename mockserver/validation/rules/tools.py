"""Rules of tools: their names, schemas and types, their callers, and ``tool_choice``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from mockserver.records.errors import Finding
from mockserver.reference.schemas.callers import compile_schema, is_well_formed
from mockserver.reference.schemas.costs import make_budget
from mockserver.validation.facts import Facts, cache_by_tools, refuse
from mockserver.validation.texts import excerpt

Tool = Mapping[str, Any]
_COMBINATORS = ("oneOf", "allOf", "anyOf")
# What is said of a schema that is a combination at its root, and of one that is none.
COMBINATION = "input_schema does not support oneOf, allOf, or anyOf at the top level"
INVALID_SCHEMA = (
    "JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12). Learn "
    "more about tool use at https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview."
)
_BY_CODE = "code_execution_"
# Versions from which on a web tool is called by code unless it says otherwise.
_CODE_FIRST = "20260209"


def names_unique(facts: Facts) -> Finding | None:
    """No two tools share a name.

    Source: observed, its text alone; no request with it was recorded.
    """
    names = [tool["name"] for tool in facts.tools if "name" in tool]
    return None if len(set(names)) == len(names) else refuse("tools: Tool names must be unique.")


def schemas_plain(facts: Facts) -> Finding | None:
    """The root of an input_schema is an object, not a combination of schemas.

    Source: observed 2026 (input_schema_top_level_combinator).
    """
    index = _find_bad_schemas(facts.tools_json)[0]
    if index is None:
        return None
    return refuse(f"tools.{index}.custom.input_schema: {COMBINATION}")


def schemas_valid(facts: Facts) -> Finding | None:
    """Every input_schema is a JSON Schema of draft 2020-12, whatever draft it names; null means no properties.

    Source: public reports, newest wording of 2026-08-14.
    """
    index = _find_bad_schemas(facts.tools_json)[1]
    if index is None:
        return None
    return refuse(f"tools.{index}.custom.input_schema: {INVALID_SCHEMA}")


@cache_by_tools
def _find_bad_schemas(tools: bytes) -> tuple[int | None, int | None]:
    """The index of the first tool with a combinator at the root of its schema, and of the first invalid schema."""
    given = [(index, tool["input_schema"]) for index, tool in enumerate(orjson.loads(tools)) if "input_schema" in tool]
    choices = (index for index, schema in given if is_combination(schema))
    return next(choices, None), next((index for index, schema in given if not is_valid_schema(schema)), None)


def is_combination(schema: Mapping[str, Any]) -> bool:
    """Whether other schemas are combined at the root of a tool's schema."""
    return any(key in schema for key in _COMBINATORS)


def is_valid_schema(schema: Mapping[str, Any]) -> bool:
    """Whether a tool's schema is one of draft 2020-12."""
    return is_well_formed(_drop_nulls(schema))


def _drop_nulls(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without the nulls that the API takes at its root (source: published constraints)."""
    return {key: value for key, value in schema.items() if value is not None or key not in ("properties", "required")}


def examples_valid(facts: Facts) -> Finding | None:
    """Each of a tool's input_examples is valid for its input_schema.

    Source: documented, implementing tools; text inferred.
    """
    # All examples of a request share it; those for which it does not suffice pass unchecked.
    budget = make_budget()
    for index, tool in enumerate(facts.tools):
        examples, schema = tool.get("input_examples"), tool.get("input_schema")
        if not examples or not schema:
            continue
        compiled = compile_schema(_drop_nulls(schema), formats=False, budget=budget)
        for number, example in enumerate(examples):
            if compiled and compiled.is_affordable(example, budget) and not compiled.validator.is_valid(example):
                reason = "Input example does not match the tool's input_schema"
                return refuse(f"tools.{index}.custom.input_examples.{number}: {reason}")
    return None


def deferred_uncached(facts: Facts) -> Finding | None:
    """A deferred tool is not part of the prompt, so it cannot carry a cache breakpoint.

    Source: observed 2026-03 to 2026-08.
    """
    for index, tool in enumerate(facts.tools):
        if tool.get("defer_loading") and tool.get("cache_control"):
            return refuse(
                f"Tool '{excerpt(tool.get('name'))}' cannot have both defer_loading=true and cache_control set. "
                "Tools with defer_loading cannot use prompt caching.",
                path=f"tools.{index}",
            )
    return None


def some_tool_loaded(facts: Facts) -> Finding | None:
    """At least one tool is not deferred, and tool search tools never are.

    Source: observed 2026-08; the search tool documented, tool search, its text inferred.
    """
    if facts.tools and all(tool.get("defer_loading") for tool in facts.tools):
        text = "At least one tool must have defer_loading=false. All tools cannot be deferred."
        return refuse(text, path="tools")
    for index, tool in enumerate(facts.tools):
        if tool.get("defer_loading") and str(tool.get("type")).startswith("tool_search_tool"):
            return refuse(f"tools.{index}.{tool['type']}.defer_loading: Tool search tools cannot be deferred")
    return None


def types_supported(facts: Facts) -> Finding | None:
    """The model knows this version of the computer tool; models from 5.5 on know the toolset only.

    Source: observed 2026-10.
    """
    known = facts.model.computer
    foreign = [kind for kind in _list_types(facts) if kind.startswith("computer_") and kind not in known]
    if not foreign:
        return None
    hint = f" Did you mean one of {', '.join(known)}?" if known else ""
    return refuse(f"'{facts.model.id}' does not support tool types: {', '.join(foreign)}.{hint}", path="tools")


def _list_types(facts: Facts) -> list[str]:
    return [str(tool.get("type") or "custom") for tool in facts.tools]


def code_may_call(facts: Facts) -> Finding | None:
    """Tools called by code need a model that supports it.

    Source: observed 2026-09 (end of the sentence not fully seen).
    """
    if facts.model.programmatic_tools or not facts.model.known:
        return None
    called = [excerpt(tool.get("name")) for tool in facts.tools if any(map(_is_code, _list_callers(tool)))]
    if not called:
        return None
    return refuse(
        f"'{facts.model.id}' does not support programmatic tool calling. "
        f"The following tools have `allowed_callers` that require it: {', '.join(called)}",
        path="tools",
    )


def _list_callers(tool: Tool) -> Iterator[str]:
    given = tool.get("allowed_callers")
    if given is not None:
        yield from map(str, given)
        return
    kind, _, version = str(tool.get("type") or "").rpartition("_")
    yield f"{_BY_CODE}20260120" if kind in ("web_search", "web_fetch") and version >= _CODE_FIRST else "direct"


def _is_code(caller: str) -> bool:
    return caller.startswith(_BY_CODE)


def strict_called_directly(facts: Facts) -> Finding | None:
    """A strict tool is called by the model only, not by code.

    Source: documented, programmatic tool calling; text inferred.
    """
    for index, tool in enumerate(facts.tools):
        if tool.get("strict") and any(_is_code(str(caller)) for caller in tool.get("allowed_callers") or ()):
            kind = tool.get("type") or "custom"
            return refuse(f"tools.{index}.{kind}: strict is not supported with programmatic tool calling")
    return None


def tools_counted(facts: Facts) -> Finding | None:
    """Server tools cannot be counted, whatever the types of the official SDK say, nor a history that holds their uses.

    Source: observed 2026-05 to 2026-10, after all other checks; the order of the types is that of the tools. Of a
    history it is reported (2026-07, no text); that it names the tools used is inferred.
    """
    if facts.endpoint != "count_tokens":
        return None
    kinds = [str(tool.get("type")) for tool in facts.offered if str(tool.get("type")).startswith(_SERVER_TOOLS)]
    used = (str(ref.block.get("name")) for ref in facts.survey.of("server_tool_use"))
    kinds = kinds or [excerpt(name) for name in dict.fromkeys(used) if name != "advisor"]
    if not kinds:
        return None
    text = f"Server tools are not supported in the count_tokens endpoint: {', '.join(kinds)}."
    return refuse(f"{text} Use the /v1/messages endpoint instead.", path="tools")


# Of the advisor, the documentation alone says that it can be counted; MCP servers are no tools of this kind.
_SERVER_TOOLS = ("code_execution_", "tool_search_tool_", "web_fetch_", "web_search_")


def choice_has_tools(facts: Facts) -> Finding | None:
    """The tool that ``tool_choice`` forces is offered, from the start or by a message.

    Source: observed 2026-09; auto and none without tools are 200; that a message's definition counts is inferred.
    """
    choice = facts.body["tool_choice"]
    if choice.get("type") == "any" and not facts.offered:
        return refuse("tool_choice.any may only be specified while providing tools", path="tool_choice")
    if choice.get("type") != "tool":
        return None
    chosen = [tool for tool in facts.offered if tool.get("name") == choice.get("name")]
    if not chosen and not any(str(tool.get("type")).endswith(("_toolset", "_20260801")) for tool in facts.offered):
        return refuse(f"Tool '{excerpt(choice.get('name'))}' not found in provided tools", path="tool_choice.tool.name")
    if chosen and all(map(_is_code, _list_callers(chosen[0]))):
        return refuse(f"tool_choice.tool.name: Tool '{excerpt(choice.get('name'))}' does not allow direct calls")
    return None


def choice_supported(facts: Facts) -> Finding | None:
    """Some models cannot be forced to use a tool.

    Source: observed 2026-10, on count_tokens too.
    """
    if facts.model.forced_tools or facts.tool_choice_type() not in ("any", "tool"):
        return None
    return refuse('tool_choice: type "tool" and "any" are not supported for this model.')


def domains_one_way(facts: Facts) -> Finding | None:
    """A web tool allows domains or blocks them, not both; lists are not empty, domains have no scheme.

    Source: documented, web search, texts inferred; text for empty lists from public reports of 2025-09.
    """
    for index, tool in enumerate(facts.tools):
        allowed, blocked = tool.get("allowed_domains"), tool.get("blocked_domains")
        if allowed is None and blocked is None:
            continue
        at = f"tools.{index}.{tool.get('type')}"
        if allowed and blocked:
            return refuse(f"{at}: Only one of `allowed_domains` and `blocked_domains` may be specified.")
        for key in ("allowed_domains", "blocked_domains"):
            if tool.get(key) == []:
                reason = "Empty list of domains is ambiguous. Provide at least one domain or null."
                return refuse(f"{at}.{key}: {reason}")
            for number, domain in enumerate(tool.get(key) or ()):
                if "://" in str(domain):
                    return refuse(f"{at}.{key}.{number}: Domain must not include a scheme such as https://")
    return None
