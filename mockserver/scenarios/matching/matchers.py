"""The keys of ``when``, compiled: each takes a part of a prompt and tests it. Their form was checked before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from mockserver.records.masks import label
from mockserver.records.prompt import Prompt, blocks_of, text_of
from mockserver.scenarios.matching import predicates, tool_checks
from mockserver.scenarios.matching.checks import Check, compare
from mockserver.scenarios.matching.predicates import Predicate
from mockserver.scenarios.reading.node import Node, excerpt


def _text(of: Callable[[Prompt], str]) -> Callable[[str, Node], Check]:
    return lambda key, node: compare(key, of, predicates.text(node))


def _model(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.model, predicates.glob(node))


def _version(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.version, predicates.glob(node))


def _stream(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.stream, predicates.same(node.value))


def _turn(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.turn, predicates.number(node))


def _any_message(key: str, node: Node) -> Check:
    test = predicates.text(node)

    def texts(prompt: Prompt) -> Iterator[str]:
        return (text_of(message.get("content") or "") for message in prompt.messages)

    return Check(
        key,
        lambda prompt: any(test.holds(text) for text in texts(prompt)),
        lambda prompt: f"{key}: expected one {test.words}, none of {len(prompt.messages)} does",
    )


def _thinking(key: str, node: Node) -> Check:
    test = predicates.any_of([_thinking_test(item.value) for item in node])
    return compare(key, lambda prompt: prompt.thinking, test, lambda value: value or "none asked for")


_SWITCHES = {"on": True, "off": False}


def _thinking_test(setting: str | bool) -> Predicate:
    setting = _SWITCHES.get(setting, setting) if isinstance(setting, str) else setting
    if isinstance(setting, bool):
        words = "to be on" if setting else "to be off (absent or disabled)"
        return Predicate(words, lambda value: (value not in ("", "disabled")) is setting)
    return predicates.glob_of([setting])


def _output_format(key: str, node: Node) -> Check:
    def format_type(prompt: Prompt) -> str:
        config = prompt.body.get("output_config")
        form = config.get("format") if isinstance(config, Mapping) else None
        return str(form.get("type", "")) if isinstance(form, Mapping) else ""

    if isinstance(node.value, bool):
        words = "to be asked for" if node.value else "not to be asked for"
        test = Predicate(words, lambda name: bool(name) is node.value)
    else:
        test = predicates.glob(node)
    return compare(key, format_type, test, lambda name: name or "none asked for")


def _attached(kind: str) -> Callable[[str, Node], Check]:
    """Images or documents anywhere in the conversation, those inside tool results too."""

    def build(key: str, node: Node) -> Check:
        is_split = isinstance(node.value, dict) and not node.value.keys() & predicates.BOUNDS.keys()
        parts = dict(node.items()) if is_split else {"count": node}
        media = predicates.glob(parts["media_type"]) if "media_type" in parts else predicates.NOTHING
        count = _presence(parts["count"]) if "count" in parts else _AT_LEAST_ONE

        def attached(prompt: Prompt) -> list[str]:
            return [name for message in prompt.messages for name in _media(blocks_of(message), kind)]

        kinds = (
            f" of type {' or '.join(str(item.value) for item in parts['media_type'])}" if "media_type" in parts else ""
        )
        return Check(
            key,
            lambda prompt: count.holds(sum(map(media.holds, attached(prompt)))),
            lambda prompt: (
                f"{key}: expected their number{kinds} {count.words}, got {', '.join(attached(prompt)) or 'none'}"
            ),
        )

    return build


_AT_LEAST_ONE = Predicate("to be at least 1", lambda count: bool(count))


def _presence(node: Node) -> Predicate:
    if node.value is True:
        return _AT_LEAST_ONE
    return predicates.same(0) if node.value is False else predicates.number(node)


def _media(blocks: Sequence[Mapping[str, Any]], kind: str) -> Iterator[str]:
    for block in blocks:
        if block.get("type") == kind:
            source = block.get("source") or {}
            yield str(source.get("media_type") or source.get("type") or "?")
        elif block.get("type") == "tool_result":
            yield from _media(blocks_of(block), kind)


def _headers(key: str, node: Node) -> Check:
    tests = {name.lower(): _header(name.lower(), below) for name, below in node.items()}

    def differing(prompt: Prompt) -> list[str]:
        return [name for name, test in tests.items() if not test.holds(prompt.headers.get(name))]

    def difference(prompt: Prompt) -> str:
        name = next(iter(differing(prompt)))
        shown = "another value" if name in _SECRET and name in prompt.headers else excerpt(prompt.headers.get(name))
        return f"{key}: expected {name} {tests[name].words}, got {shown}"

    return Check(key, lambda prompt: not differing(prompt), difference)


# Their values are keys, which no message may show.
_SECRET = ("authorization", "x-api-key", "cookie")


def _header(name: str, node: Node) -> Predicate:
    if isinstance(node.value, bool):
        words = "to be sent" if node.value else "not to be sent"
        return Predicate(words, lambda value: (value is not None) is node.value)
    if isinstance(node.value, int | float):
        return predicates.same(str(node.value))
    test = predicates.text(node) if isinstance(node.value, dict) else predicates.glob(node)
    words = "to be what the scenario wants" if name in _SECRET else test.words
    return Predicate(words, lambda value: value is not None and test.holds(value))


def _key(key: str, node: Node) -> Check:
    test = _unkeyed(node, predicates.glob(node))
    return compare(key, lambda prompt: prompt.key or "", test, lambda value: "another" if value else "none")


def _unkeyed(node: Node, test: Predicate) -> Predicate:
    """The test, in words that show no key: other callers read them. A short glob tells too little to be one."""
    keys = [str(item.value) for item in node]
    shown = (each if len(each) < 12 and set(each) & set("*?[") else label(each) for each in keys)
    return replace(test, words="to be " + " or ".join(shown))


def _session(key: str, node: Node) -> Check:
    test = predicates.glob(node)
    if any(str(item.value).startswith("sk-") for item in node):
        test = _unkeyed(node, test)

    def difference(prompt: Prompt) -> str:
        # Without the header x-mock-session, the session is named by the key.
        shown = "another" if prompt.session == prompt.key else excerpt(prompt.session)
        return f"{key}: expected {test.words}, got {shown}"

    return Check(key, lambda prompt: test.holds(prompt.session), difference)


def _body(key: str, node: Node) -> Check:
    from mockserver.scenarios.matching.jsonpath import body_tests  # JSONPath is rarely needed, and slow to import

    tests = body_tests(node)

    def difference(prompt: Prompt) -> str:
        return f"{key}: " + "; ".join(text for test in tests if (text := test.difference(prompt.body)) is not None)

    return Check(key, lambda prompt: all(test.difference(prompt.body) is None for test in tests), difference)


# In this order they are checked: cheap ones first.
MATCHERS: dict[str, Callable[[str, Node], Check]] = {
    "model": _model,
    "turn": _turn,
    "stream": _stream,
    "thinking": _thinking,
    "version": _version,
    "session": _session,
    "key": _key,
    "tool_choice": tool_checks.tool_choice,
    "output_format": _output_format,
    "tools": tool_checks.tools,
    "headers": _headers,
    "user": _text(lambda prompt: prompt.user),
    "system": _text(lambda prompt: prompt.system),
    "tool_result": tool_checks.tool_result,
    "images": _attached("image"),
    "documents": _attached("document"),
    "any_message": _any_message,
    "body": _body,
}
