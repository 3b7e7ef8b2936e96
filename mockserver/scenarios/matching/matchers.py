"""The keys of ``when``: what each looks at in a prompt, and which tests it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from mockserver.records.call import VERSIONS
from mockserver.records.masks import label
from mockserver.records.prompt import Prompt, blocks_of, text_of
from mockserver.scenarios.matching import predicates, tool_checks
from mockserver.scenarios.matching.checks import Check, compare
from mockserver.scenarios.matching.predicates import Predicate
from mockserver.scenarios.reading.spot import Spot, excerpt, unknown


def _text(of: Callable[[Prompt], str]) -> Callable[[str, Spot], Check]:
    return lambda key, spot: compare(key, of, predicates.text(spot))


def _model(key: str, spot: Spot) -> Check:
    return compare(key, lambda prompt: prompt.model, predicates.glob(spot))


def _version(key: str, spot: Spot) -> Check:
    for item in spot:
        if item.value not in VERSIONS:
            item.expect(" or ".join(VERSIONS))
    return compare(key, lambda prompt: prompt.version, predicates.glob_of([str(item.value) for item in spot]))


def _stream(key: str, spot: Spot) -> Check:
    return compare(key, lambda prompt: prompt.stream, predicates.flag(spot))


def _turn(key: str, spot: Spot) -> Check:
    return compare(key, lambda prompt: prompt.turn, predicates.number(spot))


def _any_message(key: str, spot: Spot) -> Check:
    test = predicates.text(spot)

    def texts(prompt: Prompt) -> Iterator[str]:
        return (text_of(message.get("content") or "") for message in prompt.messages)

    return Check(
        key,
        lambda prompt: any(test.holds(text) for text in texts(prompt)),
        lambda prompt: f"{key}: expected one {test.words}, none of {len(prompt.messages)} does",
    )


def _thinking(key: str, spot: Spot) -> Check:
    test = predicates.any_of([_thinking_test(item) for item in ((spot,) if spot.value == [] else spot)])
    return compare(key, lambda prompt: prompt.thinking, test, lambda given: given or "none asked for")


# The types of ``thinking``, and the words for any of those that are on or off.
THINKING = ("adaptive", "between_tools", "disabled", "enabled")
_SWITCHES = {"on": True, "off": False}


def _thinking_test(spot: Spot) -> Predicate:
    value = _SWITCHES.get(spot.value, spot.value) if isinstance(spot.value, str) else spot.value
    if isinstance(value, bool):
        words = "to be on" if value else "to be off (absent or disabled)"
        return Predicate(words, lambda given: (given not in ("", "disabled")) is value)
    if not isinstance(value, str):
        spot.expect("on, off or a type of thinking")
        return predicates.NOTHING
    if value not in THINKING:
        spot.complain(unknown(value, (*_SWITCHES, *THINKING), "type of thinking"))
    return predicates.glob_of([value])


def _output_format(key: str, spot: Spot) -> Check:
    def given(prompt: Prompt) -> str:
        config = prompt.body.get("output_config")
        wanted = config.get("format") if isinstance(config, Mapping) else None
        return str(wanted.get("type", "")) if isinstance(wanted, Mapping) else ""

    if isinstance(spot.value, bool):
        words = "to be asked for" if spot.value else "not to be asked for"
        test = Predicate(words, lambda name: bool(name) is spot.value)
    else:
        test = predicates.glob(spot)
    return compare(key, given, test, lambda name: name or "none asked for")


def _attached(kind: str) -> Callable[[str, Spot], Check]:
    """Images or documents anywhere in the conversation, those inside tool results too."""

    def build(key: str, spot: Spot) -> Check:
        wanted = {"count": spot}
        if isinstance(spot.value, dict) and not (spot.value and spot.value.keys() <= predicates.BOUNDS.keys()):
            wanted = dict(spot.items()) if spot.is_mapping(("count", "media_type"), key) else {}
        media = predicates.glob(wanted["media_type"]) if "media_type" in wanted else predicates.NOTHING
        count = _presence(wanted["count"]) if "count" in wanted else _AT_LEAST_ONE

        def found(prompt: Prompt) -> list[str]:
            return [name for message in prompt.messages for name in _media(blocks_of(message), kind)]

        what = (
            f" of type {' or '.join(str(item.value) for item in wanted['media_type'])}"
            if "media_type" in wanted
            else ""
        )
        return Check(
            key,
            lambda prompt: count.holds(sum(map(media.holds, found(prompt)))),
            lambda prompt: (
                f"{key}: expected their number{what} {count.words}, got {', '.join(found(prompt)) or 'none'}"
            ),
        )

    return build


_AT_LEAST_ONE = Predicate("to be at least 1", lambda count: bool(count))


def _presence(spot: Spot) -> Predicate:
    if spot.value is True:
        return _AT_LEAST_ONE
    return predicates.same(0) if spot.value is False else predicates.number(spot)


def _media(blocks: Sequence[Mapping[str, Any]], kind: str) -> Iterator[str]:
    for block in blocks:
        if block.get("type") == kind:
            source = block.get("source") or {}
            yield str(source.get("media_type") or source.get("type") or "?")
        elif block.get("type") == "tool_result":
            yield from _media(blocks_of(block), kind)


def _headers(key: str, spot: Spot) -> Check:
    if not isinstance(spot.value, dict):
        spot.expect("a mapping of header names to globs")
        return compare(key, lambda _: "", predicates.NOTHING)
    tests = {name.lower(): _header(name.lower(), below) for name, below in spot.items()}

    def differing(prompt: Prompt) -> list[str]:
        return [name for name, test in tests.items() if not test.holds(prompt.headers.get(name))]

    def tell(prompt: Prompt) -> str:
        name = next(iter(differing(prompt)))
        shown = "another value" if name in _SECRET and name in prompt.headers else excerpt(prompt.headers.get(name))
        return f"{key}: expected {name} {tests[name].words}, got {shown}"

    return Check(key, lambda prompt: not differing(prompt), tell)


# Their values are keys, which no message may show.
_SECRET = ("authorization", "x-api-key", "cookie")


def _header(name: str, spot: Spot) -> Predicate:
    if isinstance(spot.value, bool):
        words = "to be sent" if spot.value else "not to be sent"
        return Predicate(words, lambda given: (given is not None) is spot.value)
    if isinstance(spot.value, int | float):
        return predicates.same(str(spot.value))
    test = predicates.text(spot) if isinstance(spot.value, dict) else predicates.glob(spot)
    words = "to be what the scenario wants" if name in _SECRET else test.words
    return Predicate(words, lambda given: given is not None and test.holds(given))


def _key(key: str, spot: Spot) -> Check:
    test = _unkeyed(spot, predicates.glob(spot))
    return compare(key, lambda prompt: prompt.key or "", test, lambda given: "another" if given else "none")


def _unkeyed(spot: Spot, test: Predicate) -> Predicate:
    """The test, in words that show no key: other callers read them. A short glob tells too little to be one."""
    wanted = [str(item.value) for item in spot]
    shown = (each if len(each) < 12 and set(each) & set("*?[") else label(each) for each in wanted)
    return replace(test, words="to be " + " or ".join(shown))


def _session(key: str, spot: Spot) -> Check:
    test = predicates.glob(spot)
    if any(str(item.value).startswith("sk-") for item in spot):
        test = _unkeyed(spot, test)

    def tell(prompt: Prompt) -> str:
        # Without the header x-mock-session, the session is named by the key.
        shown = "another" if prompt.session == prompt.key else excerpt(prompt.session)
        return f"{key}: expected {test.words}, got {shown}"

    return Check(key, lambda prompt: test.holds(prompt.session), tell)


def _body(key: str, spot: Spot) -> Check:
    from mockserver.scenarios.matching.jsonpath import body_tests  # JSONPath is rarely needed, and slow to import

    tests = body_tests(spot)

    def tell(prompt: Prompt) -> str:
        return f"{key}: " + "; ".join(told for test in tests if (told := test.tell(prompt.body)) is not None)

    return Check(key, lambda prompt: all(test.tell(prompt.body) is None for test in tests), tell)


# In this order they are checked: cheap ones first.
KEYS: dict[str, Callable[[str, Spot], Check]] = {
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
