"""The keys of ``when`` about tools: those offered, the choice among them, and their results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mockserver.records.prompt import Prompt, text_of
from mockserver.scenarios.matching import predicates
from mockserver.scenarios.matching.checks import LISTED, Check, compare, count_items, state, write_list
from mockserver.scenarios.matching.predicates import Predicate
from mockserver.scenarios.reading.node import Node, excerpt


def match_tools(key: str, node: Node) -> Check:
    """Tools offered: true, false, names that must all be there, or ``{all, any, none}``."""
    if isinstance(node.value, bool):
        words = "tools to be offered" if node.value else "no tools to be offered"
        return _check_tools(key, words, lambda offered: bool(offered) is node.value)
    if not isinstance(node.value, dict):
        return _check_tools(key, *_all_tools(node))
    tests = [_TOOLS[name](below) for name, below in node.items()]
    words = " and ".join(words for words, _ in tests)
    return _check_tools(key, words, lambda offered: all(holds(offered) for _, holds in tests))


def _check_tools(key: str, words: str, holds: Callable[[Sequence[str]], bool]) -> Check:
    return state(
        key,
        lambda prompt: holds(count_items(prompt.tools)),
        words,
        lambda prompt: write_list(prompt.tools) or "none",
        got="offered are",
    )


def _all_tools(node: Node) -> tuple[str, Callable[[Sequence[str]], bool]]:
    tests = [predicates.glob(item) for item in node]
    return _write_names(node, "all of"), lambda offered: all(any(map(test.holds, offered)) for test in tests)


def _any_tool(node: Node) -> tuple[str, Callable[[Sequence[str]], bool]]:
    test = predicates.glob(node)
    return _write_names(node, "any of"), lambda offered: any(map(test.holds, offered))


def _no_tool(node: Node) -> tuple[str, Callable[[Sequence[str]], bool]]:
    test = predicates.glob(node)
    return _write_names(node, "none of"), lambda offered: not any(map(test.holds, offered))


def _write_names(node: Node, how: str) -> str:
    return f"{how} {', '.join(str(item.value) for item in node)}"


_TOOLS = {"all": _all_tools, "any": _any_tool, "none": _no_tool}


def match_tool_choice(key: str, node: Node) -> Check:
    """A type (``auto``, ``any``, ``tool``, ``none``; absent is auto) or the name of the forced tool."""

    def find_names(prompt: Prompt) -> tuple[str, ...]:
        choice = prompt.body.get("tool_choice") or {}
        return tuple(str(choice[part]) for part in ("name", "type") if part in choice) or ("auto",)

    test = predicates.glob(node)
    return state(
        key,
        lambda prompt: any(map(test.holds, find_names(prompt))),
        test.words,
        lambda prompt: find_names(prompt)[0],
    )


def match_tool_result(key: str, node: Node) -> Check:
    """A result for the latest tool calls: true, false, a text test, or ``{for, is_error}`` with text tests."""
    if isinstance(node.value, bool):
        words = "to be present" if node.value else "to be absent"
        return compare(
            key,
            lambda prompt: prompt.tool_results,
            Predicate(words, lambda results: bool(results) is node.value),
            _write_results,
        )
    name = is_error = text = predicates.NOTHING
    if not isinstance(node.value, dict):
        text = predicates.text(node)
    else:
        if "for" in node.value:
            name = predicates.glob(node.at("for"))
        if "is_error" in node.value:
            is_error = predicates.same(node.value["is_error"])
        rest = {part: value for part, value in node.value.items() if part in predicates.TEXT}
        text = predicates.text(node.with_value(rest)) if rest else text

    def holds(results: Sequence[Mapping[str, Any]]) -> bool:
        return any(
            name.holds(result["name"])
            and is_error.holds(bool(result.get("is_error")))
            and text.holds(text_of(result.get("content") or ""))
            for result in count_items(results)
        )

    parts = (("for", name), ("is_error", is_error), ("text", text))
    words = ", ".join(f"{part} {test.words}" for part, test in parts if test is not predicates.NOTHING)
    return compare(
        key, lambda prompt: prompt.tool_results, Predicate(f"one with {words or 'anything'}", holds), _write_results
    )


def _write_results(results: Sequence[Mapping[str, Any]]) -> str:
    return write_list([_write_result(result) for result in results[:LISTED]], "; ", len(results)) or "none"


def _write_result(result: Mapping[str, Any]) -> str:
    failed = " (error)" if result.get("is_error") else ""
    return f"{result['name'] or '?'}{failed}: {excerpt(text_of(result.get('content') or ''))}"
