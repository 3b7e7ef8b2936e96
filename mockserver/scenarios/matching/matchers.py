"""Compiles the keys of ``when``: each tests a part of a prompt. Their form was checked before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from mockserver.records.budget import current_work
from mockserver.records.endpoints import resolve_names
from mockserver.records.masks import is_secret, label, show_session
from mockserver.records.prompt import Prompt, text_of
from mockserver.scenarios.matching import media_checks, predicates, tool_checks
from mockserver.scenarios.matching.checks import ANOTHER, Check, compare, count_items, state
from mockserver.scenarios.matching.predicates import Predicate
from mockserver.scenarios.matching.recorded import match_recorded
from mockserver.scenarios.reading.node import Node, excerpt


def _match_text(of: Callable[[Prompt], str]) -> Callable[[str, Node], Check]:
    return lambda key, node: compare(key, of, predicates.text(node))


def _match_endpoint(key: str, node: Node) -> Check:
    meant = resolve_names([str(item.value) for item in node])
    words = "to be " + " or ".join(str(item.value) for item in node)
    test = Predicate(words, meant.__contains__)
    return compare(key, lambda prompt: prompt.endpoint, test, lambda name: name or "a path that has none")


def _match_wire(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.wire, predicates.glob(node))


def _match_model(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.model, predicates.glob(node))


def _match_version(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.version, predicates.glob(node))


def _match_stream(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.stream, predicates.same(node.value))


def _match_compaction(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: bool(prompt.body.get("compaction")), predicates.same(node.value))


def _match_batch(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.custom_id is not None, predicates.same(node.value))


def _match_custom_id(key: str, node: Node) -> Check:
    test = predicates.text(node)
    return state(
        key,
        lambda prompt: prompt.custom_id is not None and test.holds(prompt.custom_id),
        test.words,
        _show_custom_id,
    )


def _show_custom_id(prompt: Prompt) -> str:
    return "a request of no batch" if prompt.custom_id is None else excerpt(prompt.custom_id)


def _match_assistant_turns(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.assistant_turns, predicates.number(node))


def _match_turn(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.turn, predicates.number(node))


def _match_any_message(key: str, node: Node) -> Check:
    test = predicates.text(node)

    return Check(
        key,
        lambda prompt: any(test.holds(text) for text in count_items(current_work().recall(_list_texts, prompt))),
        lambda prompt: f"{key}: expected one {test.words}, none of {len(prompt.messages)} does",
        f"one {test.words}",
        lambda prompt: excerpt(next(filter(test.holds, _list_texts(prompt)), None)),
    )


def _list_texts(prompt: Prompt) -> list[str]:
    return [text_of(message.get("content") or "") for message in prompt.messages]


def _match_thinking(key: str, node: Node) -> Check:
    test = predicates.any_of([_read_thinking_test(item.value) for item in node])
    return compare(key, lambda prompt: prompt.thinking, test, lambda value: value or "none asked for")


_SWITCHES = {"on": True, "off": False}


def _read_thinking_test(setting: str | bool) -> Predicate:
    setting = _SWITCHES.get(setting, setting) if isinstance(setting, str) else setting
    if isinstance(setting, bool):
        words = "to be on" if setting else "to be off (absent or disabled)"
        return Predicate(words, lambda value: (value not in ("", "disabled")) is setting)
    return predicates.glob_of([setting])


def _match_output_format(key: str, node: Node) -> Check:
    def find_type(prompt: Prompt) -> str:
        config = prompt.body.get("output_config")
        form = config.get("format") if isinstance(config, Mapping) else None
        return str(form.get("type", "")) if isinstance(form, Mapping) else ""

    if isinstance(node.value, bool):
        words = "to be asked for" if node.value else "not to be asked for"
        test = Predicate(words, lambda name: bool(name) is node.value)
    else:
        test = predicates.glob(node)
    return compare(key, find_type, test, lambda name: name or "none asked for")


def _match_headers(key: str, node: Node) -> Check:
    tests = {name.lower(): _read_header_test(name.lower(), below) for name, below in node.items()}

    def find_differing(prompt: Prompt) -> list[str]:
        return [name for name, test in tests.items() if not test.holds(prompt.headers.get(name))]

    def difference(prompt: Prompt) -> str:
        name = next(iter(find_differing(prompt)))
        value = "another value" if is_secret(name) and name in prompt.headers else excerpt(prompt.headers.get(name))
        return f"{key}: expected {name} {tests[name].words}, got {value}"

    def show(prompt: Prompt) -> str:
        values = {name: "a value" if is_secret(name) else excerpt(prompt.headers.get(name)) for name in tests}
        return ", ".join([f"{name} {value}" for name, value in values.items()])

    words = " and ".join([f"{name} {test.words}" for name, test in tests.items()])
    return Check(key, lambda prompt: not find_differing(prompt), difference, words, show)


def _check_header_patterns(node: Node) -> None:
    for _, below in node.items() if isinstance(node.value, dict) else ():
        if isinstance(below.value, dict):
            predicates.check_patterns(below)


# In the place of a value that no message may show.
_WANTED = "to be what the scenario wants"


def _read_header_test(name: str, node: Node) -> Predicate:
    if isinstance(node.value, bool):
        words = "to be sent" if node.value else "not to be sent"
        return Predicate(words, lambda value: (value is not None) is node.value)
    if isinstance(node.value, int | float):
        test = predicates.same(str(node.value))
        return replace(test, words=_WANTED) if is_secret(name) else test
    test = predicates.text(node) if isinstance(node.value, dict) else predicates.glob(node)
    words = _WANTED if is_secret(name) else test.words
    return Predicate(words, lambda value: value is not None and test.holds(value))


def _match_path(key: str, node: Node) -> Check:
    test = predicates.glob(node.with_value([f"/{str(item.value).lstrip('/')}" for item in node]))
    return state(
        key,
        lambda prompt: any(map(test.holds, _list_paths(prompt))),
        test.words,
        lambda prompt: excerpt(prompt.path),
    )


def _list_paths(prompt: Prompt) -> Iterator[str]:
    """A path, and the parts of it that may follow the prefix of a base URL: from a version on, or from any segment."""
    path = prompt.path.rstrip("/") or "/"
    yield path
    if prompt.is_path_exact:
        return
    mark = "/v1/" if "/v1/" in path else "/"
    at = path.find(mark, 1)
    while at > 0:
        yield path[at:]
        at = path.find(mark, at + 1)


def _match_method(key: str, node: Node) -> Check:
    return compare(key, lambda prompt: prompt.method, predicates.glob_of([str(item.value).upper() for item in node]))


def _match_key(key: str, node: Node) -> Check:
    test = _hide_keys(node, predicates.glob(node))
    return compare(key, lambda prompt: prompt.key or "", test, lambda value: ANOTHER if value else "none")


def _hide_keys(node: Node, test: Predicate) -> Predicate:
    """The test, in words that show no key, since other callers read them. A short glob is too short to be a key."""
    keys = [str(item.value) for item in node]
    words = (each if len(each) < 12 and set(each) & set("*?[") else label(each) for each in keys)
    return replace(test, words="to be " + " or ".join(words))


def _is_like_key(name: str) -> bool:
    """Whether the name of a session may be a key: it has a known form, or is one long word of letters and digits."""
    is_mixed = all(re.search(kind, name) for kind in ("[a-z]", "[A-Z]", "[0-9]"))
    return show_session(name) != name or (is_mixed and re.fullmatch("[A-Za-z0-9]{16,}", name) is not None)


def _match_session(key: str, node: Node) -> Check:
    test = predicates.glob(node)
    if any(_is_like_key(str(item.value)) for item in node):
        test = _hide_keys(node, test)

    def show(prompt: Prompt) -> str:
        # Without the header x-mock-session, the session is named by the key.
        return ANOTHER if prompt.session == prompt.key else excerpt(prompt.session)

    return state(key, lambda prompt: test.holds(prompt.session), test.words, show)


def _match_body(key: str, node: Node) -> Check:
    from mockserver.scenarios.matching.jsonpath import read_body_tests  # JSONPath is rarely needed, and slow to import

    tests = read_body_tests(node)

    def difference(prompt: Prompt) -> str:
        return f"{key}: " + "; ".join(text for test in tests if (text := test.difference(prompt.body)) is not None)

    return Check(
        key, lambda prompt: all(test.fits(prompt.body) for test in tests), difference, excerpt(node.value, 500)
    )


# In this order they are checked: cheap ones first.
MATCHERS: dict[str, Callable[[str, Node], Check]] = {
    "endpoint": _match_endpoint,
    "wire": _match_wire,
    "method": _match_method,
    "path": _match_path,
    "model": _match_model,
    "turn": _match_turn,
    "assistant_turns": _match_assistant_turns,
    "stream": _match_stream,
    "batch": _match_batch,
    "custom_id": _match_custom_id,
    "compaction": _match_compaction,
    "thinking": _match_thinking,
    "version": _match_version,
    "session": _match_session,
    "key": _match_key,
    "tool_choice": tool_checks.match_tool_choice,
    "output_format": _match_output_format,
    "tools": tool_checks.match_tools,
    "headers": _match_headers,
    "user": _match_text(lambda prompt: prompt.user),
    "system": _match_text(lambda prompt: prompt.system),
    "tool_result": tool_checks.match_tool_result,
    "images": media_checks.match_images,
    "documents": media_checks.match_documents,
    "any_message": _match_any_message,
    "body": _match_body,
    "recorded": match_recorded,
}


def _check_body_patterns(node: Node) -> None:
    from mockserver.scenarios.matching.jsonpath import check_body_tests  # as above

    check_body_tests(node)


# Note the mistakes in the patterns below a key that has mistakes elsewhere.
PATTERN_CHECKS: dict[str, Callable[[Node], None]] = {
    **dict.fromkeys(("user", "system", "custom_id", "tool_result", "any_message"), predicates.check_patterns),
    "headers": _check_header_patterns,
    "body": _check_body_patterns,
}
